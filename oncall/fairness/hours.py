"""How much of a shift is night, weekend or public holiday, by the clocks of a zone.

Nights are from 22:00 to 06:00, weekends are Saturday and Sunday from midnight to midnight, holidays are whole dates.
A day of a clock change has the hours that it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from oncall.civil import first_instant, wall_time

NIGHT_ENDS, NIGHT_BEGINS = time(6), time(22)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Unsocial:
    """Minutes; ``holidays`` by region, without those that have none: what Slot and Stand want."""

    night: int
    weekend: int
    holidays: tuple[tuple[str, int], ...]


def measured(start: datetime, end: datetime, zone: str, holidays: Mapping[str, Set[date]]) -> Unsocial:
    """``holidays`` has the dates of each region that some member is in."""
    days = [_Day(day, zone, start, end) for day in dates(start, end, zone)]
    free = (
        (region, sum(day.whole() for day in days if day.date in found)) for region, found in sorted(holidays.items())
    )
    return Unsocial(
        sum(day.part(time(), NIGHT_ENDS) + day.part(NIGHT_BEGINS, None) for day in days),
        sum(day.whole() for day in days if day.date.weekday() >= SATURDAY),
        tuple((region, minutes) for region, minutes in free if minutes),
    )


def dates(start: datetime, end: datetime, zone: str) -> list[date]:
    """The dates in ``zone`` that ``[start, end)`` touches."""
    first, last = wall_time(start, zone).date(), wall_time(end, zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class _Day:
    """One date in a zone, as far as it is between ``start`` and ``end``."""

    date: date
    zone: str
    start: datetime
    end: datetime

    def whole(self) -> int:
        return self.part(time(), None)

    def part(self, begin: time, until: time | None) -> int:
        """Minutes between two times of the day; ``until`` None is the next midnight."""
        close = datetime.combine(self.date, until) if until else datetime.combine(self.date, time()) + timedelta(days=1)
        first = first_instant(datetime.combine(self.date, begin), self.zone)
        last = first_instant(close, self.zone)
        return max(0, round((min(last, self.end) - max(first, self.start)) / timedelta(minutes=1)))
