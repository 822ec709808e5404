"""Follow an external schedule that became another kind of schedule under us.

An upgraded schedule keeps its id. Its items get new ids, so the ledger would take every one of them for a stranger's
and tell people that they were removed when the next plan replaces them. So the first list of the new kind is compared
with what the ledgers of all destinations there still expect: an item nobody knows that names the same person inside
the same stretch is theirs. The new kind and the new ids are stored together; until then the old kind is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from storage.database import Database
from storage.ledger import Entry
from storage.plain import with_changes
from sync.context import Context
from sync.ports import Account, Board, Listed
from sync.steps.confirm import enter, fenced


async def follow_upgrade(
    database: Database, context: Context, account: Account, board_of: Callable[[], Board]
) -> Board:
    """Store what the schedule is now, for every destination on it; returns its board. Raises RemoteError.

    ``board_of`` makes a board for the kind that ``context`` says.
    """
    found = await account.schedule(context.destination.external_id)
    context.destination = with_changes(context.destination, external_kind=found.kind)
    board = board_of()
    listed = await board.items(context.window())
    async with fenced(database, context, context.now, others=True) as tx:
        await tx.destinations.change_kind(context.connection.id, found.id, found.kind)
        for item, before in _converted(context, listed):
            await enter(tx, context, item, before.destination_id, context.now, adopted=True)
    return board


def _converted(context: Context, listed: Iterable[Listed]) -> Iterator[tuple[Listed, Entry]]:
    """Listed items that nobody knows, each with the item of ours that it was."""
    there = {item.id: item for item in listed}
    known = {item.remote_id for item in context.ledger}
    missing = [item for item in context.ledger if item.removed_at is None and item.remote_id not in there]
    for item in there.values():
        before = next((ours for ours in missing if _was(ours, item)), None)
        if item.id not in known and before is not None:
            yield item, before


def _was(ours: Entry, item: Listed) -> bool:
    return item.user == ours.user and ours.starts_at <= item.start and item.end <= ours.ends_at
