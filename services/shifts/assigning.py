"""Shifts: assigned by people, looked at by anyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oncall.shifts import Shift, ShiftState, timeline
from oncall.systems import NOBODY_PAGED, Paged
from oncall.timeline import Interval, Timeline
from services.destinations.paged_instead import Pages, besides, paged, pages_of
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import require_visible, seen_schedule
from services.kit.wording import escape
from services.people.deactivated import assignable_member, why_not
from services.schedules.creating import RoleView
from services.shifts.each_change import Deed, ShiftRef, carry_out
from storage.again import run_again
from storage.tables import Role, Schedule
from storage.unit import Unit

LONGEST_PAST = timedelta(days=1)
"""How far back an assignment may begin: what has passed is history and is kept as such."""

LONGEST_SHIFT = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AssignDraft:
    """What a person chose to assign: ``[start, end)`` in UTC; None is what was left empty."""

    schedule_id: int
    role_id: int | None
    user_id: str | None
    start: datetime | None
    end: datetime | None
    accepted: str | None = None
    """The mark of the cautions that they have said yes to; None asks nobody."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an assignment did: the new shift, whom it replaced, and the destinations it is on its way to."""

    shift: Shift
    role: str
    schedule: str
    replaced: tuple[Shift, ...]
    destinations: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleNow:
    """Who is on call for a role at an instant: ``users`` until ``until`` (None: nothing ends), then ``next_users``
    from ``next_from`` on. Where that is later than ``until``, nobody is on call in between.

    When nobody is on call, ``until`` is when somebody is again, ``fallback`` who stands in until then (empty for
    nobody), and ``paged`` whom else an external system pages now all the same.
    """

    role: RoleView
    users: tuple[str, ...]
    until: datetime | None
    next_users: tuple[str, ...]
    next_from: datetime | None = None
    paged: Paged = NOBODY_PAGED
    fallback: str = ""

    @property
    def gap(self) -> bool:
        """Whether somebody is on call, and then nobody for a while before the next one."""
        return bool(self.users) and self.next_from is not None and self.next_from != self.until


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift as it is listed. Where it was left unassigned, ``fallback`` stands in (empty for nobody), and ``paged``
    are those whom an external system pages besides."""

    id: int
    role: str
    user_id: str | None
    start: datetime
    end: datetime
    state: ShiftState
    revision: int = 1
    paged: Paged = NOBODY_PAGED
    fallback: str = ""

    @property
    def ref(self) -> ShiftRef:
        return ShiftRef(self.id, self.revision)

    @classmethod
    def of(cls, shift: Shift, role: str, pages: Sequence[Pages] = (), fallback: str = "") -> ShiftView:
        empty = shift.user is None
        there = besides(paged(pages, shift.interval), fallback) if empty else NOBODY_PAGED
        stands_in = fallback if empty else ""
        revision = shift.revision
        return cls(shift.id or 0, role, shift.user, shift.start, shift.end, shift.state, revision, there, stands_in)


@run_again
async def assign_shift(house: House, actor: Actor, draft: AssignDraft) -> Assigned:
    """Put a member on call; it is confirmed at once and replaces whatever the role had there.

    Raises FieldErrors keyed by the draft's attributes, Warned, NotAllowed, NotFound.
    """
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await seen_schedule(tx, actor, draft.schedule_id)
        await tx.schedules.lock(schedule.id)
        roles = await tx.schedules.roles(schedule.id)
        shift, role = await _checked(tx, schedule, roles, draft, now)
        deed = Deed("assigned", f"assigned <@{shift.user}> as {escape(role.name)}", accepted=draft.accepted)
        changed = await carry_out(tx, actor, schedule, [shift], deed, now, roles)
    replaced = tuple(s for s in changed.before if s.user is not None and s.user != shift.user)
    return Assigned(changed.shifts[0], role.name, schedule.name, replaced, len(changed.destinations), changed.remarks)


async def _checked(
    tx: Unit, schedule: Schedule, roles: Sequence[Role], draft: AssignDraft, now: datetime
) -> tuple[Shift, RoleView]:
    problems = _time_problems(draft, now)
    role = next((one for one in roles if one.id == draft.role_id), None)
    if role is None:
        problems["role_id"] = "Choose a role of this schedule."
    if await assignable_member(tx, schedule, draft.user_id) is None:
        problems["user_id"] = await why_not(tx, schedule, draft.user_id)
    if problems or role is None or draft.user_id is None or draft.start is None or draft.end is None:
        raise FieldErrors(problems)
    return Shift(role.id, draft.user_id, draft.start, draft.end), RoleView(role.id, role.name)


def _time_problems(draft: AssignDraft, now: datetime) -> dict[str, str]:
    problems: dict[str, str] = {}
    if draft.start is None:
        problems["start"] = "Choose when the shift starts."
    elif draft.start < now - LONGEST_PAST:
        problems["start"] = "A shift can start at most a day ago; what has passed can't be changed."
    if draft.end is None:
        problems["end"] = "Choose when the shift ends."
    elif draft.start is not None and draft.end <= draft.start:
        problems["end"] = "The shift must end after it starts."
    elif draft.end <= now:
        problems["end"] = "The shift must end in the future."
    elif draft.start is not None and draft.end - draft.start > LONGEST_SHIFT:
        problems["end"] = "A shift can be a year long at most."
    return problems


async def on_call(house: House, actor: Actor, schedule_id: int, at: datetime | None = None) -> list[RoleNow]:
    """Who is on call per role at ``at`` (default now), until when, and who is next. Raises NotFound."""
    return (await on_call_in(house, actor, [schedule_id], at))[0]


async def on_call_in(
    house: House, actor: Actor, schedule_ids: Sequence[int], at: datetime | None = None
) -> list[list[RoleNow]]:
    """The same of several schedules, in their order, in one look. Raises NotFound."""
    instant = at or house.clock.now()
    found = await _ahead(house, actor, tuple(schedule_ids), instant)
    return [[_role_now(role, one, instant) for role in one.roles] for one in found]


def _role_now(role: RoleView, ahead: _Ahead, instant: datetime) -> RoleNow:
    roster, pages = ahead.rosters[role.id], ahead.pages.get(role.id, ())
    current = roster.segment_at(instant)
    following = next((s for s in roster.segments if s.start > instant), None)
    next_users, next_from = (following.users, following.start) if following else ((), None)
    if current is not None:
        return RoleNow(role, current.users, current.end, next_users, next_from)
    moment = Interval(instant.astimezone(UTC), instant.astimezone(UTC) + timedelta(seconds=1))
    fallback = ahead.fallbacks.get(role.id, "")
    there = besides(paged(pages, moment), fallback)
    return RoleNow(role, (), next_from, next_users, next_from, there, fallback)


async def coming_shifts(
    house: House, actor: Actor, schedule_id: int, limit: int | None = None, *, since: datetime | None = None
) -> Sequence[ShiftView]:
    """The running and coming shifts of a schedule, soonest first; with ``since`` those that end after it."""
    now = since or house.clock.now()
    [found] = await _ahead(house, actor, (schedule_id,), now)
    return [shift for shift in found.shifts if shift.end > now][:limit]


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is stored of a schedule from the beginning of an hour on."""

    roles: tuple[RoleView, ...]
    shifts: tuple[ShiftView, ...]
    rosters: Mapping[int, Timeline]
    """By role."""
    fallbacks: Mapping[int, str]
    """Who stands in while nobody is on call, by role."""
    pages: Mapping[int, Sequence[Pages]]
    """Whom its destinations page, by role, where somebody has to know."""


async def _ahead(house: House, actor: Actor, schedule_ids: tuple[int, ...], instant: datetime) -> tuple[_Ahead, ...]:
    """Read from the full hour on, so that whoever asks a little later can be given the same."""
    hour = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    async def read(tx: Unit) -> tuple[_Ahead, ...]:
        known = {schedule.id: schedule for schedule in await tx.schedules.some(schedule_ids)}
        for schedule_id in schedule_ids:
            require_visible(actor, known.get(schedule_id))
        roles, shifts = await tx.schedules.roles_of(schedule_ids), await tx.shifts.of_schedules(schedule_ids, hour)
        found = [(roles.get(one, ()), shifts.get(one, ())) for one in schedule_ids]
        both = zip(schedule_ids, found, strict=True)
        pages = [await pages_of(tx, one) if _has_gap(*those, hour) else {} for one, those in both]
        fallbacks = await tx.presence.fallbacks(schedule_ids)
        return tuple(_put_together(*those, fallbacks, seen) for those, seen in zip(found, pages, strict=True))

    return await house.database.remembered(("ahead", actor.workspace_id, schedule_ids, hour), read)


def _has_gap(roles: Sequence[Role], shifts: Sequence[Shift], hour: datetime) -> bool:
    """Whether time was left unassigned, or a role has nobody at some time of the hour."""
    present = Interval(hour, hour + timedelta(hours=1))
    there = [role.id for role in roles if role.removed_at is None]
    rosters = (timeline(shift for shift in shifts if shift.role_id == role) for role in there)
    return any(shift.user is None for shift in shifts) or any(roster.gaps(present) for roster in rosters)


def _put_together(
    roles: Sequence[Role], shifts: Sequence[Shift], fallbacks: Mapping[int, str], pages: Mapping[int, Sequence[Pages]]
) -> _Ahead:
    names = {role.id: role.name for role in roles}
    there = tuple(RoleView(role.id, role.name) for role in roles if role.removed_at is None)
    return _Ahead(
        there,
        tuple(
            ShiftView.of(shift, names[shift.role_id], pages.get(shift.role_id, ()), fallbacks.get(shift.role_id, ""))
            for shift in shifts
        ),
        {role.id: timeline(shift for shift in shifts if shift.role_id == role.id) for role in there},
        fallbacks,
        pages,
    )
