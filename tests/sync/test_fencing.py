"""Several processes and one destination: one works at a time, and one that was taken over confirms nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import tests.support.engine_house
from storage.columns import Base
from storage.database import Database
from storage.unit import Unit
from sync.core.model import Mode
from sync.engine import Engine
from sync.ports import Board, Seen
from sync.run import Run
from sync.steps.report import Report
from tests.support.engine_house import EngineWorld, engine_world
from tests.support.postgres import migrated_database

LEASE_COLUMNS = {"fence", "lease_until", "lease_owner"}
DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def kept_in(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where worlds are kept from here on."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}"
    url = migrated_database(request.getfixturevalue("postgres"))
    monkeypatch.setattr(tests.support.engine_house, "Database", lambda _sqlite: Database(url))
    return url


@asynccontextmanager
async def other_process(world: EngineWorld, url: str) -> AsyncIterator[Engine]:
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        yield replace(world.engine, database=database, owner="other")


@pytest.mark.parametrize("kept_in", DATABASES, indirect=True)
async def test_of_two_processes_one_reconciles_at_a_time(
    tmp_path: Path, kept_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that comes when the other has ended already has nothing left to write."""
    refused, look = 0, Run._look

    async def by_a_network(self: Run, board: Board) -> Seen:
        await asyncio.sleep(0.01)
        return await look(self, board)

    monkeypatch.setattr(Run, "_look", by_a_network)
    async with engine_world(tmp_path) as world, other_process(world, kept_in) as other:
        for day in range(1, 6):
            await world.assign("UALICE", 24 * day, 24 * day + 12)
            reports = await asyncio.gather(
                world.engine.reconcile(world.destination_id), other.reconcile(world.destination_id)
            )
            refused += reports.count(None)
            assert reports.count(None) <= 1
        assert refused > 0, "the two never met"
        assert world.overrides() == [(24 * day, 24 * day + 12, "UALICE") for day in range(1, 6)]
        assert world.world.count("POST", "/overrides") == 5


@pytest.mark.parametrize("kept_in", DATABASES, indirect=True)
async def test_a_dead_process_is_taken_over_when_its_lease_has_run_out(tmp_path: Path, kept_in: str) -> None:
    async with engine_world(tmp_path) as world, other_process(world, kept_in) as other:
        await world.assign("UALICE", 24, 48)
        await world.die_unconfirmed()
        assert await other.reconcile(world.destination_id) is None
        world.pass_hours(0.1)
        report = await other.reconcile(world.destination_id)
        assert report is not None
        assert (world.overrides(), world.world.count("POST", "/overrides")) == ([(24, 48, "UALICE")], 1)


async def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Everything in the database, but for who holds what."""
    async with database.read() as tx:
        found = {table.name: await tx.session.execute(select(table)) for table in Base.metadata.sorted_tables}
        return {
            name: [{key: row[key] for key in row if key not in LEASE_COLUMNS} for row in result.mappings()]
            for name, result in found.items()
        }


class Takeover:
    """Somebody takes the destination over just before the transaction with this number."""

    def __init__(self, world: EngineWorld, number: int) -> None:
        self._world = world
        self._left = number
        self.before: dict[str, list[dict[str, Any]]] = {}
        self._transaction = world.database.transaction

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Unit]:
        self._left -= 1
        if self._left == 0:
            async with self._transaction() as tx:
                await tx.destinations.interrupt(self._world.destination_id)
            self.before = await rows(self._world.database)
        async with self._transaction() as tx:
            yield tx


async def exporting(world: EngineWorld) -> None:
    """New, changed and withdrawn shifts, somebody's override, and somebody to look up."""
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.assign("UBOB", 36, 48)
    await world.assign("UCAROL", 48, 72)
    world.human_override("UCAROL", 24, 30)


async def importing(world: EngineWorld) -> None:
    """A change, a removal and a conflict to import, and somebody who is nobody in Slack."""
    await world.configure(mode=Mode.BIDIRECTIONAL)
    world.pd_users["UMALLORY"] = world.world.account.add_user("Mallory", "mallory@elsewhere.example").id
    for start in (24, 48, 72, 96):
        await world.assign("UALICE", start, start + 20)
    await world.reconcile()
    world.human_override("UBOB", 24, 44)
    world.human_delete(world.listed()[1].id)
    world.human_override("UBOB", 72, 92)
    await world.assign("UCAROL", 72, 92)
    world.human_override("UMALLORY", 96, 116)


async def waiting(world: EngineWorld) -> None:
    """A list for a manual export."""
    await world.configure(mode=Mode.MANUAL_EXPORT)
    await world.assign("UALICE", 24, 48)
    world.human_override("UBOB", 24, 30)


@pytest.mark.parametrize("begin", [exporting, importing, waiting])
async def test_a_worker_that_was_taken_over_writes_nothing_more(
    monkeypatch: pytest.MonkeyPatch, begin: Callable[[EngineWorld], Awaitable[None]]
) -> None:
    report: Report | None = None
    number = 1
    while report is None:
        number += 1
        async with engine_world() as world:
            await begin(world)
            takeover = Takeover(world, number)
            monkeypatch.setattr(world.database, "transaction", takeover.transaction)
            report = await world.engine.reconcile(world.destination_id)
            monkeypatch.undo()
            assert report is not None or await rows(world.database) == takeover.before
    assert number > 3, "there were transactions to interrupt"
