"""Splits facts into notices: one per recipient and method, worded and ready to be sent.

A batch is one transaction: the new items go in and the fan-out items are done with, or neither. Items have keys made
of the fan-out item's key and the recipient, so even facts that are split twice are told once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime

import structlog

from notices.deciding import recipients
from notices.deciding.items import item
from notices.deciding.recipients import Facts
from notices.deciding.roll import Roll
from notices.deciding.topics import Method
from notices.sending.restated_posts import restate_cards
from notices.sending.settled_posts import close_copies
from notices.texts import Message, Scene, word
from notices.texts.shapes import letter, post
from storage.again import run_again
from storage.database import Database
from storage.notices import NoticeKind
from storage.outgoing import Item
from storage.unit import Unit

log = structlog.get_logger()

BATCH = 400


Put = Callable[[Unit, Iterable[Item]], Awaitable[None]]
"""Puts notices into the outbox."""


async def put_in(tx: Unit, items: Iterable[Item]) -> None:
    """For whoever looks for what is due."""
    await tx.outbox.put(items)


@run_again
async def fan_out(database: Database, now: datetime, *, email: bool, most: int = BATCH, put: Put = put_in) -> int:
    """Split one batch of what is due; returns how many fan-out items it had. ``email`` says that e-mail is offered."""
    async with database.transaction() as tx:
        due = await tx.outbox.to_fan_out(now, most)
        if due:
            await _split_all(tx, due, now, email=email, put=put)
            await tx.outbox.split((facts.id for facts in due if facts.state == "pending"), now)
    return len(due)


async def split_at_once(tx: Unit, facts: Sequence[Item], now: datetime, *, email: bool, put: Put) -> None:
    """Put facts into the outbox that nobody has told before, split already."""
    if facts:
        await _split_all(tx, facts, now, email=email, put=put)
        for row in facts:
            if row.state == "pending":
                row.state, row.sent_at = "sent", now
        await tx.outbox.put(facts)


async def _split_all(tx: Unit, due: Sequence[Item], now: datetime, *, email: bool, put: Put) -> None:
    asked = {_schedule_of(facts) for facts in due if recipients.asks_members(facts.kind)}
    roll = await Roll.read(tx, ((_schedule_of(facts), facts.payload) for facts in due), asked)
    await put(tx, [child for facts in _summed_up(due) for child in _split(facts, roll, now, email=email)])
    await restate_cards(tx, due, roll, now)
    await close_copies(tx, due, roll, now)


def _summed_up(due: Iterable[Item]) -> list[Item]:
    """What was imported in one go is told in one message, however many stretches it is about.

    The facts of the first take in those of the others, which stay with their rows for whoever looks at these.
    """
    told: list[Item] = []
    first: dict[tuple[object, ...], Item] = {}
    for row in due:
        imported = row.kind == NoticeKind.SHIFT_CHANGED and row.payload.get("action") == "imported"
        go = (_schedule_of(row), row.payload.get("by"), row.payload.get("reason"), row.created_at)
        if imported and go in first:
            changes = [*first[go].payload["changes"], *row.payload["changes"]]
            first[go].payload = {**first[go].payload, "changes": changes}
        else:
            told.append(row)
            first |= {go: row} if imported else {}
    return told


def _schedule_of(facts: Item) -> int:
    return int(facts.payload.get("schedule_id") or 0)


def _split(row: Item, roll: Roll, now: datetime, *, email: bool) -> list[Item]:
    schedule_id = _schedule_of(row)
    if schedule_id not in roll.schedules:
        return []
    try:
        kind = NoticeKind(row.kind)
        facts = recipients.prepared(kind, row.payload, schedule_id, roll, row.created_at)
        return [*_to_channel(row, kind, facts, roll, now), *_to_people(row, kind, facts, roll, now, email=email)]
    except Exception as error:  # whatever is wrong with these facts, the others have to be told
        log.exception("facts can't be worded", kind=row.kind, item=row.id)
        row.state, row.error = "dead", f"these facts can't be worded: {error!r}"
        return []


def _to_channel(row: Item, kind: NoticeKind, facts: Facts, roll: Roll, now: datetime) -> Iterator[Item]:
    schedule_id = _schedule_of(row)
    told = recipients.for_channel(kind, facts, schedule_id, roll)
    message = word(kind, told[1], roll.scene(schedule_id), None) if told else None
    if told and message:
        yield _slack_item(row, told[0], message, now)


def _to_people(row: Item, kind: NoticeKind, facts: Facts, roll: Roll, now: datetime, *, email: bool) -> Iterator[Item]:
    schedule_id = _schedule_of(row)
    scene = roll.scene(schedule_id)
    for user in recipients.people(kind, facts, schedule_id, roll):
        person = roll.person(schedule_id, user)
        message = word(kind, facts, scene, user)
        if message is None or (person is not None and (person.deleted or person.is_bot)):
            continue
        if roll.wants(schedule_id, user, kind, Method.SLACK):
            yield _slack_item(row, user, message, now)
        if email and person is not None and person.email and roll.wants(schedule_id, user, kind, Method.EMAIL):
            yield _letter_item(row, user, person.email, message, scene, person.time_zone, now)


def _slack_item(row: Item, target: str, message: Message, now: datetime) -> Item:
    payload = {"schedule_id": _schedule_of(row), **post(message)}
    return item(row.workspace_id, row.kind, row.key, Method.SLACK, target, payload, now)


def _letter_item(row: Item, user: str, address: str, message: Message, scene: Scene, zone: str, now: datetime) -> Item:
    written = letter(message, scene, zone)
    payload = {
        "schedule_id": _schedule_of(row),
        "to": address,
        "subject": written.subject,
        "text": written.text,
        "html": written.html,
    }
    return item(row.workspace_id, row.kind, row.key, Method.EMAIL, user, payload, now)
