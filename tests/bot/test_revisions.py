"""A database that an older or a newer Baton has used: brought up to date, or refused with what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text

from storage import migrations
from storage.database import Database
from tests.support.migrated import lay
from tests.support.postgres import new_database
from tests.support.processes import Finished, environment, run

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
async def newer(address: str, tmp_path: Path) -> str:
    """The address of what a newer Baton leaves: all of today's tables, and a revision that nobody knows."""
    if address.startswith("sqlite"):
        lay(tmp_path / "baton.db")
    else:
        await bring_to(address, "head")
    await changed(address, lambda to: to.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    return address


async def bring_to(address: str, revision: str) -> None:
    await changed(address, lambda to: command.upgrade(migrations.config(to), revision))


async def changed(address: str, go: Callable[[Connection], object]) -> None:
    database = Database(address)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(go)
    finally:
        await database.close()


def said(finished: Finished) -> str:
    both = finished.out + finished.err
    assert "Traceback" not in both
    return " ".join(both.split())


@pytest.mark.parametrize("asked", ["run", "worker", "migrate", "doctor"])
async def test_a_database_of_a_newer_version_is_refused_and_stays_as_it_is(
    newer: str, tmp_path: Path, asked: str
) -> None:
    found = await run(asked, tmp_path, environment(tmp_path, **SLACK, BATON_DATABASE_URL=newer))
    assert found.status == (1 if asked == "doctor" else 2)
    assert "it is at revision 9999, and this version knows none after" in said(found)
    assert "Upgrade Baton, or restore the backup" in said(found)
    database = Database(newer)
    try:
        async with database.engine.connect() as connection:
            assert await connection.run_sync(migrations.current) == "9999"
    finally:
        await database.close()


async def test_a_database_of_an_older_version_is_brought_up_to_date_as_documented(address: str, tmp_path: Path) -> None:
    await bring_to(address, "0004")
    settings = environment(tmp_path, **SLACK, BATON_DATABASE_URL=address)
    looked = said(await run("doctor", tmp_path, settings))
    if address.startswith("postgresql"):
        assert "Run `baton migrate`" in looked
        assert "Run `baton migrate` first" in said(await run("run", tmp_path, settings))
    else:
        assert "which `baton run` brings it to" in looked
    assert f"The database is at revision {migrations.head()}." in said(await run("migrate", tmp_path, settings))


async def test_of_two_processes_that_migrate_at_once_both_end_well(postgres: str, tmp_path: Path) -> None:
    settings = environment(tmp_path, BATON_DATABASE_URL=new_database(postgres))
    both = await asyncio.gather(*(run("migrate", tmp_path, settings) for _ in range(2)))
    assert [said(one).count(f"at revision {migrations.head()}") for one in both] == [1, 1]
    assert [one.status for one in both] == [0, 0]
