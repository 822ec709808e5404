"""What is wrong with a database is one sentence, for the probe, the log and the person in Slack."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from handlers.kit.errors import wording
from storage.database import Database
from storage.tables import SeenEvent
from storage.trouble import DatabaseTrouble
from tests.support.migrated import lay

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    lay(tmp_path / "baton.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    yield database
    await database.close()


def full_from_now_on(connection: Any, _record: Any) -> None:
    """As on a full disk: the file may not grow, and SQLite says SQLITE_FULL."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA page_count")
    [(pages,)] = cursor.fetchall()
    cursor.execute(f"PRAGMA max_page_count = {pages}")
    cursor.close()


async def grow(database: Database) -> None:
    async with database.transaction() as tx:
        tx.session.add_all(SeenEvent(key=f"{number}{'x' * 50}", at=NOW) for number in range(5_000))


async def test_a_full_disk_is_told_as_such_to_the_probe_and_in_slack(database: Database) -> None:
    event.listen(database.engine.sync_engine, "connect", full_from_now_on)
    with pytest.raises(DatabaseTrouble, match="its disk is full") as refused:
        await grow(database)
    assert wording(refused.value, {}) == (
        "Baton's database can't be used: its disk is full. Nothing was saved. "
        "Tell whoever runs Baton, and try again when it is mended."
    )


async def test_a_file_that_was_replaced_takes_no_more_writes(database: Database, tmp_path: Path) -> None:
    await database.check_writable(NOW)
    (tmp_path / "baton.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(DatabaseTrouble, match="its file has vanished"):
        await database.check_writable(NOW)
    lay(tmp_path / "baton.db")
    with pytest.raises(DatabaseTrouble, match="its file was replaced"):
        await database.check_writable(NOW)


async def test_what_is_no_trouble_of_the_database_stays_what_it_is(database: Database) -> None:
    async with database.transaction() as tx:
        tx.session.add(SeenEvent(key="E1", at=NOW))
    with pytest.raises(Exception, match="UNIQUE") as refused:
        async with database.transaction() as tx:
            tx.session.add(SeenEvent(key="E1", at=NOW))
    assert not isinstance(refused.value, DatabaseTrouble)
