"""Posts that ask for something, rewritten once that is settled, so that nobody presses a stale button in vain.

A request for cover goes to a channel and to everybody who could take it, one to swap to who is asked and who asks.
When it is settled, every copy that arrived is rewritten to say so; one that has not gone out yet is not sent any more.
A copy that is on its way just now is rewritten when it has arrived: the sender looks for its receipt and comes back if
there is none.

=======================================  ======================================================
what is told                             what it closes
=======================================  ======================================================
cover_taken, cover_withdrawn             cover_requested
swapped                                  swap_requested; who accepted finds **Undo** in its place
swap_closed                              swap_requested and swapped
=======================================  ======================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from notices.deciding.items import item
from notices.deciding.roll import Roll
from notices.deciding.topics import Method
from notices.texts import word
from notices.texts.shapes import post
from storage.notices import NoticeKind
from storage.tables import OutboxItem
from storage.unit import Unit

CLOSES = {
    NoticeKind.COVER_TAKEN: (NoticeKind.COVER_REQUESTED,),
    NoticeKind.COVER_WITHDRAWN: (NoticeKind.COVER_REQUESTED,),
    NoticeKind.SWAPPED: (NoticeKind.SWAP_REQUESTED,),
    NoticeKind.SWAP_CLOSED: (NoticeKind.SWAP_REQUESTED, NoticeKind.SWAPPED),
}
SHOWN_IN = ("C", "G")
"""What the ids of channels begin with; everything else is a person."""


async def close_copies(tx: Unit, told: Iterable[OutboxItem], roll: Roll, now: datetime) -> None:
    """Put the rewriting of what asked into the outbox, for every request that these facts close."""
    for row in told:
        schedule_id = row.payload.get("schedule_id")
        if row.state == "dead" or schedule_id not in roll.schedules:
            continue
        for kind in CLOSES.get(NoticeKind(row.kind), ()):
            asked = f"{kind}:{row.payload.get('request_id')}>{Method.SLACK}:"
            await tx.outbox.withhold(asked, now)
            await tx.outbox.put(_rewritten(row, await tx.outbox.beginning_with(asked), roll, now))


def _rewritten(row: OutboxItem, copies: Iterable[OutboxItem], roll: Roll, now: datetime) -> Iterator[OutboxItem]:
    scene, kind = roll.scene(int(row.payload["schedule_id"])), NoticeKind(row.kind)
    for copy in copies:
        reader = None if copy.target.startswith(SHOWN_IN) else copy.target
        message = word(kind, row.payload, scene if reader else replace(scene, mentions=True), reader)
        if message is None or not (copy.receipt or copy.state == "sending"):
            continue
        if kind is NoticeKind.SWAPPED and reader != row.payload["by"]:
            message = replace(message, buttons=())  # theirs are on the message that tells them of it
        payload = {"schedule_id": scene.schedule_id, "rewrites": copy.id, **post(message)}
        mark = "copy" if copy.kind == NoticeKind.COVER_REQUESTED else f"copy of {copy.kind}"
        yield item(row.workspace_id, row.kind, f"{row.key}:{mark}", Method.SLACK, copy.target, payload, now)
