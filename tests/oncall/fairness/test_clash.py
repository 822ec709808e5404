"""Why a shift is open: the smallest set of what clashes, found by letting go of one thing after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings

from oncall.availability import Leaning
from oncall.fairness import Clash, Duty, Fill, Limits, Problem, Rule, Solution, clashes, deal, told_clash
from tests.support.fair import DAY, MONDAY, away, days, slot, team
from tests.support.fair_problems import problems


def mention(user: str) -> str:
    return f"<@{user}>"


def moment(instant: datetime) -> str:
    return f"{instant:%d %b}"


def found(problem: Problem) -> tuple[Clash, ...]:
    return clashes(problem, deal(problem))


def said(problem: Problem) -> list[str]:
    return [told_clash(clash, mention, moment) for clash in found(problem)]


def test_all_away_is_one_sentence() -> None:
    problem = Problem(team(3), days(3), wishes=tuple(away(name, 1) for name in ("ann", "bob", "cat")))
    assert [clash.slot for clash in found(problem)] == ["primary 1"]
    assert said(problem) == ["All three members are away then."]


def test_of_two_leaves_of_one_person_one_is_named() -> None:
    wishes = (away("ann", 0), away("ann", 0.5, 3), away("bob", 0))
    (clash,) = found(Problem(team(2), (slot(0),), wishes=wishes))
    assert sorted(one.user for one in clash.blocked) == ["ann", "bob"]


def test_different_reasons_are_named_one_by_one() -> None:
    problem = Problem(
        team(2), (slot(0),), wishes=(away("ann", 0),), duties=(Duty(MONDAY, MONDAY + DAY, "bob", "Payments"),)
    )
    assert said(problem) == [
        "Nobody can have it: <@ann> can't be on call until 08 Dec; <@bob> is on call in Payments until 08 Dec."
    ]


def test_rest_that_too_few_people_can_keep_is_named() -> None:
    """One member, two shifts in a row, and a day of rest asked for."""
    problem = Problem(team(1), days(2), limits=Limits(rest=1440))
    (clash,) = found(problem)
    assert [(one.user, one.reason.rule) for one in clash.blocked] == [("ann", Rule.REST)]


def test_leave_that_does_not_matter_is_not_named() -> None:
    """Cat is away on another day, and bob would rather not: neither keeps the shift open."""
    wishes = (away("ann", 0), away("bob", 0), away("cat", 0), away("cat", 5), away("bob", 2, 1, Leaning.RATHER_NOT))
    (clash,) = found(Problem(team(3), days(2), wishes=wishes))
    assert {one.reason.end for one in clash.blocked} == {MONDAY + DAY}


def test_a_team_of_nobody_is_said_to_be_one() -> None:
    assert said(Problem((), (slot(0),))) == ["No member belongs then."]


def test_a_shift_set_to_somebody_who_is_away_says_that() -> None:
    problem = Problem(team(2), (slot(0, fill=Fill.MEMBER, user="ann"),), wishes=(away("ann", 0),))
    assert said(problem) == ["It is set to <@ann>, who can't be on call until 08 Dec."]


def _rules(problem: Problem, plan: Solution) -> set[Rule]:
    return {one.reason.rule for clash in clashes(problem, plan) for one in clash.blocked}


@settings(max_examples=15, deadline=None)
@given(problems())
def test_without_the_leave_and_duties_that_are_named_fewer_shifts_are_open_or_a_limit_is_named(
    problem: Problem,
) -> None:
    plan = deal(problem)
    for clash in clashes(problem, plan):
        rules = {one.reason.rule for one in clash.blocked}
        spans = {(one.user, one.reason.start) for one in clash.blocked}
        if rules and rules <= {Rule.AWAY, Rule.ELSEWHERE}:
            wishes = tuple(wish for wish in problem.wishes if (wish.user, wish.start) not in spans)
            duties = tuple(duty for duty in problem.duties if (duty.user, duty.start) not in spans)
            without = replace(problem, wishes=wishes, duties=duties, limits=Limits())
            freed = deal(without)
            assert len(freed.open) < len(plan.open) or _rules(without, freed) - {Rule.AWAY, Rule.ELSEWHERE}
