"""Soft: somebody's shifts begin so many days apart, or come in groups.

Apart: windows of N days slide over time day by day, and each shift beyond the first that begins in one costs. Two
shifts a day apart share N - 1 windows, two that are N - 1 days apart share one: the nearer, the dearer. Two at once
share one more. Grouped: two shifts of one role that follow each other cost unless they have the same person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from oncall.fairness.problem import Rule
from oncall.fairness.terms import Meter, Price, Reason, Split, Step
from oncall.fairness.view import View

DAY = timedelta(days=1)


def terms(view: View) -> Iterator[Meter | Split | Price]:
    cost = view.cost(Rule.SPACING)
    if not cost or not view.slots:
        return
    if view.problem.spacing.grouped:
        yield from _grouped(view, cost)
    elif view.problem.spacing.days:
        yield from _apart(view, view.problem.spacing.days, cost)


def _apart(view: View, days: int, cost: int) -> Iterator[Meter]:
    slope = max(1, cost // max(1, days - 1))
    groups = list(_windows(view, days))
    for user, member in enumerate(view.members):
        starts = [stand.start for stand in view.standing(member)]
        for begin, group in groups:
            had = sum(begin <= start < begin + days * DAY for start in starts)
            steps = (Step(1, 0), Step(len(group) - 1, slope)) if not had else (Step(len(group), slope),)
            if had + len(group) > 1:
                yield Meter(
                    user,
                    dict.fromkeys(group, 1),
                    tuple(step for step in steps if step.width),
                    max(0, had - 1) * slope,
                    Reason(Rule.SPACING, start=begin, end=begin + days * DAY),
                )


def _windows(view: View, days: int) -> Iterator[tuple[datetime, tuple[int, ...]]]:
    """Every window that slots begin in, a day after the other. What follows a slot is near it on purpose."""
    starts = [(slot.start, number) for number, slot in enumerate(view.slots) if number not in view.leader]
    if not starts:
        return
    begin, last = starts[0][0] - (days - 1) * DAY, starts[-1][0]
    while begin <= last:
        group = tuple(number for start, number in starts if begin <= start < begin + days * DAY)
        if group:
            yield begin, group
        begin += DAY


def _grouped(view: View, cost: int) -> Iterator[Split | Price]:
    """Beside what stands it is a price for everybody but who has that."""
    latest: dict[str, int] = {}
    for number, slot in enumerate(view.slots):
        before = latest.get(slot.role)
        if before is not None:
            yield Split(before, number, cost, Reason(Rule.SPACING, start=slot.start))
        latest[slot.role] = number
        yield from _beside(view, number, cost)


def _beside(view: View, number: int, cost: int) -> Iterator[Price]:
    slot = view.slots[number]
    for stand in view.problem.standing:
        if stand.role == slot.role and (stand.end == slot.start or slot.end == stand.start):
            for user, member in enumerate(view.members):
                if member.user != stand.user:
                    yield Price(number, user, cost, Reason(Rule.SPACING, start=stand.start, end=stand.end))
