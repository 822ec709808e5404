"""Hard: nobody is on call while they can't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall.fairness import Problem, deal, mistakes
from tests.support.fair import away, days, slot, team


@pytest.mark.parametrize(
    ("day", "length", "is_out"),
    [(0, 1, True), (0.9, 0.05, True), (-1, 1, False), (1, 1, False), (-1, 1.01, True)],
    ids=["the same time", "an hour of it", "until it begins", "from when it ends", "a little of it"],
)
def test_a_wish_that_touches_a_shift_keeps_them_from_it(day: float, length: float, *, is_out: bool) -> None:
    found = deal(Problem(team(1), (slot(0),), wishes=(away("ann", day, length),)))
    assert (found.open == ("primary 0",)) is is_out


def test_a_wish_of_a_stranger_matters_to_nobody() -> None:
    assert deal(Problem(team(1), days(2), wishes=(away("zoe", 0, 5),))).open == ()


def test_the_checker_sees_who_is_away() -> None:
    problem = Problem(team(2), days(2), wishes=(away("ann", 0),))
    wrong = replace(deal(problem), given=(("primary 0", "ann"), ("primary 1", "bob")))
    assert mistakes(problem, wrong) == ["primary 0: ann is away"]
