"""A destination that waits for an admin's word has something to show at last: its admins are told.

What is there at the first look is shown by the form that it was set up with. Where nobody could be exported by then
(the external system did not know them, or could not be reached), nobody looks any more when the list comes.
"""

from __future__ import annotations

from datetime import datetime

from storage.notices import NoticeKind
from storage.tables import Destination
from storage.unit import Unit
from sync.context import Context
from sync.core.model import AWAITED, Status
from sync.run import Run
from sync.steps.older_copy import told_changes

_FAILED = (Status.WARNING, Status.ERROR)


async def tell_first(tx: Unit, context: Context, destination: Destination, run: Run, now: datetime) -> None:
    """One notice when a list comes where there was none. To be called before what waits is stored."""
    waits = destination.paused and destination.paused_by in AWAITED and run.waiting.digest
    shown = context.first_look and context.destination.status not in _FAILED
    if not waits or destination.pending_digest or shown:
        return
    facts = {
        "destination_id": destination.id,
        "external_schedule": destination.external_name,
        "system": context.system.kind,
        "external_url": destination.external_url,
        "first": not await tx.journal.ever_exported(destination.id),
        "changes": told_changes(run.waiting.changes),
    }
    key = f"{destination.id}:{run.waiting.digest}:{now.isoformat()}"
    await tx.outbox.tell(context.schedule, NoticeKind.FIRST_EXPORT, key, facts, now)
