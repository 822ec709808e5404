"""Soft: rather not costs, would like to gives back. Of two wishes that touch one shift the stronger counts."""

from __future__ import annotations

from collections.abc import Iterator

from oncall.availability import Leaning, Wish
from oncall.fairness.problem import Rule
from oncall.fairness.terms import Price, Reason
from oncall.fairness.view import View, by_user, meets
from oncall.fairness.weights import LIKED


def terms(view: View) -> Iterator[Price]:
    cost = view.cost(Rule.WISHES)
    wishes = by_user(sorted(view.problem.wishes)) if cost else {}
    for user, member in enumerate(view.members):
        for number, slot in enumerate(view.slots):
            wish = _strongest([wish for wish in wishes.get(member.user, []) if meets(wish, slot)])
            if wish is not None and wish.leaning is not Leaning.CANNOT:
                price = cost if wish.leaning is Leaning.RATHER_NOT else -(cost // LIKED)
                yield Price(number, user, price, Reason(Rule.WISHES, start=wish.start, end=wish.end))


def _strongest(wishes: list[Wish]) -> Wish | None:
    return min(wishes, key=lambda wish: list(Leaning).index(wish.leaning), default=None)
