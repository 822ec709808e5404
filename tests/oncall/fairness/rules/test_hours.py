"""Hard: at most so many hours in any so many days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall.fairness import Duty, Limits, Problem, deal, mistakes
from tests.support.fair import DAY, MONDAY, days, slot, stand, team

DAY_OF_MINUTES = 24 * 60


@pytest.mark.parametrize(("most", "given_"), [(1, 2), (3, 6), (7, 14)])
def test_one_member_gets_so_many_days_of_each_week(most: int, given_: int) -> None:
    problem = Problem(team(1), days(14), limits=Limits(most=most * DAY_OF_MINUTES, within=7))
    found = deal(problem)
    assert 14 - len(found.open) == given_
    assert mistakes(problem, found) == []


def test_parts_of_shifts_at_the_edge_of_the_window_count() -> None:
    """Two days with 36 hours between them: any 48 hours have 12 hours of rest at most beside 36 on call."""
    slots = (slot(0), slot(1.5))
    assert len(deal(Problem(team(1), slots, limits=Limits(most=36 * 60, within=2))).open) == 0
    assert len(deal(Problem(team(1), slots, limits=Limits(most=36 * 60 - 1, within=2))).open) == 1


def test_what_stands_and_what_is_done_elsewhere_counts() -> None:
    limits = Limits(most=DAY_OF_MINUTES, within=7)
    assert deal(Problem(team(1), (slot(3),), standing=(stand("ann", 0),), limits=limits)).open == ("primary 3",)
    duty = Duty(MONDAY, MONDAY + DAY, "ann", "Payments")
    assert deal(Problem(team(1), (slot(3),), duties=(duty,), limits=limits)).open == ("primary 3",)
    assert deal(Problem(team(1), (slot(8),), duties=(duty,), limits=limits)).open == ()


def test_a_shift_longer_than_the_limit_goes_to_nobody() -> None:
    assert deal(Problem(team(3), (slot(0, 7),), limits=Limits(most=5 * DAY_OF_MINUTES, within=7))).open == (
        "primary 0",
    )


def test_the_checker_sees_too_many_hours() -> None:
    problem = Problem(team(2), days(2), limits=Limits(most=DAY_OF_MINUTES, within=2))
    wrong = replace(deal(problem), given=(("primary 0", "ann"), ("primary 1", "ann")))
    assert "ann: too many hours from 07 December" in mistakes(problem, wrong)
