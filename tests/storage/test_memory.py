"""The tests' database in memory has one connection, and a busy machine must not show."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from storage import inline
from tests.support.memory import MemoryDatabase, memory_database

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


async def test_units_take_turns_where_every_statement_gives_way_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline, "TURN", -1.0)

    async def write(database: MemoryDatabase, number: int) -> None:
        async with database.transaction() as tx:
            await tx.people.ensure_workspace(f"T{number}", "", "", NOW)

    async def read(database: MemoryDatabase) -> None:
        async with database.read() as tx:
            await tx.people.read_since(NOW)

    async with memory_database() as database:
        await asyncio.gather(*[write(database, n) for n in range(20)], *[read(database) for _ in range(20)])
        assert database.rows("SELECT count(*) FROM workspace") == [(20,)]
