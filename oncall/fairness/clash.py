"""Why a shift is open: the smallest set of wishes and rules that can't be kept together with filling it.

Nothing is weighed here. All that stands in the way is collected; then one thing after the other is let go, and stays
let go as long as the shift can't be filled even so. What is left is enough to keep it open, and nothing of it can be
spared: without any one of it, and without what was let go, somebody could have the shift, and all shifts that have
somebody now still could. ::

    ann away   bob away   bob too little rest   cat away
       keep    let go            keep             keep       → ann is away, bob has no rest, cat is away

Only shifts that touch the open one by some rule are dealt anew for that; it is an exhaustive search with a limit,
beyond which a thing counts as needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oncall.fairness.model import NOBODY, Model, modelled, plan_of
from oncall.fairness.problem import Problem, Rule
from oncall.fairness.solution import Solution
from oncall.fairness.terms import Cap, Reason

MOST_TRIES = 4_000
LET_GO_FIRST = (Rule.HOURS, Rule.REST, Rule.ONE_ROLE, Rule.ELSEWHERE, Rule.AWAY)
"""Rules before what people are bound by: a person's leave is named where it is one reason among several."""


@dataclass(frozen=True, slots=True, order=True)
class Blocked:
    """What keeps one member from the shift."""

    user: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Clash:
    """``blocked`` is empty where there is nobody to give it to. ``members`` is how many could have it but for that."""

    slot: str
    start: datetime
    end: datetime
    blocked: tuple[Blocked, ...]
    members: int
    named: str | None = None

    @property
    def everybody(self) -> Rule | None:
        """The rule that keeps all members, each for themselves, from it; None where it is not one."""
        rules = {one.reason.rule for one in self.blocked}
        users = {one.user for one in self.blocked}
        return next(iter(rules)) if len(rules) == 1 and len(users) == self.members else None


def clashes(problem: Problem, found: Solution) -> tuple[Clash, ...]:
    """For each open slot, in order of time."""
    model = modelled(problem)
    plan = plan_of(model, found)
    return tuple(_clash(model, plan, slot) for slot, user in enumerate(plan) if user == NOBODY)


Fact = tuple[Rule, int, Reason]
"""Something that can be let go: a rule for one user, or one wish or duty of theirs."""


def _clash(model: Model, plan: list[int], slot: int) -> Clash:
    view = model.view
    wanted = [user for user, member in enumerate(view.members) if view.wants(view.slots[slot], member)]
    kept = _facts(model, plan, slot, wanted)
    for fact in list(kept):
        fewer = [one for one in kept if one != fact]
        if not _Search(model, plan, slot, fewer).succeeds():
            kept = fewer
    blocked = tuple(Blocked(view.members[user].user, reason) for _, user, reason in kept)
    own = view.slots[slot]
    return Clash(own.id, own.start, own.end, tuple(sorted(blocked, key=lambda one: one.user)), len(wanted), own.user)


def _facts(model: Model, plan: list[int], slot: int, wanted: list[int]) -> list[Fact]:
    around = _around(model, plan, slot)
    found = {
        (reason.rule, user, reason)
        for (one, user), reasons in model.bans.items()
        if one in around and user in wanted
        for reason in reasons
        if reason.rule is not Rule.MEMBER
    }
    found |= {(cap.reason.rule, cap.user, Reason(cap.reason.rule)) for cap in model.caps if cap.amounts.keys() & around}
    return sorted(found, key=lambda fact: (LET_GO_FIRST.index(fact[0]), fact[1], str(fact[2].start)))


def _around(model: Model, plan: list[int], slot: int) -> set[int]:
    """The open slot, and those with somebody that share a cap with it and are no part of a chain."""
    shared = {one for cap in model.caps if slot in cap.amounts for one in cap.amounts if plan[one] != NOBODY}
    chained = {one for pair in model.view.leader.items() for one in pair}
    return {slot, *(shared - chained)}


class _Search:
    """Whether the open slot and those around it can all have somebody, with only ``facts`` and membership in force."""

    def __init__(self, model: Model, plan: list[int], slot: int, facts: list[Fact]) -> None:
        held = set(facts)
        around = _around(model, plan, slot)
        self.plan = [NOBODY if one in around else user for one, user in enumerate(plan)]
        self.able = {one: self._able(model, one, held) for one in around}
        self.left = sorted(around, key=lambda one: (one != slot, len(self.able[one]), one))
        self.caps: dict[tuple[int, int], list[Cap]] = {}
        for cap in model.caps:
            if (cap.reason.rule, cap.user, Reason(cap.reason.rule)) in held:
                for one in cap.amounts.keys() & around:
                    self.caps.setdefault((one, cap.user), []).append(cap)
        self.leader = model.view.leader.get(slot)
        self.before, self.tries = plan, 0

    def succeeds(self) -> bool:
        """True also where the limit is reached."""
        return self._place(0)

    def _able(self, model: Model, slot: int, held: set[Fact]) -> list[int]:
        def is_out(user: int) -> bool:
            reasons = model.bans.get((slot, user), ())
            return any(r.rule is Rule.MEMBER or (r.rule, user, r) in held for r in reasons)

        return [user for user in range(len(model.view.members)) if not is_out(user)]

    def _place(self, number: int) -> bool:
        if number == len(self.left) or self.tries > MOST_TRIES:
            return True
        slot = self.left[number]
        first = self.before[slot]
        for user in sorted(self.able[slot], key=lambda one: (one != first, one)):
            self.tries += 1
            if self._fits(slot, user):
                self.plan[slot] = user
                if self._place(number + 1):
                    return True
                self.plan[slot] = NOBODY
        return False

    def _fits(self, slot: int, user: int) -> bool:
        if self.leader is not None and slot == self.left[0] and (self.leader < 0 or self.before[self.leader] != user):
            return False
        for cap in self.caps.get((slot, user), ()):
            used = sum(amount for one, amount in cap.amounts.items() if self.plan[one] == user)
            if used + cap.amounts[slot] > cap.most:
                return False
        return True
