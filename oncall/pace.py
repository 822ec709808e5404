"""When turns begin, on the clock of the rotation's zone: any of them by arithmetic, none by counting up.

==========  =====================================================================================================
pace        turn *k* begins at
==========  =====================================================================================================
`Fixed`     first handoff + k × period
`Monthly`   the first handoff's day and time k × N months later; in a month without that day, on its last day: a
            rotation from the 31st hands over on 28 February and again on the 31st of March
`Covered`   the moment at which the role has been covered for k × N since the first handoff; time in which nobody
            is on call counts for nobody's turn
==========  =====================================================================================================

Covered time repeats itself every week, so how much of it lies before a wall time is whole weeks and a look into one,
and the other way round. A day of it is what one day's hours cover, so that turns of a day change with the windows and
turns that begin in the middle of a window end in the middle of one. Where a turn ends just as a window does, the
next one begins with the next window. Weeks and months are as long on the calendar as they are in covered time, and so
are days where every day has the same hours.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from oncall.civil import DAY, ORIGIN
from oncall.windows import Coverage, Daily

WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
NONE = timedelta(0)


class Unit(StrEnum):
    """What handoffs are counted in."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"

    @property
    def length(self) -> timedelta:
        """How long one is on a clock; raises ValueError for months, which differ."""
        if self is Unit.MONTHS:
            raise ValueError("months differ in length")
        return UNIT_LENGTHS[self]


UNIT_LENGTHS = {Unit.HOURS: HOUR, Unit.DAYS: DAY, Unit.WEEKS: WEEK}


class Counts(StrEnum):
    """What time turns are counted over."""

    CALENDAR = "calendar"
    COVERED = "covered"


class Pace(Protocol):
    """Must be exact: ``turn(wall(k))`` is k where turn k has any length, and both never run backwards."""

    def wall(self, turn: int) -> datetime:
        """The wall time at which ``turn`` begins; turn 0 at the first handoff."""
        ...

    def turn(self, wall: datetime) -> int:
        """The turn that runs at a wall time, or the one that follows it."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """Turns of one length on the clock."""

    first: datetime
    period: timedelta

    def wall(self, turn: int) -> datetime:
        return self.first + turn * self.period

    def turn(self, wall: datetime) -> int:
        return (wall - self.first) // self.period


@dataclass(frozen=True, slots=True)
class Monthly:
    """Turns of ``every`` months."""

    first: datetime
    every: int

    def wall(self, turn: int) -> datetime:
        years, month = divmod(self.first.month - 1 + turn * self.every, 12)
        year = self.first.year + years
        day = min(self.first.day, monthrange(year, month + 1)[1])
        return self.first.replace(year=year, month=month + 1, day=day)

    def turn(self, wall: datetime) -> int:
        months = 12 * (wall.year - self.first.year) + wall.month - self.first.month
        turn = months // self.every
        return turn if self.wall(turn) <= wall else turn - 1


@dataclass(frozen=True, slots=True)
class Covered:
    """Turns of so much covered time. ``week`` lists the covered parts of a week, each with what is covered before."""

    first: datetime
    amount: timedelta
    week: tuple[tuple[timedelta, timedelta, timedelta], ...]

    @property
    def weekly(self) -> timedelta:
        start, end, before = self.week[-1]
        return before + end - start

    def wall(self, turn: int) -> datetime:
        if turn == 0:
            return self.first
        weeks, rest = divmod(self._before(self.first) + turn * self.amount, self.weekly)
        start, before = next((s, b) for s, e, b in self.week if rest < b + e - s)
        return ORIGIN + weeks * WEEK + start + rest - before

    def turn(self, wall: datetime) -> int:
        return (self._before(wall) - self._before(self.first)) // self.amount

    def _before(self, wall: datetime) -> timedelta:
        """How much is covered up to ``wall``, from the first Monday of all."""
        weeks, rest = divmod(wall - ORIGIN, WEEK)
        inside = next((b + rest - s for s, e, b in self.week if s <= rest < e), None)
        if inside is None:
            inside = max((b + e - s for s, e, b in self.week if e <= rest), default=NONE)
        return weeks * self.weekly + inside


@lru_cache(maxsize=4096)
def pace_of(first: datetime, every: int, unit: Unit, counts: Counts, coverage: Coverage | None) -> Pace:
    """When the turns of a rotation begin."""
    if unit is Unit.MONTHS:
        return Monthly(first, every)
    if coverage is None or not counts_covered(unit, counts, coverage):
        return Fixed(first, every * unit.length)
    day = min(coverage.closing - coverage.opening, DAY)
    return Covered(first, every * (day if unit is Unit.DAYS else HOUR), _week(coverage))


def counts_covered(unit: Unit, counts: Counts, coverage: Coverage | None) -> bool:
    """Whether turns over covered time begin at other times than turns over calendar time do."""
    if counts is Counts.CALENDAR or coverage is None or coverage.always or unit not in (Unit.HOURS, Unit.DAYS):
        return False
    return unit is Unit.HOURS or not (isinstance(coverage, Daily) and len(coverage.days) == 7)


def _week(coverage: Coverage) -> tuple[tuple[timedelta, timedelta, timedelta], ...]:
    """What is covered of any week, from Monday on: ``(start, end, covered before)``, cut where the week ends."""
    stretches = [(day * DAY + coverage.opening, day * DAY + coverage.closing) for day in coverage.days]
    whole = [(start, min(end, WEEK)) for start, end in stretches if start < WEEK]
    wrapped = [(NONE, end - WEEK) for _start, end in stretches if end > WEEK]
    return _counted(sorted([*wrapped, *whole]))


def _counted(parts: Sequence[tuple[timedelta, timedelta]]) -> tuple[tuple[timedelta, timedelta, timedelta], ...]:
    found: list[tuple[timedelta, timedelta, timedelta]] = []
    before = NONE
    for start, end in parts:
        found.append((start, end, before))
        before += end - start
    return tuple(found)
