"""What one person's Home tab tells, read from Baton's own tables, a page at a time.

Shown are the schedules that the person belongs to or has shifts on. What waits for a decision is what they themselves
can decide: on schedules that they are named as an admin of, and, of an admin of the Slack workspace, requests for
connections, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from oncall.shifts import ShiftState
from services.home.waiting import Parts, Wait, Waits, waits_for
from services.kit.house import Actor, House
from services.kit.permissions import Access, may_change, may_create
from services.schedules.creating import ScheduleName, list_schedules
from services.shifts.assigning import RoleNow, on_call_in
from services.shifts.of_one_person import PersonShift, shifts_of
from storage.tables import Destination
from storage.unit import Unit
from sync.core.model import Status

SHIFTS_A_PAGE, WAITS_A_PAGE, SCHEDULES_A_PAGE = 8, 8, 12

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Health:
    """How one destination of a schedule is doing; ``role`` is the one that is exported."""

    name: str
    role: str
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class MySchedule:
    """A schedule of the person's, with who is on call now and how its destinations are doing."""

    name: ScheduleName
    is_admin: bool
    assignable: bool
    roles: Sequence[RoleNow]
    destinations: Sequence[Health]


@dataclass(frozen=True, slots=True)
class OnCall:
    """A role that the person is on call for now, until when without a break."""

    shift: PersonShift
    until: datetime


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page of it. ``asked`` are shifts that cover was asked for already, ``schedules_there`` says whether the
    workspace has any. What is shown changes by itself at ``next_at``; it tells of ``about``, schedules by id."""

    actor: Actor
    page: int
    pages: int
    on_call: Sequence[OnCall]
    coming: Sequence[PersonShift]
    more_coming: int
    asked: frozenset[int]
    waits: Sequence[Wait]
    schedules: Sequence[MySchedule]
    schedules_there: bool
    may_create: bool
    administers: bool
    next_at: datetime | None
    about: Sequence[int]

    @property
    def is_first(self) -> bool:
        return self.page == 0


async def dashboard(house: House, actor: Actor, page: int = 0) -> Dashboard:
    """Page ``page``, or the last one where there are fewer by now; anyone may see their own."""
    now = house.clock.now()
    known = await list_schedules(house, actor)
    shifts = await shifts_of(house, actor, actor.user_id)
    async with house.database.read() as tx:
        parts = await _parts(tx, actor, known, shifts)
        creates = await may_create(tx, actor)
        found = await waits_for(tx, actor, parts, now)
        mine = [one for one in known if one.id in parts.all]
        coming = [one for one in shifts if not one.runs_at(now)]
        pages = _pages((coming, SHIFTS_A_PAGE), (found.waits, WAITS_A_PAGE), (mine, SCHEDULES_A_PAGE))
        page = min(max(page, 0), pages - 1)
        shown = _slice(mine, page, SCHEDULES_A_PAGE)
        health = await _health(tx, [one.id for one in shown])
    roles = await on_call_in(house, actor, [one.id for one in shown])
    ahead = _slice(coming, page, SHIFTS_A_PAGE)
    return Dashboard(
        actor=actor,
        page=page,
        pages=pages,
        on_call=_on_call(shifts, now),
        coming=ahead,
        more_coming=len(coming) - page * SHIFTS_A_PAGE - len(ahead),
        asked=_asked(found, shifts),
        waits=_slice(found.waits, page, WAITS_A_PAGE),
        schedules=[
            MySchedule(one, one.id in parts.administered, one.id in parts.assignable, now_on, health.get(one.id, ()))
            for one, now_on in zip(shown, roles, strict=True)
        ],
        schedules_there=bool(known),
        may_create=creates,
        administers=bool(parts.administered) or (actor.is_workspace_admin and bool(known)),
        next_at=_next(now, _instants(shifts, [role for one in roles for role in one], found)),
        about=sorted(parts.all),
    )


async def _parts(tx: Unit, actor: Actor, known: Iterable[ScheduleName], shifts: Iterable[PersonShift]) -> Parts:
    names = {one.id: one for one in known}
    mine = [one for one in await tx.schedules.parts_of(actor.workspace_id, actor.user_id) if one[0] in names]
    decides = not actor.is_outside
    return Parts(
        names=names,
        all=frozenset({number for number, _ in mine} | {one.schedule_id for one in shifts if one.schedule_id in names}),
        administered=frozenset(number for number, member in mine if decides and member.access == Access.ADMIN),
        assignable=frozenset(number for number, member in mine if member.assignable),
    )


def _pages(*lists: tuple[Sequence[object], int]) -> int:
    return max(1, *(-(-len(found) // size) for found, size in lists))


def _slice(found: Sequence[T], page: int, size: int) -> Sequence[T]:
    return found[page * size : (page + 1) * size]


async def _health(tx: Unit, schedule_ids: Sequence[int]) -> Mapping[int, Sequence[Health]]:
    rows = await tx.waiting.destinations(schedule_ids)
    roles = await tx.schedules.roles_of(schedule_ids) if rows else {}
    names = {role.id: role.name for listed in roles.values() for role in listed}
    found: dict[int, list[Health]] = {}
    for row in rows:
        found.setdefault(row.schedule_id, []).append(_health_of(row, names.get(row.role_id, "")))
    return found


def _health_of(row: Destination, role: str) -> Health:
    return Health(row.external_name or row.external_id, role, Status(row.status), row.status_reason)


def _on_call(shifts: Sequence[PersonShift], now: datetime) -> list[OnCall]:
    """What runs; of one role that follows itself without a break, once. ``shifts`` are in order."""
    confirmed = [one for one in shifts if one.shift.state is ShiftState.CONFIRMED]
    running = {_role(one): OnCall(one, one.shift.end) for one in reversed(confirmed) if one.runs_at(now)}
    for later in confirmed:
        known = running.get(_role(later))
        if known is not None and known.until >= later.shift.start and known.until < later.shift.end:
            running[_role(later)] = OnCall(known.shift, later.shift.end)
    return list(running.values())[::-1]


def _role(one: PersonShift) -> tuple[int, str]:
    return (one.schedule_id, one.shift.role)


def _asked(found: Waits, shifts: Iterable[PersonShift]) -> frozenset[int]:
    """Shifts of the person's own that somebody was asked to cover, in part at least."""
    return frozenset(
        one.shift.id
        for one in shifts
        for cover in found.covers_asked
        if (cover.schedule_id, cover.role) == _role(one) and cover.start < one.shift.end and cover.end > one.shift.start
    )


def _instants(shifts: Iterable[PersonShift], roles: Iterable[RoleNow], found: Waits) -> Iterable[datetime | None]:
    for one in shifts:
        yield from (one.shift.start, one.shift.end)
    for role in roles:
        yield from (role.until, role.next_from)
    yield from found.instants


def _next(now: datetime, instants: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in instants if one is not None and one > now), default=None)


async def my_schedule(house: House, actor: Actor, schedule_id: int) -> MySchedule:
    """One schedule, as the actor has a part in it; admins of the Slack workspace administer it. Raises NotFound."""
    [roles] = await on_call_in(house, actor, [schedule_id])
    known = {one.id: one for one in await list_schedules(house, actor)}
    async with house.database.read() as tx:
        parts = dict(await tx.schedules.parts_of(actor.workspace_id, actor.user_id))
        changes = await may_change(tx, actor, schedule_id)
    member = parts.get(schedule_id)
    return MySchedule(known[schedule_id], changes, member is not None and member.assignable, roles, ())
