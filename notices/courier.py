"""Empties the outbox: takes what is due, has it sent, and writes down how it went.

Each notice goes through three steps, two of them transactions::

    pending ──claim──► sending, with a deadline ──call──► the receiver ──settle──► sent
       ▲                     │                                            │
       ├── deadline passed ──┘                              failed ───────┤
       └── due after a pause ◄─────────────────────────────────────────────┴──► dead, and an admin is told

Killed before the claim, nothing happened; after it, the deadline passes and the notice is sent again. Only a notice
whose call had been answered, or was on its way, can so arrive twice; none is ever forgotten.

One round takes at most one notice per target, so that a target's pace can be kept and one slow receiver holds up only
its own. A receiver that asks for a pause gets it, without that counting as a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from notices.complaints import complaints
from notices.senders import Busy, Failed, Notice, Outcome, Sender, Sent
from notices.topics import Method
from oncall.clock import Clock
from storage.database import Database
from storage.tables import OutboxItem, WebhookDelivery
from storage.unit import Unit

log = structlog.get_logger()

DEADLINE = timedelta(seconds=90)
AT_ONCE = 32
LOOKED_AT = 500

Target = tuple[int, str]


class Courier:
    """Sends by the methods it has a sender for; several couriers may share one outbox."""

    def __init__(self, database: Database, clock: Clock, senders: Mapping[Method, Sender]) -> None:
        self._database = database
        self._clock = clock
        self._senders = dict(senders)
        self._resting: dict[tuple[Method, Target], datetime] = {}
        self._closed = False

    @property
    def methods(self) -> tuple[Method, ...]:
        return tuple(self._senders)

    def close(self) -> None:
        """Take nothing more; what was taken is still sent and settled."""
        self._closed = True

    async def deliver(self, method: Method) -> datetime | None:
        """Send everything that is due and may go now; returns when to look again."""
        while not self._closed and (claimed := await self._claim(method)):
            await asyncio.gather(*(self._send(method, notice) for notice in claimed))
        return await self._next(method)

    async def _claim(self, method: Method) -> list[Notice]:
        now = self._clock.now()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        async with self._database.transaction() as tx:
            await tx.outbox.reclaim(now)
            due = await tx.outbox.due(method, now, LOOKED_AT)
            free = [item_id for item_id, workspace, target in due if not self._rests(method, (workspace, target))]
            rows = await tx.outbox.claim(free[:AT_ONCE], now + DEADLINE)
            return [_notice(row) for row in rows]

    def _rests(self, method: Method, target: Target) -> bool:
        return (method, target) in self._resting or (method, (target[0], "")) in self._resting

    async def _next(self, method: Method) -> datetime | None:
        async with self._database.read() as tx:
            due = await tx.outbox.next_due(method)
        resting = [until for (resting_method, _), until in self._resting.items() if resting_method is method]
        if due is None or not resting or due > self._clock.now():
            return due
        return min(resting)

    async def _send(self, method: Method, notice: Notice) -> None:
        sender = self._senders[method]
        try:
            outcome = await sender.send(notice)
        except Exception as error:
            log.exception("a notice could not be sent", method=method, item=notice.id)
            outcome = Failed("error", f"Something unexpected went wrong: {type(error).__name__}.")
        now = self._clock.now()
        if sender.patience.pace:
            self._resting[(method, (notice.workspace_id, notice.target))] = now + sender.patience.pace
        if isinstance(outcome, Busy):
            self._resting[(method, (notice.workspace_id, ""))] = now + outcome.wait
        async with self._database.transaction() as tx:
            await self._settle(tx, method, notice, outcome, now)

    async def _settle(self, tx: Unit, method: Method, notice: Notice, outcome: Outcome, now: datetime) -> None:
        match outcome:
            case Sent(receipt=receipt):
                values: dict[str, Any] = {"state": "sent", "sent_at": now, "receipt": receipt[:255], "error": ""}
            case Busy(wait=wait):
                values = {"state": "pending", "due_at": now + wait, "attempts": notice.attempts - 1}
            case Failed():
                values = self._after_failure(method, notice, outcome, now)
        await tx.outbox.settle(notice.id, deadline=None, **values)
        if isinstance(outcome, Failed) and values["state"] == "dead":
            log.warning("notice given up", method=method, kind=notice.kind, item=notice.id, reason=outcome.reason)
            await complaints(tx, method, notice, outcome, now)
        if not isinstance(outcome, Busy) and outcome.answer is not None:
            await tx.webhooks.keep_delivery(_delivery(notice, outcome, now))

    def _after_failure(self, method: Method, notice: Notice, failed: Failed, now: datetime) -> dict[str, Any]:
        patience = self._senders[method].patience
        again = now + patience.pause(notice.attempts)
        if failed.final or again > notice.created_at + patience.give_up:
            return {"state": "dead", "error": failed.reason}
        return {"state": "pending", "due_at": again, "error": failed.reason}


def _notice(row: OutboxItem) -> Notice:
    return Notice(row.id, row.workspace_id, row.kind, row.target, row.payload, row.attempts, row.created_at)


def _delivery(notice: Notice, outcome: Sent | Failed, now: datetime) -> WebhookDelivery:
    answer = outcome.answer
    if answer is None:
        raise ValueError("a delivery has an answer")
    return WebhookDelivery(
        webhook_id=int(notice.target),
        outbox_id=notice.id,
        at=now,
        took_ms=round(answer.took / timedelta(milliseconds=1)),
        status=answer.status,
        error=answer.error,
    )
