"""Carry a plan out so that a crash at any instant loses nothing and doubles nothing.

For every call: one transaction says what is about to be done (*in flight*), then the call, then one transaction says
what became of it (operation, ledger, base). The transaction that writes the plan down says it of the first creates
already: nothing comes between. Every transaction carries the fence, so a worker that lost its lease
can't confirm anything. Creates come first; a delete whose replacement could not be created is left undone, since that
could leave nobody on call.

Changes in place come in between, and are left undone for the same reason where a create failed in their old place.

A create is never sent twice. When its reply is lost the operation stays in flight, and :mod:`sync.steps.settle` finds
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from oncall.clock import Clock
from oncall.timeline import Interval
from storage.database import Database
from storage.repositories.journal import OpState
from storage.tables import Op
from sync.context import Context
from sync.core.model import Phase, Plan, PlannedOp
from sync.ports import Board, Created, OutcomeUnknown, Overtaken, Refused, RemoteError, Wanted
from sync.steps import progress
from sync.steps.confirm import (
    confirm_changed,
    confirm_created,
    confirm_removed,
    fenced,
    settle,
)
from sync.steps.covered import Beside

BATCH = 50
"""Items per create call."""


@dataclass(slots=True)
class Tally:
    """What was done, and in the other side's words what was not."""

    created: int = 0
    changed: int = 0
    removed: int = 0
    refused: list[str] = field(default_factory=list[str])

    @property
    def wrote(self) -> bool:
        return bool(self.created or self.changed or self.removed)


class Executor:
    """Executes plans of one destination under one lease, counting into ``tally``."""

    def __init__(self, database: Database, clock: Clock, context: Context, board: Board, tally: Tally) -> None:
        self._database = database
        self._clock = clock
        self._context = context
        self._board = board
        self._tally = tally

    async def run(self, plan: Plan, plan_id: str, others: Beside) -> None:
        """Write the plan down, with what others have where it writes, then execute it.

        Raises what the board raises; what was done by then is confirmed.
        """
        ops = await self._write_down(plan, plan_id, others)
        creates = [op for op in ops if op.action == Phase.CREATE]
        for start in range(0, len(creates), BATCH):
            await self._create(creates[start : start + BATCH])
        uncovered = [Interval(op.starts_at, op.ends_at) for op in creates if op.state != OpState.DONE]
        uncovered += [hole for op in ops if op.action == Phase.UPDATE for hole in await self._change(op, uncovered)]
        for op in ops:
            if op.action == Phase.DELETE:
                await self._delete(op, uncovered)

    async def _write_down(self, plan: Plan, plan_id: str, others: Beside) -> list[Op]:
        now = self._clock.now()
        ops = [self._op(plan_id, position, op, others, now) for position, op in enumerate(plan.ops)]
        for op in [op for op in ops if op.action == Phase.CREATE][:BATCH]:
            if op.ends_at > now:
                _intend(op, now)
        async with fenced(self._database, self._context, now) as tx:
            if self._context.planned:
                await tx.journal.drop_planned(self._context.id)
            self._context.planned = True
            await progress.begin(tx, self._context, progress.EXPORT, len(ops), now)
            return await tx.journal.add_ops(ops)

    def _op(self, plan_id: str, position: int, op: PlannedOp, others: Beside, now: datetime) -> Op:
        return Op(
            destination_id=self._context.id,
            plan=plan_id,
            position=position,
            action=op.phase,
            user=op.user,
            on_line=op.on,
            overridden=op.overridden,
            starts_at=op.start,
            ends_at=op.end,
            remote_id=op.remote_id or None,
            recognised=op.recognised,
            state=OpState.PLANNED,
            error="",
            fence=self._context.fence,
            created_at=now,
            beside=others.at(op),
            covers=others.covered(op),
        )

    async def _create(self, ops: Sequence[Op]) -> None:
        called_at = self._clock.now()
        ops = [op for op in ops if op.state == OpState.IN_FLIGHT or op.ends_at > called_at]
        if not ops:
            return
        await self._mark_in_flight([op for op in ops if op.state != OpState.IN_FLIGHT], called_at)
        try:
            results = await self._board.create([wanted(op) for op in ops])
        except OutcomeUnknown:
            raise
        except RemoteError as error:
            await self._all_failed(ops, str(error))
            raise
        await self._confirm_batch(ops, results)

    async def _mark_in_flight(self, ops: Sequence[Op], called_at: datetime) -> None:
        if not ops:
            return
        async with fenced(self._database, self._context, called_at) as tx:
            for op in ops:
                _intend(op, called_at)
                await tx.journal.update_op(op.id, state=op.state, called_at=called_at, starts_at=op.starts_at)

    async def _all_failed(self, ops: Sequence[Op], error: str) -> None:
        now = self._clock.now()
        async with fenced(self._database, self._context, now) as tx:
            for op in ops:
                await settle(tx, op, OpState.FAILED, now, error=error)

    async def _confirm_batch(self, ops: Sequence[Op], results: Sequence[Created]) -> None:
        now = self._clock.now()
        async with fenced(self._database, self._context, now) as tx:
            for op, result in zip(ops, results, strict=True):
                if result.item is None:
                    await settle(tx, op, OpState.FAILED, now, error=result.error)
                    self._tally.refused.append(result.error)
                    self._context.doubtful.add(op.user)
            made = [(op, result.item) for op, result in zip(ops, results, strict=True) if result.item is not None]
            if made:
                await confirm_created(tx, self._context, made, now, adopted=False)
        self._tally.created += len(made)

    async def _change(self, op: Op, uncovered: Sequence[Interval]) -> list[Interval]:
        """Change an item; returns where that leaves somebody missing."""
        before = [Interval(i.starts_at, i.ends_at) for i in self._context.mine if i.remote_id == op.remote_id]
        wanted_span = Interval(op.starts_at, op.ends_at)
        if any(span.overlaps(hole) for span in before for hole in uncovered):
            await self._all_failed([op], "its replacement could not be created")
            return [wanted_span]
        await self._mark_in_flight([op], self._clock.now())
        try:
            await change(self._database, self._clock, self._context, self._board, op, self._tally)
        except OutcomeUnknown:
            raise
        except RemoteError as error:
            await self._all_failed([op], str(error))
            raise
        return [] if op.state == OpState.DONE else [wanted_span]

    async def _delete(self, op: Op, uncovered: Sequence[Interval]) -> None:
        span = Interval(op.starts_at, op.ends_at)
        if any(span.overlaps(hole) for hole in uncovered):
            return await self._all_failed([op], "its replacement could not be created")
        await self._mark_in_flight([op], self._clock.now())
        try:
            await self._board.delete(op.remote_id or "")
        except OutcomeUnknown:
            raise
        except Overtaken as overtaken:  # the next look shows what it has become
            return await self._all_failed([op], str(overtaken))
        except RemoteError as error:
            await self._all_failed([op], str(error))
            raise
        maker = "" if op.recognised else (await self._board.maker(op.remote_id or "")).name
        now = self._clock.now()
        async with fenced(self._database, self._context, now) as tx:
            await confirm_removed(tx, self._context, op, now, maker)
        self._tally.removed += 1
        return None


def _intend(op: Op, called_at: datetime) -> None:
    """It is about to be done. What has begun meanwhile is created from now on."""
    if op.action == Phase.CREATE:
        op.starts_at = max(op.starts_at, called_at).replace(microsecond=0)
    op.state, op.called_at = OpState.IN_FLIGHT, called_at


async def change(database: Database, clock: Clock, context: Context, board: Board, op: Op, tally: Tally) -> None:
    """Make a change in place, also again after its reply was lost, and write down what became of it."""
    try:
        item = await board.change(op.remote_id or "", wanted(op))
    except Refused as refused:
        async with fenced(database, context, clock.now()) as tx:
            await settle(tx, op, OpState.FAILED, clock.now(), error=str(refused))
        if not isinstance(refused, Overtaken):  # then the next look shows what is missing
            tally.refused.append(str(refused))
            context.doubtful.add(op.user)
        return
    now = clock.now()
    async with fenced(database, context, now) as tx:
        await confirm_changed(tx, context, op, item, now)
    tally.changed += 1


def wanted(op: Op) -> Wanted:
    return Wanted(op.user, op.starts_at, op.ends_at, op.on_line, op.overridden)
