"""Modals as people fill them in, by mouse and by keyboard; shortcuts, slash commands and Home."""

from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import expect
from slack_bolt.app.async_app import AsyncApp

from sandbox.client import Workspace
from tests.sandbox_slack.building import actions, button, field, home, modal, option, section
from tests.support.browser import SlackPage

FORM = modal(
    "Everything",
    field("Name"),
    field("Notes", multiline=True, optional=True),
    field("Count", "number_input", is_decimal_allowed=False),
    field("Mail", "email_text_input", optional=True),
    field("Colour", "static_select", options=[option("Red"), option("Blue")]),
    field("Tags", "multi_static_select", options=[option("One"), option("Two"), option("Three")]),
    field("Person", "users_select"),
    field("People", "multi_users_select"),
    field("Place", "conversations_select", filter={"include": ["public"]}),
    field("Day", "datepicker"),
    field("Hour", "timepicker"),
    field("Moment", "datetimepicker"),
    field("Size", "radio_buttons", options=[option("Small"), option("Large")]),
    field("Extras", "checkboxes", options=[option("Salt"), option("Pepper")], optional=True),
    actions(button("Deeper", "deeper")),
)


LETTERS = {"trigger_actions_on": ["on_character_entered"]}
FIND = modal("Who", field("Find", dispatch_action=True, dispatch_action_config=LETTERS))


async def test_a_form_with_every_kind_of_field_is_filled_in_refused_and_taken(
    page: SlackPage, ws: Workspace, app: AsyncApp, connect: Callable[[], Awaitable[None]]
) -> None:
    got: list[Any] = []

    @app.command("/oncall")
    async def open_form(ack: Any, client: Any, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.view("form")
    async def take(ack: Any, view: dict[str, Any]) -> None:
        got.append(view["state"]["values"])
        first = len(got) == 1
        await (ack(response_action="errors", errors={"name": "Taken already"}) if first else ack())

    @app.action("deeper")
    async def push(ack: Any, client: Any, body: dict[str, Any]) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=modal("Second", section("Below is the first")))

    await connect()
    await page.write("/oncall")
    form = await page.see_modal("Everything")
    await page.page.keyboard.press("Control+Enter")
    await expect(form.get_by_text("Please complete this required field.")).to_have_count(11)
    await page.fill("Name", "Payments")
    await page.fill("Count", "3")
    await page.choose("Colour", "Blue")
    await page.choose("Tags", "One")
    await page.choose("Tags", "Three")
    await page.choose("Person", "bob")
    await page.choose("People", "alice")
    await page.choose("Place", "#general")
    await page.fill("Day", "2026-03-29")
    await page.fill("Hour", "09:30")
    await page.fill_moment("Moment", "2026-03-29", "09:30")
    await form.get_by_role("radio", name="Large").check()
    await form.get_by_role("checkbox", name="Pepper").check()
    await page.press("Deeper")
    await page.see_modal("Second")
    await page.page.keyboard.press("Escape")
    await page.see_modal("Everything")
    assert await form.get_by_label("Name").input_value() == "Payments"
    await page.submit()
    await expect(form.get_by_text("Taken already")).to_be_visible()
    assert await form.get_by_label("Name").evaluate("one => one === document.activeElement")
    await page.page.keyboard.type(" 2")
    await page.page.keyboard.press("Enter")
    await expect(form).to_be_hidden()
    values = {block: next(iter(state.values())) for block, state in got[1].items()}
    assert values["name"]["value"] == "Payments 2"
    assert values["count"]["value"] == "3"
    assert values["colour"]["selected_option"]["value"] == "blue"
    assert [one["value"] for one in values["tags"]["selected_options"]] == ["one", "three"]
    assert values["day"]["selected_date"] == "2026-03-29"
    assert values["hour"]["selected_time"] == "09:30"
    assert values["moment"]["selected_date_time"] == 1774769400  # summer time began that night in Berlin
    assert values["size"]["selected_option"]["value"] == "large"
    assert [one["value"] for one in values["extras"]["selected_options"]] == ["pepper"]
    assert values["person"]["selected_user"] != values["people"]["selected_users"][0]
    assert values["place"]["selected_conversation"].startswith("C")


async def test_modals_and_commands_are_used_by_keyboard_alone_and_no_answer_is_said(
    page: SlackPage, ws: Workspace, app: AsyncApp, connect: Callable[[], Awaitable[None]]
) -> None:
    words: list[str] = []

    @app.command("/oncall")
    async def answer(ack: Any, command: dict[str, Any]) -> None:
        words.append(command["text"])
        await ack(f"You said {command['text']}")

    @app.shortcut("who")
    async def show(ack: Any, client: Any, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FIND)

    @app.action("find_value")
    async def found(ack: Any, client: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        blocks = [*FIND["blocks"], section(f"Looking for {action['value']}")]
        await client.views_update(view_id=body["view"]["id"], view=FIND | {"blocks": blocks})

    @app.shortcut("ask")
    async def reply(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Bob is")

    @app.event("app_home_opened")
    async def publish(client: Any, event: dict[str, Any]) -> None:
        await client.views_publish(user_id=event["user"], view=home(section("*Your* shifts")))

    await connect()
    keys = page.page.keyboard
    box = page.slack.get_by_role("combobox", name="Message", exact=True)
    await box.focus()
    await keys.type("/on")
    await expect(page.page.get_by_role("option", name="/oncall")).to_contain_text("[help | who | shifts] [schedule]")
    await keys.press("Enter")
    await keys.type("w")
    await keys.press("Enter")
    await keys.press("Enter")
    await page.see("You said who")
    assert words == ["who"]
    await page.slack.get_by_role("button", name="Shortcuts").press("Enter")
    await keys.press("Enter")
    form = await page.see_modal("Who")
    await keys.type("Payments")
    await expect(form.get_by_text("Looking for Payments")).to_be_visible()
    assert await form.get_by_label("Find").evaluate("one => one === document.activeElement && one.selectionStart === 8")
    for _ in range(8):
        await keys.press("Tab")
        assert await form.evaluate("one => one.contains(document.activeElement)")
    await page.submit()
    await expect(form.get_by_role("alert")).to_contain_text("We had some trouble connecting. Try again?")
    assert await form.get_by_label("Find").input_value() == "Payments"
    await keys.press("Escape")
    await expect(form).to_be_hidden()
    await page.write("who is it?")
    message = await page.see("who is it?")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.page.get_by_role("menuitem", name="Ask who is on call").click()
    await page.see("Bob is")
    await page.go("Baton")
    await expect(page.slack.get_by_role("tabpanel", name="Home").locator("strong")).to_have_text("Your")
    await page.slack.get_by_role("tab", name="Messages").click()
    await expect(page.slack.get_by_text("Sending messages to this app has been turned off.")).to_be_visible()
