"""Messages: what a person reads, what they press, and what response_urls may do."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import NothingThere, Person, SlackFailure, Workspace
from tests.sandbox_slack.building import Json, actions, button, option, section
from tests.sandbox_slack.conftest import Connect

STARTS = int(datetime(2026, 7, 1, 13, 5, tzinfo=UTC).timestamp())


async def shown_of(client: AsyncWebClient, reader: Person, *blocks: Json) -> str:
    await client.chat_postMessage(channel="#ops", text="fallback", blocks=list(blocks))
    return (await reader.messages("#ops"))[-1].shown


async def test_mentions_links_and_marks_are_read_as_slack_shows_them(
    ws: Workspace, client: AsyncWebClient, alice: Person
) -> None:
    bob, ops = (await client.users_lookupByEmail(email="bob@example.com"))["user"]["id"], await ws.channel("ops")
    group = await ws.add_group("oncall")
    text = f"*Bold* _it_ ~no~ `a_b_c` snake_case_name <@{bob}> <#{ops['id']}> <!subteam^{group}> <!here> "
    text += "<https://example.com|here> <https://example.com> A &amp; B &lt;C&gt;"
    await client.chat_postMessage(channel="#ops", text=text)
    expected = "Bold it no a_b_c snake_case_name @bob #ops @oncall @here here https://example.com A & B <C>"
    assert (await alice.messages("#ops"))[-1].shown == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("{date_short} {time}", "Jul 1, 2026 3:05 PM"),
        ("{date_num} {time_secs}", "2026-07-01 3:05:00 PM"),
        ("{date}", "July 1st, 2026"),
        ("{date_long}", "Wednesday, July 1st, 2026"),
        ("{date_slash}", "07/01/2026"),
        ("{unknown}", "{unknown}"),
    ],
)
async def test_dates_are_shown_in_the_readers_own_zone(
    ws: Workspace, client: AsyncWebClient, alice: Person, form: str, expected: str
) -> None:
    await client.chat_postMessage(channel="#ops", text=f"<!date^{STARTS}^{form}|fallback>")
    assert (await alice.messages("#ops"))[-1].shown == expected


async def test_near_dates_are_shown_as_words(ws: Workspace, client: AsyncWebClient) -> None:
    now = int((await ws.now()).timestamp())
    bob = ws.person("bob")
    parts = [
        f"<!date^{now + offset}^{{{form}}}|x>"
        for offset, form in (
            (0, "date_short_pretty"),
            (86400, "date_pretty"),
            (-86400, "date_long_pretty"),
            (-7200, "ago"),
            (180, "ago"),
        )
    ]
    await client.chat_postMessage(channel="#ops", text=" ".join(parts))
    assert (await bob.messages("#ops"))[-1].shown.startswith("today tomorrow yesterday 2 hours ago in ")


async def test_every_kind_of_block_has_its_text(ws: Workspace, client: AsyncWebClient, alice: Person) -> None:
    plain = {"type": "plain_text", "text": "Head"}
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "intro "}, {"type": "emoji", "name": "wave"}],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "link", "url": "https://x.example", "text": "link"}]},
        ],
    }
    cell = {"type": "raw_text", "text": "cell"}
    shown = await shown_of(
        client,
        alice,
        {"type": "header", "text": plain},
        section("*Body*", fields=[{"type": "mrkdwn", "text": "left"}, {"type": "mrkdwn", "text": "right"}]),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}, {"type": "plain_text", "text": "print"}]},
        {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "graph"},
        {"type": "divider"},
        rich,
        {"type": "table", "rows": [[cell, cell]]},
        {"type": "markdown", "text": "## Title\n**strong** [site](https://x.example)"},
        actions(button("Go", "go")),
    )
    expected = "Head\nBody\nleft\nright\nsmall print\n[graph]"
    expected += "\nintro :wave:\n1. first\nlink\ncell | cell\nTitle\nstrong site\n[Go]"
    assert shown == expected


async def test_blocks_without_a_fallback_text_are_kept_with_a_warning(
    ws: Workspace, alice: Person, client: AsyncWebClient
) -> None:
    await client.api_call("chat.postMessage", json={"channel": "#ops", "blocks": [section("x")]})
    await client.chat_postMessage(channel="#ops", text="x", blocks=[section("x")])
    assert [message.warnings for message in await alice.messages("#ops")] == [["missing text fallback"], []]


async def test_private_channels_and_ephemeral_messages_are_seen_by_their_readers_only(
    ws: Workspace, client: AsyncWebClient, alice: Person
) -> None:
    await ws.add_channel("secret", private=True, members=["bob"], bot_is_member=True)
    bob = ws.person("bob")
    alice_id = (await client.users_lookupByEmail(email="alice@example.com"))["user"]["id"]
    await client.chat_postMessage(channel="#secret", text="hidden")
    await client.chat_postEphemeral(channel="#ops", user=alice_id, text="for alice")
    assert await alice.messages("#secret") == []
    assert [m.text for m in await bob.messages("#secret")] == ["hidden"]
    assert [m.text for m in await alice.ephemerals()] == ["for alice"]
    assert await bob.ephemerals("#ops") == []
    assert (await alice.wait_for_message("for alice", channel="ephemeral")).ephemeral


async def test_waiting_for_a_message_that_never_comes_says_what_is_there(
    ws: Workspace, client: AsyncWebClient, alice: Person
) -> None:
    await client.chat_postMessage(channel="#ops", text="something else")
    with pytest.raises(NothingThere, match="something else"):
        await alice.wait_for_message("on call", channel="#ops", timeout=0.05)


class Card:
    """An app that posts a card with a button and an overflow menu, and keeps what it gets when they are pressed."""

    def __init__(self, app: AsyncApp, client: AsyncWebClient) -> None:
        self.client = client
        self.pressed: list[Json] = []
        app.action("go")(self._pressed)
        app.action("more")(self._pressed)
        app.action("silent")(self._silent)

    async def post(self, **where: Any) -> None:
        menu = {"type": "overflow", "action_id": "more", "options": [option("Pause"), option("Resume")]}
        blocks = [
            section("*Payments*", accessory=menu),
            actions(button("Go", "go", value="7"), button("Silent", "silent")),
        ]
        await self.client.chat_postMessage(text="card", blocks=blocks, **where)

    async def _pressed(self, ack, body):
        await ack()
        self.pressed.append(body)

    async def _silent(self, body):
        pass


async def test_a_press_tells_the_app_which_button_of_which_message(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, alice: Person
) -> None:
    card = Card(app, client)
    await card.post(channel="#ops")
    await connect()
    message = (await alice.messages("#ops"))[-1]
    assert message.buttons == ["Pause", "Resume", "Go", "Silent"]
    await alice.press("Go")
    await alice.press("Resume", within="Payments", where="#ops")
    go, resume = card.pressed
    assert (go["actions"][0]["value"], go["message"]["ts"]) == ("7", message.ts)
    assert go["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": False,
    }
    assert resume["actions"][0]["selected_option"] == option("Resume")
    with pytest.raises(NothingThere, match="within 'Search'"):
        await alice.press("Go", within="Search")


@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_a_press_that_nobody_acknowledges_shows_a_failure(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, alice: Person
) -> None:
    card = Card(app, client)
    await card.post(channel="#ops")
    await connect()
    with pytest.raises(SlackFailure, match="something went wrong"):
        await alice.press("Silent")


async def test_a_select_in_a_message_dispatches_its_choice(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, alice: Person
) -> None:
    got: list[Json] = []

    @app.action("pick")
    async def picked(ack, body):
        await ack()
        got.append(body)

    select = {"type": "static_select", "action_id": "pick", "options": [option("A"), option("B")]}
    await client.chat_postMessage(channel="#ops", text="x", blocks=[section("Choose", accessory=select)])
    await connect()
    await alice.fill("Choose", "B", where="#ops")
    assert got[0]["actions"][0]["selected_option"] == option("B")
    held = next(iter(got[0]["state"]["values"].values()))
    assert held["pick"]["selected_option"] == option("B")


async def post_to(url: str, **body: Any) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.post(url, json=body)


class Urls:
    """An app that keeps the response_url of its command and of its button."""

    def __init__(self, app: AsyncApp) -> None:
        self.urls: list[str] = []
        app.command("/oncall")(self._keep)
        app.action("go")(self._keep)

    async def _keep(self, ack, body):
        self.urls.append(body["response_url"])
        await ack()


async def test_a_response_url_works_five_times(app: AsyncApp, connect: Connect, alice: Person) -> None:
    kept = Urls(app)
    await connect()
    await alice.command("/oncall", channel="#ops")
    answers = [await post_to(kept.urls[0], text=f"{n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[5].json()["error"] == "used_url"
    assert [m.text for m in await alice.ephemerals("#ops")] == ["0", "1", "2", "3", "4"]


async def test_a_response_url_expires_after_half_an_hour(
    app: AsyncApp, connect: Connect, alice: Person, ws: Workspace
) -> None:
    kept = Urls(app)
    await connect()
    await alice.command("/oncall", channel="#ops")
    await ws.advance(1799)
    assert (await post_to(kept.urls[0], text="in time")).status_code == 200
    await ws.advance(2)
    assert (await post_to(kept.urls[0], text="too late")).json()["error"] == "expired_url"


async def test_a_response_url_refuses_what_is_no_message(app: AsyncApp, connect: Connect, alice: Person) -> None:
    kept = Urls(app)
    await connect()
    await alice.command("/oncall", channel="#ops")
    assert (await post_to(kept.urls[0])).json()["error"] == "no_text"
    assert (await post_to(kept.urls[0], text="x", blocks=[{"type": "x"}])).json()["error"] == "invalid_blocks"
    assert (await post_to(kept.urls[0] + "x", text="x")).json()["error"] == "invalid_url"


async def test_a_buttons_response_url_replaces_and_deletes_its_message(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient
) -> None:
    kept = Urls(app)
    await client.chat_postMessage(channel="#ops", text="x", blocks=[actions(button("Go", "go"))])
    await connect()
    await alice.press("Go")
    await post_to(kept.urls[0], text="done", replace_original=True)
    assert [(m.shown, m.edited) for m in await alice.messages("#ops")] == [("done", True)]
    await post_to(kept.urls[0], delete_original=True)
    assert await alice.messages("#ops") == []


@pytest.mark.parametrize("answer", [{"blocks": [{"type": "nonsense"}]}, {"text": "x" * 40_001}])
async def test_an_ack_that_is_no_message_fails_the_command(
    app: AsyncApp, connect: Connect, alice: Person, answer: Json
) -> None:
    @app.command("/oncall")
    async def reply(ack):
        await ack(**answer)

    await connect()
    with pytest.raises(SlackFailure, match="invalid_command_response"):
        await alice.command("/oncall", channel="#ops")


async def test_an_update_with_text_alone_removes_the_blocks(
    ws: Workspace, client: AsyncWebClient, alice: Person
) -> None:
    posted = await client.chat_postMessage(channel="#ops", text="x", blocks=[section("with blocks")])
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="plain")
    assert [(m.shown, m.blocks) for m in await alice.messages("#ops")] == [("plain", [])]


async def test_the_newest_message_that_has_the_button_is_pressed_wherever_it_is(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, alice: Person, ws: Workspace
) -> None:
    card = Card(app, client)
    dm = (await client.users_lookupByEmail(email="alice@example.com"))["user"]["id"]
    await ws.add_channel("news", members=["alice"])
    for place in ("#ops", dm, "#news"):
        await card.post(channel=place)
    await client.chat_postMessage(channel="#ops", text="no button here")
    await connect()
    await alice.press("Go")
    await alice.press("Go", where="dm")
    await alice.press("Go", where="#ops")
    assert [body["channel"]["name"] for body in card.pressed] == ["news", "directmessage", "ops"]


async def test_a_double_press_reaches_the_app_twice(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, alice: Person
) -> None:
    card = Card(app, client)
    await card.post(channel="#ops")
    await connect()
    await asyncio.gather(alice.press("Go"), alice.press("Go"))
    first, second = card.pressed
    assert first["trigger_id"] != second["trigger_id"]
    assert first["message"]["ts"] == second["message"]["ts"]
