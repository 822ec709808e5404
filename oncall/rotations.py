"""Rotations: a pattern that says whose turn it is, and when a turn covers the role.

A rotation has handoffs every N hours, days, weeks or months of wall-clock time from its first handoff
(:mod:`oncall.pace`), a circle of members (:mod:`oncall.order`), and optionally windows (:mod:`oncall.windows`)::

    turns      |------ ann ------|------ bob ------|------ cat ------|     whose turn it is
    windows      [##]   [##]   [##]   [##]   [##]   [##]   [##]            when the role is covered
    spans        |an|   |an|   |a|b|  |bo|   |bo|   |ca|   |ca|            who is on call

Turn *k* begins at the first instant of its wall time in the rotation's zone, so any turn is found by arithmetic and
every year looks the same wherever one starts to read. Hours are wall-clock hours as well: a 12-hour rotation hands
over at 08:00 and 20:00 all year, with one turn of 11 and one of 13 hours. A handoff whose wall time is skipped happens
as clocks jump; a turn that lies wholly in the skipped hour is empty and left out.

A changed rotation is several :class:`Rotation` values with the same id, each from its ``since`` to its ``until``
(:mod:`oncall.changes` makes them). Every function that takes rotations takes such versions side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, count, islice, starmap
from typing import Any, NamedTuple, TypeVar

from oncall.civil import at_zero, first_instant, steady_offset, wall_time
from oncall.order import Phase, Place, Stint, phases
from oncall.pace import Counts, Pace, Unit, counts_covered, pace_of
from oncall.shifts import Shift, ShiftSource, ShiftState
from oncall.timeline import Interval, Timeline, joined
from oncall.windows import Coverage, Run, runs_of_windows

END_OF_TIME = datetime(9990, 1, 1, tzinfo=UTC)
T = TypeVar("T")
Span = tuple[datetime, datetime, T]
"""From when until when, and what is there."""
Line = tuple[str, ...]
"""Whoever would have a turn, in the order in which they would take it over."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A second role, filled by whoever stands ``offset`` places behind in the same order."""

    role_id: int
    offset: int = 1


@dataclass(frozen=True, slots=True)
class Rotation:
    """A recurring pattern that fills one role. ``id`` is None until it is stored.

    ``first_handoff`` is a wall time in ``zone``; before it nobody is on call. ``coverage`` None is around the clock,
    and ``counts`` says what time turns of hours or days are counted over where it is not.
    ``[since, until)`` in UTC is when this version holds; ``lead`` is the place in ``members`` whose turn is the first.
    """

    role_id: int
    zone: str
    first_handoff: datetime
    members: tuple[Stint, ...]
    every: int = 1
    unit: Unit = Unit.WEEKS
    coverage: Coverage | None = None
    backup: Backup | None = None
    name: str = ""
    id: int | None = None
    lead: Place = 0
    since: datetime | None = None
    until: datetime | None = None
    counts: Counts = Counts.CALENDAR

    @property
    def period(self) -> timedelta:
        """How long a turn is on a clock, where ``is_steady``; raises ValueError for months."""
        return self.every * self.unit.length

    @property
    def is_steady(self) -> bool:
        """Whether handoffs are ``period`` apart on the clock: not months, and not counted over covered time only."""
        return self.unit is not Unit.MONTHS and not counts_covered(self.unit, self.counts, self.coverage)

    @property
    def pace(self) -> Pace:
        """When turns begin, in wall time."""
        return pace_of(self.first_handoff, self.every, self.unit, self.counts, self.coverage)

    @property
    def windowed(self) -> Coverage | None:
        """Its windows, None where they leave nothing open."""
        return None if self.coverage is None or self.coverage.always else self.coverage

    @property
    def begin(self) -> datetime:
        """The first instant that this version can cover."""
        begin = first_instant(self.first_handoff, self.zone)
        return begin if self.since is None else max(begin, self.since)

    @property
    def roles(self) -> tuple[int, ...]:
        """The roles it fills."""
        return (self.role_id,) if self.backup is None else (self.role_id, self.backup.role_id)

    def handoff(self, turn: int) -> datetime:
        """When ``turn`` begins by the pattern alone."""
        return first_instant(self.pace.wall(turn), self.zone)

    def turn_at(self, instant: datetime) -> tuple[int, datetime]:
        """The turn that runs at ``instant``, and when it begins. Turns before the first handoff are negative."""
        pace, zone = self.pace, self.zone
        turn = pace.turn(wall_time(instant, zone))
        while (begins := first_instant(pace.wall(turn), zone)) > instant:
            turn -= 1
        while (following := first_instant(pace.wall(turn + 1), zone)) <= instant:
            turn, begins = turn + 1, following
        return turn, begins

    def effective(self, within: Interval) -> Interval | None:
        """The part of ``within`` that this version can cover."""
        start = max(within.start, self.begin)
        end = within.end if self.until is None else min(within.end, self.until)
        return Interval(start, end) if start < end else None


def members(*users: str) -> tuple[Stint, ...]:
    """An order of people who belong from the beginning and stay."""
    return tuple(Stint(user) for user in users)


class Turn(NamedTuple):
    """In ``[start, end)`` it is ``line[0]``'s turn; the others follow in the order in which they would take over.

    A turn is in two parts when somebody joins or leaves in the middle of it.
    """

    start: datetime
    end: datetime
    line: Line

    @property
    def user(self) -> str:
        return self.line[0]


def turns(rotation: Rotation, within: Interval) -> Iterator[Turn]:
    """Every turn that somebody has in ``within``, whole and in order; whether it is covered is not asked here."""
    return starmap(Turn, _turns(rotation, within, lambda line: line))


def _turns(rotation: Rotation, within: Interval, told: Callable[[Line], T]) -> Iterator[Span[T]]:
    """The turns, with what is ``told`` of the line of each; every line is asked once."""
    span = rotation.effective(within)
    if span is None:
        return
    limit = rotation.until or END_OF_TIME
    parts = phases(rotation.members, rotation.begin, rotation.lead, rotation.turn_at)
    ends = [min(phase.start, limit) for phase in parts[1:]]
    for phase, end in zip(parts, (*ends, limit), strict=True):
        if phase.start < span.end and span.start < end:
            yield from _phase_turns(rotation, phase, Interval(phase.start, end), span, told)


def _phase_turns(
    rotation: Rotation, phase: Phase, bounds: Interval, span: Interval, told: Callable[[Line], T]
) -> Iterator[Span[T]]:
    if not phase.places:
        return
    said = {place: told(line) for place, line in _lines(rotation, phase).items()}
    turn, start = rotation.turn_at(max(span.start, bounds.start))
    first, limit, last = bounds.start, bounds.end, min(span.end, bounds.end)
    for end in _handoffs(rotation, turn + 1):
        place = phase.place(turn)
        if start < end and place is not None:
            yield (start if start > first else first), (end if end < limit else limit), said[place]
        if end >= last:
            return
        turn, start = turn + 1, end


def _handoffs(rotation: Rotation, turn: int) -> Iterator[datetime]:
    """When ``turn`` and those after it begin by the pattern. The clock that is walked along shows wall time."""
    zone, wall = rotation.zone, rotation.pace.wall
    if not rotation.is_steady:
        yield from (first_instant(wall(number), zone) for number in count(turn))
    period, clock = rotation.period, at_zero(wall(turn))
    while True:
        offset = steady_offset(zone, clock.toordinal())
        yield clock - offset if offset is not None else first_instant(clock.replace(tzinfo=None), zone)
        clock += period


def _lines(rotation: Rotation, phase: Phase) -> dict[Place, Line]:
    """For each place, everybody of the phase in order from there on, each person once."""
    users = [rotation.members[place].user for place in phase.places]
    lines = [tuple(users[first:] + users[:first]) for first in range(len(users))]
    if len(set(users)) < len(users):
        lines = [tuple(dict.fromkeys(line)) for line in lines]
    return dict(zip(phase.places, lines, strict=True))


def backup_line(rotation: Rotation, line: Line) -> Line:
    """Who would back a turn of this line up, best first: whoever stands the offset behind, then those behind them."""
    others = line[1:]
    if rotation.backup is None or not others:
        return ()
    first = (rotation.backup.offset % len(line) or 1) - 1
    return others[first:] + others[:first]


def spans(rotation: Rotation, within: Interval) -> Iterator[Span[Turn]]:
    """What is covered of every turn that meets ``within``: ``(start, end, turn)``, whole, cut at turns and windows."""
    ahead = ((turn.start, turn.end, turn) for turn in turns(rotation, within))
    return _open(rotation, ahead, within)


def _open(rotation: Rotation, ahead: Iterator[Span[T]], within: Interval) -> Iterator[Span[T]]:
    """What the rotation's windows leave of the turns ``ahead``."""
    if rotation.windowed is None:
        return ahead
    return chain.from_iterable(_covered(ahead, runs_of_windows(rotation.windowed, rotation.zone, within)))


def _covered(ahead: Iterator[Span[T]], runs: Iterable[Run]) -> Iterator[list[Span[T]]]:
    """What windows cover of turns, by the run."""
    over: Span[Any] = (END_OF_TIME, END_OF_TIME, None)
    since, until, said = next(ahead, over)
    for run in runs:
        if said is None:
            return
        found: list[Span[T]] = []
        for start, end in run:
            while until < end:
                if start < until:
                    found.append((start if start > since else since, until, said))
                since, until, said = next(ahead, over)
            if since < end:
                found.append((start if start > since else since, end, said))
        yield found


def coverage(rotation: Rotation, within: Interval) -> Timeline:
    """Who is on call by the pattern, in ``within``."""
    ahead = _turns(rotation, within, lambda line: line[:1])
    return Timeline(joined(_open(rotation, ahead, within))).cut(within)


def backup_coverage(rotation: Rotation, within: Interval) -> Timeline:
    """Who backs up by the pattern, in ``within``."""
    ahead = _turns(rotation, within, lambda line: backup_line(rotation, line)[:1])
    return Timeline(joined(_open(rotation, ahead, within))).cut(within)


def ended(rotation: Rotation, instant: datetime) -> Rotation:
    """The same rotation, holding no longer than ``instant``."""
    return replace(rotation, until=instant if rotation.until is None else min(rotation.until, instant))


def upcoming(rotation: Rotation, after: datetime, count: int = 6) -> tuple[Shift, ...]:
    """The next ``count`` shifts that the rotation proposes for its own role, the running one included."""
    ahead = islice(spans(rotation, Interval(after, END_OF_TIME)), count)
    return tuple(
        Shift(rotation.role_id, turn.user, start, end, ShiftState.PROPOSED, ShiftSource.ROTATION)
        for start, end, turn in ahead
    )
