"""What travels to the solving process and back is what was sent."""

from __future__ import annotations

from hypothesis import given, settings

from oncall.fairness import Problem, deal, problem_from, problem_text, solution_from, solution_text
from tests.support.fair_problems import problems
from tests.support.soaking import examples


@settings(max_examples=examples(40), deadline=None)
@given(problems())
def test_a_problem_and_its_plan_are_the_same_after_the_journey(problem: Problem) -> None:
    arrived = problem_from(problem_text(problem))
    assert arrived == problem
    found = deal(arrived)
    assert found == deal(problem)
    assert solution_from(solution_text(found)) == found
