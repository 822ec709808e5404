"""The facts of an unrecognised removal, put into the outbox in the transaction that confirms it.

Who hears of it, and how, is decided when the outbox is emptied; here only what happened is written down. The key names
the remote item, so one removal is never told twice.
"""

from __future__ import annotations

from datetime import datetime

from oncall.timeline import Interval
from storage.tables import Op, OutboxItem
from storage.unit import Unit
from sync.context import Context

KIND = "override_removed"


async def tell_removed(tx: Unit, context: Context, op: Op, now: datetime) -> None:
    """Note that an item which Baton did not make was removed, with what took its place."""
    span = Interval(max(op.starts_at, context.now), op.ends_at)
    replaced = [
        {"start": s.start.isoformat(), "end": s.end.isoformat(), "user": s.users[0]}
        for s in context.local().cut(span).segments
    ]
    item = OutboxItem(
        workspace_id=context.schedule.workspace_id,
        key=f"{KIND}:{context.connection.id}:{context.destination.external_id}:{op.remote_id}",
        kind=KIND,
        method="fanout",
        target=f"schedule:{context.schedule.id}",
        payload={
            "schedule_id": context.schedule.id,
            "destination_id": context.id,
            "external_schedule": context.destination.external_name,
            "external_url": context.destination.external_url,
            "remote_id": op.remote_id,
            "external_user": op.user,
            "start": op.starts_at.isoformat(),
            "end": op.ends_at.isoformat(),
            "replaced_by": replaced,
        },
        state="pending",
        due_at=now,
        created_at=now,
    )
    await tx.outbox.put([item])
