"""Items of ours that are there no more although we did not take them away: the ledger learns of it.

Where the last look that was completed had shown an item's person in its time, the item did its work by then, so it was
no write of ours that came to nothing: somebody *took it out*. That is kept in the ledger, as what follows from it may
have to wait for a word. A person who shows by a layer proves nothing of an item that was made a moment ago: until the
read-back lag is over, all of its time has to have shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.database import Database
from storage.ledger import Entry
from storage.tables import Observation
from sync.context import LAG, Context
from sync.steps.confirm import fenced


async def mark_gone(database: Database, context: Context, gone: Sequence[Entry], now: datetime) -> None:
    """Enter that these items are gone, and which of them somebody took out."""
    async with fenced(database, context, now) as tx:
        seen = await tx.journal.observation(context.id)
        ids = [item.remote_id for item in gone]
        unshown = await tx.journal.never_shown(context.id, ids)
        out = [i for i in gone if seen is not None and _showed(i, seen, sure=i.remote_id not in unshown)]
        await tx.journal.mark_removed(context.connection.id, context.destination.external_id, ids, now)
        if out:
            await tx.journal.mark_taken_out([item.id for item in out])
    for item in gone:
        item.removed_at, item.taken_out = now, item in out


def _showed(item: Entry, seen: Observation, *, sure: bool) -> bool:
    """Whether the person of an item was on call in its time when it had been made. ``sure`` says that the item itself
    was seen to show, and not only somebody whom it names."""
    if seen.observed_at < item.created_at + (timedelta(0) if sure else LAG):
        return False
    since = max(item.starts_at, seen.observed_at)
    return any(
        item.user in users and datetime.fromisoformat(start) < item.ends_at and since < datetime.fromisoformat(end)
        for start, end, users in seen.effective
    )
