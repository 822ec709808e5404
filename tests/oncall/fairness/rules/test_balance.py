"""Soft: each member has what is theirs of each kind of shift, and of all shifts."""

from __future__ import annotations

from oncall.fairness import Fill, Load, Measure, Member, Problem, Weight, Weights, charged, deal
from tests.support.fair import DAY, MONDAY, counted, days, slot, stand, team


def share(problem: Problem) -> dict[str | None, int]:
    return counted(user for _, user in deal(problem).given)


def test_all_have_the_same_number() -> None:
    assert share(Problem(team(4), days(28))) == dict.fromkeys(("ann", "bob", "cat", "dan"), 7)


def test_half_a_share_is_half_of_the_shifts() -> None:
    members = (Member("ann"), Member("bob"), Member("cat"), Member("dan", share=50))
    assert share(Problem(members, days(28))) == {"ann": 8, "bob": 8, "cat": 8, "dan": 4}


def test_each_kind_is_balanced_though_all_together_are_already() -> None:
    slots = (*(slot(day, kind="week") for day in range(4)), *(slot(day, kind="weekend") for day in range(4, 8)))
    found = deal(Problem(team(2), slots))
    weekends = counted(found.who(f"primary {day}") for day in range(4, 8))
    assert weekends == {"ann": 2, "bob": 2}


def test_who_did_more_before_does_less_now() -> None:
    loads = charged(team(2), [stand("ann", -day, kind="day") for day in range(1, 5)])
    assert share(Problem(team(2), tuple(slot(day) for day in range(6)), loads=loads)) == {"ann": 1, "bob": 5}


def test_who_is_new_does_not_catch_up() -> None:
    members = (*team(2), Member("new", since=MONDAY))
    loads = charged(members, [stand("ann" if day % 2 else "bob", -day) for day in range(1, 41)])
    assert share(Problem(members, tuple(slot(day) for day in range(9)), loads=loads)) == {"ann": 3, "bob": 3, "new": 3}


def test_shifts_set_to_somebody_count_as_theirs() -> None:
    slots = (*(slot(day, fill=Fill.MEMBER, user="ann") for day in range(3)), *(slot(day) for day in range(3, 6)))
    assert share(Problem(team(2), slots)) == {"ann": 3, "bob": 3}


def test_off_is_off() -> None:
    loads = (Load("ann", Measure.ALL, "", 9_000, 0),)
    problem = Problem(team(2), (slot(0, kind="other"),), loads=loads, weights=Weights(balance=Weight.OFF))
    assert deal(problem).who("primary 0") == "ann"
    assert deal(Problem(team(2), (slot(0),), loads=loads)).who("primary 0") == "bob"


def test_a_member_who_leaves_takes_only_what_is_theirs_until_then() -> None:
    members = (Member("ann"), Member("bob", until=MONDAY + 4 * DAY))
    assert share(Problem(members, tuple(slot(day) for day in range(8)))) == {"ann": 6, "bob": 2}
