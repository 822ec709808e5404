"""Rewrites the message about a long export or import, at most once a second, until it says what came of it.

The message itself goes out by the courier, like every notice. From then on it is rewritten here, from what the database
says: whoever writes to an external system never waits for Slack, and knows nothing of this.

    each second ─► read every progress ─► says the same as the message? nothing to do
                                       └► claim it for a while ─► chat.update ─► free again a second later
                                                                            └─► its end is shown: forget it

Killed at any moment, the row stays, and whoever starts next shows the newest state. Among several processes the one
that claims a message rewrites it, so that an older state never comes after a newer one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from notices.deciding.roll import Roll
from notices.deciding.topics import Method
from notices.sending.senders import Busy, Failed, Outcome, Sent
from notices.sending.slack import Clients, rewrite
from notices.texts import word
from notices.texts.shapes import post
from oncall.clock import Clock
from storage.again import run_again
from storage.database import Database
from storage.notices import FANOUT, NoticeKind
from storage.repositories.progress import Counted, key_of
from storage.tables import OutboxItem, Progress
from storage.unit import Unit

log = structlog.get_logger()

PACE = timedelta(seconds=1)
HELD_UP = timedelta(seconds=5)
"""How often to look while nothing moves."""

AFTER_TROUBLE = timedelta(seconds=2)
LONGEST_LOOK, CALL_SECONDS = 1.0, 10.0
CLAIMED = timedelta(seconds=15)
"""Longer than a call may take."""

GIVE_UP = timedelta(days=1)
GOING_OUT = ("pending", "sending")


@dataclass(frozen=True, slots=True)
class Shown:
    """One progress with the words for it, and the messages that say them."""

    row: Progress
    workspace_id: int
    payload: Mapping[str, Any]
    receipts: Sequence[str]
    is_over: bool
    is_going_out: bool
    sent_at: datetime | None

    @property
    def mark(self) -> str:
        return hashlib.sha256(json.dumps(self.payload, sort_keys=True).encode()).hexdigest()

    def is_due(self, now: datetime) -> bool:
        """Whether the messages are there, say something else, and are not new."""
        news = self.mark != self.row.shown or self.is_over
        return bool(self.receipts) and news and (self.sent_at is None or self.sent_at <= now - PACE)


class ProgressPosts:
    """Keeps the messages about what is under way up to date."""

    def __init__(self, database: Database, clock: Clock, clients: Clients) -> None:
        self._database = database
        self._clock = clock
        self._clients = clients
        self._at_work: dict[int, asyncio.Task[None]] = {}

    async def update(self) -> datetime | None:
        """Rewrite what says something else by now; returns when to look again, None when nothing is under way."""
        found = await self._read()
        begun = [self._begin(one) for one in found if one.row.destination_id not in self._at_work]
        if begun:
            await asyncio.wait(begun, timeout=LONGEST_LOOK)
        if not found:
            return None
        moving = any(one.is_over or not one.row.hitch for one in found)
        return self._clock.now() + (PACE if moving else HELD_UP)

    def _begin(self, one: Shown) -> asyncio.Task[None]:
        """One that Slack keeps waiting is left to itself, and keeps no other one from being shown."""
        task = self._at_work[one.row.destination_id] = asyncio.create_task(self._show(one))
        task.add_done_callback(lambda _task: self._at_work.pop(one.row.destination_id))
        return task

    async def _read(self) -> list[Shown]:
        async with self._database.read() as tx:
            known = await tx.progress.all()
            roll = await Roll.read(tx, ((one.schedule.id, {}) for one in known))
            return [await _shown(tx, one, roll) for one in known if one.schedule.id in roll.schedules]

    async def _show(self, one: Shown) -> None:
        try:
            if not one.receipts and not one.is_going_out and one.is_over:
                await self._forget(one.row)
            elif one.is_due(self._clock.now()) and await self._claim(one.row):
                await self._settle(one, await self._rewrite(one))
        except Exception:
            log.exception("a progress can't be shown", destination=one.row.destination_id)

    async def _rewrite(self, one: Shown) -> list[Outcome]:
        client = await self._clients.of(one.workspace_id)
        if client is None:
            return []
        try:
            async with asyncio.timeout(CALL_SECONDS):
                places = (receipt.partition("/") for receipt in one.receipts)
                calls = (rewrite(client, channel, ts, one.payload) for channel, _, ts in places)
                return list(await asyncio.gather(*calls))
        except TimeoutError:
            return [Failed("unreachable", "Slack can't be reached: it does not answer.")]

    @run_again
    async def _claim(self, row: Progress) -> bool:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            return await tx.progress.claim(row, now, now + CLAIMED)

    @run_again
    async def _settle(self, one: Shown, outcomes: Sequence[Outcome]) -> None:
        now = self._clock.now()
        all_sent = all(isinstance(outcome, Sent) for outcome in outcomes)
        over = one.is_over and not one.is_going_out
        late = one.row.ended_at is not None and one.row.ended_at < now - GIVE_UP
        async with self._database.transaction() as tx:
            if over and (all_sent or late or _hopeless(outcomes)):
                await tx.progress.forget(one.row)
            else:
                shown = {"shown": one.mark} if all_sent else {}
                await tx.progress.settle(one.row, not_before=now + _pause(outcomes), **shown)

    @run_again
    async def _forget(self, row: Progress) -> None:
        async with self._database.transaction() as tx:
            await tx.progress.forget(row)


def _hopeless(outcomes: Sequence[Outcome]) -> bool:
    return all(isinstance(outcome, Sent) or (isinstance(outcome, Failed) and outcome.final) for outcome in outcomes)


def _pause(outcomes: Sequence[Outcome]) -> timedelta:
    waits = [outcome.wait for outcome in outcomes if isinstance(outcome, Busy)]
    return max([PACE, *waits, *(AFTER_TROUBLE for outcome in outcomes if isinstance(outcome, Failed))])


async def _shown(tx: Unit, one: Counted, roll: Roll) -> Shown:
    facts = _facts(one)
    key = f"{NoticeKind.PROGRESS}:{key_of(one.row)}"
    items = await tx.outbox.beginning_with(key)
    message = word(NoticeKind.PROGRESS, facts, roll.scene(one.schedule.id), None)
    posts = [item for item in items if item.method == Method.SLACK]
    return Shown(
        row=one.row,
        workspace_id=one.schedule.workspace_id,
        payload=post(message) if message else {},
        receipts=[item.receipt for item in posts if item.receipt],
        is_over=facts["outcome"] is not None,
        sent_at=max((item.sent_at for item in posts if item.sent_at is not None), default=None),
        is_going_out=any(_goes_out(item) for item in items),
    )


def _goes_out(item: OutboxItem) -> bool:
    return item.state in GOING_OUT and item.method in (Method.SLACK, FANOUT)


def _facts(one: Counted) -> dict[str, Any]:
    row, outcome = one.row, one.row.outcome
    if outcome is None and one.destination.removed_at is not None:
        outcome = {"stopped": True, "reason": "The destination was removed.", "refused": [], "refusals": 0}
    return {
        "external_schedule": one.destination.external_name,
        "external_url": one.destination.external_url,
        "system": one.destination.system,
        "what": row.what,
        "done": one.done,
        "total": one.total,
        "hitch": row.hitch,
        "outcome": outcome,
    }
