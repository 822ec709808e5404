"""Shifts laid out on the days of a calendar.

A day begins at the first instant of its date on clocks of the schedule's zone and ends where the next one begins. So a
day on which clocks change is still one day, of 23, 25 or 23½ hours; a date that a zone left out is none at all. What
crosses midnight is on both days::

    shifts   |------- ann -------|--- bob ---|            |- cat -|
    days     |   Monday   |   Tuesday   |   Wednesday   |   Thursday   |
    pieces   |--- ann ----|-ann--|-bob--|-bob-|.. gap ..|-gap-|-cat-|- |
                                                                     └ nothing is planned from here on

The pieces of a day fill it: time that nobody has is a piece, too. Instants are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from oncall.civil import first_instant
from oncall.shifts import Shift, ShiftState, timeline
from oncall.systems import NOBODY_PAGED, Paged
from oncall.timeline import Interval, Timeline, cells


@dataclass(frozen=True, slots=True)
class Day:
    """A date of a calendar in some zone, and when it is."""

    date: date
    span: Interval

    @property
    def is_usual(self) -> bool:
        """Whether it has 24 hours."""
        return self.span.end - self.span.start == timedelta(days=1)

    def share(self, instant: datetime) -> float:
        """How much of the day is over at ``instant``, from 0 to 1."""
        past = (instant - self.span.start) / (self.span.end - self.span.start)
        return min(max(past, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody who is on call for a while; what is ``proposed`` is not confirmed yet."""

    user: str
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Who is on call in ``[start, end)`` of one day; without ``turns`` nobody is.

    ``planned`` is False where nothing follows, so that nobody has been thought of yet. Where nobody is on call here,
    ``fallback`` stands in (empty for nobody), and ``paged`` is whom an external system pages besides.
    """

    start: datetime
    end: datetime
    turns: tuple[Turn, ...] = ()
    planned: bool = True
    paged: Paged = NOBODY_PAGED
    fallback: str = ""

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on call although somebody is later."""
        return not self.turns and self.planned


@dataclass(frozen=True, slots=True)
class Lane:
    """Everything that is planned for one role."""

    confirmed: Timeline
    proposed: Timeline
    last: datetime | None
    """When the last shift ends."""

    @classmethod
    def of(cls, shifts: Iterable[Shift]) -> Lane:
        taken = [shift for shift in shifts if shift.user is not None]
        proposed = timeline((shift for shift in taken if shift.state is ShiftState.PROPOSED), state=None)
        return cls(timeline(taken), proposed, max((shift.end for shift in taken), default=None))

    def pieces(self, span: Interval) -> tuple[Piece, ...]:
        """What fills ``span``, in order."""
        return tuple(self._filled(span))

    def _filled(self, span: Interval) -> Iterator[Piece]:
        at = span.start
        for start, end, sure, open_ in cells(self.confirmed.cut(span), self.proposed.cut(span)):
            if at < start:
                yield self._nobody(at, start)
            likely = [user for user in open_ if user not in sure]
            yield Piece(start, end, (*map(Turn, sure), *(Turn(user, proposed=True) for user in likely)))
            at = end
        if at < span.end:
            yield self._nobody(at, span.end)

    def _nobody(self, start: datetime, end: datetime) -> Piece:
        return Piece(start, end, planned=self.last is not None and start < self.last)


def days(first: date, count: int, zone: str) -> tuple[Day, ...]:
    """``count`` days from ``first`` on, without dates that the zone left out. Raises OverflowError after year 9999."""
    dates = [first + timedelta(days=number) for number in range(count + 1)]
    starts = [first_instant(datetime.combine(one, time()), zone) for one in dates]
    both = zip(dates, starts, starts[1:], strict=False)
    return tuple(Day(one, Interval(start, end)) for one, start, end in both if start < end)


def day_of(found: Sequence[Day], instant: datetime) -> Day | None:
    """The day that ``instant`` is on."""
    return next((day for day in found if day.span.contains(instant)), None)


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same with neighbours of equal people as one, across days."""
    held: Piece | None = None
    for piece in pieces:
        if held is not None and held.end == piece.start and _alike(held, piece):
            held = replace(held, end=piece.end, paged=held.paged.joined(piece.paged))
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _alike(one: Piece, other: Piece) -> bool:
    return (one.turns, one.planned) == (other.turns, other.planned)
