"""What differs at a destination that waits because Baton's database may be an older copy: told to admins once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from storage.notices import NoticeKind
from storage.tables import Destination
from storage.unit import Unit
from sync.context import Context
from sync.core.model import COPIED, Status
from sync.core.pending import Change
from sync.run import Run
from sync.steps.report import Report
from sync.steps.take_theirs import unknown_items


async def tell_differences(
    tx: Unit, context: Context, destination: Destination, report: Report, run: Run, now: datetime
) -> None:
    """One card per destination and pause; the choice is bound to the list that it shows."""
    waits = report.status is Status.PAUSED and destination.paused_by in COPIED
    if not waits or run.verdict is None or report.failure or destination.restored_at is None:
        return
    facts = {
        "destination_id": destination.id,
        "external_schedule": run.verdict.seen.schedule.name,
        "system": context.system.kind,
        "external_url": run.verdict.seen.schedule.url,
        "reason": report.reason,
        "plan": run.waiting.digest,
        "changes": told_changes(run.waiting.changes),
        "unknown": [
            {"start": cell.start.isoformat(), "end": cell.end.isoformat(), "user": user}
            for cell in unknown_items(run.verdict)
            for user in cell.remote
        ],
    }
    key = f"{destination.id}:{destination.restored_at.isoformat()}"
    await tx.outbox.tell(context.schedule, NoticeKind.COPY_DIFFERS, key, facts, now)


def told_changes(changes: Iterable[Change]) -> list[dict[str, str]]:
    """Changes that wait, as notices carry them."""
    return [
        {
            "action": change.kind,
            "start": change.start.isoformat(),
            "end": change.end.isoformat(),
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]
