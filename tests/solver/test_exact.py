"""The exact solver: as good as trying all plans, never worse than greedy, and the same every time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, example, given, settings

from oncall.fairness import (
    Fill,
    Limits,
    Load,
    Measure,
    Member,
    Problem,
    Spacing,
    Weight,
    Weights,
    deal,
    mistakes,
)
from oncall.fairness.model import modelled
from solver import exact
from solver.exact import solve
from tests.support.fair import DAY, MONDAY, away, counted, days, slot, team
from tests.support.fair_problems import best, problems
from tests.support.soaking import examples

DOUBLE = Problem(
    team(1),
    (
        replace(slot(0, 0.5, kind="a"), id="one of two"),
        replace(slot(0, 0.5, kind="a"), id="two of two"),
        slot(0, 0.5, "backup", "b"),
        slot(0.5, 0.5, kind="a"),
    ),
    limits=Limits(rest=0),
    weights=Weights(Weight.LOW, Weight.OFF, Weight.OFF, Weight.OFF, Weight.OFF),
)
"""Two slots that nothing tells apart, and one person for one of three: HiGHS gave back its start, with the objective of
a better plan."""


AS_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)
"""Problems are small as they are. Making one smaller takes minutes, which a time limit does not end: to Hypothesis that
is one more failure."""


def solved(problem: Problem):
    return solve(problem, lambda _: None)


@settings(max_examples=examples(25), phases=AS_FOUND)
@given(problems(most_slots=6, most_members=4))
@example(DOUBLE)
def test_small_problems_are_solved_as_well_as_by_trying_all_plans(problem: Problem) -> None:
    found = solved(problem)
    assert mistakes(problem, found) == []
    assert found.proven
    assert found.rank == best(modelled(problem))


@settings(max_examples=examples(15), phases=AS_FOUND)
@given(problems(most_slots=14, most_members=6))
def test_it_is_never_worse_than_greedy_and_never_below_its_own_bound(problem: Problem) -> None:
    found = solved(problem)
    assert mistakes(problem, found) == []
    assert found.rank <= deal(problem).rank
    assert found.bound is not None
    assert found.cost >= found.bound


def test_a_proof_is_of_the_plan_that_comes_with_it() -> None:
    """HiGHS gave back the plan that it was started from, with the objective of a better one."""
    later = MONDAY + DAY / 2
    members = (Member("ann", since=later), Member("bob", since=later), Member("cat"))
    follows = slot(0.5, 0.5, "backup", fill=Fill.FOLLOW, follows="primary 0")
    slots = (slot(0, 0.5), slot(0, 0.5, "other"), follows, slot(0.5, 0.5))
    over = tuple(Load("ann", measure, "", 1_000, 0) for measure in (Measure.ALL,))
    problem = Problem(members, slots, loads=over, weights=Weights(balance=Weight.LOW))
    found = solved(problem)
    assert (found.proven, found.bound, found.who("primary 0.5")) == (True, found.cost, "bob")


def test_two_roles_of_one_kind_are_spread_too() -> None:
    slots = tuple(replace(slot, kind="day") for slot in days(28) + days(28, "secondary"))
    found = solved(Problem(team(4), slots))
    assert found.proven
    firsts = counted(user for slot, user in found.given if slot.startswith("primary"))
    assert all(abs(number - 7) <= 1 for number in firsts.values())


def test_one_day_of_leave_after_the_announcement_moves_one_shift() -> None:
    problem = Problem(team(6), days(28), limits=Limits(rest=1440), spacing=Spacing(days=3))
    before = solved(problem)
    announced = tuple(replace(slot, announced=before.who(slot.id)) for slot in problem.slots)
    gone = before.who("primary 10") or ""
    again = solved(replace(problem, slots=announced, wishes=(away(gone, 10.2, 0.1),)))
    moved = [slot for slot, user in again.given if user != before.who(slot)]
    assert moved == ["primary 10"]


def test_without_the_rule_of_few_changes_more_may_move() -> None:
    problem = Problem(team(3), days(6), weights=Weights(changes=Weight.OFF))
    dealt = replace(problem, slots=tuple(replace(slot, announced="ann") for slot in problem.slots))
    assert set(counted(user for _, user in solved(dealt).given).values()) == {2}
    kept = solved(replace(dealt, weights=Weights()))
    assert {user for _, user in kept.given} == {"ann"}


def test_a_long_time_is_dealt_in_parts_and_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "AS_ONE", 100)
    problem = Problem(team(5), days(70), spacing=Spacing(days=3), limits=Limits(rest=720))
    found = solved(problem)
    assert mistakes(problem, found) == []
    assert set(counted(user for _, user in found.given).values()) == {14}
    assert found.bound is not None
    assert found.bound <= found.cost <= deal(problem).cost
    assert found == solved(problem)
