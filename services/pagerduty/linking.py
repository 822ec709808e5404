"""Linking a schedule that exists in PagerDuty: read there first, then stored in one transaction.

::

    read_external   name, zone, 90 days of history and everything ahead, window by window; then the people
         │          nothing is stored, so giving up half way leaves nothing behind
    (by hand)       who can't be matched by e-mail is matched by a person, or left out
         │
    link_schedule   schedule, members, confirmed shifts, destination with its base: all or nothing

The destination begins paused: it is refreshed, but nothing is written before an admin exports or confirms the first
assignment. Its base is what is there, so nothing of it looks new. Time of people who are left out is nobody's here and
stays as it is there. The shifts that came in stand until Baton assigns from the chosen day on.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.names import clean, is_visible
from oncall.shifts import Shift, ShiftSource, ShiftState
from oncall.systems import PAGERDUTY
from oncall.timeline import Interval, Timeline
from services.connections.requests import Kind, Use, require_use
from services.destinations.configuring import take_over
from services.kit.audit import note
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import Access, require_creator
from services.kit.wording import escape
from services.pagerduty.linked_rotations import proposed
from services.pagerduty.proposal_check import Differing, differing, meeting, overridden
from services.people.deactivated import gone_among
from services.people.members import tell_member
from services.rotations.drafting import RotationDraft
from services.schedules.creating import ConfirmMode, ScheduleView, name_taken, view
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.repositories.schedules import name_key
from storage.tables import Connection, Destination, ExternalSchedule, ExternalUser, Member, Schedule
from storage.unit import Unit
from sync.core.layers import Layer
from sync.core.model import Mode, Status
from sync.core.patterns import Unsaid
from sync.core.rotations_from_events import Event
from sync.ports import LAYERED, Account, Board, RemoteSchedule, RemoteUser
from zonedata import zone_names

HISTORY = timedelta(days=90)
PAGE = timedelta(days=90)
FURTHEST = timedelta(days=365)
"""Turns go on for ever; this is how far ahead they are taken as assigned."""

Progress = Callable[[int, int | None], Awaitable[None]]
"""Is told after each page how many are done, and of how many if that is known."""


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """What a person chose; ``role`` names the role that the external schedule fills, ``assign_from`` None is now."""

    connection_id: int | None
    external_id: str | None
    team: str
    role: str
    assign_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of an external schedule. ``matched`` says which Slack user an external person is, ``exceptions``
    when what recurs is overridden there."""

    draft: LinkDraft
    schedule: RemoteSchedule
    at: datetime
    roster: Timeline
    people: tuple[RemoteUser, ...]
    matched: Mapping[str, str]
    layers: tuple[Layer, ...] = ()
    events: tuple[Event, ...] = ()
    exceptions: tuple[Interval, ...] = ()

    @property
    def unmatched(self) -> tuple[RemoteUser, ...]:
        return tuple(person for person in self.people if person.id not in self.matched)


@dataclass(frozen=True, slots=True)
class Linked:
    """A schedule that was linked: how many shifts came in, of which ``ahead`` are not over, and who was left out.

    ``rotations`` are those that its layers say, ready to be saved; ``unsaid`` names the layers that none says.
    ``meeting`` has for each of them the name of another that fills its role at the same time, or nothing; ``differing``
    is where all of them together are not what PagerDuty shows.
    """

    schedule: ScheduleView
    destination_id: int
    shifts: int
    ahead: int
    left_out: tuple[str, ...]
    rotations: tuple[RotationDraft, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()
    meeting: tuple[str, ...] = ()
    differing: tuple[Differing, ...] = ()


async def check_draft(house: House, actor: Actor, draft: LinkDraft) -> None:
    """Whether it is worth reading; raises FieldErrors keyed by the draft's attributes."""
    async with house.database.read() as tx:
        await _checked(tx, actor, draft, house.clock.now())


async def read_external(house: House, actor: Actor, draft: LinkDraft, progress: Progress) -> Found:
    """Read the external schedule; nothing is stored. Raises FieldErrors by the draft's attributes, RemoteError."""
    now = house.clock.now().replace(microsecond=0)
    async with house.database.read() as tx:
        connection, external = await _checked(tx, actor, draft, now)
    key = house.secrets.open(connection.secret)
    account = house.external.account(
        connection.id, subdomain=connection.subdomain, region=connection.region, key=key, system=connection.kind
    )
    board = house.external.board(account, external.external_id, external.kind)
    pages = _Pages(progress)
    schedule, roster, events, exceptions = await _read_roster(board, now, pages)
    layers: Sequence[Layer] = ()
    if external.kind == LAYERED:
        patterned = house.external.layer_board(account, external.external_id)
        layers = (await patterned.look(Interval(now, now + PAGE))).layers
    ids = _concerned(roster, layers, events, now)
    async with house.database.read() as tx:
        known = {user.external_id: user for user in await tx.connections.users(connection.id)}
    people = await _read_people(account, ids, known, pages)
    async with house.database.read() as tx:
        taken = {user.user_id for user in known.values()}
        matched = {p.id: user for p in people if (user := await _match(tx, actor, known.get(p.id), p, taken))}
    return Found(draft, schedule, now, roster, people, matched, tuple(layers), events, exceptions)


async def check_matches(house: House, actor: Actor, found: Found, by_hand: Mapping[str, str | None]) -> None:
    """Whether those chosen so far can be these people; raises FieldErrors by external id."""
    async with house.database.read() as tx:
        await _check_matches(tx, actor, found, by_hand)


@run_again
async def link_schedule(house: House, actor: Actor, found: Found, by_hand: Mapping[str, str | None]) -> Linked:
    """Store what was read. ``by_hand`` names the Slack user of those who were not matched, None leaves them out.

    Raises FieldErrors, by external id for ``by_hand`` and by the draft's attributes otherwise.
    """
    now = house.clock.now()
    chosen = {**found.matched, **{external: user for external, user in by_hand.items() if user}}
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        connection, _external = await _checked(tx, actor, found.draft, now, found.schedule.name)
        await require_use(tx, actor, connection, link_use(found.draft), now, spend=True)
        await _check_matches(tx, actor, found, by_hand)
        schedule = await _store_schedule(tx, actor, found, chosen, now)
        role = (await tx.schedules.roles(schedule.id))[0]
        shifts = await tx.shifts.add(schedule.id, _shifts(found, chosen, role.id), now)
        await tx.connections.keep_users(_users(found, chosen, connection.id, now))
        destination = await tx.destinations.add(_destination(found, schedule.id, role.id, connection.id, now))
        tx.defer(RECONCILE, destination.id)
        await take_over(tx, destination, now)
        await tx.journal.set_base(destination.id, _base(found, chosen))
        await _tell_members(tx, actor, schedule, chosen, shifts, now)
        summary = f"linked the PagerDuty schedule {escape(found.schedule.name)} with {len(shifts)} shifts"
        note(tx, actor, now, "schedule.linked", summary, schedule_id=schedule.id, destination_id=destination.id)
        shown = await view(tx, schedule)
    left_out = tuple(person.name for person in found.people if person.id not in chosen)
    ahead = sum(shift.end > now for shift in shifts)
    rotations, unsaid = proposed(found.layers, found.events, found.people, chosen, shown, now)
    differences = differing(rotations, found.roster, found.exceptions, found.people, chosen, now) if rotations else ()
    met = meeting(rotations, now)
    return Linked(shown, destination.id, len(shifts), ahead, left_out, rotations, unsaid, met, differences)


async def _tell_members(
    tx: Unit, actor: Actor, schedule: Schedule, chosen: Mapping[str, str], shifts: Sequence[Shift], now: datetime
) -> None:
    """They are on call as they were, so nobody takes over from anybody now; everybody hears where that is kept."""
    running = [shift for shift in shifts if shift.start <= now < shift.end]
    on_call = {role: [s.user for s in running if s.role_id == role] for role in {s.role_id for s in running}}
    await tx.told.begin(schedule.id, on_call, now)
    for user in sorted(set(chosen.values())):
        if await tx.schedules.member(schedule.id, user):
            await tell_member(tx, schedule, user, "linked", actor, now)


class _Pages:
    """Counts pages and tells of each."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0

    async def turn(self, left: int | None = None) -> None:
        self._done += 1
        await self._progress(self._done, None if left is None else self._done + left)


async def _read_roster(
    board: Board, now: datetime, pages: _Pages
) -> tuple[RemoteSchedule, Timeline, tuple[Event, ...], tuple[Interval, ...]]:
    """Who was and will be on call there, window by window until one is empty; by which events, and when overridden."""
    seen = await board.look(Interval(now - HISTORY, now))
    segments = [*seen.effective.segments]
    exceptions: list[Interval] = []
    await pages.turn()
    start = now
    while start < now + FURTHEST:
        window = Interval(start, min(start + PAGE, now + FURTHEST))
        seen = await board.look(window)
        await pages.turn()
        if not seen.effective:
            break
        segments.extend(seen.effective.segments)
        exceptions.extend(overridden(seen))
        start = window.end
    return seen.schedule, Timeline.of(segments), seen.events, tuple(exceptions)


def _concerned(roster: Timeline, layers: Sequence[Layer], events: Sequence[Event], now: datetime) -> list[str]:
    """Everybody of the roster in the order in which they come up, then those who only have a place in what recurs:
    others may stand in for all of their turns that are shown."""
    users = [user for segment in roster.segments for user in segment.users]
    users += [user for layer in layers if layer.in_effect(now) for user in layer.users]
    users += [user for event in events if event.until is None or event.until > now for user in event.members if user]
    return list(dict.fromkeys(users))


async def _read_people(
    account: Account, ids: Sequence[str], known: Mapping[str, ExternalUser], pages: _Pages
) -> tuple[RemoteUser, ...]:
    """These people in their order; who is gone from the account keeps their id."""
    people: list[RemoteUser] = []
    for number, external_id in enumerate(ids, 1):
        user = known.get(external_id)
        if user is not None and user.user_id is not None:
            people.append(RemoteUser(external_id, user.name, user.email))
        else:
            people.append(await account.get_user(external_id) or RemoteUser(external_id, external_id, ""))
        await pages.turn(len(ids) - number)
    return tuple(people)


async def _match(
    tx: Unit, actor: Actor, known: ExternalUser | None, person: RemoteUser, taken: Collection[str | None]
) -> str | None:
    """By what an admin said, else by e-mail; nobody is two people there."""
    if known is not None and known.user_id is not None:
        gone = await gone_among(tx, actor.workspace_id, [known.user_id])
        return None if gone else known.user_id
    found = await tx.people.by_email(actor.workspace_id, person.email)
    return found.user_id if found is not None and found.user_id not in taken else None


def link_use(draft: LinkDraft) -> Use:
    """What linking does with the connection."""
    return Use(Kind.LINK, None, draft.external_id or "")


async def _checked(
    tx: Unit, actor: Actor, draft: LinkDraft, now: datetime, name: str | None = None
) -> tuple[Connection, ExternalSchedule]:
    problems: dict[str, str] = {}
    await require_creator(tx, actor)
    connection = await tx.connections.get(draft.connection_id) if draft.connection_id else None
    if connection is None or connection.workspace_id != actor.workspace_id:
        raise FieldErrors({"connection_id": "Choose a connection."})
    await require_use(tx, actor, connection, link_use(draft), now, spend=False)
    if connection.kind != PAGERDUTY:
        raise FieldErrors({"connection_id": "Choose a connection to PagerDuty; a calendar is linked as a destination."})
    external = await tx.connections.schedule(connection.id, draft.external_id) if draft.external_id else None
    if external is None:
        raise FieldErrors({"external_id": "Choose a schedule of this connection."})
    for other in await tx.destinations.on_external(connection.id, external.external_id):
        schedule = await tx.schedules.get(other.schedule_id)
        if schedule is not None:
            problems["external_id"] = f"{schedule.name} is linked to this schedule already."
    if not is_visible(draft.team):
        problems["team"] = "A schedule belongs to a team; type its name."
    elif await name_taken(tx, actor.workspace_id, draft.team, name or external.name):
        problems["team"] = f"{draft.team.strip()} has a schedule called {name or external.name} already."
    if not is_visible(draft.role) or len(clean(draft.role)) > 75:
        problems["role"] = "Name the role that it fills, for example Primary, in at most 75 characters."
    if problems:
        raise FieldErrors(problems)
    return connection, external


async def _check_matches(tx: Unit, actor: Actor, found: Found, by_hand: Mapping[str, str | None]) -> None:
    """Everybody is one person: nobody in Slack can be two people there."""
    here = {person.id for person in found.people}
    known = await tx.connections.users(found.draft.connection_id or 0)
    taken = {*found.matched.values(), *(one.user_id for one in known if one.external_id not in here)}
    problems: dict[str, str] = {}
    for external, user in by_hand.items():
        if user is None:
            continue
        person = await tx.people.get(actor.workspace_id, user)
        if person is None or person.is_bot or person.deleted:
            problems[external] = "Choose a person of this workspace."
        elif user in taken:
            problems[external] = "This person is somebody else of that schedule already."
        taken.add(user)
    if problems:
        raise FieldErrors(problems)


async def _store_schedule(tx: Unit, actor: Actor, found: Found, chosen: Mapping[str, str], now: datetime) -> Schedule:
    team = await tx.schedules.ensure_team(actor.workspace_id, found.draft.team)
    zone = found.schedule.time_zone
    row = Schedule(
        workspace_id=actor.workspace_id,
        team_id=team.id,
        public_id=str(uuid.uuid4()),
        name=clean(found.schedule.name) or found.schedule.id,
        name_key=name_key(found.schedule.name),
        time_zone=zone if zone in zone_names() else "UTC",
        confirm_mode=ConfirmMode.BY_HAND,
        assign_from=found.draft.assign_from or now,
        created_at=now,
        created_by=actor.user_id,
    )
    return await tx.schedules.add(row, [clean(found.draft.role)], _members(actor, found, chosen))


def _members(actor: Actor, found: Found, chosen: Mapping[str, str]) -> list[Member]:
    """Whoever is on call there can be on call here, in the same order; who links it administers it."""
    matched = dict.fromkeys(chosen[person.id] for person in found.people if person.id in chosen)
    everyone = list(dict.fromkeys([*matched, actor.user_id]))
    return [
        Member(user_id=u, access=Access.ADMIN if u == actor.user_id else Access.MEMBER, assignable=u in matched)
        for u in everyone
    ]


def _shifts(found: Found, chosen: Mapping[str, str], role_id: int) -> list[Shift]:
    return [
        Shift(role_id, chosen[user], segment.start, segment.end, ShiftState.CONFIRMED, ShiftSource.IMPORT)
        for segment in found.roster.segments
        for user in segment.users
        if user in chosen
    ]


def _users(found: Found, chosen: Mapping[str, str], connection_id: int, now: datetime) -> list[ExternalUser]:
    return [
        ExternalUser(
            connection_id=connection_id,
            external_id=person.id,
            user_id=chosen.get(person.id),
            name=person.name[:255],
            email=person.email[:320],
            seen_at=now,
        )
        for person in found.people
    ]


def _destination(found: Found, schedule_id: int, role_id: int, connection_id: int, now: datetime) -> Destination:
    return Destination(
        schedule_id=schedule_id,
        role_id=role_id,
        connection_id=connection_id,
        external_id=found.schedule.id,
        external_kind=found.schedule.kind,
        external_name=found.schedule.name,
        external_url=found.schedule.url,
        mode=Mode.AUTHORITATIVE,
        paused=True,
        status=Status.PAUSED,
        status_reason="Paused: nothing is written until an admin exports or confirms the first assignment.",
        dirty=1,
        refresh_due_at=now,
        created_at=now,
    )


def _base(found: Found, chosen: Mapping[str, str]) -> Timeline:
    """What is there for people who came along, from when it was read on."""
    ahead = found.roster.cut(Interval(found.at, found.at + FURTHEST))
    return Timeline(tuple(segment for segment in ahead.segments if set(segment.users) <= chosen.keys()))
