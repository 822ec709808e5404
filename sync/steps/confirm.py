"""The second half of every write: what became of an operation, in one transaction with all that follows from it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from oncall.timeline import Interval, Segment, Timeline
from storage.database import Database
from storage.ledger import Entry
from storage.repositories.journal import OpState
from storage.tables import Op
from storage.unit import Unit
from sync.context import Context
from sync.ports import Listed
from sync.steps.covered import tell_covered
from sync.steps.removals import tell_removed

LEASE = timedelta(seconds=180)
"""Longer than the longest call with its pauses, so that a slow worker is not taken for a dead one."""


@asynccontextmanager
async def fenced(
    database: Database, context: Context, now: datetime, *, schedule: bool = False, others: bool = False
) -> AsyncGenerator[Unit]:
    """A transaction that fails with LeaseLost when another worker took the destination over; prolongs the lease.

    With ``schedule`` it may change shifts, with ``others`` destinations that share the external schedule: both are
    locked first. One that lost a race (LostRace) is not run again by itself, since what it learned may be in the
    context already: the whole reconcile is, which finds what was written.
    """
    async with database.transaction() as tx:
        if schedule:
            await tx.schedules.lock(context.schedule.id)
        if others:
            await tx.destinations.hold(context.id)
        await tx.destinations.check_fence(context.id, context.fence, now + LEASE)
        yield tx


async def confirm_created(
    tx: Unit, context: Context, made: Sequence[tuple[Op, Listed]], now: datetime, *, adopted: bool
) -> None:
    """The items exist: they enter the ledger and the base, and whose items they hide is told."""
    for op, item in made:
        await enter(tx, context, item, context.id, op.called_at or now, adopted=adopted)
        await settle(tx, op, OpState.DONE, now, remote_id=item.id)
        await tell_covered(tx, context, op, now)
        context.unshown.append(op)
    shown = Timeline.stacked([Segment(item.start, item.end, (item.user,)) for _, item in made])
    context.base = context.base.overlay(shown)
    await tx.journal.set_base(context.id, context.base)


async def enter(
    tx: Unit, context: Context, item: Listed, destination_id: int, made_at: datetime, *, adopted: bool
) -> None:
    """Put an item into the ledger of a destination on the context's external schedule."""
    entry = Entry(
        connection_id=context.connection.id,
        external_schedule_id=context.destination.external_id,
        destination_id=destination_id,
        remote_id=item.id,
        user=item.user,
        on_line=item.on,
        overridden=item.overridden,
        starts_at=item.start,
        ends_at=item.end,
        adopted=adopted,
        created_at=made_at,
        removed_at=None,
    )
    await tx.journal.record(entry)
    context.ledger.append(entry)


async def confirm_changed(tx: Unit, context: Context, op: Op, item: Listed, now: datetime) -> None:
    """The item is what it was to become, and so are the ledger and the base; whose items it hides now is told."""
    for entry in context.ledger:
        if entry.remote_id == item.id:
            entry.user, entry.starts_at, entry.ends_at = item.user, item.start, item.end
    span = (context.connection.id, context.destination.external_id, item.id)
    await tx.journal.change_item(*span, user=item.user, starts_at=item.start, ends_at=item.end)
    start = max(item.start, context.now)
    if start < item.end:
        context.base = context.base.overlay(Timeline((Segment(start, item.end, (item.user,)),)))
        await tx.journal.set_base(context.id, context.base)
    context.changed.add(item.id)
    context.unshown = [made for made in context.unshown if made.remote_id != item.id]
    await settle(tx, op, OpState.DONE, now)
    await tell_covered(tx, context, op, now)
    context.unshown.append(op)


async def confirm_removed(tx: Unit, context: Context, op: Op, now: datetime, maker: str = "") -> None:
    """The item is gone: the ledger says so, and if it was nobody's here, its people hear of it, and who made it."""
    removed = op.remote_id or ""
    await tx.journal.mark_removed(context.connection.id, context.destination.external_id, [removed], now, by_us=True)
    for entry in context.ledger:
        if entry.remote_id == removed and entry.removed_at is None:
            entry.removed_at, entry.taken_back = now, True
            await _forget(tx, context, entry)
    made_by = [made for made in context.unshown if made.remote_id == removed]
    await tx.journal.mark_shown([made.id for made in made_by], now)
    context.unshown = [made for made in context.unshown if made not in made_by]
    context.deleted.add(removed)
    if not op.recognised:
        await tell_removed(tx, context, op, now, maker)
    await settle(tx, op, OpState.DONE, now)
    context.unshown.append(op)


async def _forget(tx: Unit, context: Context, entry: Entry) -> None:
    """What we took away ourselves is no longer confirmed there, so its absence is nobody's edit.

    Where the person is still wanted here, the item went for the sake of its other parts: what was confirmed stays so.
    """
    if entry.destination_id != context.id:
        return
    span = Interval(entry.starts_at, entry.ends_at)
    named = [Interval(s.start, s.end) for s in context.base.cut(span).segments if s.users == (entry.user,)]
    wanted = (*context.carried().segments, *context.local().segments)
    kept = [Interval(s.start, s.end) for s in wanted if entry.user in s.users]
    gone = Timeline.union(Segment(one.start, one.end, (entry.user,)) for one in named).subtract(kept)
    if gone:
        context.base = context.base.subtract(Interval(s.start, s.end) for s in gone.segments)
        await tx.journal.set_base(context.id, context.base)


async def settle(
    tx: Unit, op: Op, state: OpState, now: datetime, *, error: str = "", remote_id: str | None = None
) -> None:
    """Give an operation its outcome."""
    op.state, op.error, op.settled_at = state, error, now
    op.remote_id = remote_id or op.remote_id
    await tx.journal.update_op(op.id, state=state, error=error, settled_at=now, remote_id=op.remote_id)
