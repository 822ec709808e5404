"""Posts that ask for cover, rewritten once the request is closed, so that nobody presses a stale button in vain.

A request goes to a channel, or to everybody who could take it. When it is taken, withdrawn or void, every copy that
arrived is rewritten to say so, without buttons; one that has not gone out yet is not sent any more. A copy that is on
its way just now is rewritten when it has arrived: the sender looks for its receipt and comes back if there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from notices.items import item
from notices.roll import Roll
from notices.texts import word
from notices.texts.shapes import post
from notices.topics import Method
from storage.notices import NoticeKind
from storage.tables import OutboxItem
from storage.unit import Unit

CLOSING = frozenset({NoticeKind.COVER_TAKEN, NoticeKind.COVER_WITHDRAWN})
SHOWN_IN = ("C", "G")
"""What the ids of channels begin with; everything else is a person."""


async def close_copies(tx: Unit, told: Iterable[OutboxItem], roll: Roll, now: datetime) -> None:
    """Put the rewriting of what asked for cover into the outbox, for every request that these facts close."""
    for row in told:
        schedule_id = row.payload.get("schedule_id")
        if row.kind not in CLOSING or row.state == "dead" or schedule_id not in roll.schedules:
            continue
        asked = f"{NoticeKind.COVER_REQUESTED}:{row.payload.get('request_id')}>{Method.SLACK}:"
        await tx.outbox.withhold(asked, now)
        await tx.outbox.put(_rewritten(row, await tx.outbox.beginning_with(asked), roll, now))


def _rewritten(row: OutboxItem, copies: Iterable[OutboxItem], roll: Roll, now: datetime) -> Iterator[OutboxItem]:
    scene, kind = roll.scene(int(row.payload["schedule_id"])), NoticeKind(row.kind)
    for copy in copies:
        reader = None if copy.target.startswith(SHOWN_IN) else copy.target
        message = word(kind, row.payload, scene, reader)
        if message is not None and (copy.receipt or copy.state == "sending"):
            payload = {"schedule_id": scene.schedule_id, "rewrites": copy.id, **post(message)}
            yield item(row.workspace_id, row.kind, f"{row.key}:copy", Method.SLACK, copy.target, payload, now)
