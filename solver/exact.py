"""The exact solver: as few open slots as can be, and among such plans the cheapest, proven where that is quick enough.

Some weeks are solved as one. What has more slots and people is dealt four weeks after four weeks, each with the load of
those before, and then improved as a whole; how far that may be from the best is known from the bound of the whole. ::

    greedy ──► fewest open (only where greedy left some) ──► cheapest
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from oncall.fairness import Load, Problem, Slot, Solution, Stand, charged
from oncall.fairness.greedy import dealt, improved
from oncall.fairness.model import NOBODY, Model, costs, is_allowed, modelled, plan_of, solution
from solver.highs import MOST_NODES, bound, solved
from solver.program import Program

EXACT = "exact"
AS_ONE, PART = 1_000, timedelta(days=28)
"""Pairs of a slot and somebody who may get it, up to which a problem is solved as one; how long a part is."""
NODES_OF_A_PART = 20

Tell = Callable[[Solution], object]


def solve(problem: Problem, tell: Tell) -> Solution:
    """The best plan; ``tell`` hears of better and better ones on the way, so that whoever waits has one at any time."""
    model = modelled(problem)
    plan = dealt(model)
    tell(solution(model, plan, "greedy"))
    if not model.view.slots:
        return solution(model, plan, EXACT, proven=True, bound=0)
    if sum(map(len, model.able)) > AS_ONE:
        return _long(problem, model, plan)
    return _short(model, plan, tell)


def _short(model: Model, plan: list[int], tell: Tell, nodes: int = MOST_NODES) -> Solution:
    """Never worse than ``plan``; proven only where what was found is really as good as the proof says."""
    options, fewest_open = [plan], 0.0
    if NOBODY in plan:
        fewest = solved(Program(model, None), plan, nodes)
        options, fewest_open = _allowed(model, plan, fewest.plan), fewest.bound
    most_open = min(one.count(NOBODY) for one in options)
    is_fewest = most_open - 1 < fewest_open - 1e-3
    start = min(options, key=lambda one: _rank(model, one))
    found = solved(Program(model, most_open), start, nodes, lambda one: tell(solution(model, one, EXACT)))
    best = min(_allowed(model, found.plan, *options), key=lambda one: _rank(model, one))
    below = math.ceil(found.bound + _constant(model) - 1e-3) if math.isfinite(found.bound) else None
    cost = _rank(model, best)[1]
    proven = is_fewest and found.is_proven and best.count(NOBODY) == most_open and below is not None and cost <= below
    return solution(model, best, EXACT, proven=proven, bound=below)


def _allowed(model: Model, *plans: list[int] | None) -> list[list[int]]:
    return [plan for plan in plans if plan is not None and is_allowed(model, plan)]


def _rank(model: Model, plan: list[int]) -> tuple[int, int]:
    return plan.count(NOBODY), sum(costs(model, plan).values())


def _long(problem: Problem, model: Model, plan: list[int]) -> Solution:
    """The better of greedy's plan and one of parts, improved; proven only where it reaches the bound of the whole."""
    parts = plan_of(model, _in_parts(problem, model))
    options = [improved(model, one) for one in (plan, parts) if is_allowed(model, one)]
    best = min(options, key=lambda one: _rank(model, one))
    rough = bound(Program(model, best.count(NOBODY))) + _constant(model)
    below = math.ceil(rough - 1e-3) if math.isfinite(rough) else None
    is_best = NOBODY not in best and below == sum(costs(model, best).values())
    return solution(model, best, EXACT, proven=is_best, bound=below)


def _in_parts(problem: Problem, model: Model) -> Solution:
    given: dict[str, str | None] = {}
    stands: list[Stand] = []
    left = list(model.view.slots)
    while left:
        part = _first(left)
        loads = _added(problem.loads, charged(problem.members, stands))
        only = replace(problem, slots=tuple(part), standing=(*problem.standing, *stands), loads=loads)
        small = modelled(only)
        found = _short(small, dealt(small), lambda _: None, NODES_OF_A_PART)
        given |= dict(found.given)
        stands += [_stand(slot, user) for slot in part if (user := given[slot.id]) is not None]
        left = left[len(part) :]
    return Solution(tuple((slot.id, given.get(slot.id)) for slot in sorted(problem.slots)), (), 0, ())


def _first(left: list[Slot]) -> list[Slot]:
    """The slots of the first part; what follows a slot is in its part, so a part may end a little later."""
    number = sum(slot.start < left[0].start + PART for slot in left)
    names = {slot.id: place for place, slot in enumerate(left)}
    while any(slot.follows in names and names[slot.follows] < number for slot in left[number:]):
        number += 1
    return left[:number]


def _stand(slot: Slot, user: str) -> Stand:
    return Stand(slot.start, slot.end, user, slot.role, slot.kind, slot.night, slot.weekend, slot.holidays)


def _added(some: tuple[Load, ...], more: tuple[Load, ...]) -> tuple[Load, ...]:
    found = {(load.user, load.measure, load.kind): load for load in some}
    for load in more:
        before = found.get((load.user, load.measure, load.kind))
        done, target = (before.done, before.target) if before else (0, 0)
        found[load.user, load.measure, load.kind] = replace(load, done=done + load.done, target=target + load.target)
    return tuple(sorted(found.values()))


def _constant(model: Model) -> int:
    return sum(meter.constant for meter in model.meters)
