"""Posting to Slack, over real sockets: what arrives, and what each refusal leads to."""

from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest

from notices.deciding.topics import Method
from notices.sending.posting_client import PostingClient
from notices.sending.slack import SlackSender
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from storage.notices import NoticeKind
from storage.tables import Person
from tests.support.notice_facts import FACTS
from tests.support.notice_house import Clients, Kept, NoticeHouse, slack_client


@dataclass(slots=True)
class Posting:
    """A house whose people and channel are those of the sandbox's Slack."""

    house: NoticeHouse
    ws: Workspace
    sandbox: SlackSandbox
    schedule: int
    alice: str
    bob: str
    channel: str

    async def switch(self, key: str = "1") -> None:
        facts = FACTS[NoticeKind.ON_CALL_SWITCH]
        role = {**facts["roles"][0], "before": [self.alice], "after": [self.bob]}
        await self.house.tell(self.schedule, NoticeKind.ON_CALL_SWITCH, key, **{**facts, "roles": [role]})
        await self.house.split()

    async def deliver(self, client: bool = True) -> None:
        async with aiohttp.ClientSession() as session:
            known = PostingClient(self.sandbox.bot_token, self.sandbox.api_url, session) if client else None
            sender = SlackSender(Clients(known), self.house.database)
            await self.house.courier(slack=sender).deliver(Method.SLACK)

    async def states(self) -> dict[str, str]:
        return {row.target: row.state for row in await self.house.items("slack", kind="on_call_switch")}


@pytest.fixture
async def posting(house: NoticeHouse, slack: SlackSandbox, ws: Workspace) -> Posting:
    users = {user["name"]: user["id"] for user in (await slack_client(slack).users_list())["members"]}
    alice, bob = users["alice"], users["bob"]
    channel = await ws.add_channel("duty", members=["alice", "bob"], bot_is_member=True)
    async with house.database.transaction() as tx:
        await tx.people.keep(
            Person(workspace_id=house.workspace, user_id=user, name=name, real_name=name, seen_at=house.clock.now())
            for user, name in ((alice, "Alice"), (bob, "Bob"))
        )
    schedule = await house.add_schedule(channel=channel, admins=(alice,), members=(alice, bob))
    return Posting(house, ws, slack, schedule, alice, bob, channel)


async def test_a_switch_reaches_the_channel_and_both_people(posting: Posting) -> None:
    await posting.switch()
    await posting.deliver()
    alice, bob = posting.ws.person("alice"), posting.ws.person("bob")
    in_channel = [m for m in await alice.messages("#duty") if "takes over" in m.shown]
    assert len(in_channel) == 1
    assert in_channel[0].warnings == []
    assert [m.shown.splitlines()[0] for m in await alice.dms()] == ["Your time on call as Primary of Payments is over"]
    assert "You are on call now" in (await bob.dms())[0].shown
    (row,) = await posting.house.items("slack", target=posting.channel)
    assert row.receipt == f"{posting.channel}/{in_channel[0].ts}"


async def test_a_rate_limit_is_waited_out_and_nothing_is_lost(posting: Posting) -> None:
    await posting.ws.fail_next("chat.postMessage", error="ratelimited", retry_after=7)
    await posting.switch()
    await posting.deliver()
    waiting = [row for row in await posting.house.items("slack") if row.state == "pending"]
    assert [(row.attempts, row.due_at) for row in waiting] == [(0, posting.house.clock.now() + timedelta(seconds=7))]
    posting.house.clock.pass_(seconds=7)
    await posting.deliver()
    assert set((await posting.states()).values()) == {"sent"}


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "not_in_channel"])
async def test_a_channel_that_is_no_good_is_told_to_an_admin_once(posting: Posting, error: str) -> None:
    for key in ("1", "2"):
        await posting.ws.fail_next("chat.postMessage", error=error)
        await posting.switch(key)
        async with posting.house.database.transaction() as tx:
            for row in await posting.house.items("slack", state="pending"):
                if row.target != posting.channel:
                    await tx.outbox.settle(row.id, state="sent")
        await posting.deliver()
        await posting.house.split()
        await posting.deliver()
        posting.house.clock.pass_(seconds=5)
    assert (await posting.states())[posting.channel] == "dead"
    complaints = [m for m in await posting.ws.person("alice").dms() if "could not be delivered" in m.shown]
    assert len(complaints) == 1


async def test_an_archived_channel_is_noticed_for_real(posting: Posting) -> None:
    await posting.ws.update_channel("#duty", archived=True)
    await posting.switch()
    await posting.deliver()
    (row,) = await posting.house.items("slack", target=posting.channel)
    assert (row.state, row.error) == ("dead", "The channel is archived. Choose another channel.")


async def test_a_revoked_token_is_final_and_told_to_an_admin_once_by_email(posting: Posting) -> None:
    async with posting.house.database.transaction() as tx:
        person = await tx.session.get_one(Person, (posting.house.workspace, posting.alice))
        person.email = "alice@example.com"
    await posting.ws.revoke_bot_token()
    letters = Kept()
    for key in ("1", "2"):
        await posting.switch(key)
        for _ in range(3):
            await posting.deliver()
            await posting.house.split(email=True)
            await posting.house.courier(email=letters).deliver(Method.EMAIL)
            posting.house.clock.pass_(seconds=5)
    assert set((await posting.states()).values()) == {"dead"}
    (letter,) = letters.sent
    assert letter.target == posting.alice
    assert "Baton's token was revoked. Install Baton again." in letter.payload["text"]


async def test_without_an_installation_nothing_is_tried_for_ever(posting: Posting) -> None:
    await posting.switch()
    await posting.deliver(client=False)
    assert set((await posting.states()).values()) == {"dead"}


@pytest.mark.parametrize("fault", [{"http_status": 503}, {"drop": "before"}, {"error": "internal_error"}])
async def test_trouble_at_slack_is_tried_again(posting: Posting, fault: dict[str, object]) -> None:
    await posting.ws.fail_next("chat.postMessage", times=3, **fault)  # type: ignore[arg-type]
    await posting.switch()
    await posting.deliver()
    assert set((await posting.states()).values()) == {"pending"}
    posting.house.clock.pass_(seconds=5)
    await posting.deliver()
    assert set((await posting.states()).values()) == {"sent"}
    assert len([m for m in await posting.ws.person("alice").messages("#duty") if "takes over" in m.shown]) == 1


async def test_a_lost_answer_may_be_told_twice_but_never_not_at_all(posting: Posting) -> None:
    await posting.ws.fail_next("chat.postMessage", times=3, drop="after")
    await posting.switch()
    await posting.deliver()
    posting.house.clock.pass_(seconds=5)
    await posting.deliver()
    assert set((await posting.states()).values()) == {"sent"}
    assert len([m for m in await posting.ws.person("alice").messages("#duty") if "takes over" in m.shown]) == 2


async def test_refused_blocks_are_told_as_plain_text(posting: Posting) -> None:
    await posting.switch()
    async with posting.house.database.transaction() as tx:
        for row in await posting.house.items("slack"):
            await tx.outbox.settle(row.id, payload={**row.payload, "blocks": [{"type": "nonsense"}]})
    await posting.deliver()
    assert set((await posting.states()).values()) == {"sent"}
    assert any("takes over" in m.text for m in await posting.ws.person("alice").messages("#duty"))
