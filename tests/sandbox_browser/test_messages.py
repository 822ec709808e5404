"""Messages as people see them, and what is pressed in them."""

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import Workspace
from tests.sandbox_slack.building import actions, button, option, plain, section
from tests.support.browser import SlackPage

PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
HARMLESS = "<img src=x onerror=document.title='broken'> & *not* bold"
RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "text", "text": "an item", "style": {"bold": True}}],
                }
            ],
        }
    ],
}
TABLE = {"type": "table", "rows": [
    [{"type": "raw_text", "text": "Who"}, {"type": "raw_text", "text": "When"}],
    [{"type": "raw_text", "text": "Bob <b>"}, {"type": "raw_text", "text": "now"}]]}  # fmt: skip


async def test_messages_come_change_and_go_while_one_looks(
    page: SlackPage, ws: Workspace, client: AsyncWebClient
) -> None:
    people = {one["name"]: one["id"] for one in (await client.users_list())["members"]}
    markup = f"*Bold* <@{people['alice']}> <!date^1772359200^{{date_num}} at {{time}}^|then> `code` :tada:"
    ops = (await client.chat_postMessage(channel="#ops", text=markup))["channel"]
    shown = await page.see("Bold")
    assert await shown.locator("strong").inner_text() == "Bold"
    assert await shown.locator(".mention.me").inner_text() == "@alice"
    assert await shown.locator(".text time").inner_text() == "2026-03-01 at 11:00 AM"
    assert "🎉" in await shown.inner_text()
    blocks: list[Any] = [section("Before"), RICH, TABLE, {"type": "divider"}, {"type": "header", "text": plain("Head")}]
    ts = (await client.chat_postMessage(channel=ops, text="x", blocks=blocks))["ts"]
    drawn = await page.see("Before")
    await expect(drawn.get_by_role("cell", name="Bob <b>")).to_be_visible()
    await expect(drawn.get_by_role("listitem")).to_have_text("an item")
    await client.chat_update(channel=ops, ts=ts, text="After", blocks=[section("After")])
    await page.see("After")
    await expect(page.messages.filter(has_text="(edited)")).to_have_count(1)
    await client.chat_delete(channel=ops, ts=ts)
    await expect(page.messages.filter(has_text="After")).to_have_count(0)


async def test_what_people_write_is_text_and_is_seen_by_whom_it_is_for(
    page: SlackPage, ws: Workspace, client: AsyncWebClient
) -> None:
    await page.write(HARMLESS)
    mine = await page.see("onerror")
    assert "<img src=x onerror=document.title='broken'> & not bold" in await mine.inner_text()
    assert await page.messages.locator("img").count() == 0
    assert "broken" not in await page.page.title()
    people = {one["name"]: one["id"] for one in (await client.users_list())["members"]}
    await client.chat_postEphemeral(channel="#ops", user=people["alice"], text="psst")
    assert "Only visible to you" in await (await page.see("psst")).inner_text()
    await page.go("general")
    await client.chat_postMessage(channel="#ops", text="news")
    unread = page.slack.get_by_role("button", name=re.compile("# ops.*1 new"))
    await expect(unread).to_be_visible()
    await page.be("Bob Smith")
    await page.go("ops")
    await page.see("news")
    await expect(page.messages.filter(has_text="psst")).to_have_count(0)
    message = await page.see("onerror")
    await message.hover()
    await message.get_by_role("button", name="Reply in thread").click()
    reply = page.slack.get_by_role("combobox", name="Reply")
    await reply.fill("an answer")
    await reply.press("Enter")
    await expect(message.get_by_role("button", name="1 reply")).to_be_visible()
    await page.slack.get_by_role("button", name="Close thread").click()
    await page.go("alice")
    await page.write("between us")
    await page.see("between us")


async def test_what_is_pressed_reaches_the_app_and_a_failed_answer_is_shown_there(
    page: SlackPage, ws: Workspace, client: AsyncWebClient, app: AsyncApp, connect: Callable[[], Awaitable[None]]
) -> None:
    got: list[Any] = []

    @app.action(re.compile("good|menu|pick|tick|search"))
    async def take(ack: Any, action: dict[str, Any]) -> None:
        await ack()
        got.append(action)

    @app.action("bad")
    async def never(body: dict[str, Any]) -> None: ...

    @app.options("search")
    async def offer(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=[option(f"{payload['value']} {number}") for number in (1, 2)])

    await connect()
    confirm = {"title": plain("Sure?"), "text": plain("Really"), "confirm": plain("Yes"), "deny": plain("No")}
    elements = [
        button("Go", "good", value="v", confirm=confirm),
        button("Fail", "bad"),
        {"type": "overflow", "action_id": "menu", "options": [option("First"), option("Second")]},
        {
            "type": "static_select",
            "action_id": "pick",
            "placeholder": plain("Pick"),
            "options": [option("A"), option("B")],
        },
        {"type": "external_select", "action_id": "search", "placeholder": plain("Search"), "min_query_length": 2},
        {"type": "checkboxes", "action_id": "tick", "options": [option("One"), option("Two")]},
    ]
    await client.chat_postMessage(channel="#ops", text="x", blocks=[section("Press"), actions(*elements)])
    message = await page.see("Press")
    await message.get_by_role("button", name="Go").click()
    await page.page.get_by_role("dialog", name="Sure?").get_by_role("button", name="No").click()
    await message.get_by_role("button", name="Go").click()
    await page.page.get_by_role("dialog", name="Sure?").get_by_role("button", name="Yes").click()
    await message.get_by_role("button", name="More actions").first.click()
    await page.page.get_by_role("menuitem", name="Second").click()
    await page.choose("Pick", "B", within=message)
    await page.choose("Search", "pay 2", within=message)
    await message.get_by_role("checkbox", name="Two").check()
    await message.get_by_role("button", name="Fail").click()
    await expect(message.get_by_role("alert")).to_contain_text("did not respond")
    assert [one["action_id"] for one in got] == ["good", "menu", "pick", "search", "tick"]
    assert got[1]["selected_option"]["value"] == "second"
    assert got[2]["selected_option"]["text"]["text"] == "B"
    assert got[3]["selected_option"]["value"] == "pay 2 1"
    assert [one["value"] for one in got[4]["selected_options"]] == ["two"]
    await page.write("/oncall who")
    await expect(page.slack.get_by_role("alert").filter(has_text="/oncall failed")).to_be_visible()
    assert await page.slack.get_by_role("combobox", name="Message", exact=True).input_value() == "/oncall who"


async def test_every_kind_of_block_is_drawn_and_uploaded_pictures_are_shown(
    page: SlackPage, ws: Workspace, client: AsyncWebClient
) -> None:
    file = (await client.files_upload_v2(filename="calendar.png", content=PIXEL, title="Calendar"))["file"]["id"]
    elsewhere = {"type": "image", "image_url": "https://elsewhere.example/x.png", "alt_text": "A far picture"}
    near = {"type": "image", "slack_file": {"id": file}, "alt_text": "The coming weeks", "title": plain("Weeks")}
    card: dict[str, Any] = {"type": "card", "title": plain("A card"), "actions": [button("In the card", "card")]}
    blocks: list[dict[str, Any]] = [
        section("Left", fields=[plain("F1"), {"type": "mrkdwn", "text": "*F2*"}], accessory=button("Beside", "beside")),
        {"type": "context", "elements": [elsewhere, {"type": "mrkdwn", "text": "small print"}]},
        {"type": "markdown", "text": "# Title\n- an *entry* with **weight** and [a link](https://a.example/)"},
        {"type": "container", "title": plain("Box"), "child_blocks": [section("Inside")]},
        card,
        near,
    ]
    await asyncio.sleep(0.4)  # Slack looks at a file before it may be shown
    await client.chat_postMessage(channel="#ops", text="x", blocks=blocks)
    message = await page.see("Left")
    for words in ("F1", "F2", "small print", "Title", "weight", "Box", "Inside", "A card", "Weeks"):
        await expect(message.get_by_text(words).first).to_be_visible()
    await expect(message.get_by_role("link", name="a link")).to_have_attribute("href", "https://a.example/")
    await expect(message.get_by_role("img", name="A far picture")).to_be_visible()
    await expect(message.get_by_role("button")).to_have_count(4)  # Beside, In the card, and what the message itself has
    shown = message.get_by_role("img", name="The coming weeks")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("one => one.complete && one.naturalWidth") == 1
