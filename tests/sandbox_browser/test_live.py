"""What is sent to a page: only what has changed, and only what its person may see."""

import json
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.browser import Beside, serve
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox


async def newest(socket: aiohttp.ClientWebSocketResponse, part: str) -> Any:
    while True:
        said = json.loads((await socket.receive(timeout=10)).data)
        if said["part"] == part:
            return said["shown"]


async def test_each_page_is_sent_what_its_person_sees_whenever_that_changes(
    slack: SlackSandbox, ws: Workspace, client: AsyncWebClient
) -> None:
    secret = await ws.add_channel("secret", members=["bob"], private=True, bot_is_member=True)
    beside = Beside(slack, start_as="alice", start_in="ops")
    async with (
        serve(beside) as url,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}live") as alice,
        http.ws_connect(f"{url}live") as bob,
    ):
        first = await newest(alice, "slack")
        assert [one["name"] for one in first["channels"] if one["kind"] != "im"] == ["general", "ops"]
        await newest(bob, "slack")
        people = {one["name"]: one["id"] for one in first["people"]}
        await bob.send_json({"user": people["bob"], "channel": secret})
        assert (await newest(bob, "slack"))["open"]["channel"] == secret
        await alice.send_json({"channel": secret, "thread": ""})
        assert (await newest(alice, "slack"))["open"]["messages"] == []
        await client.chat_postMessage(channel=secret, text="for those inside")
        [message] = (await newest(bob, "slack"))["open"]["messages"]
        assert message["nodes"] == ["for those inside"]
        await ws.person("bob").say("hello", channel="#ops")
        seen = await newest(alice, "slack")
        assert "for those inside" not in json.dumps(seen)
