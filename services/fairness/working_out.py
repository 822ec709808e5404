"""Has pieces dealt, batch after batch: takes processor time, so never within a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from oncall.fairness.batches import batches, problem_of
from oncall.fairness.pieces import Piece
from oncall.fairness.plan import Plan, Round
from oncall.fairness.situation import Situation
from oncall.shifts import Shift
from services.fairness.explaining import as_choices
from services.kit.house import Solver
from storage.repositories.fairness import Choice


async def work_out(solver: Solver, situation: Situation, standing: Iterable[Shift], found: Sequence[Piece]) -> Plan:
    """Who gets the pieces that were found, each batch with the load that the ones before left. Equal input gives an
    equal plan, unless the solver ran out of time."""
    shifts, rounds = list(standing), list[Round]()
    for batch in batches(found):
        problem = problem_of(situation, shifts, batch)
        solution = await solver.solve(problem)
        rounds.append(Round(tuple(batch), problem, solution))
        shifts += [piece.shift(user) for piece in batch if (user := solution.who(piece.id)) is not None]
    return Plan(situation, tuple(standing), tuple(rounds))


async def reasons_of(plan: Plan) -> list[Choice]:
    """Each choice with why it was made; that takes processor time, too, and so does how good the plan is."""
    return await asyncio.to_thread(lambda: (plan.quality, as_choices(plan))[1])
