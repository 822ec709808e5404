"""What happens when more is asked for than can be done in time: people hear so at once, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

import handlers
from bot.slack import connections
from handlers.kit.busy import BUSY, Busy, Crowd
from tests.support.running import Baton
from tests.support.slack_steps import make_schedule

FIELD = {"type": "input", "block_id": "name", "element": {"type": "plain_text_input", "action_id": "a"}}
BURST = 500


@pytest.fixture
async def tight() -> AsyncGenerator[Crowd]:
    """One at once, one waiting, and both places are taken."""
    crowd = Crowd(at_once=1, most_waiting=1, longest_wait=30, workspaces=1)
    async with crowd.turn():
        waiting = asyncio.create_task(_hold(crowd))
        await asyncio.sleep(0)
        yield crowd
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def _hold(crowd: Crowd) -> None:
    async with crowd.turn():
        await asyncio.Event().wait()


async def test_where_everything_is_taken_nothing_more_is_begun(tight: Crowd) -> None:
    with pytest.raises(Busy):
        async with tight.turn():
            pytest.fail("it was begun")


async def test_who_gets_no_turn_in_time_is_told_and_leaves_the_room_to_others() -> None:
    crowd = Crowd(at_once=1, most_waiting=1, longest_wait=0.01, workspaces=1)
    async with crowd.turn():
        with pytest.raises(Busy):
            await _hold(crowd)
        assert not crowd.is_full()
    async with crowd.turn():
        pass


async def test_a_workspace_where_nothing_is_answered_leaves_the_others_their_room() -> None:
    crowd = Crowd(at_once=2, most_waiting=1, longest_wait=30)
    held = [asyncio.create_task(crowd.turn("silent").__aenter__()) for _ in range(3)]
    await asyncio.sleep(0)
    assert crowd.is_full("silent")
    for number in range(20):
        async with crowd.turn(f"another {number}"):
            pass
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)


async def test_a_failure_gives_its_turn_back() -> None:
    crowd = Crowd(at_once=1, most_waiting=0, workspaces=1)
    with pytest.raises(ZeroDivisionError):
        async with crowd.turn():
            raise ZeroDivisionError
    async with crowd.turn():
        assert crowd.is_full()


class Desk:
    """A Bolt app of Baton's that is spoken to directly, with Alice at the other end."""

    def __init__(self, baton: Baton, client: AsyncWebClient, crowd: Crowd | None = None) -> None:
        self._slack = baton.slack
        self._world = baton.slack.world
        self._team = self._world.teams[baton.slack.team_id]
        self._alice = next(user for user in self._team.users.values() if user.name == "alice")
        self._channel = next(channel for channel in self._team.channels.values() if channel.name == "ops")

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=self._team.id, bot_token=baton.slack.bot_token)

        self._app = AsyncApp(name="tests", client=client, authorize=authorize, request_verification_enabled=False)
        handlers.register(self._app, baton.house, crowd)

    async def command(self, text: str) -> BoltResponse:
        address, trigger = self._places()
        form = {"command": "/oncall", "text": text, "team_id": self._team.id, "user_id": self._alice.id,
                "channel_id": self._channel.id, "trigger_id": trigger, "response_url": address}  # fmt: skip
        return await self._send(form)

    async def interaction(self, kind: str, **more: Any) -> BoltResponse:
        user = {"id": self._alice.id, "team_id": self._team.id}
        return await self._send({"type": kind, "team": {"id": self._team.id}, "user": user, **more})

    async def press(self, action_id: str, value: str) -> BoltResponse:
        address, trigger = self._places()
        action = {"type": "button", "block_id": "b", "action_id": action_id, "value": value}
        return await self.interaction("block_actions", actions=[action], response_url=address, trigger_id=trigger)

    @property
    def heard(self) -> list[str]:
        """What Alice was told, one after the other."""
        return [message.text for message in self._channel.messages if message.only_for == self._alice.id]

    async def _send(self, body: dict[str, Any]) -> BoltResponse:
        return await self._app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))

    def _places(self) -> tuple[str, str]:
        url = self._world.add_response_url(self._team, self._alice, self._channel, "desk")
        trigger = self._world.add_trigger(self._team, self._alice, channel=self._channel)
        return self._world.response_url_address(url), trigger.id


async def test_a_command_is_answered_in_its_acknowledgement(baton: Baton, tight: Crowd) -> None:
    async with connections() as session:
        desk = Desk(baton, AsyncWebClient(base_url=baton.slack.api_url, session=session), tight)
        answer = await desk.command("who")
    assert (answer.status, answer.body) == (200, BUSY)


async def test_a_form_stays_open_with_what_was_typed_and_can_be_sent_again(baton: Baton, tight: Crowd) -> None:
    async with connections() as session:
        desk = Desk(baton, AsyncWebClient(base_url=baton.slack.api_url, session=session), tight)
        view = {
            "id": "V1",
            "hash": "1.a",
            "callback_id": "create",
            "type": "modal",
            "blocks": [FIELD],
            "state": {"values": {}},
        }
        for _ in range(2):
            answer = await desk.interaction("view_submission", view=view)
            assert json.loads(answer.body) == {"response_action": "errors", "errors": {"name": BUSY}}


async def test_a_form_without_a_field_says_it_on_top(baton: Baton, tight: Crowd) -> None:
    async with connections() as session:
        desk = Desk(baton, AsyncWebClient(base_url=baton.slack.api_url, session=session), tight)
        view = {"id": "V1", "hash": "1.a", "callback_id": "create", "type": "modal", "blocks": [], "title": {}}
        answer = json.loads((await desk.interaction("view_submission", view=view)).body)
    assert answer["response_action"] == "update"
    assert BUSY in answer["view"]["blocks"][0]["text"]["text"]


async def test_a_button_says_it_in_a_message(baton: Baton, tight: Crowd) -> None:
    async with connections() as session:
        desk = Desk(baton, AsyncWebClient(base_url=baton.slack.api_url, session=session), tight)
        assert (await desk.press("mine.do.take", "take")).status == 200
        await handlers.drain(10)
    assert desk.heard == [BUSY]


async def test_a_search_finds_nothing_for_now(baton: Baton, tight: Crowd) -> None:
    async with connections() as session:
        desk = Desk(baton, AsyncWebClient(base_url=baton.slack.api_url, session=session), tight)
        answer = await desk.interaction("block_suggestion", action_id="choose.find_schedule", block_id="b", value="x")
    assert json.loads(answer.body) == {"options": []}


async def test_of_five_hundred_commands_at_once_each_is_answered_or_told_to_come_back(baton: Baton) -> None:
    await make_schedule(baton)
    async with connections() as session:
        desk = Desk(baton, AsyncWebClient(base_url=baton.slack.api_url, session=session))
        with capture_logs() as logged:
            answers = await asyncio.gather(*(desk.command("who") for _ in range(BURST)))
            await handlers.drain(60)
    told_at_once = [answer.body for answer in answers if answer.body]
    assert {answer.status for answer in answers} == {200}
    assert set(told_at_once) <= {BUSY}
    assert len(told_at_once) + len(desk.heard) == BURST
    assert any("Payments" in text for text in desk.heard)
    complaints = [line["event"] for line in logged if line["log_level"] in ("warning", "error")]
    assert complaints in ([], ["too much at once"])
