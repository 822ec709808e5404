"""What balance is counted by: shifts of each type and of all, hours, and hours of nights, weekends and holidays.

Shifts are laid against the *stretches* that a role is filled by (a pattern's, or the turns of a rotation), so that half
a shift counts half, however often it was cut::

    stretch   |------------ Weekdays ------------|
    shifts    |--- ann ---|- bob -|---- ann -----|      ann 0.75 and bob 0.25 of a shift

Time outside of every stretch counts as one shift of its own, without a type.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from statistics import median

from oncall.fairness.balance import Line, Served, Sharer, Standing, lines
from oncall.fairness.hours import Unsocial, measured
from oncall.shifts import Shift

OTHER = "Others"
"""Shifts that no pattern made."""
SIXTY = 60
Counted = Callable[[Served, str], float]


@dataclass(frozen=True, slots=True, order=True)
class Laid:
    """One shift as the role is filled by: ``[start, end)`` and its type."""

    start: datetime
    end: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One member of a table."""

    user: str
    line: Line
    standing: Standing


@dataclass(frozen=True, slots=True)
class Table:
    """Everybody by one measure: ``name`` for people; ``hours`` where hours are counted, not shifts."""

    name: str
    hours: bool
    rows: tuple[Row, ...]


def served(shifts: Iterable[Shift], laid: Sequence[Laid]) -> list[Served]:
    """Who had how much of which stretch, in order; shifts of nobody are left out."""
    order = sorted(laid)
    starts = [one.start for one in order]
    longest = max((one.end - one.start for one in order), default=timedelta(0))
    found: list[Served] = []
    for shift in shifts:
        if shift.user:
            near = order[bisect_left(starts, shift.start - longest) : bisect_left(starts, shift.end)]
            found += _parts(shift, shift.user, near)
    return sorted(found)


def _parts(shift: Shift, user: str, laid: Sequence[Laid]) -> Iterator[Served]:
    at, met = shift.start, False
    for one in laid:
        start, end = max(at, one.start), min(shift.end, one.end)
        if start >= end:
            continue
        if at < start:
            yield Served(at, start, user, OTHER, 0.0)
        yield Served(start, end, user, one.kind, (end - start) / (one.end - one.start))
        at, met = end, True
    if at < shift.end:
        yield Served(at, shift.end, user, OTHER, 0.0 if met else 1.0)


def tables(
    found: Sequence[Served],
    sharers: Sequence[Sharer],
    now: datetime,
    zone: str,
    holidays: Mapping[str, Set[date]],
) -> list[Table]:
    """By all shifts, by each type where there are several, by hours of every sort that there are. ``zone`` is whose
    clock says what is night and weekend, ``holidays`` are the dates of each member."""

    @cache
    def parts_of(shift: Served) -> Unsocial:
        return measured(shift.start, shift.end, zone, holidays)

    kinds = sorted({one.kind for one in found if one.part})
    unit = median([one.hours for one in found if one.part] or [1.0])
    shifts = [("All shifts", _shifts(None)), *((kind, _shifts(kind)) for kind in kinds if len(kinds) > 1)]
    hours: list[tuple[str, Counted]] = [
        ("Hours", lambda shift, _user: shift.hours),
        ("Night hours", lambda shift, _user: parts_of(shift).night / SIXTY),
        ("Weekend hours", lambda shift, _user: parts_of(shift).weekend / SIXTY),
        ("Public holiday hours", lambda shift, user: dict(parts_of(shift).holidays).get(user, 0) / SIXTY),
    ]
    made = [_table(name, found, sharers, now, count, 1.0) for name, count in shifts]
    made += [_table(name, found, sharers, now, count, unit, hours=True) for name, count in hours]
    return [one for one in made if any(row.line.target or row.line.done or row.line.ahead for row in one.rows)]


def _shifts(kind: str | None) -> Counted:
    return lambda shift, _user: shift.part if kind is None or shift.kind == kind else 0.0


def _table(
    name: str,
    found: Sequence[Served],
    sharers: Sequence[Sharer],
    now: datetime,
    count: Counted,
    unit: float,
    *,
    hours: bool = False,
) -> Table:
    rows = (Row(user, line, line.standing(unit)) for user, line in lines(found, sharers, now, count).items())
    return Table(name, hours, tuple(rows))
