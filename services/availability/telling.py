"""Direct messages to the person whose times they are about; nobody else is told."""

from __future__ import annotations

from datetime import datetime

from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.texts.marks import Message
from notices.texts.shapes import post
from storage.notices import NoticeKind
from storage.unit import Unit

FOOTER = "`/oncall away` shows your times and calendars, and removes them."


async def tell(tx: Unit, workspace_id: int, user_id: str, key: str, text: str, now: datetime) -> None:
    """Put ``text`` (Slack's mrkdwn) into the outbox, once per ``key``."""
    payload = {"schedule_id": 0, **post(Message(f":calendar: {text}", footer=FOOTER))}
    full = f"{NoticeKind.AVAILABILITY}:{key}"
    await tx.outbox.put([item(workspace_id, NoticeKind.AVAILABILITY, full, Method.SLACK, user_id, payload, now)])
