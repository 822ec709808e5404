"""The migrations make exactly the tables that the code works with."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage import migrations, tables
from storage.database import Database
from storage.migrations import config


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), tables.Workspace.metadata))


async def test_migrating_makes_the_tables_of_the_code(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    try:
        await database.migrate()
        async with database.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await database.close()


BEFORE_ADMINS = "0007"
FURNISHED = """
    INSERT INTO workspace (id, enterprise_id, team_id, name, created_at) VALUES (1, '', 'T1', '', '2026-01-01');
    INSERT INTO team (id, workspace_id, public_id, name, name_key) VALUES (1, 1, 'a', 'Money', 'money');
    INSERT INTO schedule (id, workspace_id, team_id, public_id, name, name_key, time_zone, horizon_days, confirm_mode,
        created_at, created_by) VALUES (1, 1, 1, 'b', 'Payments', 'payments', 'UTC', 30, 'by_hand', '2026-01-01', 'U1');
    INSERT INTO role (id, schedule_id, position, name) VALUES (1, 1, 0, 'Primary');
    INSERT INTO member (schedule_id, user_id, access, assignable, position) VALUES
        (1, 'UADMIN', 'admin', 1, 0), (1, 'UMEMBER', 'member', 1, 1);
    INSERT INTO connection (id, workspace_id, kind, subdomain, region, secret, state, state_reason, checked_at,
        create_users, from_email, user_role, created_at, created_by) VALUES
        (1, 1, 'pagerduty', 'acme', 'us', 's', 'ok', '', '2026-01-01', 0, '', 'user', '2026-01-01', 'UADDED');
    INSERT INTO webhook (id, workspace_id, name, url, team_ids, secret, created_at, created_by) VALUES
        (1, 1, 'Access', 'https://example.com', '[]', 's', '2026-01-01', 'UMEMBER');
"""


async def test_an_upgrade_keeps_every_row_and_what_used_a_connection_goes_on(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(lambda sync: command.upgrade(config(sync), BEFORE_ADMINS))
        with sqlite3.connect(tmp_path / "baton.db") as file:
            file.executescript(FURNISHED)
            columns = [row[1] for row in file.execute("PRAGMA table_info(destination)")]
            values = {"id": 1, "schedule_id": 1, "role_id": 1, "connection_id": 1, "fence": 0, "dirty": 0}
            values |= {"created_at": "2026-01-01", "refresh_due_at": "2026-01-01", "removed_at": None}
            row = [values.get(name, None if name in EMPTY else "") for name in columns]
            places = ", ".join("?" * len(columns))
            file.execute(f"INSERT INTO destination VALUES ({places})", row)  # noqa: S608
        await database.migrate()
        async with database.read() as tx:
            assert await tx.connections.admins(1) == ["UADDED", "UADMIN"]
            assert [member.user_id for member in await tx.schedules.members(1)] == ["UADMIN", "UMEMBER"]
            assert [role.name for role in await tx.schedules.roles(1)] == ["Primary"]
            [kept] = await tx.connections.of_workspace(1)
            assert not kept.admins_told
            [hook] = await tx.webhooks.of_workspaces([1])
            assert hook.hears_all
    finally:
        await database.close()


EMPTY = ("refreshed_at", "lease_until", "removed_at")


async def test_who_had_shifts_before_there_were_feeds_has_them_in_one(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(lambda sync: command.upgrade(config(sync), BEFORE_ADMINS))
        with sqlite3.connect(tmp_path / "baton.db") as file:
            file.executescript(FURNISHED.partition("INSERT INTO connection")[0])
            for user in ("U1", "U2", "U1", None):
                file.execute(
                    "INSERT INTO shift (schedule_id, role_id, user_id, starts_at, ends_at, state, source, revision, "
                    "created_at) VALUES (1, 1, ?, '2026-01-01 00:00:00', '2026-01-02 00:00:00', 'confirmed', 'person', "
                    "1, '2026-01-01 00:00:00')",
                    [user],
                )
        await database.migrate()
        async with database.read() as tx:
            for user, found in (("U1", ["Payments"]), ("U3", [])):
                known = await tx.feeds.schedules(1, schedule_id=None, user_id=user)
                assert [schedule.name for schedule in known] == found
    finally:
        await database.close()


def test_the_revisions_read_from_the_files_are_those_that_alembic_knows() -> None:
    scripts = ScriptDirectory.from_config(migrations.config())
    assert migrations.head() == scripts.get_current_head()
    assert {one.revision for one in scripts.walk_revisions()} == migrations._known()
