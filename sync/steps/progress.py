"""What people are shown of a long export or import: that it began, why it is held up, and what came of it.

    a plan, or what is to be imported, has more than MANY changes ─► a row, and a notice for who asked for it
    a run ends for now (the other side does not answer)           ─► the row says why; the next run goes on with it
    a run ends                                                    ─► the row says what came of it

Each is written in a transaction that the reconcile makes anyway, so whoever takes over after a crash finds the row. How
far it is stands in the operations; the message is rewritten by somebody else (:mod:`notices.sending.progress`), so that
Slack never holds up a reconcile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from storage.notices import NoticeKind
from storage.repositories.progress import key_of
from storage.tables import Progress
from storage.unit import Unit
from sync.context import Context

MANY = 20
LATELY = timedelta(minutes=10)
ASKING = ("destination.", "schedule.", "shift", "rotation", "sync.", "member.", "cover.", "swap.", "copy.")
"""Deeds in the audit trail after which somebody waits for an export."""
EXPORT, IMPORT = "export", "import"


async def begin(tx: Unit, context: Context, what: str, count: int, now: datetime) -> None:
    """Show it from now on, where it is long; one that goes on is shown already."""
    if count <= MANY:
        return
    known = await tx.progress.of(context.id)
    if known is not None and known.outcome is None:
        return
    row = Progress(destination_id=context.id, what=what, total=count, started_at=now, hitch="", shown="")
    await tx.progress.begin(row)
    facts = {
        "destination_id": context.id,
        "external_schedule": context.destination.external_name,
        "external_url": context.destination.external_url,
        "asked_by": await tx.audit.asked_lately(context.schedule.id, ASKING, now - LATELY),
        "what": what,
        "done": 0,
        "total": count,
    }
    await tx.outbox.tell(context.schedule, NoticeKind.PROGRESS, key_of(row), facts, now)


def hold_up(row: Progress | None, why: str) -> None:
    """It goes on with the next run."""
    if row is not None and row.outcome is None:
        row.hitch = why


def end(row: Progress | None, outcome: dict[str, Any], now: datetime) -> None:
    """Say what came of it, with ``stopped``, ``reason``, ``refused``, ``refusals`` and ``imported``."""
    if row is not None and row.outcome is None:
        row.ended_at, row.hitch, row.outcome = now, "", outcome
