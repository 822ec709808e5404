"""Shortcuts, and messages that name the app."""

import asyncio
from dataclasses import replace

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import NothingThere, Person, SlackFailure, Workspace
from tests.sandbox_slack.building import Json, modal, section
from tests.sandbox_slack.conftest import Connect
from tests.sandbox_slack.test_home_and_events import eventually


async def test_naming_the_app_tells_it_where_it_is_a_member_and_was_granted_to_hear(
    app: AsyncApp, connect: Connect, ws: Workspace, alice: Person
) -> None:
    heard: list[Json] = []

    @app.event("app_mention")
    async def on_mention(event: Json) -> None:
        heard.append(event)

    await connect()
    await ws.add_channel("elsewhere", members=["alice"])
    await alice.say("@Baton, are you there?", "#elsewhere")
    await alice.say("nobody in particular, and @nobody", "#ops")
    await ws.add_user("robot", is_bot=True)
    await ws.update_channel("#ops", members=["alice", "robot"])
    first = await alice.say("@bob knows, or @baton", "#ops")
    assert first.shown == "@bob knows, or @baton"
    await ws.person("robot").say("beep @Baton", "#ops", thread_ts=first.ts)
    await eventually(lambda: len(heard) == 2)
    assert (heard[0]["ts"], heard[0]["channel"]) == (first.ts, first.channel)
    assert "bot_id" not in heard[0]
    assert "thread_ts" not in heard[0]
    assert heard[1]["bot_id"].startswith("B")
    assert heard[1]["thread_ts"] == first.ts
    await ws.set_scopes(["chat:write"])
    await alice.say("@Baton, again", "#ops")
    await asyncio.sleep(0.05)
    assert len(heard) == 2


@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_shortcuts_come_with_what_they_are_about(
    app: AsyncApp, connect: Connect, alice: Person, bob: Person
) -> None:
    taken: list[Json] = []

    async def take(ack: AsyncAck, body: Json) -> None:
        await ack()
        taken.append(body)

    app.global_shortcut("anywhere")(take)

    @app.message_shortcut("about")
    async def about(ack: AsyncAck, body: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await take(ack, body)
        await respond("only for you")
        await client.views_open(trigger_id=body["trigger_id"], view=modal("About", section("this")))

    await connect()
    await alice.shortcut("anywhere")
    said = await bob.say("look", "#ops")
    [told] = await alice.message_shortcut("about", said)
    assert (told.text, told.ephemeral) == ("only for you", True)
    await alice.modal("About")
    assert "response_url" not in taken[0]
    assert "channel" not in taken[0]
    assert (taken[1]["message"]["text"], taken[1]["message_ts"]) == ("look", said.ts)
    assert taken[1]["channel"] == {"id": said.channel, "name": "ops"}
    with pytest.raises(SlackFailure):
        await alice.shortcut("unknown")
    with pytest.raises(NothingThere):
        await alice.message_shortcut("about", replace(said, ts="1.2"))
