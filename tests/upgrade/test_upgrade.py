"""A workspace that a former Baton served goes on as it was, on SQLite and PostgreSQL, with what that version wrote."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

import bot.parts
from notices.sending.webhook_address import address_of
from sandbox.client import Person, Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.connections.admins_and_removal import tell_admins
from services.covers import requests
from services.destinations.configuring import DestinationView, list_destinations
from storage.database import Database
from storage.tables import OutboxItem, Schedule
from tests.handlers.shifts.test_hearing_of_it import tell
from tests.support.postgres import new_database
from tests.support.running import Baton, baton_beside
from tests.support.slack_steps import actor, modal_says
from tests.upgrade.former import (
    FACTS,
    ThatDay,
    ids_of,
    lay_postgresql,
    lay_sqlite,
    overrides_of,
    pagerduty_that_day,
    stored,
)

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.parts, "SystemClock", ThatDay)


@pytest.fixture
async def pagerduty() -> AsyncGenerator[PagerDutySandbox]:
    async with PagerDutySandbox.start(world=pagerduty_that_day()) as sandbox:
        yield sandbox


@pytest.fixture(params=["sqlite", "postgresql"])
async def address(request: pytest.FixtureRequest, slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> str:
    """The former Baton's database."""
    file = tmp_path / "baton.db"
    lay_sqlite(file, await ids_of(slack))
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{file}"
    found = new_database(request.getfixturevalue("postgres"))
    database = Database(found)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(lay_postgresql, file)
    finally:
        await database.close()
    return found


async def migrate(address: str) -> None:
    database = Database(address)
    try:
        await database.migrate()
    finally:
        await database.close()


@pytest.fixture
async def baton(slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, address: str) -> AsyncGenerator[Baton]:
    await migrate(address)
    async with baton_beside(slack, pagerduty, address, FACTS.encryption_key, exclusive=True) as running:
        await ws.connected()
        yield running


def rows(connection: Connection) -> Rows:
    found: Rows = {}
    for table in stored(connection):
        asked = select(table).order_by(*table.primary_key.columns)
        found[table.name] = [dict(row) for row in connection.execute(asked).mappings()]
    return found


async def read(address: str) -> Rows:
    database = Database(address)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(rows)
    finally:
        await database.close()


async def test_every_row_says_what_it_said(address: str) -> None:
    before = await read(address)
    filled = {name for name, found in before.items() if found}
    assert filled >= {"schedule", "role", "rotation", "shift", "ledger_item", "webhook", "cover_request", "outbox"}
    await migrate(address)
    after = await read(address)
    told = {row["schedule_id"] for row in before["told"]}
    assert {row["schedule_id"] for row in after["told"]} == {row["id"] for row in after["schedule"]}
    after["told"] = [row for row in after["told"] if row["schedule_id"] in told]  # others have theirs since
    for table, old in before.items():
        for was, new in zip(old, after[table], strict=True):
            shared = was.keys() & new.keys()
            assert {name: new[name] for name in shared} == {name: was[name] for name in shared}, table


async def test_what_was_sealed_is_read_and_the_addresses_of_webhooks_are_sealed_too(baton: Baton) -> None:
    async with baton.house.database.read() as tx:
        [connection] = await tx.connections.of_workspace(baton.workspace)
        [hook] = await tx.webhooks.of_workspaces([baton.workspace])
    assert baton.house.secrets.open(connection.secret) == FACTS.pagerduty_key
    assert baton.house.secrets.open(hook.secret) == FACTS.webhook_secret
    assert address_of(baton.house.secrets, hook) == FACTS.webhook_address
    assert "a-secret-path" not in hook.url


async def schedule_id(baton: Baton) -> int:
    async with baton.house.database.read() as tx:
        [found] = await tx.session.scalars(select(Schedule.id))
    return found


async def destination(baton: Baton) -> DestinationView:
    [found] = await list_destinations(baton.house, await actor(baton), await schedule_id(baton))
    return found


async def test_the_first_refresh_writes_nothing_and_finds_all_well(baton: Baton) -> None:
    held = overrides_of(baton.pagerduty)
    assert [one["id"] for one in FACTS.overrides] == [name for name, _user in held]
    for _ in range(2):
        baton.jobs.defer("reconcile", (await destination(baton)).id)
        await baton.settled()
    asked = {one.method for one in baton.pagerduty.world.log}
    assert asked == {"GET"}
    assert overrides_of(baton.pagerduty) == held
    assert (await destination(baton)).status == "ok"


ADMINS_NAMED = "You are an admin of the PagerDuty connection acme"
TOLD = {"alice": 1, "root": 1, "bob": 0, "carol": 0, "zoe": 0}


async def test_the_connections_admins_are_those_of_its_schedules_and_of_slack_and_are_told_once(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    for _ in range(2):
        await tell_admins(baton.house, baton.workspace)
        await tell(baton)
    for name, theirs in TOLD.items():
        told = [message.shown for message in await ws.person(name).dms() if ADMINS_NAMED in message.shown]
        assert len(told) == theirs, (name, told)
    await alice.command("/oncall connections", channel="#ops")
    await modal_says(alice, "acme.pagerduty.com")


WAITED = {"alice": "wait for your confirmation", "bob": "you are on call", "carol": "you are on call"}


async def test_notices_that_waited_are_sent_once_and_the_request_for_cover_can_be_taken(
    baton: Baton, ws: Workspace
) -> None:
    for _ in range(2):
        await tell(baton)
    for name, text in WAITED.items():
        assert len([one for one in await ws.person(name).dms() if text in one.shown]) == 1, name
    async with baton.house.database.read() as tx:
        assert await tx.session.scalar(select(func.count()).where(OutboxItem.state != "sent")) == 0
    carol = await actor(baton, "carol")
    [request] = await requests.open_requests(baton.house, carol, await schedule_id(baton))
    taken = await requests.take(baton.house, carol, request.id)
    assert (taken.request.reason, taken.request.taker) == ("dentist", carol.user_id)
    await baton.settled()
    assert len(overrides_of(baton.pagerduty)) == len(FACTS.overrides)
