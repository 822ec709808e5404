"""Coverage windows in wall-clock time: from–to on chosen weekdays, whole days, or one stretch a week.

A window belongs to the day it starts on, also when it crosses midnight: ``Fri 22:00–06:00`` ends on Saturday.
It opens at the first occurrence of its start and closes at the last occurrence of its end, so the hour that
happens twice is covered twice. When that would run into the next day's window, the next one takes over. Whole days
that follow each other are one window, so a weekend is one.

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
NEVER = (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
WORKING_DAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Daily:
    """Covered from ``opens`` to ``closes``, past midnight when ``closes`` is not later, on ``days`` (Monday is 0).

    Where the two are the same, whole days of 24 hours on the clock are covered from there on.
    """

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

    @property
    def always(self) -> bool:
        """Whether it leaves nothing open."""
        return self.opens == self.closes and self.days == EVERY_DAY

    @property
    def touches(self) -> bool:
        """Whether windows of days that follow each other meet."""
        return self.opens == self.closes


@dataclass(frozen=True, slots=True)
class Weekly:
    """Covered in one stretch a week, from ``opens`` on one weekday to ``closes`` on another (Monday is 0).

    ``Weekly(4, time(17), 0, time(9))`` is Friday 17:00 to Monday 09:00.
    """

    opens_on: int
    opens: time
    closes_on: int
    closes: time

    @property
    def days(self) -> frozenset[int]:
        """The day it opens on."""
        return frozenset({self.opens_on})

    @property
    def opening(self) -> timedelta:
        """From the midnight that begins the day it opens on."""
        return _since_midnight(self.opens)

    @property
    def closing(self) -> timedelta:
        """From the same midnight."""
        closing = (self.closes_on - self.opens_on) % 7 * DAY + _since_midnight(self.closes)
        return closing if closing > self.opening else closing + 7 * DAY

    @property
    def always(self) -> bool:
        return self.closing - self.opening == 7 * DAY

    @property
    def touches(self) -> bool:
        return False


Coverage = Daily | Weekly


def windows(coverage: Coverage, zone: str, within: Interval) -> Iterator[tuple[datetime, datetime]]:
    """Every ``(opening, closing)`` that meets ``within``, whole and in order; ``coverage`` leaves something open."""
    back = 9 if coverage.touches or isinstance(coverage, Weekly) else 2
    found = _windows_from(coverage, zone, wall_time(within.start, zone).toordinal() - back)
    for start, end in _joined(found) if coverage.touches else found:
        if start >= within.end:
            return
        if end > within.start:
            yield start, end


def _joined(found: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Windows that meet as one."""
    start, end = next(found, NEVER)
    for opening, closing in found:
        if opening > end:
            yield start, end
            start = opening
        end = closing


def _windows_from(daily: Coverage, zone: str, day: int) -> Iterator[tuple[datetime, datetime]]:
    """Windows that start on the wall day with this ordinal or later, without end."""
    opening, closing, days = daily.opening, daily.closing, daily.days
    midnight = datetime.fromordinal(day).replace(tzinfo=UTC)
    offset, to_start, to_end = timedelta(), opening, closing
    while days:
        if (day + 6) % 7 in days:
            steady = steady_offset(zone, day) if closing <= 2 * DAY else None
            if steady is None:
                yield from _unsteady(daily, zone, midnight.replace(tzinfo=None))
            else:
                if steady != offset:
                    offset, to_start, to_end = steady, opening - steady, closing - steady
                yield midnight + to_start, midnight + to_end
        day += 1
        midnight += DAY


def _unsteady(daily: Coverage, zone: str, midnight: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The window of a day near a clock change, or of more than two days, if anything is left of it."""
    start = first_instant(midnight + daily.opening, zone)
    end = last_instant(midnight + daily.closing, zone)
    if (midnight.weekday() + 1) % 7 in daily.days:
        end = min(end, first_instant(midnight + DAY + daily.opening, zone))
    if start < end:
        yield start, end


def _since_midnight(of_day: time) -> timedelta:
    return timedelta(hours=of_day.hour, minutes=of_day.minute, seconds=of_day.second)
