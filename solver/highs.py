"""Programs solved by HiGHS. Only the solving process imports this.

Equal programs have equal answers: one thread, a fixed seed, and limits that count nodes instead of seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from oncall.fairness.model import Plan
from solver.program import Program

MOST_NODES = 200
"""Where it gives up: some ten seconds of processor time for the hardest four weeks, before the process is ended."""
HALF = 0.5
"""Costs are whole numbers, so what is less apart is the same."""
OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.99,  # costs are whole numbers: what is less than one apart is equal
}


@dataclass(frozen=True, slots=True)
class Answer:
    """``plan`` is None where nothing was found. ``bound``: no plan has a lower objective; the constants of meters are
    in neither."""

    plan: list[int] | None
    bound: float
    is_proven: bool


def solved(
    program: Program, start: Plan, nodes: int = MOST_NODES, better: Callable[[list[int]], object] | None = None
) -> Answer:
    """Looks on from ``start``; ``better`` is told of each better plan on the way.

    HiGHS 1.16 at times gives back the start with the objective of a better plan that it found. Then it is asked again,
    with no start.
    """
    answer = _answer(program, program.start(start), nodes, better)
    return (
        answer
        if answer is not None
        else _answer(program, {}, nodes, better) or Answer(None, -math.inf, is_proven=False)
    )


def _answer(
    program: Program, start: dict[int, float], nodes: int, better: Callable[[list[int]], object] | None
) -> Answer | None:
    """None where the plan is not what HiGHS says of it."""
    highs = _loaded(program, is_whole=True)
    _set(highs, "mip_max_nodes", nodes)
    if start:
        highs.setSolution(len(start), np.array(list(start), np.int32), np.array(list(start.values()), float))
    if better is not None:
        highs.cbMipImprovingSolution.subscribe(_told(program, better))
    highs.run()
    info, is_proven = highs.getInfo(), highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    if info.primal_solution_status != highspy.kSolutionStatusFeasible:  # after an error an objective of 0 looks good
        return Answer(None, -math.inf, is_proven=False)
    values = highs.getSolution().col_value
    said = sum(cost * value for cost, value in zip(program.table.cost, values, strict=True))
    if abs(said - info.objective_function_value) > HALF:
        return None
    return Answer(program.plan(values), info.mip_dual_bound, is_proven)


def _told(program: Program, better: Callable[[list[int]], object]) -> Callable[[Any], None]:
    def told(event: Any) -> None:
        better(program.plan(event.data_out.mip_solution))

    return told


def bound(program: Program) -> float:
    """What no plan can go below, by the program without whole numbers: rougher, and quick for a long time ahead."""
    highs = _loaded(program, is_whole=False)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return -math.inf
    return highs.getInfo().objective_function_value


def _set(highs: highspy.Highs, name: str, value: Any) -> None:
    """What HiGHS does not take, it says by a status that is easily overlooked."""
    if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
        raise ValueError(f"HiGHS does not take {value!r} for {name}")


def _loaded(program: Program, *, is_whole: bool) -> highspy.Highs:
    table, highs, lp = program.table, highspy.Highs(), highspy.HighsLp()
    for name, value in OPTIONS.items():
        _set(highs, name, value)
    lp.num_col_, lp.num_row_ = len(table.cost), len(table.low)
    lp.col_cost_, lp.col_lower_ = np.array(table.cost, float), np.zeros(len(table.cost))
    lp.col_upper_ = np.array(table.upper, float)
    lp.row_lower_, lp.row_upper_ = np.array(table.low, float), np.array(table.high, float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(table.starts, np.int32)
    lp.a_matrix_.index_ = np.array(table.columns, np.int32)
    lp.a_matrix_.value_ = np.array(table.values, float)
    if is_whole:
        sorts = highspy.HighsVarType
        lp.integrality_ = [sorts.kInteger if whole else sorts.kContinuous for whole in table.is_whole]
    highs.passModel(lp)
    return highs
