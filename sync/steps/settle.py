"""Find out what became of calls whose end nobody saw: a crash, a lost reply, a take-over.

* A **delete** is looked for, too. Its item is gone: it is done, and is told where it has to be. Its item is there, even
  when lists don't lag any more: it counts as lost, and the next plan decides anew. It is not just made again, since
  what was to replace the item may be gone by now.
* A **change** is made again; made twice it is the same change.
* A **create** is looked for in the list of items by person, start and end. Found, in no ledger and not known to be made
  by hand: it is ours, it is adopted. Not found: lists may lag behind writes for some seconds, so it is looked for once
  more after that; then the operation counts as lost, and the next plan decides anew.
* A lost create that turns up later after all is adopted then, so that it can be told from a stranger's; being one too
  many, the plan removes it. A lost delete whose item is gone later after all is done then. Both are looked for
  at every refresh until the lag is over for sure. Of equal creates, what turns up first is the oldest one's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from oncall.clock import Clock
from oncall.timeline import Interval
from storage.database import Database
from storage.repositories.journal import OpState
from storage.tables import Op
from sync.context import LAG, Context
from sync.core.model import Phase
from sync.ports import Board, Listed
from sync.steps.confirm import confirm_created, confirm_removed, fenced, settle
from sync.steps.execute import Tally, change

READ_LAG = timedelta(seconds=6)
"""How long a list may miss what was written (observed: up to 5 seconds)."""

Sleep = Callable[[float], Awaitable[None]]


class Settler:
    """Settles what is in flight for one destination."""

    def __init__(self, database: Database, clock: Clock, sleep: Sleep, context: Context, board: Board) -> None:
        self._database = database
        self._clock = clock
        self._sleep = sleep
        self._context = context
        self._board = board

    async def run(self, tally: Tally) -> int:
        """Give every operation in flight an outcome; returns how many creates were lost.

        Raises what the board raises; then they stay in flight.
        """
        async with self._database.read() as tx:
            ops = await tx.journal.ops(self._context.id, [OpState.IN_FLIGHT])
        creates = [op for op in ops if op.action == Phase.CREATE]
        lost = await self._find(creates, tally) if creates else 0
        deletes = [op for op in ops if op.action == Phase.DELETE]
        if deletes:
            await self._look_for_deleted(deletes, tally)
        for op in ops:
            if op.action == Phase.UPDATE:
                await change(self._database, self._clock, self._context, self._board, op, tally)
        return lost

    async def _find(self, ops: Sequence[Op], tally: Tally) -> int:
        missing = await self._adopt_from_list(ops, tally)
        if not missing:
            return 0
        wait = self._lag(missing)
        if wait:
            await self._sleep(wait)
            missing = await self._adopt_from_list(missing, tally)
        now = self._clock.now()
        async with fenced(self._database, self._context, now) as tx:
            for op in missing:
                await settle(tx, op, OpState.LOST, now, error="the reply was lost and the item was not found")
        return len(missing)

    def _lag(self, ops: Sequence[Op]) -> float:
        """Seconds until lists show for sure what became of these; never more than the lag, if the clock went back."""
        called = max(op.called_at or op.created_at for op in ops)
        return max(timedelta(0), min(called + READ_LAG - self._clock.now(), READ_LAG)).total_seconds()

    async def _adopt_from_list(self, ops: Sequence[Op], tally: Tally) -> list[Op]:
        span = Interval(min(op.starts_at for op in ops), max(op.ends_at for op in ops))
        listed = await self._board.items(span)
        given_up = [op for op in self._context.lost if op.action == Phase.CREATE]  # what is there may be theirs
        found = await adopt(self._database, self._context, self._board, [*given_up, *ops], listed, self._clock.now())
        self._context.lost = [op for op in self._context.lost if op.id not in found]
        tally.created += len(found)
        return [op for op in ops if op.id not in found]

    async def _look_for_deleted(self, ops: Sequence[Op], tally: Tally) -> None:
        there = await self._still_there(ops)
        wait = self._lag(ops)
        if wait and any(op.remote_id in there for op in ops):
            await self._sleep(wait)
            there = await self._still_there(ops)
        strangers = [op.remote_id or "" for op in ops if not op.recognised and op.remote_id not in there]
        makers = {one: (await self._board.maker(one)).name for one in strangers}
        now = self._clock.now()
        async with fenced(self._database, self._context, now) as tx:
            for op in ops:
                if op.remote_id in there:
                    await settle(tx, op, OpState.LOST, now, error="it was interrupted, and its item is still there")
                else:
                    await confirm_removed(tx, self._context, op, now, makers.get(op.remote_id or "", ""))
                    tally.removed += 1

    async def _still_there(self, ops: Sequence[Op]) -> set[str]:
        span = Interval(min(op.starts_at for op in ops), max(op.ends_at for op in ops))
        listed = await self._board.items(span)
        return {item.id for item in listed if item.end > self._clock.now()}


async def adopt(
    database: Database, context: Context, board: Board, ops: Sequence[Op], listed: Iterable[Listed], now: datetime
) -> set[int]:
    """Adopt listed items that these creates must have made; returns the ids of the operations that were matched."""
    known = {item.remote_id for item in context.ledger}
    unclaimed = [item for item in listed if item.id not in known]
    pairs: list[tuple[Op, Listed]] = []
    for op in ops:
        match = await _match(op, unclaimed, board)
        if match is not None:
            unclaimed.remove(match)
            pairs.append((op, match))
    if pairs:
        async with fenced(database, context, now) as tx:
            await confirm_created(tx, context, pairs, now, adopted=True)
    return {op.id for op, _ in pairs}


async def _match(op: Op, unclaimed: Iterable[Listed], board: Board) -> Listed | None:
    """The item that a create must have made. A person may have made one like it meanwhile, if the system says so."""
    for item in unclaimed:
        if made_by(op, item) and not (await board.maker(item.id)).by_hand:
            return item
    return None


async def find_lost(
    database: Database, context: Context, board: Board, listed: Sequence[Listed], now: datetime
) -> None:
    """Adopt lost creates that are listed after all and confirm lost deletes whose items are gone after all.

    What has not turned up once the lag is over is sought no more: from then on, what looks like it is somebody else's.
    """
    creates = [op for op in context.lost if op.action == Phase.CREATE]
    found = await adopt(database, context, board, creates, listed, now) if creates else set[int]()
    found |= await _confirm_late(database, context, {item.id for item in listed}, now)
    context.lost = [op for op in context.lost if op.id not in found]
    over = [op.id for op in context.lost if (op.settled_at or op.created_at) + LAG <= now]
    if over:
        async with fenced(database, context, now) as tx:
            await tx.journal.mark_shown(over, now)
    context.lost = [op for op in context.lost if op.id not in over]


async def _confirm_late(database: Database, context: Context, there: set[str], now: datetime) -> set[int]:
    window = context.window()
    late = [
        op
        for op in context.lost
        if op.action == Phase.DELETE
        and op.remote_id not in there
        and Interval(op.starts_at, op.ends_at).overlaps(window)
    ]
    if late:
        async with fenced(database, context, now) as tx:
            for op in late:
                await confirm_removed(tx, context, op, now)
    return {op.id for op in late}


def made_by(op: Op, item: Listed) -> bool:
    """Whether ``item`` is what ``op`` asked for. The other side may have moved a start that had passed to its now."""
    if (item.user, item.end, item.on, item.overridden) != (op.user, op.ends_at, op.on_line, op.overridden):
        return False
    called = op.called_at or op.created_at
    return item.start == op.starts_at or op.starts_at < item.start <= called + READ_LAG
