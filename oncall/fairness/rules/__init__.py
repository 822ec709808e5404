"""The rules, one module each: what a problem means as terms (:mod:`oncall.fairness.terms`).

The hard ones give bans and caps, the soft ones prices, meters and splits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oncall.fairness.problem import Rule
from oncall.fairness.rules import (
    away,
    balance,
    changes,
    elsewhere,
    hours,
    membership,
    rest,
    spacing,
    unsocial,
    wishes,
)
from oncall.fairness.terms import Term
from oncall.fairness.view import View

TERMS: dict[str, Callable[[View], Iterator[Term]]] = {
    "membership": membership.terms,
    "away": away.terms,
    "elsewhere": elsewhere.terms,
    "rest": rest.terms,
    "hours": hours.terms,
    "balance": balance.terms,
    "unsocial": unsocial.terms,
    "spacing": spacing.terms,
    "wishes": wishes.terms,
    "changes": changes.terms,
}

__all__ = ["TERMS", "Rule"]
