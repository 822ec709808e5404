"""A request for cover that is closed says so wherever it was posted."""

from dataclasses import dataclass

import pytest

from notices.deciding.topics import Method
from notices.sending.slack import SlackSender
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from storage.notices import NoticeKind
from storage.tables import Person
from tests.support.notice_facts import COVER
from tests.support.notice_house import Clients, NoticeHouse, slack_client


@dataclass(slots=True)
class Asking:
    """A schedule without a channel, so that everybody who could take a shift of Alice's is asked."""

    house: NoticeHouse
    ws: Workspace
    sandbox: SlackSandbox
    schedule: int
    users: dict[str, str]

    async def tell(self, kind: NoticeKind, **more: str) -> None:
        await self.house.tell(self.schedule, kind, "5", **{**COVER, "user": self.users["alice"], **more})

    async def deliver(self) -> None:
        await self.house.split()
        sender = SlackSender(Clients(slack_client(self.sandbox)), self.house.database)
        courier = self.house.courier(slack=sender)
        wake = await courier.deliver(Method.SLACK)
        while wake is not None:
            self.house.clock.at = wake
            wake = await courier.deliver(Method.SLACK)

    async def dms(self, name: str) -> list[tuple[str, list[str]]]:
        return [(m.shown.splitlines()[0], m.buttons) for m in await self.ws.person(name).dms()]


@pytest.fixture
async def asking(house: NoticeHouse, slack: SlackSandbox, ws: Workspace) -> Asking:
    listed = (await slack_client(slack).users_list())["members"] or ()
    users = {user["name"]: user["id"] for user in listed if user["name"] in ("alice", "bob", "carol")}
    async with house.database.transaction() as tx:
        await tx.people.keep(
            Person(workspace_id=house.workspace, user_id=user, name=name, real_name=name, seen_at=house.clock.now())
            for name, user in users.items()
        )
    schedule = await house.add_schedule(channel=None, admins=(users["alice"],), members=list(users.values()))
    return Asking(house, ws, slack, schedule, users)


async def test_every_copy_says_who_was_first_and_offers_nothing_any_more(asking: Asking) -> None:
    await asking.tell(NoticeKind.COVER_REQUESTED)
    await asking.deliver()
    assert [buttons for _, buttons in await asking.dms("carol")] == [["Take", "No"]]
    await asking.tell(NoticeKind.COVER_TAKEN, taker=asking.users["bob"])
    await asking.deliver()
    assert await asking.dms("carol") == [("bob covers alice as Primary of Payments", [])]
    assert await asking.dms("bob") == [("You cover alice as Primary of Payments", [])], "said once"
    assert await asking.dms("alice") == [("bob covers you as Primary of Payments", [])]


async def test_a_withdrawn_request_is_rewritten_too(asking: Asking) -> None:
    await asking.tell(NoticeKind.COVER_REQUESTED)
    await asking.deliver()
    await asking.tell(NoticeKind.COVER_WITHDRAWN)
    await asking.deliver()
    expected = [("alice's request for cover as Primary of Payments is no longer open", [])]
    assert [await asking.dms(name) for name in ("bob", "carol")] == [expected, expected]


async def test_a_copy_in_a_channel_is_rewritten_and_nothing_is_posted_beside_it(asking: Asking) -> None:
    channel = await asking.ws.add_channel("duty", members=["alice", "bob"], bot_is_member=True)
    async with asking.house.database.transaction() as tx:
        schedule = await tx.schedules.get(asking.schedule)
        assert schedule is not None
        schedule.channel_id = channel
    await asking.tell(NoticeKind.COVER_REQUESTED)
    await asking.deliver()
    await asking.tell(NoticeKind.COVER_TAKEN, taker=asking.users["bob"])
    await asking.deliver()
    shown = [(m.shown.splitlines()[0], m.buttons) for m in await asking.ws.person("alice").messages("#duty")]
    assert shown == [("@bob covers @alice as Primary of Payments", [])]


async def test_who_was_not_asked_yet_is_not_asked_any_more(asking: Asking) -> None:
    await asking.tell(NoticeKind.COVER_REQUESTED)
    await asking.tell(NoticeKind.COVER_TAKEN, taker=asking.users["bob"])
    await asking.deliver()
    assert await asking.dms("carol") == []
    assert await asking.dms("alice") == [("bob covers you as Primary of Payments", [])]


async def test_a_copy_that_is_on_its_way_is_rewritten_once_it_is_there(asking: Asking) -> None:
    await asking.tell(NoticeKind.COVER_REQUESTED)
    await asking.house.split()
    taken = await asking.house.items("slack", kind=NoticeKind.COVER_REQUESTED)
    async with asking.house.database.transaction() as tx:
        now = asking.house.clock.now()
        await tx.outbox.claim([row.id for row in taken], now, now)
    await asking.tell(NoticeKind.COVER_TAKEN, taker=asking.users["bob"])
    await asking.house.split()
    async with asking.house.database.transaction() as tx:
        await tx.outbox.reclaim_all(asking.house.clock.now())
    await asking.deliver()
    assert await asking.dms("carol") == [("bob covers alice as Primary of Payments", [])]


async def test_a_copy_that_was_deleted_is_nobodys_trouble(asking: Asking) -> None:
    await asking.tell(NoticeKind.COVER_REQUESTED)
    await asking.deliver()
    await asking.ws.fail_next("chat.update", error="message_not_found", times=2)
    await asking.tell(NoticeKind.COVER_TAKEN, taker=asking.users["bob"])
    await asking.deliver()
    assert {row.state for row in await asking.house.items("slack")} == {"sent"}
    assert await asking.house.items(kind=NoticeKind.UNDELIVERED) == []


async def test_a_copy_is_rewritten_later_when_slack_is_busy(asking: Asking) -> None:
    await asking.tell(NoticeKind.COVER_REQUESTED)
    await asking.deliver()
    await asking.ws.fail_next("chat.update", error="ratelimited", retry_after=3, times=2)
    await asking.tell(NoticeKind.COVER_TAKEN, taker=asking.users["bob"])
    await asking.deliver()
    assert await asking.dms("carol") == [("bob covers alice as Primary of Payments", [])]
