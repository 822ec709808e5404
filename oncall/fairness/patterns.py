"""The shifts that somebody asks for, as patterns of a week, and the stretches of time that they make.

A pattern says on which days a shift begins, at what time, and who gets it; it ends where the next one begins, whichever
pattern that is of. Two patterns make a week of five days and a weekend::

    Weekdays 09:00   |-Mon-|-Tue-|-Wed-|-Thu-|-Fri-|
    Sat 09:00                                      |---- Sat, Sun ----|
                     └ each stretch is of the pattern that began it: its *shift type*

Handoffs are wall-clock times in one zone and happen at the first instant of that time (:mod:`oncall.civil`), so
stretches leave no gap and no overlap across clock changes. Two handoffs within a skipped hour are one: the stretch
between them is empty and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from oncall.civil import DAY, first_instant, wall_time
from oncall.timeline import Interval

MOST_PATTERNS = 10
WEEK = timedelta(days=7)


class Days(StrEnum):
    """The days of the week on which a pattern's shifts begin."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKENDS = "weekends"

    @property
    def numbers(self) -> tuple[int, ...]:
        """Monday is 0."""
        several = {Days.DAILY: range(7), Days.WEEKDAYS: range(5), Days.WEEKENDS: range(5, 7)}
        return tuple(several[self]) if self in several else (list(Days).index(self),)

    @property
    def label(self) -> str:
        """As people read it: ``Mon``, ``Weekdays``."""
        return self.value.capitalize()


class Who(StrEnum):
    """Who gets the shifts of a pattern."""

    BEST = "best"
    MEMBER = "member"
    LAST_PRIMARY = "last_primary"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Shifts that begin on ``days`` at ``start`` on the clock; ``member`` is a Slack id, for :attr:`Who.MEMBER`."""

    days: Days
    start: time
    who: Who = Who.BEST
    member: str | None = None

    @property
    def kind(self) -> str:
        """The shift type, as balance is counted by it and as people read it: ``Weekdays 09:00``."""
        return f"{self.days.label} {self.start:%H:%M}"


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """One shift to be filled, ``[start, end)`` in UTC, of the pattern at this place in the list."""

    start: datetime
    end: datetime
    pattern: int

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


def problems_of(patterns: Sequence[Pattern]) -> dict[int, str]:
    """What is wrong with each pattern, by its place; empty where they make a week."""
    found: dict[int, str] = {}
    taken: dict[tuple[int, time], int] = {}
    for place, pattern in enumerate(patterns):
        if pattern.who is Who.MEMBER and not pattern.member:
            found[place] = "Choose the member who gets these shifts."
        for day in pattern.days.numbers:
            other = taken.setdefault((day, pattern.start), place)
            if other != place:
                found[place] = f"Shift {other + 1} begins at the same time on the same day. Choose another day or time."
    return found


def stretches(patterns: Sequence[Pattern], zone: str, within: Interval) -> Iterator[Stretch]:
    """Every stretch that meets ``within``, whole and in order, those for nobody included."""
    begins = sorted(
        {(day * DAY + _since_midnight(p.start), place) for place, p in enumerate(patterns) for day in p.days.numbers}
    )
    if not begins:
        return
    for (start, place), (end, _next) in pairwise(_handoffs(begins, zone, within)):
        if start >= within.end:
            return
        if start < end and end > within.start:
            yield Stretch(start, end, place)


def _handoffs(begins: Sequence[tuple[timedelta, int]], zone: str, within: Interval) -> Iterator[tuple[datetime, int]]:
    """Instants at which a shift begins, each with its pattern, from a week before ``within`` on, in order."""
    wall = wall_time(within.start, zone)
    monday = datetime.fromordinal(wall.toordinal() - wall.weekday()) - 2 * WEEK
    while True:
        for since_monday, place in begins:
            yield first_instant(monday + since_monday, zone), place
        monday += WEEK


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)
