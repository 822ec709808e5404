"""Wall-clock time and instants, with one rule for the two awkward hours of the year.

A wall time is a naive datetime read off a clock in some zone. Almost always it names one instant. Where clocks
are set back it names two, and where they are set forward it names none::

    clocks go back         01:00 ──── 01:59 │ 01:00 ──── 01:59   a wall time happens twice
                           ▲ first          │ ▲ last
    clocks go forward      01:59 │ 03:00                         02:30 never happens:
                                 ▲ first and last                the first instant after

Whatever starts, starts at :func:`first_instant`; whatever ends by itself, ends at :func:`last_instant`. A
handoff ends one thing and starts another, so it happens at the first instant and leaves neither a gap nor an
overlap. Both functions never run backwards: a later wall time never gives an earlier instant.

Reading zone rules is slow, so the offset of every wall day that no transition touches is remembered
(:func:`steady_offset`), and of every such week (:func:`steady_week`), for as long as the zone data is the same; only
the days around a transition are worked out each time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from zonedata import remembered

DAY = timedelta(days=1)
ORIGIN = datetime.fromordinal(1)
UTC_ORIGIN = ORIGIN.replace(tzinfo=UTC)
SECOND = timedelta(seconds=1)


def first_instant(wall: datetime, zone: str) -> datetime:
    """The first instant at which clocks in ``zone`` show ``wall``, or the first one after if they never do."""
    steady = steady_offset(zone, wall.toordinal())
    if steady is not None:
        return at_zero(wall) - steady
    return _instants(wall, ZoneInfo(zone))[0]


def last_instant(wall: datetime, zone: str) -> datetime:
    """The last instant at which clocks in ``zone`` show ``wall``, or the first one after if they never do."""
    steady = steady_offset(zone, wall.toordinal())
    if steady is not None:
        return at_zero(wall) - steady
    return _instants(wall, ZoneInfo(zone))[1]


def at_zero(wall: datetime) -> datetime:
    """The instant at which clocks without any offset show ``wall``."""
    return UTC_ORIGIN + (wall - ORIGIN)  # several times as fast as replacing the tzinfo


def without_zone(utc: datetime) -> datetime:
    """The other way round: an instant in UTC as a naive datetime."""
    return ORIGIN + (utc - UTC_ORIGIN)


def wall_time(instant: datetime, zone: str) -> datetime:
    """What clocks in ``zone`` show at ``instant``, as a naive datetime."""
    offset = _offset(instant.astimezone(ZoneInfo(zone)), ZoneInfo(zone))
    return without_zone(instant + offset)


@remembered(maxsize=1 << 17)
def steady_offset(zone: str, day: int) -> timedelta | None:
    """The UTC offset that holds throughout the wall day with this ordinal and its neighbours, or None if it changes."""
    midnight = datetime.fromordinal(day)
    rules = ZoneInfo(zone)
    offsets = {rules.utcoffset(midnight + days * DAY) for days in (-1, 0, 1, 2)}
    return offsets.pop() if len(offsets) == 1 else None


@remembered(maxsize=1 << 15)
def steady_week(zone: str, day: int) -> timedelta | None:
    """The UTC offset that holds throughout seven wall days from this ordinal on and their neighbours, or None."""
    midnight = datetime.fromordinal(day)
    rules = ZoneInfo(zone)
    offsets = {rules.utcoffset(midnight + days * DAY) for days in range(-1, 9)}
    return offsets.pop() if len(offsets) == 1 else None


def _instants(wall: datetime, rules: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and last instant of ``wall``; of a skipped wall time, twice the instant at which clocks jump."""
    earlier, later = (at_zero(wall) - _offset(wall.replace(fold=fold), rules) for fold in (0, 1))
    if earlier <= later:
        return earlier, later
    jump = _jump(later, earlier, rules)
    return jump, jump


def _jump(before: datetime, after: datetime, rules: ZoneInfo) -> datetime:
    """The first second in ``(before, after]`` with the offset of ``after``, by halving."""
    target = after.astimezone(rules).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // (2 * SECOND) * SECOND
        if middle.astimezone(rules).utcoffset() == target:
            after = middle
        else:
            before = middle
    return after


def _offset(wall: datetime, rules: ZoneInfo) -> timedelta:
    offset = rules.utcoffset(wall)
    if offset is None:
        raise ValueError(f"{rules.key} has no offset at {wall.isoformat()}")
    return offset
