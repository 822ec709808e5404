"""Hard: nobody is on call in two schedules, or in two roles, at once."""

from __future__ import annotations

from dataclasses import replace

from oncall.fairness import Duty, Limits, Problem, deal, mistakes
from tests.support.fair import DAY, MONDAY, days, slot, stand, team


def duty(user: str, day: float) -> Duty:
    return Duty(MONDAY + day * DAY, MONDAY + (day + 1) * DAY, user, "Payments")


def test_whoever_is_on_call_in_another_schedule_is_not_on_call_here() -> None:
    found = deal(Problem(team(2), days(2), duties=(duty("ann", 0), duty("bob", 1))))
    assert found.given == (("primary 0", "bob"), ("primary 1", "ann"))


def test_whoever_has_a_shift_that_stands_has_no_other_at_the_time() -> None:
    found = deal(Problem(team(2), (slot(0, role="backup"),), standing=(stand("ann", 0.5),)))
    assert found.given == (("backup 0", "bob"),)


def test_rest_is_kept_towards_both() -> None:
    limits = Limits(rest=60)
    assert deal(Problem(team(1), days(2), duties=(duty("ann", -1),), limits=limits)).open == ("primary 0",)
    assert deal(Problem(team(1), (slot(0),), standing=(stand("ann", 1),), limits=limits)).open == ("primary 0",)
    assert deal(Problem(team(1), (slot(0),), standing=(stand("ann", 1),))).open == ()


def test_the_checker_sees_who_is_busy() -> None:
    problem = Problem(team(2), (slot(0),), duties=(duty("ann", 0.5),))
    wrong = replace(deal(problem), given=(("primary 0", "ann"),))
    assert mistakes(problem, wrong) == ["primary 0: ann is busy or has no rest"]
