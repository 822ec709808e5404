"""A workspace that people use since the first version goes on after an upgrade: nothing lost, nothing rewritten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.reseal import Resealed, reseal
from notices.deciding.fanout import fan_out
from notices.deciding.topics import Method
from notices.sending.courier import Courier
from notices.sending.webhook_address import address_of
from services.connections import admins_and_removal as connection_care
from services.covers import requests as covers
from services.destinations import exporting
from services.kit.house import Actor
from services.schedules import horizon
from services.shifts import confirming
from storage.database import Database
from storage.notices import NoticeKind
from storage.secrets import SecretBox
from storage.tables import OutboxItem
from tests.storage import old_workspace
from tests.support.notice_house import Kept
from tests.support.postgres import new_database

DESTINATIONS = (1, 2, 3)
TOLD = ["UALICE", "UBOB", "UROOT"]


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        old_workspace.lay(tmp_path / "baton.db")
        made = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    else:
        made = Database(new_database(request.getfixturevalue("postgres")))
        await old_workspace.load(made, tmp_path)
    yield made
    await made.close()


async def all_rows(database: Database) -> old_workspace.Rows:
    async with database.engine.connect() as connection:
        return await connection.run_sync(old_workspace.rows)


async def test_every_row_says_what_it_said(database: Database) -> None:
    before = await all_rows(database)
    assert sum(len(rows) for rows in before.values()) > 80
    await database.migrate()
    after = await all_rows(database)
    for table, old in before.items():
        kept = [{name: row[name] for name in old[0]} for row in after[table]] if old else after[table]
        assert kept == old, table


async def test_every_secret_opens_and_addresses_that_were_in_clear_are_sealed(database: Database) -> None:
    secrets = SecretBox([old_workspace.KEY])
    await database.migrate()
    assert await reseal(database, secrets) == Resealed(done=7, unreadable=0)
    async with database.read() as tx:
        [connection] = await tx.connections.of_workspace(1)
        hooks = await tx.webhooks.of_workspaces([1])
    assert secrets.open(connection.secret).startswith("u+")
    assert not any("example" in hook.url for hook in hooks)
    assert [address_of(secrets, hook) for hook in hooks] == [
        "https://hooks.example.com/services/T1/B1/for-tests",
        "https://hooks.example.org/baton",
    ]
    assert [(hook.team_ids, hook.hears_all) for hook in hooks] == [([], True), ([2], True)]


async def test_the_first_refreshes_write_nothing_and_the_next_change_is_exported(database: Database) -> None:
    await database.migrate()
    waited = (await all_rows(database))["pending_change"]
    async with old_workspace.beside_its_account(database) as old:
        reports = [await old.engine.reconcile(destination) for destination in DESTINATIONS]
        await horizon.extend_due(old.house)
        reports += [await old.engine.reconcile(destination) for destination in DESTINATIONS]
        assert old.writes() == []
        assert {report.failure for report in reports if report} == {""}
        assert len(waited) == len((await all_rows(database))["pending_change"]) == 4

        bob = Actor(1, "UBOB")
        [request] = await covers.open_requests(old.house, bob, 1)
        await covers.take(old.house, bob, request.id)
        report = await old.engine.reconcile(1)
        assert report is not None
        assert (report.failure, report.created > 0) == ("", True)
        assert {method for method, _ in old.writes()} <= {"POST", "DELETE"}


async def test_what_waited_still_waits(database: Database) -> None:
    old = (await all_rows(database))["outbox"]
    await database.migrate()
    new = (await all_rows(database))["outbox"]
    assert {row["state"] for row in new} == {row["state"] for row in old}
    assert len(new) == len(old) > 8
    async with old_workspace.beside_its_account(database) as here:
        assert len(await confirming.pending(here.house, Actor(1, "UALICE"), 1)) == 3
        waits = await exporting.pending_changes(here.house, Actor(1, "UALICE"), 1)
        assert [(one.destination.id, len(one.changes)) for one in waits if one.changes] == [(3, 4)]


async def test_notices_of_the_old_version_are_worded_and_sent_by_the_new_one(database: Database) -> None:
    facts = [row["id"] for row in (await all_rows(database))["outbox"]]
    await database.migrate()
    async with old_workspace.beside_its_account(database) as old:
        now = old.house.clock.now()
        while await fan_out(database, now, email=True):
            pass
        kept = {method: Kept() for method in Method}
        courier = Courier(database, old.house.clock, kept)
        for method in Method:
            await courier.deliver(method)
    states = {row["id"]: row["state"] for row in (await all_rows(database))["outbox"]}
    assert {states[one] for one in facts} == {"sent"}


async def test_todays_connection_gets_the_workspaces_and_the_schedules_admins_who_are_told_once(
    database: Database,
) -> None:
    await database.migrate()
    async with old_workspace.beside_its_account(database) as old:
        assert await connection_care.named_admins(old.house, Actor(1, "UBOB"), 1) == ["UALICE", "UBOB"]
        assert await connection_care.tell_admins(old.house, 1) == 1
        assert await connection_care.tell_admins(old.house, 1) == 0
        async with database.read() as tx:
            wanted = select(OutboxItem).where(OutboxItem.kind == NoticeKind.CONNECTION_ADMINS)
            told = list(await tx.session.scalars(wanted))
    assert sorted(item.target for item in told) == TOLD
    assert all("Payments" in str(item.payload) and "Search" in str(item.payload) for item in told)
