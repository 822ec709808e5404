"""Greedy with repair: all hard rules always, nothing open that could be filled simply, the same answer every time."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings

from oncall.fairness import Limits, Problem, Spacing, deal, mistakes
from oncall.fairness.model import modelled
from tests.support.fair import away, counted, days, slot, team
from tests.support.fair_problems import best, problems
from tests.support.soaking import examples


@settings(max_examples=examples(60), deadline=None)
@given(problems(most_slots=12, most_members=6))
def test_hard_rules_hold_whatever_the_team(problem: Problem) -> None:
    assert mistakes(problem, deal(problem)) == []


@settings(max_examples=examples(40), deadline=None)
@given(problems(most_slots=5, most_members=3))
def test_no_plan_is_better_than_all_plans_tried_one_by_one(problem: Problem) -> None:
    assert deal(problem).rank >= best(modelled(problem))


def test_four_weeks_for_eight_people_are_dealt_evenly() -> None:
    found = deal(Problem(team(8), days(28) + days(28, "secondary"), limits=Limits(rest=720), spacing=Spacing(days=3)))
    assert set(counted(user for _, user in found.given).values()) == {7}
    assert found.open == ()


def test_whose_day_is_needed_gives_way() -> None:
    """Ann alone can have Thursday, and whoever has Wednesday can't have it: so Ann does not get Wednesday."""
    wishes = (away("bob", 3), away("cat", 3), away("bob", 2), away("cat", 1))
    problem = Problem(team(3), days(4), wishes=wishes, limits=Limits(rest=60))
    found = deal(problem)
    assert found.who("primary 3") == "ann"
    assert found.who("primary 2") == "cat"
    assert found.open == ()


def test_where_nobody_can_a_shift_stays_open_and_nobody_absent_gets_it() -> None:
    found = deal(Problem(team(2), days(3), wishes=(away("ann", 1), away("bob", 1))))
    assert found.open == ("primary 1",)
    assert found.who("primary 1") is None


def test_a_team_of_nobody_leaves_all_open() -> None:
    found = deal(Problem((), (slot(0),)))
    assert found.open == ("primary 0",)
    assert found.cost == 0


def test_the_order_in_which_things_are_listed_changes_nothing() -> None:
    members, slots, wishes = list(team(6)), list(days(21)), [away("ann", 3, 4), away("bob", 9)]
    first = deal(Problem(tuple(members), tuple(slots), wishes=tuple(wishes)))
    for seed in range(3):
        for things in (members, slots, wishes):
            Random(seed).shuffle(things)
        assert deal(Problem(tuple(members), tuple(slots), wishes=tuple(wishes))) == first
