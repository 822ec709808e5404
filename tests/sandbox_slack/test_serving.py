"""`python -m sandbox`, the page to look at, the install page and the sandbox's clock."""

import asyncio
import signal
import sys
from datetime import timedelta
from html import unescape

import httpx
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from sandbox.slack.clock import Clock
from tests.sandbox_slack.building import field, home, modal, section
from tests.sandbox_slack.conftest import Connect
from tests.sandbox_slack.forms import Form


async def test_it_serves_until_it_is_interrupted_and_says_where_it_is() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "sandbox", stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    said: dict[str, str] = {}
    while "# Slack to look at" not in said:
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        name, _, value = line.replace(": ", "=", 1).partition("=")
        said[name] = value
    client = AsyncWebClient(token=said["SLACK_BOT_TOKEN"], base_url=said["SLACK_API_URL"])
    assert (await client.auth_test())["user"] == "baton"
    async with Workspace.connect(said["# Slack control API"]) as ws:
        assert (await ws.channel("ops"))["members"] == ["alice", "bob", "baton"]
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0


async def test_the_page_shows_messages_and_who_may_see_them(
    slack: SlackSandbox, ws: Workspace, client: AsyncWebClient
) -> None:
    alice = (await client.users_lookupByEmail(email="alice@example.com"))["user"]["id"]
    async with httpx.AsyncClient() as http:
        assert "Nothing has been said yet" in (await http.get(slack.base_url)).text
        await client.chat_postMessage(channel="#ops", text="<@" + alice + "> is on call & <b>ready</b>")
        await client.chat_postEphemeral(channel="#ops", user=alice, text="psst")
        page = (await http.get(slack.base_url)).text
    assert "<b>ready" not in page
    assert "@alice is on call & " in unescape(page)
    assert "only @alice sees this" in page


async def test_an_installer_is_sent_back_with_a_code_that_works(
    slack: SlackSandbox, ws: Workspace, client: AsyncWebClient
) -> None:
    back = "http://127.0.0.1:1/slack/oauth_redirect"
    query = {"client_id": slack.client_id, "scope": "commands,chat:write", "state": "s1", "redirect_uri": back}
    async with httpx.AsyncClient() as http:
        sent = await http.get(slack.authorize_url, params=query)
        refused = await http.get(slack.authorize_url, params=query | {"client_id": "1.2"})
    assert refused.status_code == 400
    target = httpx.URL(sent.headers["Location"])
    assert (str(target).partition("?")[0], target.params["state"]) == (back, "s1")
    installed = await client.oauth_v2_access(
        client_id=slack.client_id, client_secret=slack.client_secret, code=target.params["code"], redirect_uri=back
    )
    assert installed["scope"] == "commands,chat:write"


async def test_time_can_be_let_pass_but_not_turned_back(slack: SlackSandbox, ws: Workspace) -> None:
    before = await ws.now()
    await ws.advance(3600)
    assert timedelta(hours=1) <= await ws.now() - before < timedelta(hours=1, minutes=1)
    with pytest.raises(ValueError, match="backwards"):
        slack.clock.advance(-1)


async def test_sleepers_wake_when_the_time_they_wait_for_has_come() -> None:
    clock = Clock()
    sleeper = asyncio.create_task(clock.sleep(100))
    await asyncio.sleep(0)
    clock.advance(99)
    await asyncio.sleep(0.01)
    assert not sleeper.done()
    clock.advance(1)
    await asyncio.wait_for(sleeper, 1)


async def test_slack_waits_three_seconds_unless_told_otherwise() -> None:
    async with SlackSandbox.start() as slack, Workspace.connect(slack.control_url) as ws:
        await ws.add_user("alice")
        silent = asyncio.Event()

        async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await silent.wait()
            writer.close()

        server = await asyncio.start_server(swallow, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        await ws.deliver_to(f"http://127.0.0.1:{port}/")
        started = asyncio.get_running_loop().time()
        with pytest.raises(Exception, match="operation_timeout"):
            await ws.person("alice").command("/oncall")
        assert 2.9 <= asyncio.get_running_loop().time() - started < 4
        silent.set()
        server.close()
        await server.wait_closed()


async def test_the_page_shows_open_modals_and_home_tabs(
    app: AsyncApp, connect: Connect, slack: SlackSandbox, ws: Workspace, client: AsyncWebClient
) -> None:
    Form(app, modal("Create schedule", field("Name", initial_value="Payments")))
    await connect()
    await ws.person("alice").command("/form")
    alice = (await client.users_lookupByEmail(email="alice@example.com"))["user"]["id"]
    await client.views_publish(user_id=alice, view=home(section("Your shifts")))
    async with httpx.AsyncClient() as http:
        page = (await http.get(slack.base_url)).text
    assert "<h3>Create schedule <small>@alice</small></h3><pre>Name\nPayments</pre>" in page
    assert "<h3>Home <small>@alice</small></h3><pre>Your shifts</pre>" in page
