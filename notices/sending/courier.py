"""Empties the outbox: takes what is due, has it sent, and writes down how it went.

Each notice goes through three steps, two of them transactions::

    pending ──claim──► sending, with a deadline ──call──► the receiver ──settle──► sent
       ▲                     │                                            │
       ├── deadline passed ──┘                              failed ───────┤
       └── due after a pause ◄─────────────────────────────────────────────┴──► dead, and an admin is told

Killed before the claim, nothing happened; after it, the notice is sent again once its deadline has passed, or as soon
as it is known that nobody is left who took it. Whoever is still sending puts the deadline off. Only a notice whose call
had been answered, or was on its way, can so arrive twice; none is ever forgotten. An outcome that could not be written
down is kept and written down later.

One transaction settles what was answered meanwhile and claims what comes next, more than can be under way at once, so
that no receiver waits for a transaction. What was claimed and could not be begun soon is given back untouched.

What is put into the outbox here, by :meth:`Courier.put`, is claimed by the same statement where nothing stands against
that, and begun as soon as that is committed; all else waits for the next claim.

At most one notice per target is under way, so that a target's pace can be kept and one slow receiver holds up only its
own. Workspaces take turns, and none has more than its share of calls under way: one where nothing is answered, or that
asks for a pause, holds up only its own, too. A pause does not count as a failure. Several processes take turns at
claiming, and each looks at what the others send and have just sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any

import structlog

from notices.deciding.topics import Method
from notices.sending.complaints import complaints
from notices.sending.hand import Delivery, Hand, Target
from notices.sending.senders import Answer, Busy, Failed, Notice, Sender, Sent
from oncall.clock import Clock
from storage.again import run_again
from storage.database import Database
from storage.outgoing import Item
from storage.repositories.outbox import Taken
from storage.tables import WebhookDelivery
from storage.unit import Unit

log = structlog.get_logger()

DEADLINE = timedelta(seconds=12)
"""For how long a notice is taken; whoever is at it says so anew, so that a slow receiver is not sent to twice."""

ANEW = timedelta(seconds=4)
LONGEST_CALL = timedelta(seconds=90)
BEGIN_WITHIN = timedelta(seconds=20)
"""How long a claimed notice may wait for its turn."""

CLAIMED_AT_ONCE = 240
IN_HAND, IN_HAND_AMONG_OTHERS = 4000, 240
"""How much is taken at most by being put into the outbox; other processes are left something to send."""

WAITING = 500
"""With more waiting, what is new waits as well."""

LOOKED_AT = 500
GLANCE = timedelta(seconds=1)
"""How soon to look again at a target that another process is busy with."""

Resting = tuple[Method, Target]


class Courier:
    """Sends by the methods it has a sender for; several couriers may share one outbox."""

    def __init__(self, database: Database, clock: Clock, senders: Mapping[Method, Sender]) -> None:
        self._database = database
        self._clock = clock
        self._senders = dict(senders)
        self._hands = {method: Hand.of(sender.patience, copy_context()) for method, sender in senders.items()}
        self._resting: dict[Resting, datetime] = {}
        self._closed = False

    @property
    def methods(self) -> tuple[Method, ...]:
        return tuple(self._senders)

    def close(self) -> None:
        """Begin nothing more; what was begun is still sent and settled."""
        self._closed = True

    async def put(self, tx: Unit, items: Iterable[Item]) -> None:
        """Put these into the outbox. What may go at once is taken, and begun by :meth:`committed`."""
        by_method: dict[str, list[Item]] = {}
        for item in items:
            by_method.setdefault(item.method, []).append(item)
        for name, some in by_method.items():
            at_once = await self._go_at_once(tx, Method(name), some) if name in self._hands else []
            await tx.outbox.put_taken(at_once, self._clock.now(), self._clock.now() + DEADLINE)
            taken = {id(item) for item in at_once}
            await tx.outbox.put(item for item in some if id(item) not in taken)

    def committed(self, unit: Unit) -> set[Method]:
        """Begin what was taken by putting it in; says by which methods."""
        for row in unit.handed:
            self._begin(Method(row.method), _notice(row))
        return {Method(row.method) for row in unit.handed}

    async def _go_at_once(self, tx: Unit, method: Method, items: Sequence[Item]) -> list[Item]:
        """The first to each target that nothing stands against, as many as there is room for."""
        now, hand = self._clock.now(), self._hands[method]
        shared = await tx.outbox.take_turns(method)
        if shared:
            await self._heed_others(tx, method, now)
        waiting = await tx.outbox.waiting(method, now, WAITING + 1)
        room = (IN_HAND_AMONG_OTHERS if shared else IN_HAND) - len(hand.taken)
        if self._closed or len(waiting) > WAITING or room <= 0:
            return []
        first = {(item.workspace_id, item.target): item for item in reversed(items)}
        free = [first[target] for target in reversed(first) if target not in waiting and target not in hand.engaged]
        return [item for item in free if not self._rests(method, (item.workspace_id, item.target), now)][:room]

    async def deliver(self, method: Method) -> datetime | None:
        """Send everything that is due and may go now; returns when to look again."""
        hand = self._hands[method]
        try:
            while True:
                for notice in await self._exchange(method, hand):
                    self._begin(method, notice)
                if hand.is_idle:
                    return await self._next(method)
                await hand.gather()
                await self._say_anew(hand)
        except asyncio.CancelledError:
            await hand.drop()
            raise

    def _begin(self, method: Method, notice: Notice) -> None:
        hand = self._hands[method]
        hand.begin(notice, self._in_turn(method, notice, hand), self._clock.now())

    @run_again
    async def _say_anew(self, hand: Hand) -> None:
        """What is being sent for some seconds now is still taken."""
        now = self._clock.now()
        if not hand.said_before(now - ANEW):
            return
        async with self._database.transaction() as tx:
            await tx.outbox.prolong(hand.taken, now + DEADLINE)
        hand.taken = dict.fromkeys(hand.taken, now)

    @run_again
    async def _exchange(self, method: Method, hand: Hand) -> list[Notice]:
        """Settle what is over and claim what comes next, in one transaction."""
        over, crowded = list(hand.over), hand.crowded()
        wanted = hand.has_time() and not self._closed
        if not over and not wanted:
            return []
        async with self._database.transaction() as tx:
            await self._settle_all(tx, method, over)
            settled = {delivery.notice.to for delivery in over}
            notices = await self._claim(tx, method, hand.engaged - settled, crowded) if wanted else []
        hand.settled(over)
        return notices

    async def _claim(self, tx: Unit, method: Method, engaged: set[Target], crowded: set[int]) -> list[Notice]:
        now = self._clock.now()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        shared = await tx.outbox.take_turns(method)
        await tx.outbox.reclaim(now, but={item_id for hand in self._hands.values() for item_id in hand.taken})
        if shared:
            await self._heed_others(tx, method, now)
        due = await tx.outbox.due(method, now, LOOKED_AT, {*crowded, *self._resting_everywhere(method)})
        free = [
            item_id
            for item_id, workspace, target in due
            if (workspace, target) not in engaged and not self._rests(method, (workspace, target), now)
        ]
        taken = free[:CLAIMED_AT_ONCE]
        return [_notice(row) for row in await tx.outbox.claim(taken, now, now + DEADLINE)] if taken else []

    async def _heed_others(self, tx: Unit, method: Method, now: datetime) -> None:
        """Leave alone for a while whom other processes are telling something, or just have."""
        pace = self._senders[method].patience.pace
        others = await tx.outbox.under_way(method, now - LONGEST_CALL, now - pace)
        self._resting |= {(method, target): (at or now) + (pace or GLANCE) for target, at in others.items()}

    def _rests(self, method: Method, target: Target, now: datetime) -> bool:
        rests = (self._resting.get(key, now) for key in ((method, target), _everything(method, target)))
        return any(until > now for until in rests)

    def _resting_everywhere(self, method: Method) -> dict[int, datetime]:
        """Workspaces that asked for a pause, and until when."""
        found = ((key[1][0], until) for key, until in self._resting.items() if key == _everything(method, key[1]))
        return {workspace: until for workspace, until in found if until > self._clock.now()}

    async def _next(self, method: Method) -> datetime | None:
        pauses = self._resting_everywhere(method)
        async with self._database.read() as tx:
            due = await tx.outbox.next_due(method, without=pauses)
        if due is not None and due <= self._clock.now():
            due = min((until for key, until in self._resting.items() if _paces(key, method, pauses)), default=due)
        return min((instant for instant in (due, *pauses.values()) if instant is not None), default=None)

    async def _in_turn(self, method: Method, notice: Notice, hand: Hand) -> Delivery:
        claimed = self._clock.now()
        async with hand.room(notice.workspace_id), hand.in_all:
            now = self._clock.now()
            pause = self._resting.get(_everything(method, notice.to))
            if self._closed or now > claimed + BEGIN_WITHIN or (pause is not None and pause > now):
                return Delivery(notice, None, max(now, pause or now))
            return await self._send(method, notice)

    async def _send(self, method: Method, notice: Notice) -> Delivery:
        sender = self._senders[method]
        try:
            outcome = await sender.send(notice)
        except Exception:
            log.exception("a notice could not be sent", method=method, item=notice.id)
            outcome = Failed("error", "Something unexpected went wrong; whoever runs Baton finds it in the log.")
        now = self._clock.now()
        if sender.patience.pace:
            self._resting[(method, notice.to)] = now + sender.patience.pace
        if isinstance(outcome, Busy):
            self._resting[_everything(method, notice.to)] = now + outcome.wait
        return Delivery(notice, outcome, now)

    async def _settle_all(self, tx: Unit, method: Method, over: list[Delivery]) -> None:
        receipts = {one.notice.id: one.outcome.receipt for one in over if isinstance(one.outcome, Sent)}
        if receipts:
            await tx.outbox.arrived(receipts, self._clock.now())
        for delivery in over:
            await self._settle(tx, method, delivery)

    async def _settle(self, tx: Unit, method: Method, delivery: Delivery) -> None:
        """What is left to be written down: the answer to a webhook, and whatever became of what was not sent."""
        notice, outcome, now = delivery.notice, delivery.outcome, delivery.at
        if isinstance(outcome, Sent | Failed) and outcome.answer is not None:
            await tx.webhooks.keep_delivery(_kept(notice, outcome.answer, now))
        if isinstance(outcome, Sent):
            return
        if isinstance(outcome, Failed):
            values = self._after_failure(method, notice, outcome, now)
        else:
            due = now + outcome.wait if outcome else now
            values = {"state": "pending", "due_at": due, "attempts": notice.attempts - 1}
        ours = await tx.outbox.settle_attempt(notice.id, notice.attempts, values)
        if ours and isinstance(outcome, Failed) and values["state"] == "dead":
            log.warning("notice given up", method=method, kind=notice.kind, item=notice.id, reason=outcome.reason)
            await complaints(tx, method, notice, outcome, now)

    def _after_failure(self, method: Method, notice: Notice, failed: Failed, now: datetime) -> dict[str, Any]:
        patience = self._senders[method].patience
        again = now + patience.pause(notice.attempts)
        if failed.final or again > notice.created_at + patience.give_up:
            return {"state": "dead", "error": failed.reason}
        return {"state": "pending", "due_at": again, "error": failed.reason}


def _everything(method: Method, target: Target) -> Resting:
    """What stands for every target of a workspace."""
    return (method, (target[0], ""))


def _paces(key: Resting, method: Method, pauses: Mapping[int, datetime]) -> bool:
    """Whether it is one target's rest, in a workspace that does not pause as a whole."""
    return key[0] is method and key[1][0] not in pauses


def _notice(row: Taken) -> Notice:
    return Notice(row.id, row.workspace_id, row.kind, row.target, row.payload, row.attempts, row.created_at)


def _kept(notice: Notice, answer: Answer, now: datetime) -> WebhookDelivery:
    return WebhookDelivery(
        webhook_id=int(notice.target),
        outbox_id=notice.id,
        at=now,
        took_ms=round(answer.took / timedelta(milliseconds=1)),
        status=answer.status,
        error=answer.error,
    )
