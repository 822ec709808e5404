"""What is to be dealt: stretches that fair roles want filled, and that nobody has yet.

What somebody has, or is left to nobody on purpose, is taken::

    wanted      |--1--|--2--|--3--|--4--|--5--|--6--|
    taken       |== confirmed ==|
    pieces                      |3|--4--|--5--|--6--|
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.fairness.arrangement import Wanted
from oncall.fairness.patterns import Who
from oncall.fairness.situation import Situation, fits, main_holder
from oncall.shifts import Shift, ShiftSource, ShiftState
from oncall.timeline import Interval, Segment, Timeline


@dataclass(frozen=True, slots=True)
class Piece:
    """Time that is to be dealt: what is free of a stretch. ``announced`` is who was told that it is theirs."""

    wanted: Wanted
    start: datetime
    end: datetime
    announced: str | None = None

    @property
    def id(self) -> str:
        return f"{self.wanted.role_id} {self.start.isoformat()}"

    @property
    def role_id(self) -> int:
        return self.wanted.role_id

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)

    def shift(self, user: str | None) -> Shift:
        return Shift(self.role_id, user, self.start, self.end, ShiftState.PROPOSED, ShiftSource.OPTIMISER)


def stale(situation: Situation) -> tuple[Shift, ...]:
    """Proposals ahead that can't stay: their person is away, left or busy, or nothing like it is wanted any more."""
    proposals = [s for s in situation.shifts if _is_proposal(s) and s.end > situation.now]
    if not proposals:
        return ()
    span = Interval(situation.now, max(shift.end for shift in proposals))
    asked = situation.wanted(span)
    return tuple(shift for shift in proposals if not any(_holds(situation, shift, one) for one in asked))


def _is_proposal(shift: Shift) -> bool:
    return shift.state is ShiftState.PROPOSED and shift.source is ShiftSource.OPTIMISER


def _holds(situation: Situation, shift: Shift, one: Wanted) -> bool:
    """Whether the stretch wants just this."""
    if one.role_id != shift.role_id or not (one.start <= shift.start and shift.end <= one.end) or shift.user is None:
        return False
    named = one.pattern.who is not Who.MEMBER or one.pattern.member == shift.user
    return named and fits(situation, shift.user, one.arrangement, shift.interval)


def pieces(situation: Situation, until: datetime, taken: Iterable[Shift]) -> list[Piece]:
    """What begins before ``until`` and is not ``taken``, from now on, by start and role."""
    closed = _closed(taken)
    return [
        Piece(one, gap.start, gap.end)
        for one in situation.wanted(Interval(situation.now, until))
        if one.end > situation.now
        for gap in closed.get(one.role_id, Timeline()).gaps(Interval(max(one.start, situation.now), one.end))
        if gap.start < until
    ]


def _closed(taken: Iterable[Shift]) -> dict[int, Timeline]:
    """When each role is not to be filled, whether somebody has it or it is left to nobody on purpose."""
    found: dict[int, list[Segment]] = {}
    for shift in taken:
        found.setdefault(shift.role_id, []).append(Segment(shift.start, shift.end, ("taken",)))
    return {role: Timeline.union(segments) for role, segments in found.items()}


def replaced(situation: Situation) -> tuple[list[Piece], list[Shift]]:
    """What a re-plan may move, and the shifts that make way for it: what was dealt and has not begun, and what its
    person can't do. What a person decided stays."""
    ahead = [shift for shift in situation.shifts if shift.start > situation.now]
    asked = situation.wanted(Interval(situation.now, max(shift.end for shift in ahead))) if ahead else []
    movable = [shift for shift in ahead if any(_movable(situation, shift, one) for one in asked)]
    if not movable:
        return [], []
    fixed = [shift for shift in situation.shifts if shift not in movable]
    free = pieces(situation, max(shift.end for shift in movable), fixed)
    return [replace(piece, announced=_holder(movable, piece)) for piece in free if piece.start > situation.now], movable


def _movable(situation: Situation, shift: Shift, one: Wanted) -> bool:
    if shift.role_id != one.role_id or not shift.interval.overlaps(one.interval) or shift.user is None:
        return False
    dealt = shift.source is ShiftSource.OPTIMISER
    return dealt or shift.user in situation.unfit or situation.away(shift.user, shift.interval)


def _holder(shifts: Iterable[Shift], piece: Piece) -> str | None:
    """Who has most of it."""
    return main_holder(((s.user, s.interval) for s in shifts if s.role_id == piece.role_id), piece.interval)
