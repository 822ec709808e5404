"""The same on PostgreSQL, where several processes share one outbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from cryptography.fernet import Fernet

from notices.deciding.fanout import fan_out, split_at_once
from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from notices.sending.courier import Courier
from notices.sending.senders import Notice, Outcome, Patience
from storage.database import Database
from storage.notices import FANOUT, NoticeKind
from storage.repositories.outbox import Outbox
from storage.secrets import SecretBox
from storage.tables import Person
from tests.support.notice_house import NAMES, START, HandClock, Kept, NoticeHouse
from tests.support.postgres import migrated_database

PROCESSES = 3


@pytest.fixture
def address(postgres: str) -> str:
    return migrated_database(postgres)


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


async def test_processes_that_tell_straight_from_the_look_tell_everything_once(
    houses: list[NoticeHouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notices.noticing.watch.AT_ONCE", 2)
    house, sender = houses[0], Kept()
    for number in range(7):
        schedule = await house.add_schedule(f"Schedule {number}", channel=f"C{number}")
        await house.assign(schedule, "UALICE", 0, 24)
        await house.assign(schedule, "UBOB", 24, 48)
    couriers = [one.courier(slack=sender) for one in houses]
    straight = list[int]()
    for one, courier in zip(houses, couriers, strict=True):
        one.database.on_commit(lambda unit: straight.extend(row.id for row in unit.handed))
        one.database.on_commit(courier.committed)

    async def look(one: NoticeHouse, courier: Courier) -> None:
        tell = partial(split_at_once, email=False, put=courier.put)
        await watch_once(one.database, house.clock.now(), tell)
        await courier.deliver(Method.SLACK)

    for hours in (0, 24):
        house.clock.at = START + timedelta(hours=hours)
        await asyncio.gather(*map(look, houses, couriers))
        while any(row.state != "sent" for row in await house.items("slack")):
            house.clock.at += timedelta(seconds=2)  # whom another process was at is left alone for a second
            await asyncio.gather(*(courier.deliver(Method.SLACK) for courier in couriers))
    rows = await house.items("slack")
    assert straight
    assert len(sender.sent) == len({notice.id for notice in sender.sent}) == len(rows)
    assert sorted(notice.target for notice in sender.sent if notice.target.startswith("C")) == sorted(
        [f"C{number}" for number in range(7)] * 2
    )


async def test_one_target_hears_of_one_thing_a_second_whichever_process_tells_it(houses: list[NoticeHouse]) -> None:
    pace = Patience((timedelta(seconds=5),), timedelta(hours=1), pace=timedelta(seconds=1))
    sender = Kept(patience=pace)
    couriers = [one.courier(slack=sender) for one in houses]
    await put(houses[0], *(["C1"] * 4), "C2")
    sent: list[tuple[float, str]] = []
    for tenth in range(35):
        houses[0].clock.at = START + timedelta(seconds=tenth / 10)
        await asyncio.gather(*(courier.deliver(Method.SLACK) for courier in couriers))
        sent += [(tenth / 10, notice.target) for notice in sender.sent[len(sent) :]]
    assert [at for at, target in sent if target == "C1"] == [0.0, 1.0, 2.0, 3.0]
    assert [at for at, target in sent if target == "C2"] == [0.0]


async def test_who_waits_for_another_process_looks_again_when_the_target_may_be_told(
    houses: list[NoticeHouse],
) -> None:
    pace = Patience((timedelta(seconds=5),), timedelta(hours=1), pace=timedelta(seconds=1))
    first, second = (one.courier(slack=Kept(patience=pace)) for one in houses[:2])
    await put(houses[0], "C1", "C1")
    await first.deliver(Method.SLACK)
    assert await second.deliver(Method.SLACK) == START + timedelta(seconds=1)


async def put(house: NoticeHouse, *targets: str, first: int = 0) -> None:
    async with house.database.transaction() as tx:
        await tx.outbox.put(
            item(house.workspace, "reminder", f"{number}", Method.SLACK, target, {"text": ""}, house.clock.now())
            for number, target in enumerate(targets, first)
        )


async def test_a_look_for_letters_that_takes_long_leaves_nobody_unreachable_in_slack(
    houses: list[NoticeHouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins while somebody is told something in Slack, and ends when that is over."""
    sending, looking, told = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(Kept):
        async def send(self, notice: Notice) -> Outcome:
            sending.set()
            await looking.wait()
            return await super().send(notice)

    due = Outbox.due

    async def slowly(self: Outbox, method: str, *rest: Any) -> list[tuple[int, int, str]]:
        if method == Method.EMAIL:
            looking.set()
            await told.wait()
        return await due(self, method, *rest)

    monkeypatch.setattr(Outbox, "due", slowly)
    slack = Slow()
    courier = houses[0].courier(slack=slack, email=Kept())
    await put(houses[0], "C1")
    posting = asyncio.create_task(courier.deliver(Method.SLACK))
    await sending.wait()
    writing = asyncio.create_task(courier.deliver(Method.EMAIL))
    await posting
    told.set()
    await writing
    await put(houses[0], "C1", first=1)
    await courier.deliver(Method.SLACK)
    assert [notice.target for notice in slack.sent] == ["C1", "C1"]
