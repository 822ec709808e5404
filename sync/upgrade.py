"""Follow an external schedule that became another kind of schedule under us.

An upgraded schedule keeps its id. Its items get new ids, so the ledger would take every one of them for a stranger's
and tell people that they were removed when the next plan replaces them. So the first list of the new kind is compared
with what the ledger still expects: an item nobody knows that names the same person inside the same stretch is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from storage.database import Database
from storage.tables import LedgerItem
from sync.confirm import fenced
from sync.context import Context
from sync.ports import Account, Listed


async def follow_upgrade(database: Database, context: Context, account: Account) -> None:
    """Find out what kind the schedule is now and store it for every destination on it. Raises RemoteError."""
    found = await account.schedule(context.destination.external_id)
    async with fenced(database, context, context.now) as tx:
        await tx.destinations.change_kind(context.connection.id, found.id, found.kind)
    context.destination.external_kind = found.kind


async def adopt_converted(database: Database, context: Context, listed: Iterable[Listed]) -> None:
    """Enter the items into the ledger that items of ours have become."""
    known = {item.remote_id for item in context.ledger}
    there = list(listed)
    missing = [item for item in context.mine if item.remote_id not in {one.id for one in there}]
    converted = [item for item in there if item.id not in known and _was_ours(item, missing)]
    if not converted:
        return
    async with fenced(database, context, context.now) as tx:
        for item in converted:
            entry = _entry(context, item)
            await tx.journal.record(entry)
            context.ledger.append(entry)


def _was_ours(item: Listed, missing: Sequence[LedgerItem]) -> bool:
    return any(item.user == ours.user and ours.starts_at <= item.start and item.end <= ours.ends_at for ours in missing)


def _entry(context: Context, item: Listed) -> LedgerItem:
    return LedgerItem(
        connection_id=context.connection.id,
        external_schedule_id=context.destination.external_id,
        destination_id=context.id,
        remote_id=item.id,
        user=item.user,
        on_line=item.on,
        overridden=item.overridden,
        starts_at=item.start,
        ends_at=item.end,
        adopted=True,
        created_at=context.now,
        removed_at=None,
    )
