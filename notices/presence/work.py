"""What is to be done at one user group or topic, read from the database, and what became of it, written down.

::

    due ──take──► taken, for a while ──calls──► Slack ──settle──► written
     ▲                  │                                  │
     ├── lease is over ─┘           later: due after a pause, refused: in trouble, admins are told once
     └──── somebody changed who is on call meanwhile (the serial has grown) ──────┘

Nothing of what is to be written is kept in between: whoever takes a target reads who is on call now. So however many
handoffs came together, or were missed, there is one write, of what is true. Whoever is killed between a call and its
settling leaves the target taken; the next one reads in Slack that it is as it should be, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notices.deciding.items import fanout_item
from notices.noticing.surroundings import timelines
from notices.presence import troubles, wanted
from notices.presence.topic_part import Entry
from notices.presence.wanted import Group, OnEdit, Showing, Someone
from storage.again import run_again
from storage.database import Database
from storage.notices import NoticeKind
from storage.outgoing import NewLine
from storage.repositories.presence import GROUP
from storage.tables import Person, PresenceTarget
from storage.unit import Unit

LEASE = timedelta(seconds=120)
"""Longer than every call of one target together may take."""

PAUSES = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900))
AT_ONCE = 100
"""Targets for which there is nothing to do, settled in one transaction."""

BATON = "baton"
COPIED = frozenset({"older copy", "loaded copy", "started paused", "resumed copy"})
"""``paused_by`` of destinations that wait because this may be an older copy of the database (ADR 15): until admins have
chosen for all of a schedule, nothing is written of it here either. The hourly look goes on from there."""


@dataclass(frozen=True, slots=True)
class Work:
    """A target that was taken until ``until``; without ``showings`` it is given up."""

    id: int
    workspace_id: int
    kind: str
    place: str
    team_id: str
    serial: int
    until: datetime
    written: Mapping[str, Any] | None
    showings: tuple[Showing, ...]
    people: Mapping[str, Someone]
    trouble: str
    told: tuple[str, ...]

    @property
    def group(self) -> Group:
        return wanted.group(self.showings, self.people)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return wanted.entries(self.showings, self.people)

    @property
    def on_edit(self) -> OnEdit:
        return wanted.on_edit(self.showings)

    @property
    def is_group(self) -> bool:
        return self.kind == GROUP

    def wants(self) -> list[Any]:
        """What is to be there, as it is compared with what was wanted when it was written last."""
        if self.is_group:
            return list(self.group.members)
        return [[one.schedule, one.role, list(one.names), one.fallback] for one in self.entries]

    @property
    def has_changed(self) -> bool:
        return self.written is None or self.written.get("wanted") != self.wants()

    def last(self, what: str) -> Any:
        """What was written last: ``users`` of a group, ``part`` of a topic; None before the first time."""
        return self.written.get(what) if self.written is not None else None


@dataclass(frozen=True, slots=True)
class Done:
    """How it went. ``written`` None leaves what is known of the last writing; ``trouble`` is what stays wrong.

    ``put_right`` says that somebody else's edit was taken back, ``news`` is told once and leaves nothing wrong.
    """

    written: Mapping[str, Any] | None = None
    trouble: str = ""
    news: str = ""
    put_right: bool = False
    given_up: bool = False


@run_again
async def take(database: Database, workspace_id: int, now: datetime) -> Work | None:
    """The next target of the workspace at which Slack has to be called; whatever else is due is settled."""
    async with database.transaction() as tx:
        for _ in range(AT_ONCE):
            row = await tx.presence.claim(workspace_id, now, now + LEASE)
            if row is None:
                return None
            work = await _work(tx, row, now + LEASE, now)
            held = await tx.presence.waits((one.schedule_id for one in work.showings), COPIED)
            done = Done(trouble=work.trouble) if held else _at_once(work, to_check=row.to_check)
            if done is None:
                return work
            await _settle(tx, row, work, done, now)
            await tx.session.flush()
    return await take(database, workspace_id, now)


def _at_once(work: Work, *, to_check: bool) -> Done | None:
    """What became of it, where Slack need not be asked."""
    if not work.showings:
        return Done(given_up=True) if work.is_group or work.written is None else None
    if work.is_group and not work.group.members:
        return Done(trouble="nobody")
    if work.has_changed or to_check or troubles.code_of(work.trouble) not in ("", "left_out"):
        return None
    return Done(trouble=work.trouble)


def _left_out(work: Work) -> str:
    people = work.group.left_out if work.is_group else ()
    return troubles.of("left_out", *people) if people else ""


async def _work(tx: Unit, row: PresenceTarget, until: datetime, now: datetime) -> Work:
    showings = await showing_at(tx, row.workspace_id, row.kind, row.place, now)
    users = {user for one in showings for user in (*one.standing, *one.always)}
    known = await tx.people.named(row.workspace_id, users)
    groups = await tx.presence.groups(row.workspace_id) if row.kind == GROUP else {}
    workspace = await tx.people.workspace_by_id(row.workspace_id)
    of_organisation = workspace is not None and not workspace.team_id
    listed = groups.get(row.place)
    return Work(
        id=row.id,
        workspace_id=row.workspace_id,
        kind=row.kind,
        place=row.place,
        team_id=listed.team_id if listed and of_organisation else "",
        serial=row.serial,
        until=until,
        written=row.written,
        showings=showings,
        people={user: someone(person) for user, person in known.items()},
        trouble=row.trouble,
        told=tuple(row.told),
    )


async def showing_at(tx: Unit, workspace_id: int, kind: str, place: str, now: datetime) -> tuple[Showing, ...]:
    """The roles that show at a target, with who is on call for them."""
    using = await tx.presence.using(workspace_id, kind, place)
    rosters = timelines(await tx.duties.touching({schedule.id for _, _, schedule in using}, now, now))
    found: list[Showing] = []
    for presence, role, schedule in using:
        timeline = rosters.get(schedule.id, {}).get(role.id)
        found.append(
            Showing(
                schedule_id=schedule.id,
                schedule=schedule.name,
                role=role.name,
                on_call=timeline.at(now) if timeline else (),
                fallback=presence.fallback,
                always=tuple(presence.always),
                on_edit=OnEdit(presence.on_edit),
            )
        )
    return tuple(found)


def someone(person: Person) -> Someone:
    """Whom Slack takes into a user group: people of the workspace."""
    outside = person.deleted or person.is_bot or person.is_guest or person.is_stranger
    return Someone(person.real_name or person.name, fits=not outside)


@run_again
async def settle(database: Database, work: Work, done: Done, now: datetime) -> None:
    """Write down how it went, unless somebody else has taken it over."""
    async with database.transaction() as tx:
        row = await tx.presence.held(work.id, work.until)
        if row is not None:
            await _settle(tx, row, work, done, now)


async def _settle(tx: Unit, row: PresenceTarget, work: Work, done: Done, now: datetime) -> None:
    row.taken_until, row.attempts = None, 0
    if row.serial == work.serial:
        row.due_at, row.to_check = None, False
    if done.given_up and row.serial == work.serial:
        await tx.presence.drop(row)
        return
    if done.written is not None:
        row.written = dict(done.written)
    trouble = done.trouble or _left_out(work)
    row.trouble = trouble
    known = [one for one in row.told if one in (trouble, done.news) or troubles.code_of(one) in troubles.LASTING]
    new = [one for one in (trouble, done.news) if one and one not in known]
    for one in new:
        await _tell(tx, work, one, now)
    row.told = [*known, *(one for one in new if one != done.news)]
    if done.put_right:
        await _note(tx, work, now)


async def put_off(database: Database, work: Work, now: datetime, wait: timedelta | None) -> None:
    """Slack may take it later: after ``wait``, which holds for the whole workspace, or else after a pause."""
    await _give_back(database, work, now, pause=wait is None)
    if wait is not None:
        await _rest(database, work.workspace_id, now + wait)


@run_again
async def _give_back(database: Database, work: Work, now: datetime, *, pause: bool) -> None:
    async with database.transaction() as tx:
        row = await tx.presence.held(work.id, work.until)
        if row is None:
            return
        row.taken_until = None
        if pause:
            row.due_at = now + PAUSES[min(row.attempts, len(PAUSES) - 1)]
            row.attempts += 1


@run_again
async def _rest(database: Database, workspace_id: int, until: datetime) -> None:
    async with database.transaction() as tx:
        await tx.presence.rest(workspace_id, until)


async def _tell(tx: Unit, work: Work, trouble: str, now: datetime) -> None:
    """Tell the admins of every schedule that shows there, each of them once. What is wrong with the whole workspace is
    told at the first of its targets."""
    if troubles.code_of(trouble) in troubles.UNREACHABLE:
        return
    if troubles.code_of(trouble) in troubles.WORKSPACE_WIDE:
        others = (await tx.presence.targets(work.workspace_id)).values()
        if any(one.id != work.id and trouble in one.told for one in others):
            return
    name = await target_name(tx, work.workspace_id, work.kind, work.place)
    people = troubles.about(trouble) if troubles.code_of(trouble) == "left_out" else []
    facts = {"target": work.kind, "place": work.place, "name": name, "trouble": trouble, "people": people}
    key = f"{work.id}:{trouble}:{now.isoformat()}"
    for schedule_id in await _schedules_with_own_admins(tx, work.showings):
        item = fanout_item(work.workspace_id, schedule_id, NoticeKind.PRESENCE, f"{key}:{schedule_id}", facts, now)
        await tx.outbox.put([item])


async def _schedules_with_own_admins(tx: Unit, showings: Iterable[Showing]) -> Sequence[int]:
    """The schedules, without those whose admins hear of it by another one already."""
    ids = list(dict.fromkeys(one.schedule_id for one in showings))
    members = await tx.duties.members(ids)
    told: set[str] = set()
    chosen: list[int] = []
    for schedule_id in ids:
        admins = {one.user for one in members.get(schedule_id, ()) if one.access == "admin"}
        if not admins or admins - told:
            chosen.append(schedule_id)
            told |= admins
    return chosen


async def target_name(tx: Unit, workspace_id: int, kind: str, place: str) -> str:
    """The handle of a group as people know it; empty for a channel, which Slack names by its id."""
    if kind != GROUP:
        return ""
    listed = (await tx.presence.groups(workspace_id)).get(place)
    return f"@{listed.handle}" if listed else ""


async def _note(tx: Unit, work: Work, now: datetime) -> None:
    what = f"the user group {await target_name(tx, work.workspace_id, work.kind, work.place)}".rstrip()
    what = what if work.is_group else f"the topic of <#{work.place}>"
    for schedule_id in dict.fromkeys(one.schedule_id for one in work.showings):
        tx.audit.add(
            NewLine(
                workspace_id=work.workspace_id,
                schedule_id=schedule_id,
                destination_id=None,
                at=now,
                actor=BATON,
                action="presence.put_right",
                summary=f"put {what} right, which somebody else had changed in Slack",
                details={},
            )
        )
