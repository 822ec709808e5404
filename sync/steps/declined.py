"""Somebody says there that they will not come: their admins hear of it, once for each shift, and nothing else changes.

A calendar app offers *Decline* to whoever is invited. That is a wish and no roster: nobody must be off call by a press
of a button that nobody here has seen.
"""

from __future__ import annotations

from storage.database import Database
from storage.notices import NoticeKind
from sync.context import Context
from sync.ports import Seen
from sync.steps.confirm import fenced


async def tell_declined(database: Database, context: Context, seen: Seen) -> None:
    """Tell of those who declined what is still ahead of them."""
    declined = [
        (one, user) for one in seen.declined if one.end > context.now and (user := context.slack_user(one.user))
    ]
    if not declined:
        return
    async with fenced(database, context, context.now) as tx:
        for one, user in declined:
            facts = {
                "destination_id": context.id,
                "external_schedule": context.destination.external_name,
                "external_url": context.destination.external_url,
                "system": context.system.kind,
                "user": user,
                "start": one.start.isoformat(),
                "end": one.end.isoformat(),
            }
            key = f"{context.id}:{one.item}:{user}:{one.end.isoformat()}"
            await tx.outbox.tell(context.schedule, NoticeKind.DECLINED, key, facts, context.now)
