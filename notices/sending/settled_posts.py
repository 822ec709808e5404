"""Posts that ask for something, rewritten once that is settled, so that nobody presses a stale button in vain.

A request for cover goes to those who could take it, one after the other, then to a channel, and its asker has a card
that shows how far it is (:mod:`notices.sending.restated_posts`); one to swap goes to who is asked and who asks.
When it is settled, every copy that arrived is rewritten to say so; one that has not gone out yet is not sent any more.
A copy that is on its way just now is rewritten when it has arrived: the sender looks for its receipt and comes back if
there is none.

=======================================  ======================================================
what is told                             what it closes
=======================================  ======================================================
cover_taken, cover_withdrawn             cover_requested, cover_progress, cover_stuck
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
from notices.texts.covers import closed_card
from notices.texts.shapes import post
from storage.notices import NoticeKind
from storage.outgoing import Item, NewItem
from storage.tables import OutboxItem
from storage.unit import Unit

ASKING_FOR_COVER = (NoticeKind.COVER_REQUESTED, NoticeKind.COVER_PROGRESS, NoticeKind.COVER_STUCK)
CLOSES = {
    NoticeKind.COVER_TAKEN: ASKING_FOR_COVER,
    NoticeKind.COVER_WITHDRAWN: ASKING_FOR_COVER,
    NoticeKind.SWAPPED: (NoticeKind.SWAP_REQUESTED,),
    NoticeKind.SWAP_CLOSED: (NoticeKind.SWAP_REQUESTED, NoticeKind.SWAPPED),
}
SHOWN_IN = ("C", "G")
"""What the ids of channels begin with; everything else is a person."""


async def close_copies(tx: Unit, told: Iterable[Item], roll: Roll, now: datetime) -> None:
    """Put the rewriting of what asked into the outbox, for every request that these facts close."""
    for row in told:
        schedule_id = row.payload.get("schedule_id")
        if row.state == "dead" or schedule_id not in roll.schedules:
            continue
        for kind in CLOSES.get(NoticeKind(row.kind), ()):
            request = f"{kind}:{row.payload.get('request_id')}"
            for asked in (f"{request}>{Method.SLACK}:", f"{request}:"):
                await tx.outbox.withhold(asked, now)
            await tx.outbox.put(_rewritten(row, await posts_of(tx, kind, row.payload.get("request_id")), roll, now))


async def posts_of(tx: Unit, kind: NoticeKind, request: object) -> list[OutboxItem]:
    """What was or is to be posted about a request, in any of its steps, in order; nothing that rewrites a post."""
    steps = [f"{kind}:{request}>{Method.SLACK}:", f"{kind}:{request}:"]
    found = [row for step in steps for row in await tx.outbox.beginning_with(step)]
    return [row for row in found if row.method == Method.SLACK and "rewrites" not in row.payload]


def _rewritten(row: Item, copies: Iterable[OutboxItem], roll: Roll, now: datetime) -> Iterator[NewItem]:
    scene, kind = roll.scene(int(row.payload["schedule_id"])), NoticeKind(row.kind)
    for copy in copies:
        reader = None if copy.target.startswith(SHOWN_IN) else copy.target
        message = word(kind, row.payload, scene if reader else replace(scene, mentions=True), reader)
        if copy.kind == NoticeKind.COVER_PROGRESS:
            message = closed_card(row.payload, scene)
        if message is None or not (copy.receipt or copy.state == "sending"):
            continue
        if kind is NoticeKind.SWAPPED and reader != row.payload["by"]:
            message = replace(message, buttons=())  # theirs are on the message that tells them of it
        payload = {"schedule_id": scene.schedule_id, "rewrites": copy.id, **post(message)}
        mark = f"copy {copy.id}"
        yield item(row.workspace_id, row.kind, f"{row.key}:{mark}", Method.SLACK, copy.target, payload, now)
