"""The facts of an unrecognised removal, put into the outbox in the transaction that confirms it.

Who hears of it, and how, is decided when the outbox is emptied; here only what happened is written down. The key names
the remote item, so one removal is never told twice.
"""

from __future__ import annotations

from datetime import datetime

from oncall.timeline import Interval
from storage.marks import escape
from storage.notices import NoticeKind
from storage.outgoing import NewLine
from storage.tables import Op
from storage.unit import Unit
from sync.context import Context


async def tell_removed(tx: Unit, context: Context, op: Op, now: datetime, maker: str) -> None:
    """Note that an item which Baton did not make was removed, with what took its place and who made it, if known."""
    destination = context.destination
    span = Interval(max(op.starts_at, context.now), op.ends_at)
    facts = {
        "destination_id": destination.id,
        "external_schedule": destination.external_name,
        "system": context.system.kind,
        "external_url": destination.external_url,
        "remote_id": op.remote_id,
        "external_user": op.user,
        "made_by": maker,
        "start": op.starts_at.isoformat(),
        "end": op.ends_at.isoformat(),
        "replaced_by": [
            {"start": s.start.isoformat(), "end": s.end.isoformat(), "user": s.users[0]}
            for s in context.local().cut(span).segments
        ],
    }
    where = escape(destination.external_name)
    tx.audit.add(
        NewLine(
            workspace_id=context.schedule.workspace_id,
            schedule_id=context.schedule.id,
            destination_id=destination.id,
            at=now,
            actor="baton",
            action="override.removed",
            summary=f"removed {context.system.item} {op.remote_id} in {where}, which Baton had not made",
            details={key: facts[key] for key in ("start", "end", "external_user", "made_by", "remote_id")},
        )
    )
    key = f"{context.connection.id}:{destination.external_id}:{op.remote_id}"
    await tx.outbox.tell(context.schedule, NoticeKind.OVERRIDE_REMOVED, key, facts, now)
