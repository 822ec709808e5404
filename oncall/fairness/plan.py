"""What was worked out for some pieces: who gets each, how good that is, and which compromises were made.

=======  ====================================================================================
green    nobody is more than a shift away from what is theirs, no wish is broken, all are filled
orange   with compromises
red      a shift stays open
=======  ====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from oncall.availability import Leaning
from oncall.fairness.history import loads
from oncall.fairness.pieces import Piece
from oncall.fairness.problem import Measure, Problem
from oncall.fairness.situation import Situation
from oncall.fairness.solution import Solution
from oncall.shifts import Shift
from oncall.timeline import Interval

ONE = 1_000
"""A shift, in the thousandths that loads are kept in."""


class Quality(StrEnum):
    """How good an assignment is."""

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Round:
    """One batch with its problem and the answer."""

    batch: tuple[Piece, ...]
    problem: Problem
    solution: Solution


@dataclass(frozen=True)
class Plan:
    """``standing`` are the shifts that were not to be decided."""

    situation: Situation
    standing: tuple[Shift, ...]
    rounds: tuple[Round, ...] = ()

    @cached_property
    def given(self) -> tuple[tuple[Piece, str | None], ...]:
        """Every piece with who gets it, by start and role."""
        found = [(piece, one.solution.who(piece.id)) for one in self.rounds for piece in one.batch]
        return tuple(sorted(found, key=lambda pair: (pair[0].start, pair[0].role_id)))

    @property
    def shifts(self) -> list[Shift]:
        """What is proposed."""
        return [piece.shift(user) for piece, user in self.given if user is not None]

    @property
    def open(self) -> list[Piece]:
        return [piece for piece, user in self.given if user is None]

    @property
    def moved(self) -> list[tuple[Piece, str | None]]:
        """What goes to somebody else than was announced."""
        return [(piece, user) for piece, user in self.given if user != piece.announced]

    @property
    def solver(self) -> str:
        """ "exact" where all of it was worked out exactly, else "greedy"."""
        return "exact" if self.rounds and all(one.solution.solver == "exact" for one in self.rounds) else "greedy"

    @property
    def proven(self) -> bool:
        return all(one.solution.proven for one in self.rounds)

    @property
    def end(self) -> datetime:
        return max((piece.end for piece, _user in self.given), default=self.situation.now)

    @cached_property
    def compromises(self) -> tuple[dict[str, Any], ...]:
        """What is not as it should be, as facts: wishes that are broken, and who is far from what is theirs."""
        return (*_broken(self), *sorted(_off(self), key=lambda one: -one["by"]))

    @property
    def quality(self) -> Quality:
        if self.open:
            return Quality.RED
        return Quality.ORANGE if self.compromises else Quality.GREEN


def _broken(plan: Plan) -> Iterator[dict[str, Any]]:
    """Shifts of people who would rather not."""
    for piece, user in plan.given:
        wishes = (w for w in plan.situation.wishes if w.user == user and w.leaning is Leaning.RATHER_NOT)
        if any(Interval(wish.start, wish.end).overlaps(piece.interval) for wish in wishes):
            span = {"start": piece.start.isoformat(), "end": piece.end.isoformat()}
            yield {"what": "wish", "user": user, "role": plan.situation.roles[piece.role_id], **span}


def _off(plan: Plan) -> Iterator[dict[str, Any]]:
    """Members who will have more than a shift too many or too few, of all or, where there are several, of a type."""
    for group in _groups(plan):
        users = {member.user for one in group for member in one.problem.members}
        roles = {piece.role_id for one in group for piece in one.batch}
        found = loads(plan.situation, [*plan.standing, *plan.shifts], roles, users)
        kinds = {load.kind for load in found if load.measure is Measure.KIND}
        telling = {Measure.ALL, Measure.KIND} if len(kinds) > 1 else {Measure.ALL}
        for load in found:
            if load.measure in telling and abs(load.done - load.target) > ONE:
                yield {
                    "what": "over" if load.done > load.target else "under",
                    "user": load.user,
                    "kind": load.kind,
                    "by": round(abs(load.done - load.target) / ONE, 1),
                }


def _groups(plan: Plan) -> list[Sequence[Round]]:
    """Rounds of the same roles."""
    found: dict[frozenset[int], list[Round]] = {}
    for one in plan.rounds:
        found.setdefault(frozenset(piece.role_id for piece in one.batch), []).append(one)
    return list(found.values())
