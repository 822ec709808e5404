"""Soft: nights, weekends and public holidays are shared evenly."""

from __future__ import annotations

from oncall.fairness import Member, Problem, Rule, Weight, Weights, charged, deal
from oncall.fairness.problem import Stand
from tests.support.fair import DAY, MONDAY, counted, slot, team

ONLY = Weights(balance=Weight.OFF)


def test_hours_of_weekend_are_even_where_shifts_have_different_parts_of_it() -> None:
    slots = tuple(slot(day, weekend=hours * 60) for day, hours in enumerate((24, 12, 12, 0)))
    found = deal(Problem(team(2), slots, weights=ONLY))
    hours = {"ann": 0, "bob": 0}
    for one in slots:
        hours[found.who(one.id) or ""] += one.weekend // 60
    assert hours == {"ann": 24, "bob": 24}


def test_nights_are_shared_beside_the_number_of_shifts() -> None:
    slots = tuple(slot(day / 2, 0.5, kind="half", night=480 if day % 2 else 0) for day in range(8))
    found = deal(Problem(team(2), slots))
    assert counted(found.who(one.id) for one in slots if one.night) == {"ann": 2, "bob": 2}


def test_who_had_the_last_holiday_does_not_have_the_next() -> None:
    had = (Stand(MONDAY - 9 * DAY, MONDAY - 8 * DAY, "ann", "primary", "day", holidays=(("", 1440),)),)
    other = (Stand(MONDAY - 8 * DAY, MONDAY - 7 * DAY, "bob", "primary", "day"),)
    problem = Problem(team(2), (slot(0, holidays=(("", 1440),)),), loads=charged(team(2), had + other))
    assert deal(problem).who("primary 0") == "bob"


def test_a_holiday_is_one_where_a_member_is() -> None:
    """Of two who stand alike, the one for whom it is an ordinary day works."""
    members = (Member("ann", region="DE"), Member("bob", region="GB"))
    assert deal(Problem(members, (slot(0, holidays=(("DE", 1440),)),))).who("primary 0") == "bob"


def test_off_is_off() -> None:
    slots = tuple(slot(day, weekend=1440) for day in range(3))
    assert dict(deal(Problem(team(2), slots, weights=Weights(unsocial=Weight.OFF))).costs)[Rule.UNSOCIAL] == 0
    assert dict(deal(Problem(team(2), slots)).costs)[Rule.UNSOCIAL] > 0
