"""The peer: CP-SAT as it comes, on the model that one writes first.

One boolean for each person and shift; two shifts of a person that are too close exclude each other pair by pair; a
person's count is an integer whose cost is looked up; the days between shifts are a maximum. The objective is Baton's,
to the last unit, so that both find plans of the same cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from oncall.fairness.model import Model
from oncall.fairness.problem import Rule
from oncall.fairness.terms import Cap, Meter

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Naive:
    model: cp_model.CpModel
    given: dict[tuple[int, int], cp_model.IntVar]


def naive(of: Model) -> Naive:
    """Only for problems that can be filled, without splits and slots that follow others."""
    from ortools.sat.python import cp_model  # takes half a second, in each process that collects tests

    model = cp_model.CpModel()
    given = {(slot, user): model.new_bool_var("") for slot, users in enumerate(of.able) for user in users}
    for slot, users in enumerate(of.able):
        model.add(sum(given[slot, user] for user in users) == 1)
    for cap in of.caps:
        _cap(model, given, cap)
    costs = [price * given[key] for key, price in of.price.items() if key in given]
    costs += [_meter(model, given, meter) for meter in of.meters]
    model.minimize(sum(costs))
    return Naive(model, given)


def _cap(model: cp_model.CpModel, given: dict[tuple[int, int], cp_model.IntVar], cap: Cap) -> None:
    if cap.most == 1 and set(cap.amounts.values()) == {1}:
        for one, other in combinations(cap.amounts, 2):
            model.add(given[one, cap.user] + given[other, cap.user] <= 1)
    else:
        model.add(sum(amount * given[slot, cap.user] for slot, amount in cap.amounts.items()) <= cap.most)


def _meter(model: cp_model.CpModel, given: dict[tuple[int, int], cp_model.IntVar], meter: Meter):
    parts = [a * given[slot, meter.user] for slot, a in meter.amounts.items() if (slot, meter.user) in given]
    if not parts:
        return meter.constant
    table = meter.table()
    number = model.new_int_var(0, len(table) - 1, "")
    model.add(number == sum(parts))
    if meter.reason.rule is Rule.SPACING and meter.steps[0].slope == 0:
        beyond = model.new_int_var(0, len(table), "")
        model.add_max_equality(beyond, [0, number - 1])
        return (table[-1] - table[-2]) * beyond
    cost = model.new_int_var(min(table), max(table), "")
    model.add_element(number, table, cost)
    return cost


def solved(peer: Naive) -> tuple[int, bool]:
    """The cost and whether it is proven, with CP-SAT's own settings but for a limit of time."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = LONGEST_SECONDS
    status = solver.solve(peer.model)
    return round(solver.objective_value), status == cp_model.OPTIMAL
