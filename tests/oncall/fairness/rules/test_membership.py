"""Hard: only members who belong by then, only who is named where somebody is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall.fairness import Fill, Member, Problem, deal, mistakes
from tests.support.fair import DAY, MONDAY, days, slot, team

TEAM = (Member("ann"), Member("new", since=MONDAY + 2 * DAY), Member("old", until=MONDAY + DAY), Member("off", share=0))


def test_nobody_is_on_call_before_they_join_after_they_left_or_with_no_share() -> None:
    found = deal(Problem(TEAM, (*days(4), slot(0, role="backup"), slot(3, role="backup"))))
    users = {name: {u for slot_, u in found.given if slot_.split()[1] in name.split()} for name in ("0 1", "2 3")}
    assert users == {"0 1": {"ann", "old"}, "2 3": {"ann", "new"}}


def test_a_shift_for_somebody_goes_to_nobody_else() -> None:
    named = slot(0, fill=Fill.MEMBER, user="bob")
    assert deal(Problem(team(3), (named,))).who(named.id) == "bob"
    assert deal(Problem((Member("ann"),), (named,))).open == (named.id,)


def test_a_shift_for_nobody_has_nobody_and_is_not_open() -> None:
    found = deal(Problem(team(1), (slot(0, fill=Fill.NOBODY),)))
    assert (found.given, found.open) == ((("primary 0", None),), ())


def test_a_shift_that_follows_another_has_the_same_person_or_nobody() -> None:
    after = slot(1, role="backup", fill=Fill.FOLLOW, follows="primary 0")
    found = deal(Problem(team(3), (*days(3), after)))
    assert found.who("backup 1") == found.who("primary 0")
    assert found.open == ()


def test_the_checker_sees_strangers_and_people_who_have_left() -> None:
    problem = Problem(TEAM, days(2))
    for user in ("zoe", "old", "new", "off"):
        wrong = replace(deal(problem), given=(("primary 0", "ann"), ("primary 1", user)))
        assert mistakes(problem, wrong) == [f"primary 1: {user} is no member then"]


def test_a_slot_can_not_follow_one_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="follows"):
        Problem(team(1), (slot(1, fill=Fill.FOLLOW, follows="nothing"),))
