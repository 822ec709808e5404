"""The benchmarks compare like with like: Baton and the peer give plans of the same cost."""

from __future__ import annotations

from benchmarks import fair_naive, fair_year
from benchmarks.fair import ours
from benchmarks.fair_case import problem
from oncall.availability import Leaning
from oncall.fairness.greedy import dealt
from oncall.fairness.model import modelled
from tests.support.fair import stand


def test_both_sides_find_the_same_cost_and_prove_it() -> None:
    for apart in (0, 3):
        model = modelled(problem(6, 0, 7, (), seed=2, apart=apart))
        start = dealt(model)
        assert -1 not in start
        assert ours(model, start) == fair_naive.solved(fair_naive.naive(model))


def test_round_robin_puts_nobody_on_call_who_is_away() -> None:
    year = problem(fair_year.PEOPLE, 0, 28 * fair_year.PARTS, ())
    had, gone = fair_year.in_turn(), [wish for wish in year.wishes if wish.leaning is Leaning.CANNOT]
    assert len(had) == len(year.slots)
    assert [one for one in had for w in gone if w.user == one.user and w.start < one.end and one.start < w.end] == []


def test_spread_is_the_most_that_somebody_has_more() -> None:
    shifts = [stand(name, day) for day, name in enumerate(fair_year.NAMES[: fair_year.PEOPLE])]
    assert fair_year.spread(shifts) == (0, 0)
    assert fair_year.spread([*shifts, stand("ann", 9)]) == (1, 0)
