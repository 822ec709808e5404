"""Every clock change of every zone 2025–2030, and a second opinion about rotations that only ever reads wall clocks.

The second opinion looks at a wall clock every five minutes and keeps two marks: ``high``, the latest wall time that the
clock has shown so far, and ``low``, the earliest that it will show after this look. What starts at a wall time has
started when ``high`` has reached it; what ends at one is over when the clock is there and ``low`` is past it. That
is all that is needed to follow a rotation through hours that happen twice or never, without asking for an offset.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo, available_timezones

from oncall.pace import Counts, Unit
from oncall.rotations import Rotation
from oncall.timeline import Interval
from oncall.windows import Coverage, Weekly

FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
WEEK, ZERO = timedelta(weeks=1), timedelta(0)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
LOOK = 5 * MINUTE
AROUND = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """``at`` this instant the offset of ``zone`` goes from ``before`` to ``after``."""

    at: datetime
    before: timedelta
    after: timedelta
    zone: str

    @property
    def nearby(self) -> Interval:
        return Interval(self.at - AROUND, self.at + AROUND)


@cache
def clock_changes() -> tuple[ClockChange, ...]:
    """One zone's change for every different change that any zone makes: the rest are the same clocks by other names."""
    found: dict[tuple[datetime, timedelta, timedelta], ClockChange] = {}
    for zone in sorted(available_timezones() - {"localtime", "Factory"}):
        for change in _changes_of(zone):
            found.setdefault((change.at, change.before, change.after), change)
    return tuple(found[key] for key in sorted(found))


def _changes_of(zone: str) -> list[ClockChange]:
    rules = ZoneInfo(zone)
    changes: list[ClockChange] = []
    week, before = FIRST, _offset(FIRST, rules)
    while week < LAST:  # no zone changes its clocks twice in a week
        following = week + WEEK
        after = _offset(following, rules)
        if after != before:
            minutes = range(WEEK // MINUTE + 1)
            at = week + MINUTE * bisect_left(minutes, True, key=lambda n: _offset(week + n * MINUTE, rules) != before)
            changes.append(ClockChange(at, before, after, zone))
        week, before = following, after
    return [change for change in changes if change.at <= LAST]


def _offset(instant: datetime, rules: ZoneInfo) -> timedelta:
    offset = instant.astimezone(rules).utcoffset()
    assert offset is not None
    return offset


@dataclass(frozen=True, slots=True)
class Watch:
    """A wall clock looked at every five minutes: the instants, what it shows, and the two marks at each of them."""

    instants: tuple[datetime, ...]
    shown: tuple[datetime, ...]
    high: tuple[datetime, ...]
    low: tuple[datetime, ...]


@cache
def watch(zone: str, start: datetime, end: datetime) -> Watch:
    rules = ZoneInfo(zone)
    instants = [start + n * LOOK for n in range((end - start) // LOOK)]
    shown = [instant.astimezone(rules).replace(tzinfo=None, fold=0) for instant in instants]
    high = tuple(accumulate(shown, max))
    low = (*reversed(list(accumulate(reversed(shown[1:]), min))), shown[-1] + LOOK)
    return Watch(tuple(instants), tuple(shown), high, low)


def expected(rotation: Rotation, zone_watch: Watch) -> list[str | None]:
    """Who is on call at each look; the members of ``rotation`` are taken to belong throughout."""
    users = [stint.user for stint in rotation.members]
    row: list[str | None] = []
    for shown, high, low in zip(zone_watch.shown, zone_watch.high, zone_watch.low, strict=True):
        on = high >= rotation.first_handoff and _covered(rotation, shown, high, low)
        row.append(users[turn_on(rotation, high) % len(users)] if on else None)
    return row


def turn_on(rotation: Rotation, wall: datetime) -> int:
    """Which turn the clock says it is, found by counting up from the first handoff."""
    first = rotation.first_handoff
    if wall < first:
        return -1
    if rotation.unit is Unit.MONTHS:
        months = [12 * (wall.year - first.year) + wall.month - first.month + more for more in (-1, 0)]
        return max(number for number in months if number < 0 or _months_on(first, number) <= wall) // rotation.every
    coverage = rotation.coverage
    if rotation.counts is Counts.CALENDAR or coverage is None or rotation.unit is Unit.WEEKS:
        return (wall - first) // rotation.period
    opens, closes = window_of(coverage, first.replace(hour=0, minute=0))
    amount = rotation.every * (min(DAY, closes - opens) if rotation.unit is Unit.DAYS else HOUR)
    total = covered_between(coverage, first, wall)
    days = [wall.replace(hour=0, minute=0) - back * DAY for back in range(_reach(coverage))]
    stretches = [window_of(coverage, day) for day in days if day.weekday() in coverage.days]
    inside = any(opens <= wall < closes for opens, closes in stretches)
    return total // amount if inside else max(0, -(-total // amount) - 1)


def covered_between(coverage: Coverage, first: datetime, wall: datetime) -> timedelta:
    """How much of the time between two wall times is covered: day by day, but that all weeks have the same."""
    weeks = max(0, (wall - first) // WEEK - 1)
    begun = first + weeks * WEEK
    today = max(begun, wall.replace(hour=0, minute=0))
    days = [today.replace(hour=0, minute=0) - back * DAY for back in range(_reach(coverage))]
    stretches = [window_of(coverage, day) for day in days if day.weekday() in coverage.days]
    lately = sum((max(ZERO, min(closes, wall) - max(opens, today)) for opens, closes in stretches), ZERO)
    return weeks * _day_by_day(coverage, first, first + WEEK) + _day_by_day(coverage, begun, today) + lately


@lru_cache(maxsize=1 << 14)
def _day_by_day(coverage: Coverage, first: datetime, wall: datetime) -> timedelta:
    midnight, total = first.replace(hour=0, minute=0) - 8 * DAY, ZERO
    while midnight <= wall:
        opens, closes = window_of(coverage, midnight)
        if midnight.weekday() in coverage.days:
            total += max(ZERO, min(closes, wall) - max(opens, first))
        midnight += DAY
    return total


def _reach(coverage: Coverage) -> int:
    """How many days back a window may have begun."""
    return 9 if isinstance(coverage, Weekly) else 2


@lru_cache(maxsize=1 << 14)
def window_of(coverage: Coverage, midnight: datetime) -> tuple[datetime, datetime]:
    """From when until when a window lasts that begins on this day."""
    opens = datetime.combine(midnight, coverage.opens)
    closes = datetime.combine(midnight, coverage.closes)
    if isinstance(coverage, Weekly):
        closes += (coverage.closes_on - coverage.opens_on) % 7 * DAY
        return opens, closes if closes > opens else closes + 7 * DAY
    return opens, closes if closes > opens else closes + DAY


def _months_on(first: datetime, months: int) -> datetime:
    """The same day so many months on, or the last day of that month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    for day in range(first.day, 27, -1):
        try:
            return first.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return first.replace(year=year, month=month + 1)


def _covered(rotation: Rotation, shown: datetime, high: datetime, low: datetime) -> bool:
    coverage = rotation.coverage
    if coverage is None:
        return True
    today = high.replace(hour=0, minute=0)
    for midnight in (today - back * DAY for back in range(_reach(coverage))):
        if midnight.weekday() not in coverage.days:
            continue
        opens, closes = window_of(coverage, midnight)
        over = shown >= closes and low > closes
        if midnight.weekday() in coverage.days and high >= opens and not over:
            return True
    return False
