"""Socket Mode stays connected, whatever Slack does to its connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.socket_mode import LEGS, SocketMode, address_opener
from sandbox.client import Person, Workspace
from sandbox.client.waiting import until
from sandbox.slack import SlackSandbox

COMMANDS = 40


@pytest.fixture
async def heard(slack: SlackSandbox) -> list[str]:
    return []


@pytest.fixture
async def socket(slack: SlackSandbox, ws: Workspace, heard: list[str]) -> AsyncGenerator[SocketMode]:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    authorized = AuthorizeResult(enterprise_id=None, team_id=slack.team_id, bot_token=slack.bot_token)

    async def authorize() -> AuthorizeResult:
        return authorized

    app = AsyncApp(name="tests", client=client, authorize=authorize, signing_secret="unused")

    @app.command("/oncall")
    async def oncall(ack: object, command: dict[str, str]) -> None:
        heard.append(command["text"])
        await ack(f"heard {command['text']}")  # type: ignore[operator]

    connected = SocketMode(app, address_opener(client, slack.app_token))
    await connected.connect()
    await ws.connected(connections=LEGS)
    yield connected
    await connected.close()


async def whole_again(socket: SocketMode) -> bool | None:
    return socket.connections >= LEGS or None


async def test_two_connections_are_held(socket: SocketMode, ws: Workspace) -> None:
    assert (await ws.status())["connections"] == LEGS == 2
    assert socket.away_seconds == 0


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "too_many_websockets"])
async def test_no_command_is_lost_while_slack_refreshes_one_connection_after_the_other(
    socket: SocketMode, ws: Workspace, alice: Person, heard: list[str], reason: str
) -> None:
    async def refreshing() -> None:
        for _ in range(6):
            await ws.reconnect_sockets(reason, most=1)
            assert await until(lambda: whole_again(socket), 5)

    async def typing() -> None:
        for number in range(COMMANDS):
            await alice.command(f"/oncall {number}", channel="#ops")  # raises what Slack would show

    await asyncio.gather(refreshing(), typing())
    assert sorted(heard, key=int) == [str(number) for number in range(COMMANDS)]


async def test_a_reconnect_whose_handshakes_are_cut_asks_for_new_addresses_until_one_holds(
    socket: SocketMode, ws: Workspace, alice: Person, heard: list[str]
) -> None:
    asked = len(await ws.calls("apps.connections.open"))
    await ws.reconnect_sockets(cut_handshakes=3)
    assert await until(lambda: whole_again(socket), 20)
    assert len(await ws.calls("apps.connections.open")) >= asked + LEGS + 3
    await alice.command("/oncall again", channel="#ops")
    assert heard == ["again"]


async def test_while_slack_gives_no_address_it_says_how_long_it_is_away_and_comes_back_by_itself(
    socket: SocketMode, ws: Workspace, alice: Person, heard: list[str]
) -> None:
    await ws.fail_next("apps.connections.open", http_status=503, times=4)
    await ws.reconnect_sockets()
    assert await until(lambda: away(socket), 5)
    assert await until(lambda: whole_again(socket), 20)
    assert socket.away_seconds == 0
    await alice.command("/oncall back", channel="#ops")
    assert heard == ["back"]


async def away(socket: SocketMode) -> bool | None:
    return (socket.connections == 0 and socket.away_seconds > 0.2) or None


async def test_slack_that_asks_for_a_pause_is_given_it(socket: SocketMode, ws: Workspace) -> None:
    await ws.fail_next("apps.connections.open", error="ratelimited", retry_after=2, times=1)
    before = asyncio.get_running_loop().time()
    await ws.reconnect_sockets(most=1)
    assert await until(lambda: refreshed(ws), 10)
    assert asyncio.get_running_loop().time() - before >= 1.9


async def refreshed(ws: Workspace) -> bool | None:
    return (await ws.status())["connections"] == LEGS or None


async def test_after_closing_nothing_stays_connected(socket: SocketMode, ws: Workspace) -> None:
    await socket.close()

    async def gone() -> bool | None:
        return (await ws.status())["connections"] == 0 or None

    assert await until(gone, 5)
