"""Tells an admin, once, that a notice could not be delivered: in the transaction that gives it up.

The admins of the schedule hear of it in Slack and by e-mail; where a webhook is in trouble, whoever set it up does.
Equal failures of one target are told once a month, and one that every target shares, like a token that was revoked,
once a month for all of them. A complaint that can't be delivered itself is only logged and
listed among the dead letters: complaining about it would never end.
"""

from __future__ import annotations

from datetime import datetime

from notices.deciding.items import fanout_item, item
from notices.deciding.topics import Method
from notices.sending.senders import Failed, Notice
from notices.texts import Scene, word
from notices.texts.shapes import post
from storage.notices import NoticeKind
from storage.outgoing import Item
from storage.unit import Unit


async def complaints(tx: Unit, method: Method, notice: Notice, failed: Failed, now: datetime) -> None:
    """Put what an admin should hear of this failure into the outbox."""
    if notice.kind == NoticeKind.UNDELIVERED:
        return
    key = f"{method}:{'' if failed.everywhere else notice.target}:{failed.code}:{now:%Y-%m}"
    facts = {"what": notice.kind, "method": str(method), "target": notice.target, "reason": failed.reason}
    if method is Method.WEBHOOK:
        found = await _to_owner(tx, notice, key, facts, now)
    else:
        found = _to_admins(notice, key if failed.everywhere else f"{_schedule_of(notice)}:{key}", facts, now)
    await tx.outbox.put(found)


def _schedule_of(notice: Notice) -> int:
    return int(notice.payload.get("schedule_id") or 0)


def _to_admins(notice: Notice, key: str, facts: dict[str, str], now: datetime) -> list[Item]:
    schedule_id = _schedule_of(notice)
    if not schedule_id:
        return []
    full_key = f"{notice.workspace_id}:{key}"
    return [fanout_item(notice.workspace_id, schedule_id, NoticeKind.UNDELIVERED, full_key, facts, now)]


async def _to_owner(tx: Unit, notice: Notice, key: str, facts: dict[str, str], now: datetime) -> list[Item]:
    hook = await tx.webhooks.get(int(notice.target))
    if hook is None:
        return []
    message = word(NoticeKind.UNDELIVERED, {**facts, "target": hook.name}, Scene(0, ""), None)
    if message is None:
        return []
    made = item(
        notice.workspace_id,
        NoticeKind.UNDELIVERED,
        f"{NoticeKind.UNDELIVERED}:{key}",
        Method.SLACK,
        hook.created_by,
        post(message),
        now,
    )
    return [made]
