"""A problem as numbers: what every solver works on, made of the terms of all rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from oncall.fairness.problem import SOFT, Problem, Rule
from oncall.fairness.rules import TERMS
from oncall.fairness.solution import Solution
from oncall.fairness.terms import Ban, Cap, Meter, Price, Reason, Split, Term
from oncall.fairness.view import View

Plan = Sequence[int]
"""The user's number for each slot's; NOBODY where it is open."""
NOBODY = -1


@dataclass(frozen=True)
class Model:
    """``bans`` and ``prices`` by slot and user. Caps and meters have only slots that the user may get."""

    view: View
    bans: dict[tuple[int, int], list[Reason]]
    caps: tuple[Cap, ...]
    prices: dict[tuple[int, int], list[Price]]
    meters: tuple[Meter, ...]
    splits: tuple[Split, ...]

    @cached_property
    def able(self) -> list[list[int]]:
        """Who may get each slot."""
        users = range(len(self.view.members))
        return [[user for user in users if (slot, user) not in self.bans] for slot in range(len(self.view.slots))]

    @cached_property
    def price(self) -> dict[tuple[int, int], int]:
        return {key: sum(price.cost for price in prices) for key, prices in self.prices.items()}

    @cached_property
    def units(self) -> list[tuple[int, ...]]:
        """Slots that are dealt as one: each that follows none, with those that follow it."""
        leader = self.view.leader
        slots = range(len(self.view.slots))
        return [(slot, *(one for one in leader if leader[one] == slot)) for slot in slots if slot not in leader]


def modelled(problem: Problem) -> Model:
    view = View(problem)
    terms: list[Term] = [term for rule in TERMS.values() for term in rule(view)]
    bans: dict[tuple[int, int], list[Reason]] = {}
    prices: dict[tuple[int, int], list[Price]] = {}
    caps = [term for term in terms if isinstance(term, Cap)]
    for term in (*terms, *_impossible(caps)):
        if isinstance(term, Ban):
            bans.setdefault((term.slot, term.user), []).append(term.reason)
        elif isinstance(term, Price):
            prices.setdefault((term.slot, term.user), []).append(term)
    open_caps = (Cap(cap.user, _able(cap, bans), cap.most, cap.reason) for cap in caps)
    return Model(
        view,
        bans,
        tuple(cap for cap in open_caps if sum(cap.amounts.values()) > cap.most),
        prices,
        tuple(term for term in terms if isinstance(term, Meter)),
        tuple(term for term in terms if isinstance(term, Split)),
    )


def _impossible(caps: list[Cap]) -> list[Ban]:
    """A slot that is too much by itself."""
    return [Ban(slot, cap.user, cap.reason) for cap in caps for slot, a in cap.amounts.items() if a > cap.most]


def _able(cap: Cap, bans: dict[tuple[int, int], list[Reason]]) -> dict[int, int]:
    return {slot: amount for slot, amount in cap.amounts.items() if (slot, cap.user) not in bans}


def is_allowed(model: Model, plan: Plan) -> bool:
    """Whether a plan keeps all hard rules, counted anew."""
    able = all(user == NOBODY or user in model.able[slot] for slot, user in enumerate(plan))
    led = all(
        plan[slot] in (NOBODY, plan[leader] if leader >= 0 else NOBODY) for slot, leader in model.view.leader.items()
    )
    within = all(sum(a for slot, a in cap.amounts.items() if plan[slot] == cap.user) <= cap.most for cap in model.caps)
    return able and led and within


def costs(model: Model, plan: Plan) -> dict[Rule, int]:
    """What each soft rule makes of a plan, counted anew."""
    found: dict[Rule, int] = dict.fromkeys(SOFT, 0)
    for slot, user in enumerate(plan):
        for price in model.prices.get((slot, user), ()):
            found[price.reason.rule] += price.cost
    for meter in model.meters:
        found[meter.reason.rule] += meter.table()[
            sum(a for slot, a in meter.amounts.items() if plan[slot] == meter.user)
        ]
    for split in model.splits:
        found[split.reason.rule] += split.cost if plan[split.first] != plan[split.second] else 0
    return found


def solution(model: Model, plan: Plan, solver: str, *, proven: bool = False, bound: int | None = None) -> Solution:
    view, by_rule = model.view, costs(model, plan)
    users = {
        slot.id: view.members[user].user if user != NOBODY else None
        for slot, user in zip(view.slots, plan, strict=True)
    }
    return Solution(
        given=tuple((slot.id, users.get(slot.id)) for slot in sorted(view.problem.slots)),
        open=tuple(slot.id for slot in view.slots if users[slot.id] is None),
        cost=sum(by_rule.values()),
        costs=tuple(by_rule.items()),
        proven=proven,
        bound=bound,
        solver=solver,
    )


def plan_of(model: Model, found: Solution) -> list[int]:
    """A solution as numbers; KeyError where it names who or what the model does not have."""
    users = {member.user: number for number, member in enumerate(model.view.members)}
    given = dict(found.given)
    return [NOBODY if given[slot.id] is None else users[given[slot.id] or ""] for slot in model.view.slots]
