"""Everything that Baton does by itself, each once, on a filled database: what its clock calls and its loops do.

Nothing is listed here by hand that the timetable and the notices register themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast
from unittest.mock import patch

from cryptography.fernet import Fernet
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

import zonedata
from bot import notices, timetable
from bot.clock import Ticker
from bot.jobs import JobQueue
from bot.leader import leader_of
from bot.loops import Loop
from bot.parts import Parts
from bot.settings import Settings
from bot.shared_jobs import SharedJobs
from sandbox.pagerduty import Clock, InProcessTransport, World
from services.kit.house import House
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Connection, Destination, ExternalSchedule
from sync.bulk import BulkRefresh
from sync.destinations import PagerDuty, Systems
from sync.engine import Engine
from tests.support.filled import NOW, Filling
from tests.support.filled_tables import EVERYTHING
from tests.support.plans import Recorder

Tick = Callable[[], Awaitable[Any]]


class Jobs(JobQueue):
    """Keeps what was deferred and does nothing about it. Of what other processes began it hears as ``others`` does."""

    def __init__(self, others: JobQueue) -> None:
        super().__init__()
        self._others = others
        self.deferred: list[tuple[str, int]] = []

    def defer(self, kind: str, key: int) -> None:
        self.deferred.append((kind, key))

    async def take_over(self) -> None:
        await self._others.take_over()

    @property
    def kinds(self) -> list[str]:
        return list(self._work)

    async def do_one(self, kind: str) -> None:
        """One that was deferred, at once and whatever others do; of the first account where there is none."""
        key = next((key for name, key in self.deferred if name == kind), 1)
        await self._work[kind](key)


class Timetable(Ticker):
    """Keeps what it would call, and how often."""

    def __init__(self, _leads: Callable[[], bool]) -> None:
        self.ticks: dict[str, tuple[timedelta, Tick]] = {}

    def every(self, interval: timedelta, tick: Tick, **_when: Any) -> None:
        name = tick.func.__name__ if isinstance(tick, partial) else cast(Any, tick).__name__
        self.ticks[name.strip("_").replace("_", " ")] = (interval, tick)

    def start(self) -> None:
        pass


class Nowhere:
    """No workspace has Baton installed any more, so nobody is called."""

    async def of(self, workspace_id: int) -> AsyncWebClient | None:
        return None


class StillLoop(Loop):
    """A loop of the notices that is done by the test, one turn at a time."""

    async def run(self) -> None:
        return


@dataclass(slots=True)
class Idle:
    """Baton with everything wired and nothing running."""

    parts: Parts
    jobs: Jobs
    ticks: dict[str, tuple[timedelta | None, Tick]]

    async def record(self, recorder: Recorder, only: Sequence[str] = ()) -> None:
        """Do everything once, one after the other."""
        with recorder.listening(self.parts.house.database.engine.sync_engine):
            for name, (_interval, tick) in self.ticks.items():
                if not only or name in only:
                    recorder.by = name
                    await tick()
                    await self._settled()

    async def _settled(self) -> None:
        """What a tick began and does not wait for."""
        begun = asyncio.all_tasks() - {asyncio.current_task()}
        if begun:
            await asyncio.wait(begun, timeout=20)


def fill(connection: Any, schedules: int) -> None:
    """Fill a migrated database."""
    Filling(connection, schedules, zonedata.in_use().version).fill(EVERYTHING)


@asynccontextmanager
async def idle(database: Database, settings: Settings) -> AsyncGenerator[Idle]:
    """Baton on a filled database; the first of its accounts is one of a sandbox's."""
    clock = Clock(NOW)
    world, secrets = World(clock), SecretBox([Fernet.generate_key().decode()])
    systems = Systems(PagerDuty(clock=clock, api_url="http://pagerduty.test", transport=InProcessTransport(world)))
    await _connect(database, world, secrets)
    jobs = Jobs(JobQueue() if database.is_sqlite else SharedJobs(database))
    house = House(database, clock, secrets, systems, jobs, settings.offers)
    engine = Engine(database, secrets, systems, clock, "test", timedelta(minutes=5))
    parts = Parts(settings, house, jobs, engine, clock, leader_of(database))
    try:
        yield Idle(parts, jobs, _ticks(parts, jobs))
    finally:
        await systems.aclose()


def _ticks(parts: Parts, jobs: Jobs) -> dict[str, tuple[timedelta | None, Tick]]:
    with patch.object(timetable, "Ticker", Timetable):
        ticker = cast(Timetable, timetable.start(parts))
    with patch.object(notices, "Loop", StillLoop):
        loops = notices.start(parts, ticker)._loops  # pyright: ignore[reportPrivateUsage]
    timetable.keep_homes(parts, ticker, cast(Any, Nowhere()))
    found: dict[str, tuple[timedelta | None, Tick]] = {**ticker.ticks}
    later: dict[str, tuple[timedelta | None, Tick]] = {
        loop._name: (None, loop._work)  # pyright: ignore[reportPrivateUsage]
        for loop in loops
    }
    presence = {"presence": later.pop("presence")}  # goes on for a while after it
    found |= later | {f"job: {kind}": (None, partial(jobs.do_one, kind)) for kind in jobs.kinds if kind != "bulk"}
    found["job: bulk"] = (parts.settings.refresh_every, lambda: BulkRefresh(parts.engine).run(1))
    found["job: reconcile"] = (None, lambda: parts.engine.reconcile(1))
    return found | presence


async def _connect(database: Database, world: World, secrets: SecretBox) -> None:
    """Have the first connection's schedules in the sandbox."""
    account = world.add_account("acme")
    async with database.transaction() as tx:
        connection = await tx.session.get_one(Connection, 1)
        connection.secret = secrets.seal(account.add_key())
        rows = await tx.session.scalars(select(Destination).where(Destination.connection_id == 1))
        for row in rows:
            row.external_id = account.add_schedule(row.external_name, "UTC", layers=[]).id
            row.refresh_due_at = NOW
            tx.session.add(
                ExternalSchedule(
                    connection_id=1, external_id=row.external_id, name=row.external_name, kind="v2", seen_at=NOW
                )
            )
