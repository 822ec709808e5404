"""Empties the outbox: takes what is due, has it sent, and writes down how it went.

Each notice goes through three steps, two of them transactions::

    pending ──claim──► sending, with a deadline ──call──► the receiver ──settle──► sent
       ▲                     │                                            │
       ├── deadline passed ──┘                              failed ───────┤
       └── due after a pause ◄─────────────────────────────────────────────┴──► dead, and an admin is told

Killed before the claim, nothing happened; after it, the deadline passes and the notice is sent again. Only a notice
whose call had been answered, or was on its way, can so arrive twice; none is ever forgotten.

At most one notice per target is under way, so that a target's pace can be kept and one slow receiver holds up only its
own. A receiver that asks for a pause gets it, without that counting as a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from notices.complaints import complaints
from notices.senders import Answer, Busy, Failed, Notice, Outcome, Sender, Sent
from notices.topics import Method
from oncall.clock import Clock
from storage.database import Database
from storage.tables import OutboxItem, WebhookDelivery
from storage.unit import Unit

log = structlog.get_logger()

DEADLINE = timedelta(seconds=90)
AT_ONCE = 48
LOOKED_AT = 500

Target = tuple[int, str]
Delivery = tuple[Notice, Outcome, datetime]


class Courier:
    """Sends by the methods it has a sender for; several couriers may share one outbox."""

    def __init__(self, database: Database, clock: Clock, senders: Mapping[Method, Sender]) -> None:
        self._database = database
        self._clock = clock
        self._senders = dict(senders)
        self._resting: dict[tuple[Method, Target], datetime] = {}
        self._engaged: set[tuple[Method, Target]] = set()
        self._closed = False

    @property
    def methods(self) -> tuple[Method, ...]:
        return tuple(self._senders)

    def close(self) -> None:
        """Take nothing more; what was taken is still sent and settled."""
        self._closed = True

    async def deliver(self, method: Method) -> datetime | None:
        """Send everything that is due and may go now; returns when to look again.

        New notices are taken as soon as half of those under way are done. What was answered while the last outcomes
        were being written down is written down together.
        """
        under_way: set[asyncio.Task[Delivery]] = set()
        while True:
            if len(under_way) <= AT_ONCE // 2:
                for notice in await self._claim(method, AT_ONCE - len(under_way)):
                    under_way.add(asyncio.create_task(self._send(method, notice)))
            if not under_way:
                return await self._next(method)
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            await self._settle_all(method, [task.result() for task in done])

    async def _claim(self, method: Method, room: int) -> list[Notice]:
        if self._closed:
            return []
        now = self._clock.now()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        async with self._database.transaction() as tx:
            await tx.outbox.reclaim(now)
            due = await tx.outbox.due(method, now, LOOKED_AT)
            free = [item_id for item_id, workspace, target in due if not self._rests(method, (workspace, target))]
            rows = await tx.outbox.claim(free[:room], now + DEADLINE) if free else []
            notices = [_notice(row) for row in rows]
        self._engaged |= {(method, notice.to) for notice in notices}
        return notices

    def _rests(self, method: Method, target: Target) -> bool:
        everything = (method, (target[0], ""))
        return (method, target) in self._engaged or (method, target) in self._resting or everything in self._resting

    async def _next(self, method: Method) -> datetime | None:
        async with self._database.read() as tx:
            due = await tx.outbox.next_due(method)
        resting = [until for (resting_method, _), until in self._resting.items() if resting_method is method]
        if due is None or not resting or due > self._clock.now():
            return due
        return min(resting)

    async def _send(self, method: Method, notice: Notice) -> Delivery:
        sender = self._senders[method]
        try:
            outcome = await sender.send(notice)
        except Exception as error:
            log.exception("a notice could not be sent", method=method, item=notice.id)
            outcome = Failed("error", f"Something unexpected went wrong: {type(error).__name__}.")
        now = self._clock.now()
        if sender.patience.pace:
            self._resting[(method, notice.to)] = now + sender.patience.pace
        if isinstance(outcome, Busy):
            self._resting[(method, (notice.workspace_id, ""))] = now + outcome.wait
        return notice, outcome, now

    async def _settle_all(self, method: Method, deliveries: Sequence[Delivery]) -> None:
        receipts = {notice.id: outcome.receipt for notice, outcome, _ in deliveries if isinstance(outcome, Sent)}
        async with self._database.transaction() as tx:
            if receipts:
                await tx.outbox.arrived(receipts, self._clock.now())
            for notice, outcome, at in deliveries:
                await self._settle(tx, method, notice, outcome, at)
        self._engaged -= {(method, notice.to) for notice, _, _ in deliveries}

    async def _settle(self, tx: Unit, method: Method, notice: Notice, outcome: Outcome, now: datetime) -> None:
        """What is left to be written down: the answer to a webhook, and whatever became of what was not sent."""
        if not isinstance(outcome, Busy) and outcome.answer is not None:
            await tx.webhooks.keep_delivery(_delivery(notice, outcome.answer, now))
        if isinstance(outcome, Sent):
            return
        if isinstance(outcome, Busy):
            values = {"state": "pending", "due_at": now + outcome.wait, "attempts": notice.attempts - 1}
        else:
            values = self._after_failure(method, notice, outcome, now)
        await tx.outbox.settle(notice.id, deadline=None, **values)
        if isinstance(outcome, Failed) and values["state"] == "dead":
            log.warning("notice given up", method=method, kind=notice.kind, item=notice.id, reason=outcome.reason)
            await complaints(tx, method, notice, outcome, now)

    def _after_failure(self, method: Method, notice: Notice, failed: Failed, now: datetime) -> dict[str, Any]:
        patience = self._senders[method].patience
        again = now + patience.pause(notice.attempts)
        if failed.final or again > notice.created_at + patience.give_up:
            return {"state": "dead", "error": failed.reason}
        return {"state": "pending", "due_at": again, "error": failed.reason}


def _notice(row: OutboxItem) -> Notice:
    return Notice(row.id, row.workspace_id, row.kind, row.target, row.payload, row.attempts, row.created_at)


def _delivery(notice: Notice, answer: Answer, now: datetime) -> WebhookDelivery:
    return WebhookDelivery(
        webhook_id=int(notice.target),
        outbox_id=notice.id,
        at=now,
        took_ms=round(answer.took / timedelta(milliseconds=1)),
        status=answer.status,
        error=answer.error,
    )
