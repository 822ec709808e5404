"""Whatever Baton asks by itself is answered by an index, however much there is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from bot.settings import Settings
from storage.database import Database
from tests.support.migrated import lay
from tests.support.plans import Recorder, planned
from tests.support.postgres import migrated_database
from tests.support.ticks import fill, idle

SCHEDULES = 100
WITHOUT_A_CHOICE = ("seqscan", "mergejoin", "hashjoin")
"""What PostgreSQL prefers while there is little."""


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return migrated_database(request.getfixturevalue("postgres"))
    lay(tmp_path / "baton.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}"


def test_no_tick_reads_all_of_a_table_that_grows(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET"):  # many workspaces, of which none can be called
        monkeypatch.setenv(f"SLACK_{name}", "1")
    engine, recorder = create_engine(address.replace("+aiosqlite", "")), Recorder()
    with engine.begin() as connection:
        fill(connection, SCHEDULES)

    asyncio.run(_everything_once(address, recorder))

    with engine.begin() as connection:
        _take_indexes(connection)
        found = [(asked, planned(connection, asked).reads_all_of) for asked in recorder.found.values()]
    engine.dispose()
    assert [(asked.by, asked.statement) for asked, tables in found if tables] == []
    assert len(recorder.counts) > 20
    assert len(found) > 150


async def _everything_once(address: str, recorder: Recorder) -> None:
    settings = Settings()  # pyright: ignore[reportCallIssue] - values come from the environment
    database = Database(address)
    try:
        async with idle(database, settings) as baton:
            await baton.record(recorder)
    finally:
        await database.close()


def _take_indexes(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for kind in WITHOUT_A_CHOICE:
            connection.exec_driver_sql(f"SET enable_{kind} = off")
