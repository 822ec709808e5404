"""Refreshing many destinations of one connection when nothing changed.

The floor is the same requests by httpx alone, answers parsed and thrown away. Both sides talk to the sandbox's
PagerDuty in the same process, so its rendering is part of both. Each schedule has weekly shifts for two months ahead.

How the time grows is measured on answers that were rendered before and are given again, since the sandbox's own growth
says nothing about Baton; for the same reason its world is kept out of the garbage collector's sight.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import structlog
from cryptography.fernet import Fernet

from benchmarks.measure import Report, Sample, Target, compete
from oncall.shifts import Shift
from oncall.timeline import Interval
from sandbox.pagerduty import Clock, InProcessTransport, World
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Connection, Destination, ExternalSchedule, Member, Observation, Schedule
from storage.unit import Unit
from sync.bulk import BulkRefresh
from sync.destinations import PagerDuty, Systems
from sync.engine import Engine
from sync.steps.finish import written

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SIZES = (2500, 5000, 10_000, 20_000)
COMPARED = 1000
WEEKS = 8
URL = "http://pagerduty.test"
EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Destinations at rest, and the world they look at."""

    engine: Engine
    world: World
    key: str
    size: int

    async def refresh(self) -> None:
        """One bulk refresh of every destination, five minutes after the last."""
        self.world.clock.advance(EVERY.total_seconds() + 1)
        left = await BulkRefresh(self.engine).run(1)
        if left:
            raise AssertionError(f"{len(left)} destinations were not refreshed in bulk")

    async def floor(self) -> None:
        """The same requests by httpx alone."""
        headers = {"Authorization": f"Token token={self.key}"}
        transport = InProcessTransport(self.world)
        async with httpx.AsyncClient(base_url=URL, transport=transport, headers=headers) as client:
            offset, more = 0, True
            while more:
                page = (await client.get("/schedules", params=self._asked(offset))).json()
                offset, more = offset + len(page["schedules"]), page["more"]

    def _asked(self, offset: int) -> dict[str, Any]:
        now = self.world.clock.now()
        return {
            "since": now.isoformat(),
            "until": (START + timedelta(weeks=WEEKS)).isoformat(),
            "time_zone": "UTC",
            "include[]": ["final_schedule", "overrides_subschedule"],
            "limit": 100,
            "offset": offset,
        }


class Replaying(httpx.AsyncBaseTransport):
    """Gives the answer to a request again when it is asked again."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._answers: dict[str, tuple[int, httpx.Headers, bytes]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = f"{request.method} {request.url}"
        if asked not in self._answers:
            answer = await self._inner.handle_async_request(request)
            self._answers[asked] = (answer.status_code, answer.headers, await answer.aread())
        status, headers, content = self._answers[asked]
        return httpx.Response(status, headers=headers, content=content)


@asynccontextmanager
async def fleet(size: int, *, replayed: bool = False) -> AsyncIterator[Fleet]:
    """``size`` destinations on one connection, each as a refresh that found nothing to do leaves it."""
    with TemporaryDirectory() as folder:
        clock = Clock(START)
        world = World(clock)
        world.switches.rate_limit_per_minute = 10**9
        account = world.add_account("acme")
        key, box = account.add_key(), SecretBox([Fernet.generate_key().decode()])
        people = [account.add_user(name, f"{name}@example.com").id for name in ("ann", "bob")]
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'baton.db'}")
        await database.migrate()
        inner = InProcessTransport(world)
        systems = Systems(PagerDuty(clock=clock, api_url=URL, transport=Replaying(inner) if replayed else inner))
        engine = Engine(database, box, systems, clock, "benchmark", EVERY)
        for number in range(size):
            external = account.add_schedule(f"Service {number:05}", "UTC", layers=[])
            for week in range(WEEKS):
                begin = START + timedelta(weeks=week)
                account.create_override(external.id, people[week % 2], begin, begin + timedelta(weeks=1))
        await _store(database, engine, world, box.seal(key))
        gc.collect()
        gc.freeze()
        try:
            yield Fleet(engine, world, key, size)
        finally:
            gc.unfreeze()
            await systems.aclose()
            await database.close()


async def _store(database: Database, engine: Engine, world: World, sealed: str) -> None:
    connection = Connection(
        workspace_id=1,
        kind="pagerduty",
        subdomain="acme",
        region="us",
        secret=sealed,
        state="ok",
        checked_at=START,
        created_at=START,
        created_by="U1",
    )
    async with database.transaction() as tx:
        await tx.people.ensure_workspace("T1", "", "Acme", START)
        await tx.schedules.ensure_team(1, "Team")
        await tx.connections.add(connection)
    window = Interval(START, START + timedelta(weeks=WEEKS))
    names = {one.id: one.name for one in world.account.schedules.values()}
    seen = await engine.external.look_at_all(engine.account(connection), window, wanted=names)
    async with database.transaction() as tx:
        for external in world.account.schedules.values():
            await _rest(tx, external, seen[external.id], window)


async def _rest(tx: Unit, external: Any, seen: Any, window: Interval) -> None:
    schedule = _schedule(external)
    await tx.schedules.add(schedule, ["Primary"], [Member(user_id="U1", access="admin")])
    (role,) = await tx.schedules.roles(schedule.id)
    await tx.shifts.add(schedule.id, [Shift(role.id, "U1", window.start, window.end)], START)
    destination = await tx.destinations.add(_destination(external, schedule.id, role.id))
    await tx.journal.observe(_observation(destination.id, seen.look(), window))
    cached = ExternalSchedule(connection_id=1, external_id=external.id, name=external.name, kind="v2", seen_at=START)
    tx.session.add(cached)


def _schedule(external: Any) -> Schedule:
    return Schedule(
        workspace_id=1,
        team_id=1,
        public_id=external.id,
        name=external.name,
        name_key=external.name.lower(),
        time_zone="UTC",
        horizon_days=30,
        confirm_mode="by_hand",
        created_at=START,
        created_by="U1",
    )


def _destination(external: Any, schedule_id: int, role_id: int) -> Destination:
    return Destination(
        schedule_id=schedule_id,
        role_id=role_id,
        connection_id=1,
        external_id=external.id,
        external_kind="v2",
        external_name=external.name,
        mode="authoritative",
        status="ok",
        refresh_due_at=START,
        created_at=START,
    )


def _observation(destination_id: int, look: Any, window: Interval) -> Observation:
    return Observation(
        destination_id=destination_id,
        observed_at=START,
        window_start=window.start,
        window_end=window.end,
        effective=written(look.effective),
        pinned=written(look.pinned),
        clean=True,
    )


def measured(size: int, repeats: int = 5) -> tuple[tuple[Sample, ...], int, int, float]:
    """Times of a refresh and of its floor, requests and writes per refresh, and bytes per destination at the peak."""
    with asyncio.Runner() as runner:
        scope = fleet(size)
        one = runner.run(scope.__aenter__())
        try:
            sides = {
                f"refresh of {size:,} destinations": lambda: runner.run(one.refresh()),
                "the same requests by httpx alone": lambda: runner.run(one.floor()),
            }
            runner.run(one.refresh())
            samples = compete(sides, repeats=repeats, seconds=0.0)
            one.world.log.clear()
            tracemalloc.start()
            runner.run(one.refresh())
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            writes = sum(entry.method != "GET" for entry in one.world.log)
            return samples, len(one.world.log), writes, peak / size
        finally:
            runner.run(scope.__aexit__(None, None, None))


def growth(sizes: Sequence[int], repeats: int = 15) -> tuple[Sample, ...]:
    """Times of a refresh of fleets of these sizes, measured in turn: a machine whose speed changes is as slow for one
    as for the others. The fastest ones are to be compared, since what else it does only adds."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            fleets = [runner.run(stack.enter_async_context(fleet(size, replayed=True))) for size in sizes]
            sides = {
                f"refresh of {one.size:,} destinations": lambda one=one: runner.run(one.refresh()) for one in fleets
            }
            return compete(sides, repeats=repeats, seconds=0.0)
        finally:
            runner.run(stack.aclose())


def run() -> Report:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    (ours, floor), requests, writes, memory = measured(COMPARED)
    grown = growth(SIZES)
    steps = [later.fastest / earlier.fastest for earlier, later in pairwise(grown)]
    ratio = ours.median / floor.median
    return Report(
        name="bulk",
        title=f"Refreshing {COMPARED:,} unchanged destinations of one connection",
        samples=(ours, floor, *grown),
        targets=(
            Target(f"{requests} requests (at most 20) and {writes} writes (none)", requests <= 20 and not writes),
            Target(f"{ratio:.2f} times the floor (at most 1.5)", ratio <= 1.5),
            Target(f"twice the destinations take {max(steps):.2f} times as long (at most 2.1)", max(steps) <= 2.1),
            Target(f"{memory / 1024:.1f} KB per destination at the peak (at most 20)", memory <= 20 * 1024),
        ),
    )
