"""Everything that one reconcile of one destination works on, loaded in one read.

Local people are Slack users; the external system knows its own ids. The translation happens here, once: confirmed
shifts of people the external system knows become the local timeline in external ids, those of anybody else become
*held* time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from oncall.civil import first_instant, wall_time
from oncall.rotations import Rotation
from oncall.shifts import Shift, ShiftState
from oncall.systems import System, system
from oncall.timeline import Interval, Segment, Timeline, Users, alone
from storage.ledger import Entry
from storage.repositories.journal import OpState
from storage.tables import Connection, Destination, ExternalUser, Op, Person, RemoteEdit, Schedule
from storage.unit import Unit
from sync.core.model import Edit, Mode, Phase, Status
from sync.core.urgency import WITHIN
from sync.ports import RemoteUser
from sync.shared_schedules import clipped, own_time

LAG = timedelta(seconds=120)
"""How long a write of ours may take to show up before its absence means something."""

LONGEST_LOOK = timedelta(days=365)
"""Shifts further ahead than this are exported when they come nearer."""


@dataclass(slots=True)
class Context:
    """A destination with all that a reconcile needs to know about it. ``now`` is when it was loaded."""

    now: datetime
    fence: int
    destination: Destination
    connection: Connection
    schedule: Schedule
    shifts: list[Shift]
    base: Timeline
    ledger: list[Entry]
    in_flight: list[Op]
    unshown: list[Op]
    deleted: set[str]
    """Items that we deleted so lately that a list may still have them, whatever a look has shown since."""
    lost: list[Op]
    changed: set[str]
    """Items that we changed so lately that a look may still show what they were."""
    planned: bool
    """Whether operations may be stored that were planned and never begun."""
    people: dict[str, Person]
    external_ids: dict[str, str]
    names: dict[str, str] = field(default_factory=dict[str, str])
    """How the external system calls those of its people who were looked up."""
    strangers: frozenset[str] = frozenset()
    """External people who were looked up before and are no Slack users."""
    rotations: tuple[Rotation, ...] = ()
    """Every version of every rotation that fills the destination's role."""
    role: str = ""
    """The role's name."""
    layer_ids: frozenset[str] = frozenset()
    confirmed_since: tuple[tuple[datetime, datetime, datetime], ...] = ()
    """Start, end and making of the shifts that were made here since somebody changed something beyond the horizon."""
    edits: tuple[Edit, ...] = ()
    """What people changed there and may take back, in order of its start."""
    fallback: str = ""
    """The Slack user who stands in, there as well, where nobody is on call; see :mod:`sync.steps.standing_in`."""
    doubtful: set[str] = field(default_factory=set[str])
    """External people whom the external system refused to put on call."""
    departed: set[str] = field(default_factory=set[str])
    """External people who are Slack users that were deactivated: they are not put on call here any more."""
    refusals: dict[str, str] = field(default_factory=dict[str, str])
    """Slack users who could not be added to the external system, and why."""

    @property
    def id(self) -> int:
        return self.destination.id

    @property
    def system(self) -> System:
        """How the external system is called."""
        return system(self.destination.system)

    @property
    def first_look(self) -> bool:
        """Whether nobody has looked there since it was set up or changed; a look that failed is none."""
        one = self.destination
        return one.reconfigured and not (one.status == Status.PAUSED and one.refreshed_at is not None)

    @property
    def mode(self) -> Mode:
        return Mode(self.destination.mode)

    @property
    def horizon_end(self) -> datetime:
        return self.now + timedelta(days=self.schedule.horizon_days)

    @property
    def mine(self) -> list[Entry]:
        """Items of this destination that should still be there."""
        own = self.id
        return [item for item in self.ledger if item.destination_id == own and item.removed_at is None]

    def lifted(self, span: Interval, user: str) -> Timeline:
        """Where, inside ``span``, the last item of ours for ``user`` is one that we took away ourselves."""
        own = self.id
        made = [i for i in self.ledger if i.user == user and i.destination_id == own]
        last = _stacked((i, ("lifted",) if i.taken_back else ("other",)) for i in made if _touches(i, span))
        return Timeline(tuple(s for s in last.cut(span).segments if s.users == ("lifted",)))

    def taken_out(self, span: Interval, user: str) -> Timeline:
        """Where, inside ``span``, somebody else took an item of ours for ``user`` out that lay above all of ours that
        are left; and we took none away since."""
        own = self.id
        mine = [i for i in self.ledger if i.destination_id == own and _touches(i, span)]
        told = [i for i in mine if i.removed_at is None or (i.user == user and (i.taken_out or i.taken_back))]
        last = _stacked((i, ("out",) if i.taken_out else ("other",)) for i in told)
        return Timeline(tuple(s for s in last.cut(span).segments if s.users == ("out",)))

    def topmost(self) -> Timeline:
        """Whom the newest of our items names; of two on top of each other, that one shows."""
        return _stacked((item, alone(item.user)) for item in self.mine)

    def carried(self) -> Timeline:
        """Where the destination carries items of ours."""
        return Timeline.union(Segment(item.starts_at, item.ends_at, alone(item.user)) for item in self.mine)

    def exported(self) -> int:
        """How many future shifts are exported; the guard's measure."""
        return max(len(self.base.cut(Interval(self.now, self.now + LONGEST_LOOK)).segments), len(self.mine))

    @property
    def holes(self) -> list[Interval]:
        """Where an admin left nobody on call, in order."""
        return [shift.interval for shift in self.shifts if shift.user is None]

    @property
    def unknown(self) -> list[str]:
        """Slack users with shifts ahead whom the external system doesn't know (yet)."""
        assigned = {shift.user for shift in self.shifts if shift.user is not None}
        return sorted(assigned - self.external_ids.keys())

    @property
    def uncovered(self) -> Timeline:
        """Where nobody is on call here and the fallback person could be there, by external id: from now on, to the
        last midnight within the horizon, so that it grows by whole days."""
        known = self.external_ids.get(self.fallback)
        if known is None or known in self.departed:
            return Timeline()
        last = wall_time(self.horizon_end, self.schedule.time_zone).replace(hour=0, minute=0, second=0, microsecond=0)
        until = first_instant(last, self.schedule.time_zone)
        if until <= self.now:
            return Timeline()
        whole = Timeline((Segment(self.now, until, (known,)),))
        return whole.subtract(shift.interval for shift in self.shifts if shift.user is not None)

    @property
    def urgent(self) -> bool:
        """Whether something changed here that may concern the next day."""
        soon = Interval(self.now, self.now + WITHIN)
        near = any(shift.start < soon.end for shift in self.shifts) or bool(self.base.cut(soon))
        return self.destination.dirty > 0 and near

    @property
    def strange(self) -> list[str]:
        """Slack users whom the external system doesn't know and should: those with shifts ahead, the fallback person,
        and the members of rotations where these are exported as such or where people may be added."""
        standing_in = {self.fallback} - {""}
        rota = self.rota if self.destination.made or self.connection.create_users else set[str]()
        return sorted({*self.unknown, *((rota | standing_in) - self.external_ids.keys())})

    @property
    def missing(self) -> list[str]:
        """Those of the strange whom an export leaves out: who has shifts ahead or, where rotations are exported as
        such, is a member of one."""
        return [user for user in self.strange if self.destination.made or user in self.unknown]

    @property
    def adds_people(self) -> bool:
        """Whether an export adds them to the external system."""
        return self.connection.create_users and bool(self.connection.from_email)

    @property
    def rota(self) -> set[str]:
        """The members of rotations, now or later."""
        return {
            stint.user
            for rotation in self.rotations
            for stint in rotation.members
            if (rotation.until is None or rotation.until > self.now) and (stint.until is None or stint.until > self.now)
        }

    def window(self) -> Interval:
        """From now to the end of whatever is assigned, exported or due within the horizon."""
        ends = [self.horizon_end, *(s.end for s in self.shifts), *(item.ends_at for item in self.mine)]
        return Interval(self.now, min(max(ends), self.now + LONGEST_LOOK))

    def local(self) -> Timeline:
        return Timeline.union(
            Segment(s.start, s.end, alone(self.external_ids[s.user]))
            for s in self.shifts
            if s.user is not None and s.user in self.external_ids
        )

    def held(self) -> Timeline:
        return Timeline.union(
            Segment(s.start, s.end, alone(s.user))
            for s in self.shifts
            if s.user is not None and s.user not in self.external_ids
        )

    def slack_user(self, external_id: str) -> str | None:
        """The Slack user an external person is known as."""
        return next((user for user, known in self.external_ids.items() if known == external_id), None)

    def local_piece(self, span: Interval, external_id: str) -> Timeline:
        return Timeline((Segment(span.start, span.end, (external_id,)),))

    def external_user(self, external_id: str, remote: RemoteUser | None, user: str | None) -> ExternalUser:
        """The row that remembers who an external person is; ``user`` None is a stranger to Slack."""
        return ExternalUser(
            connection_id=self.connection.id,
            external_id=external_id,
            user_id=user,
            name=remote.name if remote else external_id,
            email=remote.email if remote else "",
            seen_at=self.now,
        )

    @property
    def known(self) -> frozenset[str]:
        """External people who are Slack users and can be put on call."""
        return frozenset(self.external_ids.values()) - self.departed

    def name_of(self, external_id: str) -> str:
        """How to call an external person in a sentence."""
        slack = self.slack_user(external_id)
        return self.called(slack) if slack and slack in self.people else self.names.get(external_id, external_id)

    def called(self, user: str) -> str:
        """How to call a Slack user in a sentence."""
        person = self.people.get(user)
        return (person.real_name or person.name) if person else user


def _stacked(items: Iterable[tuple[Entry, Users]]) -> Timeline:
    """Items on top of each other in the order in which they were made."""
    made = sorted(items, key=lambda one: (one[0].created_at, one[0].id or 0))
    return Timeline.stacked([Segment(item.starts_at, item.ends_at, users) for item, users in made])


def _touches(item: Entry, span: Interval) -> bool:
    return item.starts_at < span.end and span.start < item.ends_at


async def load(tx: Unit, destination_id: int, fence: int, now: datetime) -> Context | None:
    """The context of a live destination, or None when it was removed."""
    about = await tx.destinations.all_about(destination_id, now - LAG)
    if about is None:
        return None
    found, more = about
    destination, connection, schedule = found.destination, found.connection, found.schedule
    confirmed = await confirmed_shifts(tx, destination, now, shared=more.others)
    edits = tuple(map(_edit, await tx.journal.edits(destination_id))) if more.edits else ()
    beyond = [edit.at for edit in edits if edit.beyond]
    rotations = await _rotations(tx, destination) if more.rotations else ()
    fallback = await _fallback(tx, destination, now) if more.stand_in else ""
    named = {shift.user for shift in confirmed} | {m.user for r in rotations for m in r.members} | {fallback}
    people = await tx.people.named(schedule.workspace_id, sorted(user for user in named if user))
    return Context(
        now=now,
        fence=fence,
        destination=destination,
        connection=connection,
        schedule=schedule,
        shifts=confirmed,
        base=await tx.journal.base(destination_id),
        ledger=await tx.journal.ledger(connection.id, destination.external_id, now),
        **_by_state(await tx.journal.watched(destination_id, now - LAG) if more.operations else ()),
        people=dict(people),
        **_known_as(await tx.connections.who_is_who(connection.id)),
        rotations=rotations,
        role=found.role,
        layer_ids=await tx.journal.layers(destination_id) if more.layers else frozenset(),
        edits=edits,
        fallback=fallback if fallback in people and not people[fallback].deleted else "",
        confirmed_since=await tx.shifts.made_since(destination.role_id, min(beyond)) if beyond else (),
    )


def _by_state(watched: Sequence[Op]) -> dict[str, Any]:
    """What became, or may have become, of the operations that are watched."""
    recent = [op for op in watched if op.state == OpState.DONE]
    return {
        "planned": any(op.state == OpState.PLANNED for op in watched),
        "in_flight": [op for op in watched if op.state == OpState.IN_FLIGHT],
        "unshown": [op for op in recent if op.shown_at is None],
        "deleted": {op.remote_id or "" for op in recent if op.action == Phase.DELETE},
        "changed": {op.remote_id or "" for op in recent if op.action == Phase.UPDATE},
        "lost": [op for op in watched if op.state == OpState.LOST and op.shown_at is None],
    }


def _known_as(users: Sequence[tuple[str, str | None, str]]) -> dict[str, Any]:
    """Who the people of the external system are here, and what they are called there."""
    return {
        "external_ids": {user: known for known, user, _ in users if user is not None},
        "strangers": frozenset(known for known, user, _ in users if user is None),
        "names": {known: name for known, _, name in users if name},
    }


def _edit(row: RemoteEdit) -> Edit:
    return Edit(row.starts_at, row.ends_at, row.before, row.after, row.imported_at, row.beyond)


async def _rotations(tx: Unit, destination: Destination) -> tuple[Rotation, ...]:
    found = await tx.rotations.of_schedule(destination.schedule_id)
    return tuple(one for versions in found for one in versions if destination.role_id in one.roles)


async def _fallback(tx: Unit, destination: Destination, now: datetime) -> str:
    """Who stands in there; nobody on an external schedule that others write to, where gaps here are none there."""
    row = await tx.presence.get(destination.role_id)
    if row is None or not row.fallback_exported:
        return ""
    shared = await own_time(tx, destination, Interval(now, now + LONGEST_LOOK)) is not None
    return "" if shared else row.fallback


async def confirmed_shifts(tx: Unit, destination: Destination, now: datetime, *, shared: bool = True) -> list[Shift]:
    """What is to be exported: confirmed shifts from now on, cut to the destination's own time where it has one.
    ``shared`` False says that it is the only one on its external schedule."""
    ahead = Interval(now, now + LONGEST_LOOK)
    shifts = await tx.shifts.of_role(destination.role_id, ahead.start, ahead.end)
    confirmed = [shift for shift in shifts if shift.state is ShiftState.CONFIRMED]
    return clipped(confirmed, await own_time(tx, destination, ahead)) if shared else confirmed
