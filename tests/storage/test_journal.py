"""What the journal keeps: the ledger as plain entries, and the operations that are still worth reading."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.ledger import NAMES, Entry
from storage.repositories.journal import CREATE, FEW, OpState
from storage.tables import LedgerItem, Op
from sync.core.model import Mode, Phase
from tests.support.engine_rows import START, store_world
from tests.support.memory import MemoryDatabase, memory_database

HOUR = timedelta(hours=1)
ENTRY = Entry(1, "P1", 1, "I1", "PALICE", START, START + HOUR, START, "line", "PBOB", adopted=True)


@pytest.fixture
async def database() -> AsyncGenerator[MemoryDatabase]:
    async with memory_database() as made:
        await store_world(made, "sealed", "P1", Mode.AUTHORITATIVE, 30)
        yield made


def op(action: str, state: OpState, **more: object) -> Op:
    settled = None if state == OpState.IN_FLIGHT else START
    facts = {"plan": "p", "position": 0, "user": "PALICE", "starts_at": START, "ends_at": START + HOUR, "error": ""}
    also = {"on_line": "", "overridden": "", "recognised": True, "fence": 1, "created_at": START, "settled_at": settled}
    return Op(destination_id=1, action=action, state=state, **{**facts, **also, **more})


def test_an_entry_has_every_column_of_the_ledger() -> None:
    assert set(NAMES) == {column.key for column in LedgerItem.__table__.columns}


async def test_an_entry_is_read_as_it_was_recorded_and_an_adopted_one_stays_as_it_was(database: MemoryDatabase) -> None:
    first, second = replace(ENTRY), replace(ENTRY, user="PBOB")
    async with database.transaction() as tx:
        await tx.journal.record(first)
        await tx.journal.record(second)
    async with database.read() as tx:
        [found] = await tx.journal.ledger(1, "P1", START)
    assert {name: getattr(found, name) for name in NAMES} == {name: getattr(first, name) for name in NAMES}
    assert (first.id > 0, second.id) == (True, 0)


async def test_the_ledger_leaves_out_what_is_over(database: MemoryDatabase) -> None:
    async with database.transaction() as tx:
        await tx.journal.record(replace(ENTRY))
    async with database.read() as tx:
        assert await tx.journal.ledger(1, "P1", START + HOUR) == []


@pytest.mark.parametrize("count", [1, FEW, FEW + 1])
async def test_operations_are_stored_alike_whether_few_or_many(database: MemoryDatabase, count: int) -> None:
    async with database.transaction() as tx:
        rows = await tx.journal.add_ops(
            op(Phase.CREATE, OpState.PLANNED, position=n, beside=[["I", n]], covers=None) for n in range(count)
        )
    assert [row.id for row in rows] == list(range(1, count + 1))
    kept = database.rows("SELECT position, beside, covers, error, remote_id, shown_at FROM op ORDER BY id")
    assert kept == [(n, f'[["I", {n}]]', "null", "", None, None) for n in range(count)]


async def test_what_was_created_and_showed_since_is_watched_no_more(database: MemoryDatabase) -> None:
    watched = [
        op(Phase.CREATE, OpState.DONE, remote_id="new"),
        op(Phase.DELETE, OpState.DONE, remote_id="gone", shown_at=START),
        op(Phase.UPDATE, OpState.DONE, remote_id="moved", shown_at=START),
        op(Phase.CREATE, OpState.IN_FLIGHT, remote_id="open"),
        op(Phase.CREATE, OpState.LOST, remote_id="lost"),
    ]
    done = [
        op(Phase.CREATE, OpState.DONE, remote_id="shown", shown_at=START),
        op(Phase.DELETE, OpState.DONE, remote_id="before", settled_at=START - 2 * HOUR),
        op(Phase.CREATE, OpState.FAILED, remote_id="refused"),
    ]
    async with database.transaction() as tx:
        await tx.journal.add_ops([*watched, *done])
    async with database.read() as tx:
        found = [one.remote_id for one in await tx.journal.watched(1, START - HOUR)]
    assert found == ["new", "gone", "moved", "open", "lost"]
    assert CREATE == Phase.CREATE
