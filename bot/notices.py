"""Runs the notices: a loop that watches the clock, one that splits facts, and one per method that sends.

Each loop does its work, hears from it when there will be more, and sleeps until that instant or until it is woken
(:mod:`bot.loops`). Every commit of this process that put something into the outbox wakes the loops that empty it, and
every one that changed shifts wakes the one that watches the clock; so nothing is polled for. What another process
commits, and a clock that jumps, are noticed by a look every now and then.

A commit that left something to export is told of once the export is through, or 0.3 seconds later: each look wants the
same thread and the one writer's turn. What is due by the clock waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Ticker
from bot.ending import end_within
from bot.loops import Loop, Work
from bot.outage import Outage
from bot.parts import Parts
from bot.settings import Settings
from bot.workspace_clients import WorkspaceClients
from notices.deciding.fanout import BATCH, fan_out, split_at_once
from notices.deciding.topics import Method
from notices.noticing.watch import AT_ONCE, watch_once
from notices.presence.keeper import Keeper
from notices.sending.courier import Courier
from notices.sending.email import EmailSender
from notices.sending.progress import ProgressPosts
from notices.sending.senders import Sender
from notices.sending.slack import SlackSender
from notices.sending.webhook import WebhookSender
from services.kit.house import House
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.notices import FANOUT
from storage.outgoing import Item
from storage.unit import Unit

LOOK_ALONE, LOOK_AMONG_OTHERS = timedelta(minutes=10), timedelta(seconds=5)
KEPT = timedelta(days=60)
CHECKED_EVERY = timedelta(hours=1)
CHECKED_AT_ONCE = 5000
"""User groups and topics, in the minute."""


class Running:
    """The loops at work; :meth:`stop` ends them."""

    def __init__(self, parts: Parts) -> None:
        house = self._house = parts.house
        self._parts, self._outage = parts, Outage("notices")
        self.clients = WorkspaceClients(parts.settings, house)
        self._senders = _senders(parts.settings, house, self.clients)
        self._courier = Courier(house.database, house.clock, self._senders)
        self._keeper = Keeper(house.database, house.clock, self.clients)
        self._watching = self._loop("watch", self._watch)
        self._keeping = self._loop("presence", self._keeper.keep)
        self._keeper.wake = self._keeping.wake
        self._sending = {one: self._loop(one, partial(self._courier.deliver, one)) for one in self._senders}
        progress = ProgressPosts(house.database, house.clock, self.clients)
        self._emptying = (
            self._loop("fan-out", self._split),
            *self._sending.values(),
            self._loop("progress", progress.update),
        )
        self._loops = (self._watching, self._keeping, *self._emptying)
        self._tasks = [asyncio.get_running_loop().create_task(loop.run()) for loop in self._loops]

    def _loop(self, name: str, work: Work) -> Loop:
        look = LOOK_ALONE if self._house.database.is_sqlite else LOOK_AMONG_OTHERS
        exported = partial(self._parts.jobs.passed, RECONCILE)
        return Loop(name, self._house.clock, work, look, exported, self._outage)

    async def _watch(self) -> datetime | None:
        return await watch_once(self._house.database, self._house.clock.now(), self._tell)

    async def _tell(self, tx: Unit, facts: Sequence[Item], now: datetime) -> None:
        """What the clock brings is split in the look that finds it."""
        await split_at_once(tx, facts, now, email=self._has_mailbox, put=self._courier.put)

    async def _split(self) -> datetime | None:
        database, clock, put = self._house.database, self._house.clock, self._courier.put
        most = AT_ONCE  # so that the first are told while others are split
        while await fan_out(database, clock.now(), email=self._has_mailbox, most=most, put=put):
            most = BATCH
        async with database.read() as tx:
            return await tx.outbox.next_due(FANOUT)

    @property
    def _has_mailbox(self) -> bool:
        return Method.EMAIL in self._senders

    def committed(self, unit: Unit) -> None:
        """Wake who has something to do by what was committed just now."""
        exports = any(kind == RECONCILE for kind, _key in unit.jobs)
        if unit.changed_shifts:
            self._watching.wake(patiently=exports)
        if unit.has_presence_due:
            self._keeping.wake(patiently=exports)
        if unit.has_to_tell:
            for one in self._emptying:
                one.wake(patiently=exports)
        for method in self._courier.committed(unit):
            self._sending[method].wake()

    async def look_again(self, _key: int) -> None:
        """A service asks for a look at who is on call."""
        self._watching.wake()

    async def send_again(self, _key: int) -> None:
        """A service put something into the outbox."""
        for one in self._emptying:
            one.wake()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being looked at or sent."""
        return all(loop.is_idle for loop in self._loops)

    @property
    def next_due(self) -> datetime | None:
        """When there is something to tell or to send next."""
        return min((loop.due for loop in self._loops if loop.due is not None), default=None)

    def wake(self) -> None:
        """Have everything looked at, since the clock was moved."""
        for loop in self._loops:
            loop.wake()

    async def stop(self, timeout: float) -> None:
        """Send nothing more, and wait for answers that are under way: who is cut off is told again later."""
        self._courier.close()
        self._keeper.close()
        for loop in self._loops:
            loop.end()
        kept = asyncio.get_running_loop().create_task(self._keeper.idle())
        await end_within([*self._tasks, kept], timeout)
        await self._keeper.drop()
        await self.clients.close()


def start(parts: Parts, ticker: Ticker) -> Running:
    """Watch, split and send until stopped; services ask for a look by the job ``handoffs``."""
    house, running = parts.house, Running(parts)
    house.database.on_commit(running.committed)
    parts.jobs.register("handoffs", running.look_again)
    parts.jobs.register("outbox", running.send_again)
    ticker.every(timedelta(hours=6), partial(_forget_notices, house), jitter=timedelta(minutes=30))
    ticker.every(timedelta(minutes=1), partial(_check_presence, house), jitter=timedelta(seconds=10))
    return running


@run_again
async def _check_presence(house: House) -> None:
    async with house.database.transaction() as tx:
        now = house.clock.now()
        await tx.presence.check(now, now + CHECKED_EVERY, CHECKED_AT_ONCE)


@run_again
async def _forget_notices(house: House) -> None:
    async with house.database.transaction() as tx:
        await tx.outbox.forget_before(house.clock.now() - KEPT)


def _senders(settings: Settings, house: House, clients: WorkspaceClients) -> dict[Method, Sender]:
    senders: dict[Method, Sender] = {
        Method.SLACK: SlackSender(clients, house.database),
        Method.WEBHOOK: WebhookSender(
            house.database, house.secrets, house.clock, allow_private=settings.webhook_allow_private
        ),
    }
    box = settings.mailbox
    return senders | {Method.EMAIL: EmailSender(box)} if box else senders
