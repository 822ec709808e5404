"""Soft: shifts are so many days apart, or come in groups."""

from __future__ import annotations

from itertools import pairwise

import pytest

from oncall.fairness import Load, Measure, Problem, Rule, Spacing, Weight, Weights, deal
from oncall.fairness.model import costs, modelled
from tests.support.fair import days, slot, stand, team


@pytest.mark.parametrize(("apart", "cost"), [(1, 159), (2, 106), (3, 53), (4, 0)])
def test_two_shifts_cost_the_more_the_nearer_they_are(apart: int, cost: int) -> None:
    problem = Problem(team(1), (slot(0), slot(apart)), spacing=Spacing(days=4))
    assert costs(modelled(problem), [0, 0])[Rule.SPACING] == cost


def test_shifts_keep_their_distance_where_there_are_people_enough() -> None:
    found = deal(Problem(team(4), days(28), spacing=Spacing(days=4)))
    users = [user for _, user in found.given]
    assert all(len(set(users[day : day + 4])) == 4 for day in range(25))


def test_distance_is_kept_from_what_stands() -> None:
    problem = Problem(team(2), (slot(0),), standing=(stand("ann", -2),), spacing=Spacing(days=4))
    assert deal(problem).who("primary 0") == "bob"


def test_grouped_shifts_follow_each_other() -> None:
    found = deal(Problem(team(2), days(8), spacing=Spacing(grouped=True)))
    users = [user for _, user in found.given]
    assert sum(one != other for one, other in pairwise(users)) == 1


def test_a_group_goes_on_from_what_stands() -> None:
    problem = Problem(team(2), (slot(0),), standing=(stand("bob", -1),), spacing=Spacing(grouped=True))
    assert deal(problem).who("primary 0") == "bob"


def test_balance_is_given_up_for_neither_beyond_a_shift() -> None:
    """Ann is three shifts behind: two days that follow each other are hers all the same."""
    loads = (Load("ann", Measure.ALL, "", 0, 3_000), Load("bob", Measure.ALL, "", 3_000, 0))
    found = deal(Problem(team(2), days(2), loads=loads, spacing=Spacing(days=4)))
    assert {user for _, user in found.given} == {"ann"}


def test_off_is_off() -> None:
    problem = Problem(team(1), days(2), spacing=Spacing(days=4), weights=Weights(spacing=Weight.OFF))
    assert dict(deal(problem).costs)[Rule.SPACING] == 0
