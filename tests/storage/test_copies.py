"""What tells a database from an older copy of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from services.admin.older_copy import on_start
from storage.copies import Mark, MarkFile
from storage.database import Database
from tests.support.postgres import migrated_database

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def start(database: Database) -> str:
    async with database.transaction() as tx:
        return await on_start(tx, NOW, None, paused=False)


async def test_postgresql_tells_a_restart_from_a_copy_that_was_loaded(postgres: str) -> None:
    database = Database(migrated_database(postgres))
    await database.migrate()
    assert [await start(database) for _ in range(3)] == ["", "", ""]
    await database.close()

    loaded = f"baton_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        names = sql.Identifier(loaded), sql.Identifier(database.url.database or "")
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    copy = Database(database.url.set(database=loaded).render_as_string(hide_password=False))
    assert [await start(copy) for _ in range(2)] == ["loaded copy", ""]
    await copy.close()


def test_a_mark_never_goes_back_and_what_is_no_mark_says_nothing(tmp_path: Path) -> None:
    file = MarkFile(tmp_path / "baton.db")
    assert file.read() is None
    file.write(Mark(7, "one"))
    file.write(Mark(3, "one"))
    assert file.read() == Mark(7, "one")
    for broken in ("", "{}", "[]", '{"writes": "many", "database": "one"}', "\x00"):
        (tmp_path / "baton.db.mark").write_text(broken)
        assert file.read() is None
