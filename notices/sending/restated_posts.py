"""Cards of a request for cover, rewritten with every step of it, so that each says how it stands for its reader.

==============  =====================================================================
whose card      when
==============  =====================================================================
who asks        with every step
who was asked   when they answered, did not answer in time, or were asked once more
==============  =====================================================================

A card that has not gone out yet goes out with the newer words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from notices.deciding.items import item
from notices.deciding.roll import Roll
from notices.deciding.topics import Method
from notices.sending.settled_posts import SHOWN_IN, posts_of
from notices.texts import word
from notices.texts.shapes import post
from storage.notices import NoticeKind
from storage.outgoing import Item
from storage.tables import OutboxItem
from storage.unit import Unit

CARDS = (NoticeKind.COVER_PROGRESS, NoticeKind.COVER_REQUESTED)


async def restate_cards(tx: Unit, told: Iterable[Item], roll: Roll, now: datetime) -> None:
    """Bring the cards up to date, for every request of which these facts tell a step; its last step says it all."""
    steps: dict[object, list[Item]] = {}
    for row in told:
        if row.kind == NoticeKind.COVER_PROGRESS and row.payload.get("schedule_id") in roll.schedules:
            steps.setdefault(row.payload["request_id"], []).append(row)
    for request, rows in steps.items():
        cards = [card for kind in CARDS for card in await posts_of(tx, kind, request)]
        last = max(rows, key=lambda row: row.payload["step"])
        facts = {**last.payload, "changed": [user for row in rows for user in row.payload["changed"]]}
        for card in _current(facts, cards):
            await _restate(tx, last, facts, card, roll, now)


def _current(facts: dict[str, Any], cards: Iterable[OutboxItem]) -> list[OutboxItem]:
    """The newest card of each person whom this is about; of who is asked once more in this step, the one before."""
    newest: dict[str, OutboxItem] = {}
    this_step = f"{NoticeKind.COVER_REQUESTED}:{facts['request_id']}:{facts['step']}>"
    about = {*facts["changed"], facts["user"]}
    for card in cards:
        if card.target in about and not card.target.startswith(SHOWN_IN) and not card.key.startswith(this_step):
            newest[card.target] = card
    return list(newest.values())


async def _restate(tx: Unit, row: Item, facts: dict[str, Any], card: OutboxItem, roll: Roll, now: datetime) -> None:
    schedule_id = int(facts["schedule_id"])
    known = {**facts, "admins": roll.admins(schedule_id)}
    message = word(NoticeKind.COVER_PROGRESS, known, roll.scene(schedule_id), card.target)
    if message is None:
        return
    payload = {"schedule_id": schedule_id, **post(message)}
    if await tx.outbox.reword(card.id, payload) or not (card.receipt or card.state == "sending"):
        return
    key = f"{row.key}:copy {card.id}"
    rewriting = {**payload, "rewrites": card.id}
    await tx.outbox.put([item(row.workspace_id, row.kind, key, Method.SLACK, card.target, rewriting, now)])
