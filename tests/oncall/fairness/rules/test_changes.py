"""Soft, and at High before all else: what was announced stays, and a day of leave moves the least that suffices."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.fairness import Limits, Problem, Spacing, Weight, Weights, charged, deal
from oncall.fairness.model import NOBODY, Model, modelled, plan_of
from solver.exact import solve
from tests.support.fair import NAMES, away, days, slot, stand, team
from tests.support.fair_problems import plans
from tests.support.soaking import examples


def moved(model: Model, plan: tuple[int, ...] | list[int]) -> int:
    """How many announced slots somebody else has, or nobody."""
    members, slots = model.view.members, model.view.slots
    return sum(user == NOBODY or members[user].user != slots[number].announced for number, user in enumerate(plan))


def announced(problem: Problem) -> Problem:
    plan = deal(problem)
    return replace(problem, slots=tuple(replace(slot, announced=plan.who(slot.id)) for slot in problem.slots))


@settings(max_examples=examples(25), deadline=None)
@given(
    people=st.integers(2, 4),
    number=st.integers(2, 6),
    rest=st.sampled_from([0, 720, 1440]),
    gone=st.sampled_from(NAMES[:4]),
    day=st.integers(0, 5),
    had=st.lists(st.sampled_from(NAMES[:2]), max_size=6),
)
def test_one_day_of_leave_moves_the_least_that_suffices(
    people: int, number: int, rest: int, gone: str, day: int, had: list[str]
) -> None:
    standing = tuple(stand(user, -7 - place) for place, user in enumerate(had))
    members = team(people)
    loads = charged(members, standing)
    problem = announced(Problem(members, days(number), standing, (), (), loads, Limits(rest=rest), Spacing(days=2)))
    again = replace(problem, wishes=(away(gone, day),))
    model, found = modelled(again), solve(again, lambda _: None)
    fewest = min((plan.count(NOBODY), moved(model, plan)) for plan in plans(model))
    assert (len(found.open), moved(model, plan_of(model, found))) == fewest


def test_at_low_balance_may_move_what_was_announced() -> None:
    slots = tuple(slot(day, announced="ann") for day in range(8))
    kept = deal(Problem(team(2), slots, weights=Weights(changes=Weight.HIGH)))
    dealt = deal(Problem(team(2), slots, weights=Weights(changes=Weight.LOW)))
    assert {user for _, user in kept.given} == {"ann"}
    assert {user for _, user in dealt.given} == {"ann", "bob"}


def test_who_left_is_replaced_where_they_were_and_nowhere_else() -> None:
    before = announced(Problem(team(4), days(12), limits=Limits(rest=720)))
    after = replace(before, members=team(3))
    found = solve(after, lambda _: None)
    assert all(found.who(slot.id) == slot.announced for slot in after.slots if slot.announced != "dan")
    assert found.open == ()


def test_a_shift_announced_to_somebody_unknown_can_go_to_anybody() -> None:
    assert deal(Problem(team(1), (slot(0, announced="zoe"),))).who("primary 0") == "ann"
