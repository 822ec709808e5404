"""Ten teams as there are, and the balance that each should have: rows of what everybody gets.

By both solvers where it says so; greedy is held to no more than one shift from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from oncall.fairness import (
    Duty,
    Limits,
    Member,
    Problem,
    Rule,
    Slot,
    Spacing,
    charged,
    clashes,
    deal,
    mistakes,
)
from oncall.fairness.hours import measured
from solver.exact import solve
from tests.support.fair import DAY, HOUR, MONDAY, away, days, slot, stand, team

MIDNIGHT = MONDAY - 9 * HOUR


@dataclass(frozen=True)
class Shape:
    """``expected`` is how many each gets; ``of`` counts only some of the slots."""

    problem: Problem
    expected: dict[str | None, int]
    of: Callable[[Slot], bool] = field(default=lambda _: True)


def _sun() -> Shape:
    """Follow the sun: three regions, eight hours of each day each, two people in each."""
    zones = {"asia": ("ann", "bob"), "europe": ("cat", "dan"), "america": ("eve", "fay")}
    slots, wishes = [], []
    for day in range(28):
        for place, zone in enumerate(zones):
            start = MIDNIGHT + day * DAY + 8 * place * HOUR
            slots.append(Slot(start, start + 8 * HOUR, "primary", f"{zone} {day}", zone))
            sleeping = [user for other, users in zones.items() if other != zone for user in users]
            wishes += [away(user, (start - MONDAY) / DAY, 1 / 3) for user in sleeping]
    problem = Problem(team(6), tuple(slots), wishes=tuple(wishes), limits=Limits(rest=12 * 60))
    return Shape(problem, dict.fromkeys(("ann", "bob", "cat", "dan", "eve", "fay"), 14))


def _half() -> Shape:
    members = (Member("ann"), Member("bob"), Member("cat"), Member("dan", share=50))
    return Shape(Problem(members, days(28), spacing=Spacing(days=2)), {"ann": 8, "bob": 8, "cat": 8, "dan": 4})


def _weekends() -> Shape:
    """Pairs for weekends, primary and backup, and weekdays apart."""
    pairs = tuple(slot(7 * week + 5, 2, role, "weekend") for week in range(8) for role in ("primary", "backup"))
    weekdays = tuple(slot(7 * week, 5, "primary", "weekdays") for week in range(8))
    problem = Problem(team(4), weekdays + pairs, limits=Limits(rest=0))
    return Shape(problem, dict.fromkeys(("ann", "bob", "cat", "dan"), 4), of=lambda one: one.kind == "weekend")


def _holidays() -> Shape:
    """A month with three public holidays among three people, one each."""
    free = {"": {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}}
    slots = []
    for one in (replace(made, start=made.start - 9 * HOUR, end=made.end - 9 * HOUR) for made in days(30)):
        hours = measured(one.start, one.end, "UTC", free)
        slots.append(replace(one, weekend=hours.weekend, holidays=hours.holidays))
    return Shape(Problem(team(3), tuple(slots)), {"ann": 1, "bob": 1, "cat": 1}, of=lambda one: bool(one.holidays))


def _six_weeks() -> Shape:
    """Ann was away for six weeks: 42 days by three others, so she is behind by ten and a half."""
    had = [stand(("bob", "cat", "dan")[day % 3], day - 42) for day in range(42)]
    slots = tuple(slot(day) for day in range(28))
    problem = Problem(team(4), slots, tuple(had[-3:]), loads=charged(team(4), had), limits=Limits(rest=12 * 60))
    return Shape(problem, {"ann": 14, "bob": 5, "cat": 5, "dan": 4})


def _new() -> Shape:
    members = (*team(3), Member("new", since=MONDAY))
    had = [stand(("ann", "bob", "cat")[day % 3], day - 60) for day in range(60)]
    slots = tuple(slot(day) for day in range(28))
    return Shape(Problem(members, slots, loads=charged(members, had)), dict.fromkeys(("ann", "bob", "cat", "new"), 7))


def _two_schedules() -> Shape:
    """Ann and bob have every other day in another schedule, each on days of their own."""
    duties = tuple(
        Duty(MONDAY + day * DAY, MONDAY + (day + 1) * DAY, ("ann", "bob")[day % 2], "Payments") for day in range(28)
    )
    slots = tuple(slot(day) for day in range(28))
    return Shape(Problem(team(4), slots, duties=duties), dict.fromkeys(("ann", "bob", "cat", "dan"), 7))


def _everybody_away() -> Shape:
    wishes = tuple(away(user, 17) for user in ("ann", "bob", "cat"))
    slots = tuple(slot(day) for day in range(28))
    return Shape(Problem(team(3), slots, wishes=wishes), {"ann": 9, "bob": 9, "cat": 9, None: 1})


def _one() -> Shape:
    return Shape(Problem(team(1), tuple(slot(day) for day in range(7))), {"ann": 7})


def _nobody() -> Shape:
    return Shape(Problem((), tuple(slot(day) for day in range(7))), {None: 7})


SHAPES = {
    "follow the sun": _sun,
    "one at half a share": _half,
    "weekends in pairs": _weekends,
    "three holidays": _holidays,
    "away for six weeks": _six_weeks,
    "a new member": _new,
    "two schedules share people": _two_schedules,
    "everybody away on one day": _everybody_away,
    "one member": _one,
    "no member": _nobody,
}


def counts(shape: Shape, found) -> dict[str | None, int]:
    counted: dict[str | None, int] = {}
    for one in shape.problem.slots:
        if shape.of(one):
            counted[found.who(one.id)] = counted.get(found.who(one.id), 0) + 1
    return counted


@pytest.mark.parametrize("name", SHAPES)
def test_the_exact_solver_balances_it_as_expected_and_proves_it(name: str) -> None:
    shape = SHAPES[name]()
    found = solve(shape.problem, lambda _: None)
    assert mistakes(shape.problem, found) == []
    assert found.proven
    assert sorted(counts(shape, found).values()) == sorted(shape.expected.values())
    assert all(abs(number - shape.expected[user]) <= 1 for user, number in counts(shape, found).items())


@pytest.mark.parametrize("name", SHAPES)
def test_greedy_is_no_more_than_a_shift_from_that(name: str) -> None:
    shape = SHAPES[name]()
    found = deal(shape.problem)
    assert mistakes(shape.problem, found) == []
    assert found.open == solve(shape.problem, lambda _: None).open
    assert all(abs(number - shape.expected[user]) <= 1 for user, number in counts(shape, found).items())


def test_the_day_on_which_everybody_is_away_is_open_and_says_so() -> None:
    shape = _everybody_away()
    (clash,) = clashes(shape.problem, deal(shape.problem))
    assert (clash.slot, clash.everybody, clash.members) == ("primary 17", Rule.AWAY, 3)
