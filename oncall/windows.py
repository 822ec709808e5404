"""Coverage windows in wall-clock time: from–to on chosen weekdays, whole days, or one stretch a week.

A window belongs to the day it starts on, also when it crosses midnight: ``Fri 22:00–06:00`` ends on Saturday.
It opens at the first occurrence of its start and closes at the last occurrence of its end, so the hour that
happens twice is covered twice. When that would run into the window of the next day, or of the next week, the next one
takes over. Whole days that follow each other are one window, so a weekend is one.

Windows are made a week at a time. In a steady week, one that no clock change touches, they are as far from Monday's
midnight as in every other; in any other week, each is looked up by itself. The weeks asked for last are remembered, as
offsets are, for as long as the zone data is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, count

from oncall.civil import DAY, at_zero, first_instant, last_instant, steady_offset, steady_week, wall_time
from oncall.timeline import Interval
from zonedata import remembered

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


Window = tuple[datetime, datetime]
"""From its opening to its closing."""

Run = Sequence[Window]
"""Windows that follow each other."""


def windows(coverage: Coverage, zone: str, within: Interval) -> Iterator[Window]:
    """Every window that meets ``within``, whole and in order; ``coverage`` leaves something open."""
    return chain.from_iterable(runs_of_windows(coverage, zone, within))


def runs_of_windows(coverage: Coverage, zone: str, within: Interval) -> Iterator[Run]:
    """The same a run at a time, so that who wants all of them is not called for each; a run may be empty."""
    since, until = within.start, within.end
    back = 9 if coverage.touches or isinstance(coverage, Weekly) else 2
    found = _weeks(coverage, zone, wall_time(since, zone).toordinal() - back)
    for run in _joined(found) if coverage.touches else found:
        if run and until <= run[-1][1]:
            yield [window for window in run if since < window[1] and window[0] < until]
            return
        yield run if run and since < run[0][1] else [window for window in run if since < window[1]]


def _joined(found: Iterable[Run]) -> Iterator[Run]:
    """Windows that meet as one."""
    each = chain.from_iterable(found)
    start, end = next(each, NEVER)
    for opening, closing in each:
        if opening > end:
            yield [(start, end)]
            start = opening
        end = closing


def _weeks(coverage: Coverage, zone: str, day: int) -> Iterator[Run]:
    """Windows by the week in which they open, from the week of the wall day with this ordinal on, without end."""
    week = _week_of(coverage, zone)
    return map(week, count(day - (day + 6) % 7, 7)) if coverage.days else iter(())


@remembered(maxsize=64)
def _week_of(coverage: Coverage, zone: str) -> Callable[[int], Run]:
    """What gives the windows that open in the week from the Monday with an ordinal on."""
    opening, closing, days = coverage.opening, coverage.closing, sorted(coverage.days)
    hours = [(day * DAY + opening, day * DAY + closing) for day in days]
    reaches_on = closing > 2 * DAY

    @lru_cache(maxsize=128)
    def week(monday: int) -> Run:
        steady = steady_week(zone, monday)
        if steady is None or (reaches_on and steady != steady_week(zone, monday + 7)):
            each = [_window(coverage, zone, monday + day, opening, closing) for day in days]
            return tuple(window for window in each if window[0] < window[1])
        midnight = at_zero(datetime.fromordinal(monday)) - steady
        return tuple([(midnight + opens, midnight + closes) for opens, closes in hours])

    return week


def _window(coverage: Coverage, zone: str, day: int, opening: timedelta, closing: timedelta) -> Window:
    """The window that opens on the wall day with this ordinal; it may be that nothing is left of it."""
    midnight = datetime.fromordinal(day)
    steady = steady_offset(zone, day) if closing <= 2 * DAY else None
    if steady is not None:
        return at_zero(midnight + opening) - steady, at_zero(midnight + closing) - steady
    start, end = first_instant(midnight + opening, zone), last_instant(midnight + closing, zone)
    following = 7 * DAY if isinstance(coverage, Weekly) else DAY if (day + 7) % 7 in coverage.days else None
    if following is not None:
        end = min(end, first_instant(midnight + following + opening, zone))
    return start, end


def _since_midnight(of_day: time) -> timedelta:
    return timedelta(hours=of_day.hour, minutes=of_day.minute, seconds=of_day.second)
