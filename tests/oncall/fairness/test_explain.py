"""Why somebody has a shift, and who the next two were: as data and in plain English."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings

from oncall.availability import Leaning
from oncall.fairness import (
    Duty,
    Fill,
    Limits,
    Load,
    Measure,
    Member,
    Problem,
    Rule,
    Spacing,
    Weight,
    Weights,
    Why,
    deal,
    explained,
    told,
)
from oncall.fairness.model import costs, modelled, plan_of
from tests.support.fair import DAY, MONDAY, away, days, slot, team
from tests.support.fair_problems import problems
from tests.support.soaking import examples


def mention(user: str) -> str:
    return f"<@{user}>"


def moment(instant: datetime) -> str:
    return f"{instant:%d %b}"


def why(problem: Problem, name: str = "primary 0") -> Why:
    return next(one for one in explained(problem, deal(problem)) if one.slot == name)


def said(problem: Problem, name: str = "primary 0") -> list[str]:
    return told(why(problem, name), mention, moment)


def load(user: str, over: int, measure: Measure = Measure.ALL, kind: str = "") -> Load:
    return Load(user, measure, kind, 5_000 + over, 5_000)


def test_who_has_done_more_than_their_share_is_passed_over() -> None:
    problem = Problem(team(2), (slot(0),), loads=(load("ann", 2000), load("bob", -2000)))
    assert said(problem) == [
        "<@bob> has it. What decided: an even share of shifts.",
        "<@ann> would be 2.5 shifts over their share.",
    ]
    assert why(problem).decided is Rule.BALANCE


def test_a_weekend_over_their_share_is_said_in_weekends() -> None:
    weekend = slot(5, 2, weekend=2880)
    over = Load("ann", Measure.WEEKEND, "", 96_000, 24_000)
    assert said(Problem(team(2), (weekend,), loads=(over,)), "primary 5") == [
        "<@bob> has it. What decided: an even share of nights, weekends and holidays.",
        "<@ann> would be 2 weekends over their share.",
    ]


def test_as_far_off_of_the_only_kind_as_of_all_is_said_once() -> None:
    over = (Load("ann", Measure.KIND, "day", 3_000, 1_000), Load("ann", Measure.ALL, "", 3_000, 1_000))
    [_decided, ann] = said(Problem(team(2), (slot(0),), loads=over))
    assert ann == "<@ann> would be 2.5 shifts over their share."


def test_who_is_away_is_said_with_until_when() -> None:
    problem = Problem(team(3), (slot(0),), wishes=(away("bob", -1, 3), away("cat", 0, 1, Leaning.RATHER_NOT)))
    assert said(problem) == [
        "<@ann> has it. What decided: wishes.",
        "<@cat> would rather not until 08 Dec.",
        "<@bob> can't be on call until 09 Dec.",
    ]


def test_where_nobody_else_can_that_is_said() -> None:
    duties = (Duty(MONDAY, MONDAY + DAY, "bob", "Payments"),)
    problem = Problem(team(2), (slot(0),), duties=duties)
    assert said(problem) == ["<@ann> has it because nobody else can.", "<@bob> is on call in Payments until 08 Dec."]
    assert said(Problem(team(1), (slot(0),))) == ["<@ann> has it because there is nobody else."]


def test_where_two_stand_alike_nothing_decided() -> None:
    assert said(Problem(team(2), (slot(0),))) == [
        "<@ann> has it; somebody else would have done as well.",
        "<@bob> would have done as well.",
    ]


def test_spacing_and_rest_are_said() -> None:
    near = Problem(team(2), days(2), spacing=Spacing(days=4))
    assert said(near, "primary 1") == [
        "<@bob> has it. What decided: spacing of shifts.",
        "<@ann> has another shift close by and would be 1 shift over their share.",
    ]
    tired = Problem(team(2), days(2), limits=Limits(rest=60))
    assert said(tired, "primary 1")[1] == "<@ann> would have too little rest beside the shift from 07 Dec."


def test_a_row_that_would_be_broken_up_is_said() -> None:
    row = Problem(team(2), days(4), spacing=Spacing(grouped=True), weights=Weights(balance=Weight.OFF))
    assert said(row, "primary 1") == [
        "<@ann> has it. What decided: spacing of shifts.",
        "<@bob> would break up shifts in a row.",
    ]


def test_the_announcement_is_said() -> None:
    problem = Problem(team(2), (slot(0, announced="bob"),), weights=Weights())
    assert said(problem) == [
        "<@bob> has it. What decided: few changes after the announcement.",
        "<@ann> would take it from <@bob> after it was announced.",
    ]


def test_a_shift_that_is_set_to_somebody_or_follows_another_says_so() -> None:
    slots = (slot(0, fill=Fill.MEMBER, user="bob"), slot(1, role="backup", fill=Fill.FOLLOW, follows="primary 0"))
    problem = Problem(team(2), slots)
    assert said(problem)[0] == "<@bob> has it because the shift is set to them."
    assert said(problem)[1] == "<@ann> can't have it, as it is set to <@bob>."
    assert said(problem, "backup 1")[0] == "<@bob> has it because they have the shift before."


def test_somebody_who_is_no_member_yet_is_said_to_be_none() -> None:
    problem = Problem((Member("ann"), Member("new", since=MONDAY + DAY)), (slot(0),))
    assert said(problem)[1] == "<@new> is no member then."


@settings(max_examples=examples(40), deadline=None)
@given(problems())
def test_what_somebody_would_have_cost_more_is_what_the_plan_would_cost_more(problem: Problem) -> None:
    model, found = modelled(problem), deal(problem)
    plan = plan_of(model, found)
    users = {member.user: number for number, member in enumerate(model.view.members)}
    before = sum(costs(model, plan).values())
    for number, one in enumerate(explained(problem, found)):
        for other in one.others if one.user is not None else ():
            if other.barred is None:
                instead = [*plan[:number], users[other.user], *plan[number + 1 :]]
                assert sum(costs(model, instead).values()) - before == other.more
