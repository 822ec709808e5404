"""Hard: nobody is on call in two schedules, or in two roles, at once; rest is kept towards what they do there, too."""

from __future__ import annotations

from collections.abc import Iterator

from oncall.fairness.problem import Duty, Rule, Stand
from oncall.fairness.terms import Ban, Reason
from oncall.fairness.view import View, meets


def terms(view: View) -> Iterator[Ban]:
    for user, member in enumerate(view.members):
        for busy in view.busy(member):
            for number in view.near(busy, view.rest):
                rule = _rule(busy) if meets(view.slots[number], busy) else Rule.REST
                yield Ban(number, user, Reason(rule, about=_where(busy), start=busy.start, end=busy.end))


def _rule(busy: Stand | Duty) -> Rule:
    return Rule.ELSEWHERE if isinstance(busy, Duty) and busy.elsewhere else Rule.ONE_ROLE


def _where(busy: Stand | Duty) -> str:
    return busy.where if isinstance(busy, Duty) else busy.role
