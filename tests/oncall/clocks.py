"""Every clock change of every zone 2025–2030, and a second opinion about rotations that only ever reads wall clocks.

The second opinion looks at a wall clock every five minutes and keeps two marks: ``high``, the latest wall time that the
clock has shown so far, and ``low``, the earliest that it will show after this look. What starts at a wall time has
started when ``high`` has reached it; what ends at one is over when the clock is there and ``low`` is past it. That
is all that is needed to follow a rotation through hours that happen twice or never, without asking for an offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo, available_timezones

from oncall.rotations import Rotation
from oncall.timeline import Interval

FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
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
    day, before = FIRST, _offset(FIRST, rules)
    while day < LAST:
        following = day + DAY
        after = _offset(following, rules)
        if after != before:
            at = next(m for n in range(24 * 60) if _offset(m := day + (n + 1) * MINUTE, rules) != before)
            changes.append(ClockChange(at, before, after, zone))
        day, before = following, after
    return changes


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
        turn = (high - rotation.first_handoff) // rotation.period
        on = turn >= 0 and _covered(rotation, shown, high, low)
        row.append(users[turn % len(users)] if on else None)
    return row


def _covered(rotation: Rotation, shown: datetime, high: datetime, low: datetime) -> bool:
    coverage = rotation.coverage
    if coverage is None:
        return True
    today = high.replace(hour=0, minute=0)
    for midnight in (today - DAY, today):
        opens = datetime.combine(midnight, coverage.opens)
        closes = datetime.combine(midnight if coverage.closes > coverage.opens else midnight + DAY, coverage.closes)
        over = shown >= closes and low > closes
        if midnight.weekday() in coverage.days and high >= opens and not over:
            return True
    return False
