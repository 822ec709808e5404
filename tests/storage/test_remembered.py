"""What was read is given again only while nothing has been committed, and bursts of units take turns."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from oncall.clock import SystemClock
from storage.database import AT_ONCE, Database
from storage.postgres import MOST_CHANGES
from storage.tables import Workspace
from storage.unit import Unit
from tests.support.migrated import lay
from tests.support.postgres import migrated_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    if request.param == "sqlite":
        lay(tmp_path / "baton.db")
        made = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    else:
        made = Database(migrated_database(request.getfixturevalue("postgres")))
    await add(made, "T0")  # the first connection changes the file: it turns the write-ahead log on
    yield made
    await made.close()


class Reading:
    """Counts workspaces, and how often it was done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.times = 0

    async def __call__(self) -> int:
        return await self._database.remembered("workspaces", self._read)

    async def _read(self, tx: Unit) -> int:
        self.times += 1
        return await tx.session.scalar(select(func.count()).select_from(Workspace)) or 0


async def add(database: Database, team: str) -> None:
    async with database.transaction() as tx:
        await tx.people.ensure_workspace(team, "", "", SystemClock().now())


async def test_what_nothing_was_committed_to_is_read_once(database: Database) -> None:
    count = Reading(database)
    assert [await count() for _ in range(3)] == [1, 1, 1]
    assert count.times == 1


async def test_whoever_has_committed_reads_what_they_wrote(database: Database) -> None:
    count = Reading(database)
    for number in range(1, 5):
        assert await count() == number
        await add(database, f"T{number}")
    assert await count() == 5


async def test_what_another_process_commits_is_seen(database: Database) -> None:
    count = Reading(database)
    assert await count() == 1
    with other_process(database) as other:
        other.execute("BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN")
        other.execute("DELETE FROM workspace")
        assert await count() == 1
        other.execute("COMMIT")
    assert await count() == 0


def other_process(database: Database) -> Any:
    if database.is_sqlite:
        return contextlib.closing(sqlite3.connect(database.file or "", isolation_level=None))
    return psycopg.connect(database.libpq_address, autocommit=True)


async def test_what_was_read_before_a_commit_is_not_given_after_it(database: Database) -> None:
    async def read_slowly(tx: Unit) -> int:
        found = await tx.session.scalar(select(func.count()).select_from(Workspace)) or 0
        reading.set()
        await committed.wait()
        return found

    reading, committed = asyncio.Event(), asyncio.Event()
    slow = asyncio.create_task(database.remembered("workspaces", read_slowly))
    await reading.wait()
    await add(database, "T1")
    committed.set()
    assert await slow == 1
    assert await Reading(database)() == 2


async def test_a_failure_is_not_remembered(database: Database) -> None:
    async def fail(_: Unit) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.remembered("workspaces", fail)
    assert await Reading(database)() == 1


async def test_where_somebody_writes_all_the_time_nobody_asks_for_a_while(postgres: str) -> None:
    database = Database(migrated_database(postgres))
    count = Reading(database)
    for number in range(MOST_CHANGES + 1):
        assert await count() == number
        await add(database, f"T{number}")
    read = count.times
    assert [await count() for _ in range(3)] == [MOST_CHANGES + 1] * 3
    assert count.times == read + 3
    await database.close()


async def test_a_burst_of_readers_uses_a_few_connections(database: Database) -> None:
    most = 0

    async def read() -> None:
        nonlocal most
        async with database.read() as tx:
            await tx.people.workspaces()
            most = max(most, database.engine.pool.checkedout())  # type: ignore[attr-defined]

    await asyncio.gather(*(read() for _ in range(500)))
    assert most <= AT_ONCE


async def test_who_has_a_turn_needs_no_other_one(database: Database) -> None:
    async def read_twice() -> None:
        async with database.read(), database.read() as tx:
            await tx.people.workspaces()

    async with asyncio.timeout(30):
        await asyncio.gather(*(read_twice() for _ in range(10 * AT_ONCE)))
