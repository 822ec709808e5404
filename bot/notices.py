"""Runs the notices: a loop that watches the clock, one that splits facts, and one per method that sends.

Each loop does its work, hears from it when there will be more, and sleeps until that instant or until it is woken.
Every commit of this process that put something into the outbox wakes the loops that empty it, and every one that
changed shifts wakes the one that watches the clock; so nothing is polled for. What another process commits, and
a clock that jumps, are noticed by a look every now and then.

A commit that left something to export is told of once the export is through, or 0.3 seconds later: each look wants the
same thread and the one writer's turn. What is due by the clock waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Ticker
from bot.ending import end_within
from bot.outage import Outage
from bot.parts import Parts
from bot.rotation import Tokens
from bot.settings import Settings, reveal
from notices.deciding.fanout import BATCH, fan_out
from notices.deciding.topics import Method
from notices.noticing.watch import FEW, watch_once
from notices.presence.keeper import Keeper
from notices.sending.courier import Courier
from notices.sending.email import EmailSender
from notices.sending.posting_client import PostingClient
from notices.sending.progress import ProgressPosts
from notices.sending.senders import Sender
from notices.sending.slack import SlackSender
from notices.sending.webhook import WebhookSender
from oncall.clock import Clock
from services.kit.house import House
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.notices import FANOUT
from storage.trouble import DatabaseTrouble, LostRace
from storage.unit import Unit

log = structlog.get_logger()

Work = Callable[[], Awaitable[datetime | None]]
Exports = Callable[[float], Awaitable[None]]
"""Waits until none is queued or running, at most so many seconds."""

GLANCE = timedelta(seconds=30)
LOOK_ALONE, LOOK_AMONG_OTHERS = timedelta(minutes=10), timedelta(seconds=5)
PAUSE_AFTER_TROUBLE = timedelta(seconds=5)
KEPT = timedelta(days=60)
AFTER_EXPORTS = timedelta(seconds=0.3)
"""How long at most an export goes before what its change wakes."""
CHECKED_EVERY = timedelta(hours=1)
CHECKED_AT_ONCE = 5000
"""User groups and topics, in the minute."""


class Loop:
    """Does its work whenever it is due or somebody wakes it."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        work: Work,
        look: timedelta,
        exports: Exports | None = None,
        outage: Outage | None = None,
    ) -> None:
        self._name = name
        self._outage = outage or Outage(name)
        self._exports = exports
        self._clock = clock
        self._work = work
        self._look = look
        self._woken = asyncio.Event()
        self._ended = False
        self._rests = False
        self._is_patient = False
        self.due: datetime | None = None
        """When there is something to do next, as far as the last work knew."""

    @property
    def is_idle(self) -> bool:
        """Whether it rests and nobody has woken it."""
        return self._rests and not self._woken.is_set()

    def wake(self, *, patiently: bool = False) -> None:
        """``patiently``: once exports are through."""
        self._is_patient = patiently and (self._is_patient or not self._woken.is_set())
        self._woken.set()

    def end(self) -> None:
        """Finish the work at hand and do no more."""
        self._ended = True
        self._woken.set()

    async def run(self) -> None:
        while not self._ended:
            self._woken.clear()
            try:
                self.due = await self._work()
                self._outage.passed()
            except Exception as error:
                if isinstance(error, DatabaseTrouble) and not isinstance(error, LostRace):
                    self._outage.note(error)
                else:
                    log.exception("notices failed", loop=self._name)
                self.due = self._clock.now() + PAUSE_AFTER_TROUBLE
            self._rests = True
            await self._rest(self.due)
            self._rests = False

    async def _rest(self, due: datetime | None) -> None:
        """Until ``due`` by the clock on the wall, which may jump: it is glanced at now and then."""
        latest = self._clock.now() + self._look
        until = min(due or latest, latest)
        while not self._ended and (left := until - self._clock.now()) > timedelta(0):
            try:
                await asyncio.wait_for(self._woken.wait(), min(left, GLANCE).total_seconds())
            except TimeoutError:
                continue
            if self._is_patient and self._exports is not None and not self._ended:
                await self._exports(min(until - self._clock.now(), AFTER_EXPORTS).total_seconds())
            return


class Running:
    """The loops at work; :meth:`stop` ends them."""

    def __init__(self, loops: Sequence[Loop], courier: Courier, keeper: Keeper, clients: WorkspaceClients) -> None:
        self._loops = loops
        self._tasks = [asyncio.get_running_loop().create_task(loop.run()) for loop in loops]
        self._courier = courier
        self._keeper = keeper
        self.clients = clients

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
    house = parts.house
    clients = WorkspaceClients(parts.settings, house)
    senders = _senders(parts.settings, house, clients)
    courier = Courier(house.database, house.clock, senders)
    keeper = Keeper(house.database, house.clock, clients)
    look = LOOK_ALONE if house.database.is_sqlite else LOOK_AMONG_OTHERS
    outage = Outage("notices")

    def loop(name: str, work: Work) -> Loop:
        return Loop(name, house.clock, work, look, partial(parts.jobs.passed, RECONCILE), outage)

    watching = loop("watch", lambda: watch_once(house.database, house.clock.now()))
    keeping = loop("presence", keeper.keep)
    keeper.wake = keeping.wake
    emptying = [
        loop("fan-out", lambda: _split(house, email=Method.EMAIL in senders)),
        *(loop(method, _deliver(courier, method)) for method in courier.methods),
        loop("progress", ProgressPosts(house.database, house.clock, clients).update),
    ]

    def committed(unit: Unit) -> None:
        exports = any(kind == RECONCILE for kind, _key in unit.jobs)
        if unit.changed_shifts:
            watching.wake(patiently=exports)
        if unit.has_presence_due:
            keeping.wake(patiently=exports)
        if unit.told_something:
            for one in emptying:
                one.wake(patiently=exports)

    async def look_again(_key: int) -> None:
        watching.wake()

    async def send_again(_key: int) -> None:
        for one in emptying:
            one.wake()

    house.database.on_commit(committed)
    parts.jobs.register("handoffs", look_again)
    parts.jobs.register("outbox", send_again)
    ticker.every(timedelta(hours=6), partial(_forget_notices, house), jitter=timedelta(minutes=30))
    ticker.every(timedelta(minutes=1), partial(_check_presence, house), jitter=timedelta(seconds=10))
    return Running([watching, keeping, *emptying], courier, keeper, clients)


@run_again
async def _check_presence(house: House) -> None:
    async with house.database.transaction() as tx:
        now = house.clock.now()
        await tx.presence.check(now, now + CHECKED_EVERY, CHECKED_AT_ONCE)


@run_again
async def _forget_notices(house: House) -> None:
    async with house.database.transaction() as tx:
        await tx.outbox.forget_before(house.clock.now() - KEPT)


async def _split(house: House, *, email: bool) -> datetime | None:
    most = FEW  # so that the first are told while others are split
    while await fan_out(house.database, house.clock.now(), email=email, most=most):
        most = BATCH
    async with house.database.read() as tx:
        return await tx.outbox.next_due(FANOUT)


def _deliver(courier: Courier, method: Method) -> Work:
    return lambda: courier.deliver(method)


def _senders(settings: Settings, house: House, clients: WorkspaceClients) -> dict[Method, Sender]:
    senders: dict[Method, Sender] = {
        Method.SLACK: SlackSender(clients, house.database),
        Method.WEBHOOK: WebhookSender(
            house.database, house.secrets, house.clock, allow_private=settings.webhook_allow_private
        ),
    }
    box = settings.mailbox
    return senders | {Method.EMAIL: EmailSender(box)} if box else senders


class WorkspaceClients:
    """Slack clients by workspace, all on one HTTP session: the bot's token, or the one of the installation."""

    def __init__(self, settings: Settings, house: House) -> None:
        self._settings = settings
        self._house = house
        self._tokens = Tokens(settings, house)
        self._stack = AsyncExitStack()
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[int, PostingClient] = {}

    async def of(self, workspace_id: int) -> AsyncWebClient | None:
        token = reveal(self._settings.slack_bot_token) or await self._installed(workspace_id)
        if not token:
            return None
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0)  # whoever calls counts its own, workspace by workspace
            self._session = await self._stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        known = self._clients.get(workspace_id)
        if known is None or known.token != token:
            known = self._clients[workspace_id] = PostingClient(token, self._settings.slack_api_url, self._session)
        return known

    async def _installed(self, workspace_id: int) -> str | None:
        """The bot token of what serves the workspace."""
        workspace = await self._house.database.remembered(
            ("workspace by id", workspace_id), lambda tx: tx.people.workspace_by_id(workspace_id)
        )
        if workspace is None:
            return None
        found = await self._tokens.of(workspace.enterprise_id, workspace.team_id)
        return found.bot_token if found is not None else None

    async def close(self) -> None:
        await self._stack.aclose()
