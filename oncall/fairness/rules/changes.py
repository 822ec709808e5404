"""Soft, and at High before all else: who was announced stays. Everybody else costs, and so does nobody."""

from __future__ import annotations

from collections.abc import Iterator

from oncall.fairness.problem import Rule
from oncall.fairness.terms import Price, Reason
from oncall.fairness.view import View


def terms(view: View) -> Iterator[Price]:
    cost = view.cost(Rule.CHANGES)
    for number, slot in enumerate(view.slots if cost else ()):
        if slot.announced is None:
            continue
        for user, member in enumerate(view.members):
            if member.user != slot.announced:
                yield Price(number, user, cost, Reason(Rule.CHANGES, about=slot.announced))
