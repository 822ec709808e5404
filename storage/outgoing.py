"""What is to go into the outbox or the audit trail, as plain objects: a thousand handoffs bring some thousands at
once, and nearly every change brings one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line of the audit trail that is not stored yet; ``at`` is in UTC."""

    workspace_id: int
    at: datetime
    actor: str
    action: str
    summary: str
    schedule_id: int | None = None
    destination_id: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


Item: TypeAlias = OutboxItem | NewItem
"""One that is stored, or is to be."""
