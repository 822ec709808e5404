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

At most one notice per target is under way, so that a target's pace can be kept and one slow receiver holds up only its
own. Workspaces take turns, and none has more than its share of calls under way: one where nothing is answered, or that
asks for a pause, holds up only its own, too. A pause does not count as a failure. Several processes take turns at
claiming, and each looks at what the others send and have just sent.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from notices.deciding.topics import Method
from notices.sending.complaints import complaints
from notices.sending.senders import Answer, Busy, Failed, Notice, Outcome, Patience, Sender, Sent
from oncall.clock import Clock
from storage.again import run_again
from storage.database import Database
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
LOOKED_AT = 500
GLANCE = timedelta(seconds=1)
"""How soon to look again at a target that another process is busy with."""

GATHER_SECONDS, GATHER_MORE_SECONDS = 0.03, 0.1
"""How long an answer waits for others to be written down with it; and where so much is under way that nothing more is
to be claimed soon."""

LOOK_UP_SECONDS = 0.25
"""How soon to look for what others are to be told, while nothing of what is under way is answered."""

Target = tuple[int, str]
Resting = tuple[Method, Target]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one notice went; without an outcome it was never begun, and is due again ``at``."""

    notice: Notice
    outcome: Outcome | None
    at: datetime


@dataclass(slots=True)
class Hand:
    """What is claimed of one method and not settled yet."""

    at_once: int
    in_all: asyncio.Semaphore
    rooms: dict[int, asyncio.Semaphore] = field(default_factory=dict)
    under_way: dict[asyncio.Task[Delivery], int] = field(default_factory=dict)
    """With the workspace that each is about."""
    engaged: set[Target] = field(default_factory=set)
    """Whom something is claimed for and not settled: one after the other, in order."""
    over: list[Delivery] = field(default_factory=list)
    taken: dict[int, datetime] = field(default_factory=dict)
    """By id, when it was last said that each is taken."""
    look_up_at: float = 0.0

    @classmethod
    def of(cls, patience: Patience) -> Hand:
        return cls(patience.at_once, asyncio.Semaphore(patience.in_all))

    def begin(self, notice: Notice, task: asyncio.Task[Delivery], now: datetime) -> None:
        self.under_way[task] = notice.workspace_id
        self.engaged.add(notice.to)
        self.taken[notice.id] = now

    def room(self, workspace: int) -> asyncio.Semaphore:
        """For the calls of one workspace."""
        return self.rooms.setdefault(workspace, asyncio.Semaphore(self.at_once))

    def crowded(self) -> set[int]:
        """Workspaces with so much under way that they need no more for now."""
        return {one for one, number in Counter(self.under_way.values()).items() if number > self.at_once}

    def has_time(self) -> bool:
        """Whether more can soon be begun, of the workspaces that are not crowded; where some are, now and then."""
        crowded, now = self.crowded(), asyncio.get_running_loop().time()
        others = sum(workspace not in crowded for workspace in self.under_way.values())
        if others > self.at_once or (crowded and now < self.look_up_at):
            return False
        self.look_up_at = now + LOOK_UP_SECONDS
        return True

    async def gather(self) -> None:
        """Wait until something is over, and a little longer for what is over with it; or until it takes too long."""
        done, _ = await asyncio.wait(self.under_way, return_when=asyncio.FIRST_COMPLETED, timeout=LOOK_UP_SECONDS)
        if done:
            seconds = GATHER_MORE_SECONDS if len(self.under_way) > 2 * self.at_once else GATHER_SECONDS
            done, _ = await asyncio.wait(self.under_way, timeout=seconds)
        self.over += (over := [task.result() for task in done])
        for delivery in over:
            self.taken.pop(delivery.notice.id, None)
        self.under_way = {task: workspace for task, workspace in self.under_way.items() if task not in done}
        busy = set(self.under_way.values())
        self.rooms = {workspace: room for workspace, room in self.rooms.items() if workspace in busy}

    async def drop(self) -> None:
        """Cut off what is under way; whether it arrives is not known."""
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
        self.under_way, self.taken, self.engaged = {}, {}, set()


class Courier:
    """Sends by the methods it has a sender for; several couriers may share one outbox."""

    def __init__(self, database: Database, clock: Clock, senders: Mapping[Method, Sender]) -> None:
        self._database = database
        self._clock = clock
        self._senders = dict(senders)
        self._hands = {method: Hand.of(sender.patience) for method, sender in senders.items()}
        self._resting: dict[Resting, datetime] = {}
        self._closed = False

    @property
    def methods(self) -> tuple[Method, ...]:
        return tuple(self._senders)

    def close(self) -> None:
        """Begin nothing more; what was begun is still sent and settled."""
        self._closed = True

    async def deliver(self, method: Method) -> datetime | None:
        """Send everything that is due and may go now; returns when to look again."""
        hand = self._hands[method]
        try:
            while True:
                for notice in await self._exchange(method, hand):
                    sending = asyncio.create_task(self._in_turn(method, notice, hand))
                    hand.begin(notice, sending, self._clock.now())
                if not hand.under_way:
                    return await self._next(method)
                await hand.gather()
                await self._say_anew(hand)
        except asyncio.CancelledError:
            await hand.drop()
            raise

    @run_again
    async def _say_anew(self, hand: Hand) -> None:
        """What is being sent for some seconds now is still taken."""
        now = self._clock.now()
        if not any(said + ANEW <= now for said in hand.taken.values()):
            return
        async with self._database.transaction() as tx:
            await tx.outbox.prolong(hand.taken, now + DEADLINE)
        hand.taken = dict.fromkeys(hand.taken, now)

    @run_again
    async def _exchange(self, method: Method, hand: Hand) -> list[Notice]:
        """Settle what is over and claim what comes next, in one transaction."""
        over, crowded = hand.over, hand.crowded()
        wanted = hand.has_time() and not self._closed
        if not over and not wanted:
            return []
        async with self._database.transaction() as tx:
            await self._settle_all(tx, method, over)
            settled = {delivery.notice.to for delivery in over}
            notices = await self._claim(tx, method, hand.engaged - settled, crowded) if wanted else []
        hand.engaged -= settled
        hand.over = []
        return notices

    async def _claim(self, tx: Unit, method: Method, engaged: set[Target], crowded: set[int]) -> list[Notice]:
        now, pace = self._clock.now(), self._senders[method].patience.pace
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        shared = await tx.outbox.take_turns(method)
        await tx.outbox.reclaim(now, but={item_id for hand in self._hands.values() for item_id in hand.taken})
        if shared:
            others = await tx.outbox.under_way(method, now - LONGEST_CALL, now - pace)
            self._resting |= {(method, target): (at or now) + (pace or GLANCE) for target, at in others.items()}
        due = await tx.outbox.due(method, now, LOOKED_AT, {*crowded, *self._resting_everywhere(method)})
        free = [
            item_id
            for item_id, workspace, target in due
            if (workspace, target) not in engaged and not self._rests(method, (workspace, target))
        ]
        taken = free[:CLAIMED_AT_ONCE]
        return [_notice(row) for row in await tx.outbox.claim(taken, now, now + DEADLINE)] if taken else []

    def _rests(self, method: Method, target: Target) -> bool:
        return (method, target) in self._resting or _everything(method, target) in self._resting

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
