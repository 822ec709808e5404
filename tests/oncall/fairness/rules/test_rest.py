"""Hard: one role at a time, and so much rest between two shifts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall.fairness import Fill, Limits, Problem, Rule, deal, mistakes
from oncall.fairness.model import modelled
from tests.support.fair import counted, days, slot, team


def test_one_person_has_one_role_at_a_time() -> None:
    found = deal(Problem(team(2), days(7) + days(7, "backup")))
    assert found.open == ()
    assert all(found.who(f"primary {day}") != found.who(f"backup {day}") for day in range(7))


@pytest.mark.parametrize(("rest", "open_"), [(0, 0), (60, 3), (24 * 60, 3), (25 * 60, 4)])
def test_with_one_member_rest_decides_how_many_of_seven_days_they_can_have(rest: int, open_: int) -> None:
    found = deal(Problem(team(1), days(7), limits=Limits(rest=rest)))
    assert len(found.open) == open_
    assert mistakes(Problem(team(1), days(7), limits=Limits(rest=rest)), found) == []


def test_a_shift_that_follows_another_needs_no_rest_after_it_but_towards_others() -> None:
    after = slot(1, role="backup", fill=Fill.FOLLOW, follows="primary 0")
    problem = Problem(team(3), (*days(3), after), limits=Limits(rest=60))
    found = deal(problem)
    assert found.open == ()
    assert found.who("backup 1") == found.who("primary 0")
    assert found.who("primary 2") not in (found.who("backup 1"), found.who("primary 1"))
    assert mistakes(problem, found) == []


def test_there_is_one_cap_per_moment_and_not_one_per_pair() -> None:
    """Three roles for seven days, with rest until the end of the next day: six at each change of days."""
    slots = days(7) + days(7, "backup") + days(7, "third")
    caps = [
        cap for cap in modelled(Problem(team(1), slots, limits=Limits(rest=60))).caps if cap.reason.rule is Rule.REST
    ]
    assert [len(cap.amounts) for cap in caps] == [6] * 6


def test_overlapping_shifts_of_different_lengths_are_told_apart() -> None:
    slots = (slot(0, 3, "a"), slot(1, 1, "b"), slot(2.5, 1, "c"), slot(3, 1, "d"))
    found = deal(Problem(team(2), slots))
    assert found.open == ()
    assert found.who("a 0") != found.who("b 1")
    assert set(counted(user for _, user in found.given)) == {"ann", "bob"}


def test_the_checker_sees_two_shifts_too_close() -> None:
    problem = Problem(team(2), days(2), limits=Limits(rest=60))
    wrong = replace(deal(problem), given=(("primary 0", "ann"), ("primary 1", "ann")))
    assert mistakes(problem, wrong) == ["primary 0: ann is busy or has no rest"]
