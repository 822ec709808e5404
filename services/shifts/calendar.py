"""A schedule's shifts as a calendar: days of its zone, and who has each role on them. Anyone may look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from oncall import calendar
from oncall.calendar import Day, Lane, Piece
from oncall.civil import wall_time
from oncall.timeline import Interval
from services.destinations.paged_instead import Pages, besides, paged, pages_of
from services.kit.house import Actor, House
from services.schedules.creating import RoleView, ScheduleView, get_schedule
from storage.unit import Unit

FOUR_WEEKS = 28


@dataclass(frozen=True, slots=True)
class RoleDays:
    """One role: for each day of the calendar the pieces that fill it."""

    role: RoleView
    days: tuple[tuple[Piece, ...], ...]
    last: datetime | None
    """When the last shift ends, on the calendar or after it."""


@dataclass(frozen=True, slots=True)
class CalendarView:
    """Some days of a schedule as they stand at ``now``; days, and times of them, are of the schedule's zone."""

    schedule: ScheduleView
    days: tuple[Day, ...]
    roles: tuple[RoleDays, ...]
    now: datetime

    @property
    def today(self) -> date:
        return wall_time(self.now, self.schedule.time_zone).date()

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is planned, on these days or later."""
        return all(role.last is None for role in self.roles)

    @property
    def goes_on(self) -> bool:
        """Whether something is planned after these days."""
        ends = [role.last for role in self.roles if role.last is not None]
        return bool(self.days) and any(self.days[-1].span.end < end for end in ends)

    def first(self, count: int) -> CalendarView:
        """The first ``count`` days of it."""
        cut = tuple(replace(role, days=role.days[:count]) for role in self.roles)
        return replace(self, days=self.days[:count], roles=cut)


async def calendar_of(
    house: House, actor: Actor, schedule_id: int, *, since: date | None = None, count: int = FOUR_WEEKS
) -> CalendarView:
    """``count`` days, from ``since`` on but never before today. Raises NotFound."""
    schedule = await get_schedule(house, actor, schedule_id)
    now = house.clock.now()
    today = wall_time(now, schedule.time_zone).date()
    found = calendar.days(max(since or today, today), count, schedule.time_zone)
    if not found:
        return CalendarView(schedule, (), (), now)
    lanes, pages, fallbacks = await _planned(house, actor, schedule, found[0].span.start)
    both = zip(schedule.roles, lanes, strict=True)
    roles = (_role(role, lane, (pages.get(role.id, ()), fallbacks.get(role.id, "")), found) for role, lane in both)
    return CalendarView(schedule, found, tuple(roles), now)


Planned = tuple[tuple[Lane, ...], dict[int, Sequence[Pages]], dict[int, str]]


async def _planned(house: House, actor: Actor, schedule: ScheduleView, since: datetime) -> Planned:
    """By role, in order, what is planned from ``since`` on; and whom destinations page."""

    async def read(tx: Unit) -> Planned:
        shifts = await tx.shifts.of_schedule(schedule.id, since.astimezone(UTC))
        lanes = tuple(Lane.of(one for one in shifts if one.role_id == role.id) for role in schedule.roles)
        return lanes, dict(await pages_of(tx, schedule.id)), await tx.presence.fallbacks([schedule.id])

    roles = tuple(role.id for role in schedule.roles)
    return await house.database.remembered(("calendar", actor.workspace_id, schedule.id, roles, since), read)


def _role(role: RoleView, lane: Lane, instead: tuple[Sequence[Pages], str], days: Sequence[Day]) -> RoleDays:
    filled = (tuple(_with_others(piece, *instead) for piece in lane.pieces(day.span)) for day in days)
    return RoleDays(role, tuple(filled), lane.last)


def _with_others(piece: Piece, pages: Sequence[Pages], fallback: str) -> Piece:
    """Where nobody is on call: who stands in, and whom an external system pages besides."""
    if piece.turns or not (pages or fallback):
        return piece
    there = besides(paged(pages, Interval(piece.start, piece.end)), fallback)
    return replace(piece, paged=there, fallback=fallback)


def page_before(view: CalendarView, count: int = FOUR_WEEKS) -> date | None:
    """The day on which the page before begins; None where these days begin today."""
    if not view.days or view.days[0].date <= view.today:
        return None
    return max(view.days[0].date - timedelta(days=count), view.today)


def page_after(view: CalendarView) -> date | None:
    """The day on which the page after begins; None where nothing is planned then."""
    return view.days[-1].date + timedelta(days=1) if view.goes_on else None
