"""SQLite on the event loop's thread: what waits, what goes on meanwhile, and what is told when it takes too long."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from storage import checkpoints, inline
from storage.checkpoints import Checkpoints
from storage.database import Database
from storage.tables import SeenEvent
from storage.trouble import DatabaseTrouble
from tests.support.migrated import lay

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    lay(tmp_path / "baton.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    assert await seen(database) == []
    yield database
    await database.close()


ALONE = HOLDER.replace("BEGIN IMMEDIATE", "PRAGMA locking_mode = EXCLUSIVE").replace(
    'print("held"', 'connection.execute("CREATE TABLE mine (id)")\nprint("held"'
)


@asynccontextmanager
async def another_process_writing(file: Path | None, holding: str = HOLDER) -> AsyncGenerator[None]:
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", holding, str(file), stdin=pipe, stdout=pipe)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        yield
    finally:
        await holder.communicate(b"")


async def add(database: Database, key: str) -> None:
    async with database.transaction() as tx:
        tx.session.add(SeenEvent(key=key, at=NOW))


async def seen(database: Database) -> list[str]:
    async with database.read() as tx:
        return list(await tx.session.scalars(select(SeenEvent.key).order_by(SeenEvent.key)))


async def test_whoever_writes_waits_for_another_process_and_everybody_else_goes_on(database: Database) -> None:
    async with another_process_writing(database.file):
        adding = asyncio.create_task(add(database, "mine"))
        for _ in range(5):
            assert await seen(database) == []
            await asyncio.sleep(0.005)
        assert not adding.done()
    await adding
    assert await seen(database) == ["mine"]


async def test_whoever_opens_the_file_waits_as_well(tmp_path: Path) -> None:
    lay(tmp_path / "baton.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    async with another_process_writing(database.file, ALONE):
        opening = asyncio.create_task(seen(database))
        await asyncio.sleep(0.05)
        assert not opening.done()
    assert await opening == []
    await database.close()


async def test_a_wait_for_the_file_can_be_cancelled_and_leaves_nothing_behind(database: Database) -> None:
    async with another_process_writing(database.file):
        adding = asyncio.create_task(add(database, "cancelled"))
        await asyncio.sleep(0.02)
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
    await add(database, "next")
    assert await seen(database) == ["next"]


async def test_what_is_cancelled_within_a_transaction_is_taken_back(database: Database) -> None:
    written = asyncio.Event()

    async def hang() -> None:
        async with database.transaction() as tx:
            tx.session.add(SeenEvent(key="half", at=NOW))
            await tx.session.flush()
            written.set()
            await asyncio.sleep(60)

    hanging = asyncio.create_task(hang())
    await written.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    await add(database, "whole")
    assert await seen(database) == ["whole"]


async def test_a_file_that_stays_locked_is_told_as_such(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline, "PATIENCE", 0.01)
    async with another_process_writing(database.file):
        with pytest.raises(DatabaseTrouble, match="something else holds it locked"):
            await add(database, "late")
        assert await seen(database) == []
    await add(database, "next")
    assert await seen(database) == ["next"]


async def test_who_reads_goes_on_seeing_what_there_was_while_others_write(database: Database) -> None:
    await add(database, "first")
    async with database.read() as tx:
        count = select(SeenEvent.key)
        assert len(list(await tx.session.scalars(count))) == 1
        await add(database, "second")
        assert len(list(await tx.session.scalars(count))) == 1
    assert len(await seen(database)) == 2


async def test_a_long_row_of_statements_lets_others_have_their_turn(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline, "TURN", 0.0)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    async with database.read() as tx:
        for _ in range(50):
            await tx.session.execute(select(SeenEvent.key))
    beside.cancel()
    assert turns >= 20


async def test_nothing_is_left_beside_the_file_once_it_is_closed(database: Database, tmp_path: Path) -> None:
    await add(database, "kept")
    assert "baton.db-wal" in os.listdir(tmp_path)
    await database.close()
    assert os.listdir(tmp_path) == ["baton.db"]


async def test_what_was_committed_is_moved_into_the_file_beside_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 3)
    lay(file := tmp_path / "baton.db")
    moving = Checkpoints(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        for number in range(3):
            assert in_the_file_itself(file) == 0
            writer.execute("INSERT INTO seen_event (key, at) VALUES (?, '2026-11-30')", (number,))
            moving.committed()
        await moving.close()
        assert in_the_file_itself(file) == 3


def in_the_file_itself(file: Path) -> int:
    """How many events it has, whatever its log says."""
    with closing(sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True)) as reader:
        return reader.execute("SELECT count(*) FROM seen_event").fetchone()[0]
