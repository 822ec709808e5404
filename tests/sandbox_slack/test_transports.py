"""How payloads reach the app: Socket Mode with one or several connections, and signed HTTP with retries."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import Person, SlackFailure, Workspace
from sandbox.serving import serving
from sandbox.slack import SlackSandbox
from tests.sandbox_slack.building import actions, button, modal
from tests.sandbox_slack.building import field as input_field
from tests.sandbox_slack.conftest import Connect, served


async def test_each_payload_goes_to_one_of_several_connections(app: AsyncApp, connect: Connect, alice: Person) -> None:
    seen: list[str] = []

    @app.command("/oncall")
    async def answer(ack, command):
        seen.append(command["text"])
        await ack("ok")

    await connect()
    await connect()
    for number in range(4):
        await alice.command(f"/oncall {number}")
    assert seen == ["0", "1", "2", "3"]


async def test_an_app_that_is_asked_to_reconnect_comes_back(
    app: AsyncApp, connect: Connect, ws: Workspace, alice: Person
) -> None:
    @app.command("/oncall")
    async def answer(ack):
        await ack("ok")

    await connect()
    await ws.reconnect_sockets()
    for _ in range(200):
        if len(await ws.calls("apps.connections.open")) > 1 and (await ws.status())["connections"]:
            break
        await asyncio.sleep(0.05)
    assert [message.text for message in await alice.command("/oncall")] == ["ok"]


async def open_socket(session: aiohttp.ClientSession, slack: SlackSandbox) -> aiohttp.ClientWebSocketResponse:
    opened = await AsyncWebClient(token=slack.app_token, base_url=slack.api_url).apps_connections_open(
        app_token=slack.app_token
    )
    return await session.ws_connect(opened["url"])


async def test_the_socket_says_hello_and_numbers_its_envelopes(
    slack: SlackSandbox, ws: Workspace, alice: Person
) -> None:
    async with aiohttp.ClientSession() as session, await open_socket(session, slack) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"]["app_id"] == slack.app_id
        typing = asyncio.create_task(alice.command("/oncall who", channel="#ops"))
        envelope = await socket.receive_json()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["text"] == "who"
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Alice"}})
        assert [message.text for message in await typing] == ["Alice"]


async def test_a_ticket_opens_one_connection_only(slack: SlackSandbox) -> None:
    client = AsyncWebClient(token=slack.app_token, base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await session.ws_connect(url)


@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_an_event_without_an_ack_is_sent_again_with_a_count(slack: SlackSandbox, ws: Workspace) -> None:
    async with aiohttp.ClientSession() as session, await open_socket(session, slack) as socket:
        await socket.receive_json()
        await ws.event({"type": "app_mention"})
        first, second = await socket.receive_json(), await socket.receive_json()
        assert (first["retry_attempt"], second["retry_attempt"], second["retry_reason"]) == (0, 1, "http_timeout")
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        await socket.send_json({"envelope_id": second["envelope_id"]})


@dataclass
class Receiver:
    """A bare HTTP endpoint that answers as told and keeps what it got."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.text()))
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, text=self.body, content_type=self.content_type, headers=self.headers)

    def payload(self) -> dict[str, Any]:
        return json.loads(parse_qs(self.got[-1][1])["payload"][0])

    async def received(self, count: int) -> None:
        for _ in range(200):
            if len(self.got) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"only {len(self.got)} of {count} requests came")


@pytest.fixture
async def receiver(ws: Workspace) -> AsyncIterator[Receiver]:
    end = Receiver()
    async with _listening(end) as url:
        await ws.deliver_to(url)
        yield end


@asynccontextmanager
async def _listening(end: Receiver) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/", end.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.2)
    async with serving(runner) as port:
        yield f"http://127.0.0.1:{port}/"


async def test_requests_are_signed_with_the_apps_secret(slack: SlackSandbox, receiver: Receiver, alice: Person) -> None:
    await alice.command("/oncall who payments", channel="#ops")
    headers, body = receiver.got[0]
    base = f"v0:{headers['X-Slack-Request-Timestamp']}:{body}".encode()
    expected = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={expected}"
    form = {name: values[0] for name, values in parse_qs(body).items()}
    assert (form["command"], form["text"], form["channel_name"]) == ("/oncall", "who payments", "ops")
    assert form["user_name"] == "alice"
    assert form["is_enterprise_install"] == "false"


@pytest.mark.parametrize(
    ("status", "delay", "word"),
    [
        (404, 0, "http_client_error"),
        (500, 0, "http_service_error"),
        (302, 0, "dispatch_failed"),
        (200, 1, "operation_timeout"),
    ],
)
@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_a_command_answered_late_or_not_with_200_fails(
    receiver: Receiver, alice: Person, status: int, delay: float, word: str
) -> None:
    receiver.status, receiver.delay = status, delay
    with pytest.raises(SlackFailure, match=f'failed with the error "{word}"'):
        await alice.command("/oncall")


async def test_an_app_that_is_down_fails_a_command(ws: Workspace, alice: Person) -> None:
    async with _listening(Receiver()) as url:
        pass
    await ws.deliver_to(url)
    with pytest.raises(SlackFailure, match="dispatch_failed"):
        await alice.command("/oncall")


async def test_plain_text_and_json_are_both_answers_to_a_command(receiver: Receiver, alice: Person) -> None:
    receiver.body = "plain"
    assert [m.text for m in await alice.command("/oncall")] == ["plain"]
    receiver.body, receiver.content_type = '{"text": "json", "response_type": "in_channel"}', "application/json"
    assert [(m.text, m.ephemeral) for m in await alice.command("/oncall")] == [("json", False)]


async def test_events_are_retried_on_slacks_schedule(receiver: Receiver, ws: Workspace) -> None:
    receiver.status = 500
    await ws.event({"type": "app_mention"})
    await receiver.received(2)
    await ws.advance(60)
    await receiver.received(3)
    await ws.advance(300)
    await receiver.received(4)
    retries = [(h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for h, _ in receiver.got]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in receiver.got}) == 1


async def test_an_app_can_decline_retries(receiver: Receiver, ws: Workspace) -> None:
    receiver.status, receiver.headers = 500, {"X-Slack-No-Retry": "1"}
    await ws.event({"type": "app_mention"})
    await receiver.received(1)
    receiver.status = 200
    await ws.event({"type": "app_mention"})
    await receiver.received(2)
    assert len({json.loads(body)["event_id"] for _, body in receiver.got}) == 2


async def test_a_bolt_app_works_over_http_from_command_to_submission(
    app: AsyncApp, client: AsyncWebClient, ws: Workspace, alice: Person
) -> None:
    pressed: list[str] = []

    @app.command("/oncall")
    async def open_form(ack, client, body):
        await ack()
        await client.views_open(
            trigger_id=body["trigger_id"], view=modal("Form", input_field("Name"), actions(button("Go", "go")))
        )

    @app.action("go")
    async def go(ack, action):
        await ack()
        pressed.append(action["action_id"])

    @app.view("form")
    async def submitted(ack, view):
        name = view["state"]["values"]["name"]["name_value"]["value"]
        await ack(response_action="errors", errors={"name": "Taken"}) if name == "x" else await ack()

    async with served(app) as url:
        await ws.deliver_to(url)
        await alice.command("/oncall")
        await alice.modal("Form")
        await alice.press("Go")
        await alice.fill("Name", "x")
        refused = await alice.submit()
        assert refused is not None
        assert refused.errors == {"Name": "Taken"}
        await alice.fill("Name", "y")
        assert await alice.submit() is None
    assert pressed == ["go"]


async def test_one_can_go_back_to_socket_mode(
    receiver: Receiver, ws: Workspace, app: AsyncApp, connect: Connect, alice: Person
) -> None:
    @app.command("/oncall")
    async def answer(ack):
        await ack("by socket")

    await connect()
    await alice.command("/oncall")
    await ws.use_socket_mode()
    assert [m.text for m in await alice.command("/oncall")] == ["by socket"]
    assert len(receiver.got) == 1
