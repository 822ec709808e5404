"""Daily coverage windows: from–to in wall-clock time on chosen weekdays.

A window belongs to the day it starts on, also when it crosses midnight: ``Fri 22:00–06:00`` ends on Saturday.
It opens at the first occurrence of its start and closes at the last occurrence of its end, so the hour that
happens twice is covered twice. When that would run into the next day's window, the next one takes over.

Days are walked by their ordinal. On a steady day, one that no clock change touches, opening and closing are the
day's midnight plus a distance that stays the same until the zone's offset does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from oncall.civil import DAY, first_instant, last_instant, steady_offset, wall_time
from oncall.timeline import Interval

EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Daily:
    """Covered from ``opens`` to ``closes``, past midnight when ``closes`` is not later, on ``days`` (Monday is 0)."""

    opens: time
    closes: time
    days: frozenset[int] = EVERY_DAY

    @property
    def opening(self) -> timedelta:
        return _since_midnight(self.opens)

    @property
    def closing(self) -> timedelta:
        closing = _since_midnight(self.closes)
        return closing if closing > self.opening else closing + DAY


def windows(daily: Daily, zone: str, within: Interval) -> Iterator[tuple[datetime, datetime]]:
    """Every ``(opening, closing)`` that meets ``within``, whole and in order."""
    for start, end in _windows_from(daily, zone, wall_time(within.start, zone).toordinal() - 2):
        if start >= within.end:
            return
        if end > within.start:
            yield start, end


def _windows_from(daily: Daily, zone: str, day: int) -> Iterator[tuple[datetime, datetime]]:
    """Windows that start on the wall day with this ordinal or later, without end."""
    opening, closing, days = daily.opening, daily.closing, daily.days
    midnight = datetime.fromordinal(day).replace(tzinfo=UTC)
    offset, to_start, to_end = timedelta(), opening, closing
    while days:
        if (day + 6) % 7 in days:
            steady = steady_offset(zone, day)
            if steady is None:
                yield from _unsteady(daily, zone, midnight.replace(tzinfo=None))
            else:
                if steady != offset:
                    offset, to_start, to_end = steady, opening - steady, closing - steady
                yield midnight + to_start, midnight + to_end
        day += 1
        midnight += DAY


def _unsteady(daily: Daily, zone: str, midnight: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The window of a day near a clock change, if anything is left of it."""
    start = first_instant(midnight + daily.opening, zone)
    end = last_instant(midnight + daily.closing, zone)
    if (midnight.weekday() + 1) % 7 in daily.days:
        end = min(end, first_instant(midnight + DAY + daily.opening, zone))
    if start < end:
        yield start, end


def _since_midnight(of_day: time) -> timedelta:
    return timedelta(hours=of_day.hour, minutes=of_day.minute, seconds=of_day.second)
