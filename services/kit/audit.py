"""One line of the audit trail per change, in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.kit.house import Actor
from storage.outgoing import NewLine
from storage.unit import Unit


def note(
    tx: Unit,
    actor: Actor,
    at: datetime,
    action: str,
    summary: str,
    *,
    schedule_id: int | None = None,
    destination_id: int | None = None,
    **details: Any,
) -> None:
    """Write down who did what; ``summary`` is a sentence in the past tense without its subject."""
    tx.audit.add(
        NewLine(
            workspace_id=actor.workspace_id,
            schedule_id=schedule_id,
            destination_id=destination_id,
            at=at,
            actor=actor.user_id,
            action=action,
            summary=summary,
            details=details,
        )
    )
