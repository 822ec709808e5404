"""What is to go into the outbox, as plain objects: a thousand handoffs bring some thousands at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from storage.tables import OutboxItem


@dataclass
class NewItem:
    """An item that is not stored yet; :class:`~storage.tables.OutboxItem` says what its facts mean. Instants in UTC."""

    workspace_id: int
    key: str
    kind: str
    method: str
    target: str
    payload: dict[str, Any]
    due_at: datetime
    created_at: datetime
    state: str = "pending"
    sent_at: datetime | None = None
    error: str = ""
    id: int = 0


Item: TypeAlias = OutboxItem | NewItem
"""One that is stored, or is to be."""
