"""A sandbox per test, a client to it, and real Bolt apps connected by either transport."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import Person, Workspace
from sandbox.serving import serving
from sandbox.slack import SlackSandbox


@pytest.fixture
def ack_seconds() -> float:
    """How long Slack waits; what tests a missing acknowledgement asks for less."""
    return 10.0


@pytest.fixture
async def slack(ack_seconds: float) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox.start(ack_seconds=ack_seconds) as sandbox:
        yield sandbox


@pytest.fixture
async def ws(slack: SlackSandbox) -> AsyncIterator[Workspace]:
    async with Workspace.connect(slack.control_url) as workspace:
        await workspace.add_user("alice", real_name="Alice Johnson", tz="Europe/Berlin")
        await workspace.add_user("bob", real_name="Bob Smith", tz="UTC")
        await workspace.add_channel("ops", members=["alice", "bob"], bot_is_member=True)
        yield workspace


@pytest.fixture
def alice(ws: Workspace) -> Person:
    return ws.person("alice")


@pytest.fixture
def client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


def bolt_app(slack: SlackSandbox, client: AsyncWebClient) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=slack.team_id, bot_token=slack.bot_token)

    return AsyncApp(name="tests", client=client, authorize=authorize, signing_secret=slack.signing_secret)


@pytest.fixture
def app(slack: SlackSandbox, client: AsyncWebClient) -> AsyncApp:
    """A Bolt app that nobody has connected yet: a test adds its listeners and then calls `connect`."""
    return bolt_app(slack, client)


Connect = Callable[[], Awaitable[None]]


@pytest.fixture
async def connect(app: AsyncApp, slack: SlackSandbox, ws: Workspace) -> AsyncIterator[Connect]:
    """Connect the app by Socket Mode; it is disconnected when the test ends."""
    async with AsyncExitStack() as open_handlers:

        async def go() -> None:
            handler = AsyncSocketModeHandler(app, slack.app_token, web_client=_app_client(slack))
            open_handlers.push_async_callback(handler.close_async)
            before = (await ws.status())["connections"]
            await handler.connect_async()
            await ws.connected(connections=before + 1)

        yield go


def _app_client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.app_token, base_url=slack.api_url)


@asynccontextmanager
async def served(app: AsyncApp) -> AsyncIterator[str]:
    """The app's HTTP endpoint on a free port, as Bolt's own adapter serves it."""
    runner = web.AppRunner(app.web_app("/slack/events"), shutdown_timeout=0.2)
    async with serving(runner) as port:
        yield f"http://127.0.0.1:{port}/slack/events"
