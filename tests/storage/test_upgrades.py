"""Every row of a database at revision 0004 outlives the way to the newest revision and back, on SQLite and PostgreSQL.

Rows are made from what the old tables are, with plain SQL: one in every table, each column filled, so that no table or
column that was there before can be forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table, select, text
from sqlalchemy.types import JSON, Boolean, DateTime, Integer, LargeBinary

from storage import tables
from storage.database import Database
from storage.migrations import config
from tests.support.postgres import new_database

FIRST = "0004"
INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = {
    "access": "admin",
    "kind": "pagerduty",
    "state": "open",
    "mode": "authoritative",
    "status": "ok",
    "time_zone": "UTC",
    "zone": "UTC",
    "source": "person",
    "confirm_mode": "by_hand",
    "unit": "weeks",
    "region": "us",
    "user_id": "UADMIN",
}
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    sqlite = request.param == "sqlite"
    server: str = "" if sqlite else request.getfixturevalue("postgres")
    url = f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}" if sqlite else new_database(server)
    made = Database(url)
    yield made
    await made.close()


def at(connection: Connection, revision: str) -> None:
    command.upgrade(config(connection), revision)


def stored(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    others = ("alembic_version", "procrastinate_")
    return [table for table in metadata.sorted_tables if not table.name.startswith(others)]


def value_of(table: Table, name: str, *, sqlite: bool) -> Any:
    column = table.columns[name]
    if name in ("removed_at", "archived_at"):
        return None
    if column.foreign_keys or (column.primary_key and isinstance(column.type, Integer)):
        return 1
    if isinstance(column.type, JSON):
        return "[]" if name in ("team_ids", "days", "taken", "roles") else "{}"
    if isinstance(column.type, Boolean):
        return 1 if sqlite else True
    if name == "ends_at":
        return "2026-01-02 00:00:00.000000" if sqlite else INSTANT + timedelta(days=1)
    if isinstance(column.type, DateTime):
        return "2026-01-01 00:00:00.000000" if sqlite else INSTANT
    if isinstance(column.type, Integer):
        return 1
    if isinstance(column.type, LargeBinary):
        return b"x"
    return WORDS.get(name, "x")


def furnish(connection: Connection) -> None:
    """One row in every table, each with the id 1."""
    sqlite = connection.dialect.name == "sqlite"
    for table in stored(connection):
        names = [column.name for column in table.columns]
        places = ", ".join(
            f"CAST(:{name} AS JSON)" if isinstance(table.columns[name].type, JSON) and not sqlite else f":{name}"
            for name in names
        )
        listed = ", ".join(f'"{name}"' for name in names)
        row = {name: value_of(table, name, sqlite=sqlite) for name in names}
        connection.execute(text(f'INSERT INTO "{table.name}" ({listed}) VALUES ({places})'), row)  # noqa: S608


def rows(connection: Connection) -> Rows:
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in stored(connection)
    }


def kept(before: Rows, after: Rows) -> None:
    """Every column that was there before says what it said."""
    for table, old in before.items():
        assert len(after[table]) == len(old) == 1, table
        shared = old[0].keys() & after[table][0].keys()
        assert {name: after[table][0][name] for name in shared} == {name: old[0][name] for name in shared}, table


async def test_an_upgrade_keeps_a_row_of_every_table_with_sensible_defaults(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(at, FIRST)
        await connection.run_sync(furnish)
        before = await connection.run_sync(rows)
    assert len(before) > 25
    await database.migrate()
    async with database.engine.connect() as connection:
        after = await connection.run_sync(rows)
    kept(before, after)
    assert {name: after["workspace"][0][name] for name in ("creators", "listed_creators")} == {
        "creators": "everybody",
        "listed_creators": [],
    }
    assert after["webhook"][0]["hears_all"]
    assert not after["connection"][0]["admins_told"]
    assert {row["user_id"] for row in after["connection_admin"]} == {"UADMIN", "x"}
    assert not after["person"][0]["is_guest"]
    assert after["destination"][0]["told_causes"] == {}
    assert after["rotation_version"][0]["counts"] == "calendar"
    assert after["role"][0]["removed_at"] is None
    async with database.read() as tx:
        for mapper in tables.Workspace.registry.mappers:
            await tx.session.scalars(select(mapper.class_))


async def test_going_back_keeps_what_was_there_before(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(at, FIRST)
        await connection.run_sync(furnish)
        before = await connection.run_sync(rows)
    await database.migrate()
    async with database.engine.connect() as connection:
        if database.is_sqlite:  # as it is migrated, so that a table that is made anew takes nothing along
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.execute("PRAGMA foreign_keys = OFF")
        async with connection.begin():
            await connection.run_sync(lambda sync: command.downgrade(config(sync), FIRST))
            after = await connection.run_sync(rows)
    assert after == before
    await database.migrate()
    async with database.engine.connect() as connection:
        kept(before, await connection.run_sync(rows))
