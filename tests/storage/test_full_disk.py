"""Of a unit that fills the disk nothing stays: SQLite takes all of it back, and nothing of it may go on alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from storage.database import Database
from storage.inserting import insert_new
from storage.tables import RequestBudget
from storage.trouble import DatabaseTrouble
from storage.unit import Unit
from tests.support.migrated import lay

PAGES_LEFT, MUCH, LITTLE = 4, 14_000, 7_000


@pytest.fixture
def address(tmp_path: Path) -> str:
    lay(tmp_path / "baton.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}"


def row(name: str, size: int) -> dict[str, Any]:
    return {"credential": name, "per_minute": 1, "taken": ["y" * size], "routine_from": None, "urgent_from": None}


async def fill(tx: Unit, *last: str) -> None:
    pages = await tx.session.scalar(text("PRAGMA page_count"))
    await tx.session.execute(text(f"PRAGMA max_page_count = {pages + PAGES_LEFT}"))
    await insert_new(tx.session, RequestBudget, [row("a", MUCH)])
    await insert_new(tx.session, RequestBudget, [row(one, LITTLE) for one in last])


@pytest.mark.parametrize("last", [["b"], ["b", "c"]])
async def test_nothing_of_it_is_stored_and_whoever_wrote_is_told(address: str, last: list[str]) -> None:
    database = Database(address)
    with pytest.raises(DatabaseTrouble, match="disk is full"):
        async with database.transaction() as tx:
            await fill(tx, *last)
    async with database.read() as tx:
        assert (await tx.session.scalars(text("SELECT credential FROM request_budget"))).all() == []
    await database.close()


async def test_who_goes_on_all_the_same_is_told_at_the_end(address: str) -> None:
    database = Database(address)

    async def go_on() -> None:
        async with database.transaction() as tx:
            with suppress(OperationalError):
                await fill(tx, "b")

    with pytest.raises(DatabaseTrouble, match="taken back by SQLite"):
        await go_on()
    await database.close()
