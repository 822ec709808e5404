"""What is known of one person's time, as they see it, and as an admin does.

Both see when and how. Why, and where a calendar is, is the person's own; admins who may enter times see why, too, since
they may have to fill in for it, but never anything of a calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.availability import Leaning
from oncall.timeline import Interval
from services.availability.access import require_may_enter
from services.availability.public_holidays import in_window, known_until
from services.availability.wishes import spelled
from services.kit.house import Actor, House
from services.kit.permissions import is_some_admin
from storage.tables import AwayCalendar, HolidayRegion, WishRow
from storage.unit import Unit

AHEAD = timedelta(days=366)
"""How far ahead calendars are read and holidays shown."""


@dataclass(frozen=True, slots=True)
class Time:
    """One time as it is listed: entered (``wish_id``), from a calendar, or a public holiday (``holiday`` its name).

    ``repeats_until`` says that it comes again each week; ``start`` and ``end`` are then its next time.
    """

    start: datetime
    end: datetime
    leaning: Leaning | None
    wish_id: int | None = None
    repeats_until: datetime | None = None
    why: str = ""
    entered_by: str = ""
    holiday: str = ""


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A calendar that is read for its owner; ``times`` is how many it brings."""

    id: int
    kind: str
    shown: str
    read_at: datetime | None
    trouble: str
    times: int


@dataclass(frozen=True, slots=True)
class RegionView:
    """Whose public holidays somebody has."""

    country: str
    subdivision: str
    rather_not: bool
    ends: int | None = None
    """The last year whose holidays are known, where that is sooner than they are shown."""


@dataclass(frozen=True, slots=True)
class AwayView:
    """One person's times, soonest first; ``may_choose`` says that the reader may look at other people's as well."""

    user_id: str
    zone: str
    own: bool
    may_choose: bool
    times: tuple[Time, ...] = ()
    calendars: tuple[CalendarView, ...] = ()
    region: RegionView | None = None


async def get_away(house: House, actor: Actor, user_id: str) -> AwayView:
    """Raises NotAllowed."""
    now = house.clock.now()
    async with house.database.read() as tx:
        await require_may_enter(tx, actor, user_id)
        person = await tx.people.get(actor.workspace_id, user_id)
        zone = person.time_zone if person is not None else "UTC"
        region = (await tx.availability.regions(actor.workspace_id, [user_id])).get(user_id)
        window = Interval(now, now + AHEAD)
        times = [*await _entered(tx, actor, user_id, window), *await _from_calendars(tx, actor, user_id, window)]
        times += _holidays(region, zone, window) if region else ()
        own = actor.user_id == user_id
        calendars = await _calendars(tx, actor, window) if own else []
        may_choose = await is_some_admin(tx, actor)
    return AwayView(
        user_id=user_id,
        zone=zone,
        own=own,
        may_choose=may_choose,
        times=tuple(sorted(times, key=lambda one: (one.start, one.end, one.wish_id or 0))),
        calendars=tuple(calendars),
        region=_region(region, now) if region else None,
    )


def _region(region: HolidayRegion, now: datetime) -> RegionView:
    last = known_until(region.country)
    ends = last if last < (now + AHEAD).year else None
    return RegionView(region.country, region.subdivision, region.rather_not, ends)


async def _entered(tx: Unit, actor: Actor, user_id: str, window: Interval) -> list[Time]:
    """What was entered by hand and is not over, however far ahead."""
    ever = Interval(window.start, window.start + 4 * AHEAD)
    rows = await tx.availability.entered(actor.workspace_id, [user_id], ever)
    return [one for row in rows for one in _next_time(row, ever)]


def _next_time(row: WishRow, window: Interval) -> Iterator[Time]:
    """None for what will not come again."""
    wish = next(iter(spelled(row, window)), None)
    if wish is not None:
        yield Time(wish.start, wish.end, wish.leaning, row.id, row.repeats_until, row.why, row.entered_by)


async def _from_calendars(tx: Unit, actor: Actor, user_id: str, window: Interval) -> list[Time]:
    rows = await tx.availability.from_calendars(actor.workspace_id, [user_id], window)
    return [Time(row.starts_at, row.ends_at, Leaning(row.leaning)) for _calendar, row in rows]


def _holidays(region: HolidayRegion, zone: str, window: Interval) -> Iterator[Time]:
    leaning = Leaning.RATHER_NOT if region.rather_not else None
    for one in in_window(region, zone, window):
        yield Time(one.start, one.end, leaning, holiday=one.name)


async def _calendars(tx: Unit, actor: Actor, window: Interval) -> list[CalendarView]:
    rows = await tx.availability.calendars(actor.workspace_id, actor.user_id)
    brought = await tx.availability.from_calendars(actor.workspace_id, [actor.user_id], window)
    return [_view(row, sum(calendar.id == row.id for calendar, _ in brought)) for row in rows]


def _view(row: AwayCalendar, times: int) -> CalendarView:
    return CalendarView(row.id, row.kind, row.name or row.host, row.read_at, row.trouble, times)
