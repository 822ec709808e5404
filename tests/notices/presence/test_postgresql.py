"""The same on PostgreSQL, where several processes look after one workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from notices.noticing.watch import watch_once
from notices.presence.keeper import Keeper
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Person
from tests.notices.presence.conftest import Office
from tests.support.notice_house import START, Clients, HandClock, NoticeHouse, slack_client
from tests.support.postgres import migrated_database

PROCESSES = 3


@pytest.fixture
async def offices(postgres: str, slack: SlackSandbox, ws: Workspace) -> AsyncIterator[list[Office]]:
    address, clock, secrets = migrated_database(postgres), HandClock(), SecretBox([Fernet.generate_key().decode()])
    client = slack_client(slack)
    ids = {one["name"]: one["id"] for one in (await client.users_list())["members"] if not one["is_bot"]}
    async with AsyncExitStack() as stack:
        databases = [Database(address) for _ in range(PROCESSES)]
        for database in databases:
            stack.push_async_callback(database.close)
        await databases[0].migrate()
        async with databases[0].transaction() as tx:
            workspace = await tx.people.ensure_workspace("T1", "", "", START)
            await tx.people.keep(
                Person(workspace_id=workspace.id, user_id=user, name=name, seen_at=START) for name, user in ids.items()
            )
        found: list[Office] = []
        for database in databases:
            keeper = Keeper(database, clock, Clients(client))
            stack.push_async_callback(keeper.drop)
            found.append(Office(NoticeHouse(database, clock, secrets, workspace.id), ws, slack, keeper, ids))
        yield found


async def test_processes_that_look_at_once_write_each_handoff_once(offices: list[Office]) -> None:
    first = offices[0]
    groups = {name: await first.ws.add_group(name) for name in ("one", "two")}
    for number in range(4):
        schedule = await first.schedule_for("alice", "bob", name=f"Schedule {number}")
        await first.show(schedule, group=groups["one" if number < 2 else "two"])
    for hours, user in ((0, "alice"), (8, "bob")):
        first.house.clock.at = START + timedelta(hours=hours)
        await asyncio.gather(*(watch_once(one.house.database, first.house.clock.now()) for one in offices))
        await asyncio.gather(*(one.keep() for one in offices))
        for one in offices:
            await one.keep()
        assert [await first.members(name) for name in groups] == [[user], [user]]
    assert await first.calls("usergroups.users.update") == 4
    await first.check()
    assert await first.calls("usergroups.users.update") == 4
