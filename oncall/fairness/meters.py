"""Meters of what is balanced: a cost that grows with the square of how far a member is from their target.

The square makes one member two over dearer than two members one over, and it is made of straight steps, so that the
exact solver sees a linear model and all solvers add up the same whole numbers. ::

    cost            .
                   /       d  how far over the target, in units
     40 d²   .    /        steps of one shift each: from d to d + 1
              \\  .
               \\/
    ───────────┴───────► amount
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd

from oncall.fairness.loads import Targets, amount, measures
from oncall.fairness.problem import Load, Measure, Rule
from oncall.fairness.terms import Meter, Reason, Step
from oncall.fairness.view import View
from oncall.fairness.weights import FARTHEST, UNITS

MOST_STEPS = 60


def meters(view: View, rule: Rule, wanted: tuple[Measure, ...]) -> Iterator[Meter]:
    """A meter for each member and each kind of measure that some slot counts for."""
    weight = view.cost(rule)
    if not weight:
        return
    targets, counted = Targets(view.members), dict[tuple[Measure, str], list[int]]()
    for number, slot in enumerate(view.slots):
        for measure, kind in measures(slot):
            if measure in wanted:
                targets.add(measure, kind, slot.start, lambda member, slot=slot, m=measure: amount(slot, m, member))
                counted.setdefault((measure, kind), []).append(number)
    loads = {(load.user, load.measure, load.kind): load for load in view.problem.loads}
    for (measure, kind), numbers in sorted(counted.items()):
        for user, member in enumerate(view.members):
            amounts = {number: a for number in numbers if (a := amount(view.slots[number], measure, member))}
            before = _over(loads.get((member.user, measure, kind))) - targets.of(member.user, measure, kind)
            if amounts:
                yield _meter(user, amounts, before, weight, Reason(rule, about=kind, measure=measure))


def _over(load: Load | None) -> int:
    return load.done - load.target if load else 0


def _meter(user: int, amounts: Mapping[int, int], before: int, weight: int, reason: Reason) -> Meter:
    """Amounts become multiples of what they have in common, so that each step is one that can be taken."""
    unit = gcd(*amounts.values())
    least = {number: a // unit for number, a in amounts.items()}
    whole = UNITS[reason.measure.value] if reason.measure and reason.measure.value in UNITS else UNITS["shift"]
    total = sum(least.values())
    width = -(-total // MOST_STEPS)
    steps: list[Step] = []
    for at in range(0, total, width):
        size = min(width, total - at)
        slope = _rise(before + at * unit, size * unit, weight, whole) // size
        if steps and steps[-1].slope >= slope:
            steps[-1] = Step(steps[-1].width + size, steps[-1].slope)
        else:
            steps.append(Step(size, slope))
    return Meter(user, least, tuple(steps), _cost(before, weight, whole), reason, before, unit)


def _cost(over: int, weight: int, unit: int) -> int:
    """Squared within FARTHEST units, in proportion beyond."""
    edge = FARTHEST * unit
    far = max(0, abs(over) - edge)
    near = abs(over) - far
    return (weight * (near * near + 2 * edge * far)) // (unit * unit)


def _rise(over: int, by: int, weight: int, unit: int) -> int:
    return _cost(over + by, weight, unit) - _cost(over, weight, unit)
