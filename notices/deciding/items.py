"""Rows of the outbox, made in one place: what is sent to whom by which method."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from notices.deciding.topics import Method
from storage.notices import FANOUT, NoticeKind
from storage.outgoing import NewItem

LONGEST_KEY = 255


def fanout_item(
    workspace_id: int, schedule_id: int, kind: NoticeKind, key: str, facts: dict[str, Any], now: datetime
) -> NewItem:
    """Facts for everybody whom ``kind`` concerns."""
    payload = {"schedule_id": schedule_id, **facts}
    return _item(workspace_id, f"{kind}:{key}", kind, FANOUT, f"schedule:{schedule_id}", payload, now)


def item(
    workspace_id: int, kind: str, key: str, method: Method, target: str, payload: dict[str, Any], now: datetime
) -> NewItem:
    """One notice to one target."""
    return _item(workspace_id, f"{key}>{method}:{target}", kind, method, target, payload, now)


def _item(
    workspace_id: int, key: str, kind: str, method: str, target: str, payload: dict[str, Any], now: datetime
) -> NewItem:
    return NewItem(
        workspace_id=workspace_id,
        key=_short(key),
        kind=str(kind),
        method=str(method),
        target=target,
        payload=payload,
        due_at=now,
        created_at=now,
    )


def _short(key: str) -> str:
    """The key itself, or one just as unique where that is too long."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]}#{digest}"
