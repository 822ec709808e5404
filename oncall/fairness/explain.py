"""Why somebody has a shift: what each other member would have cost there, all else as it is.

Costs are compared rule by rule. The rule that *decided* is the one that speaks loudest against the next best; where
nobody else could, it is what keeps the next best from it. ::

                 balance   spacing   wishes
    ann (has it)    40         0        0
    bob             40       160        0      160 more: spacing decided
    cat            120         0      240      320 more
    dan           away until Tuesday
"""

from __future__ import annotations

from dataclasses import dataclass

from oncall.fairness.model import NOBODY, Model, Plan, modelled, plan_of
from oncall.fairness.problem import Fill, Measure, Problem, Rule
from oncall.fairness.solution import Solution
from oncall.fairness.terms import Meter, Reason

NEXT = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one rule makes of somebody in a shift. ``more`` is how much dearer than who has it; below 0 it is cheaper.

    ``over`` is how far they would be over their target of ``reason.measure``, in thousandths of a shift or an hour.
    """

    reason: Reason
    cost: int
    more: int
    over: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """``barred`` says what keeps them from it; else they would cost ``more``, for ``costs``, the dearest first."""

    user: str
    barred: Reason | None
    more: int
    costs: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """``others`` are the next two. ``decided`` is None where nothing did: two stood alike, or there is no other."""

    slot: str
    user: str | None
    fill: Fill
    decided: Rule | None
    others: tuple[Candidate, ...]


def explained(problem: Problem, found: Solution) -> tuple[Why, ...]:
    """For every slot that should have somebody, in order of time."""
    model = modelled(problem)
    book = _Book(model, plan_of(model, found))
    return tuple(book.why(slot) for slot in range(len(model.view.slots)))


Key = tuple[Rule, Measure | None, str]


class _Book:
    """A plan with what everything in it comes to."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self.model, self.plan = model, plan
        self.meters: dict[tuple[int, int], list[Meter]] = {}
        for meter in model.meters:
            for slot in meter.amounts:
                self.meters.setdefault((slot, meter.user), []).append(meter)

    def why(self, slot: int) -> Why:
        has, view = self.plan[slot], self.model.view
        base = self._costs(slot, has) if has != NOBODY else {}
        others = [self._candidate(slot, user, base) for user in range(len(view.members)) if user != has]
        others.sort(key=lambda one: (one.barred is not None, one.more, one.user))
        user = view.members[has].user if has != NOBODY else None
        return Why(view.slots[slot].id, user, view.slots[slot].fill, _decided(others), tuple(others[:NEXT]))

    def _candidate(self, slot: int, user: int, base: dict[Key, Cost]) -> Candidate:
        name, barred = self.model.view.members[user].user, self._barred(slot, user)
        if barred is not None:
            return Candidate(name, barred, 0, ())
        theirs = self._costs(slot, user)
        less = {key: Cost(cost.reason, 0, -cost.cost) for key, cost in base.items() if key not in theirs}
        costs = [
            Cost(cost.reason, cost.cost, cost.cost - (base[key].cost if key in base else 0), cost.over)
            for key, cost in theirs.items()
        ]
        costs = sorted([*costs, *less.values()], key=lambda cost: (-cost.more, cost.reason.rule))
        more = sum(cost.more for cost in costs) + self._parted(slot, user) - self._parted(slot, self.plan[slot])
        return Candidate(name, None, more, tuple(cost for cost in costs if cost.more or cost.cost))

    def _barred(self, slot: int, user: int) -> Reason | None:
        bans = self.model.bans.get((slot, user), [])
        if bans:
            return bans[0]
        leader = self.model.view.leader.get(slot)
        if leader is not None and (leader < 0 or self.plan[leader] != user):
            return Reason(Rule.FOLLOWS)
        for cap in self.model.caps:
            if cap.user == user and slot in cap.amounts:
                used = sum(a for one, a in cap.amounts.items() if self.plan[one] == user and one != slot)
                if used + cap.amounts[slot] > cap.most:
                    return self._beside(cap.reason, [one for one in cap.amounts if self.plan[one] == user])
        return None

    def _beside(self, reason: Reason, slots: list[int]) -> Reason:
        """The reason with the shift that is in the way, where it is one."""
        if len(slots) != 1:
            return reason
        other = self.model.view.slots[slots[0]]
        return Reason(reason.rule, other.role, other.start, other.end)

    def _costs(self, slot: int, user: int) -> dict[Key, Cost]:
        """What giving the slot to the user adds, all else as it is; windows of spacing are added up."""
        found: dict[Key, Cost] = {}
        for price in self.model.prices.get((slot, user), ()):
            _add(found, price.reason, price.cost, 0)
        for meter in self.meters.get((slot, user), ()):
            at = sum(a for one, a in meter.amounts.items() if self.plan[one] == user and one != slot)
            table, after = meter.table(), at + meter.amounts[slot]
            _add(found, meter.reason, table[after] - table[at], meter.before + after * meter.unit)
        return found

    def _parted(self, slot: int, user: int) -> int:
        """What stands beside shifts of other people costs."""
        found = 0
        for split in self.model.splits:
            if slot in (split.first, split.second):
                other = split.second if split.first == slot else split.first
                found += split.cost if self.plan[other] != user else 0
        return found


def _add(found: dict[Key, Cost], reason: Reason, cost: int, over: int) -> None:
    key = (reason.rule, reason.measure, reason.about if reason.measure else "")
    before = found.get(key)
    found[key] = Cost(reason, cost + (before.cost if before else 0), 0, over)


def _decided(others: list[Candidate]) -> Rule | None:
    if not others:
        return None
    if others[0].barred is not None:
        return others[0].barred.rule
    loudest = next((cost for cost in others[0].costs if cost.more > 0), None)
    if loudest is None:
        return Rule.SPACING if others[0].more > 0 else None
    return loudest.reason.rule if others[0].more > 0 else None
