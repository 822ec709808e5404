"""Modals that are updated, pressed and stacked while they are open."""

import httpx
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import NothingThere, Person
from tests.sandbox_slack.building import Json, actions, button, field, modal, option, section
from tests.sandbox_slack.conftest import Connect
from tests.sandbox_slack.forms import Form


async def test_an_update_keeps_what_was_entered_where_both_ids_stay(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient
) -> None:
    Form(app, modal("One", field("Name"), field("Note", initial_value="old")))
    await connect()
    await alice.command("/form")
    await alice.fill("Name", "typed")
    opened = await alice.modal("One")
    await client.views_update(
        view_id=opened.view_id,
        hash=opened.hash,
        view=modal(
            "Two", field("Name", initial_value="new"), field("Note", initial_value="new", block_id="note_2"),
            field("More", optional=True),
        ),
    )  # fmt: skip
    updated = await alice.modal("Two")
    assert updated.fields == {"Name": "typed", "Note": "new", "More": None}
    assert updated.view_id == opened.view_id
    assert updated.hash != opened.hash


async def test_an_update_with_a_stale_hash_is_refused(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient
) -> None:
    Form(app, modal("One"))
    await connect()
    await alice.command("/form")
    opened = await alice.modal("One")
    await client.views_update(view_id=opened.view_id, hash=opened.hash, view=modal("Two"))
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=opened.view_id, hash=opened.hash, view=modal("Three"))


async def test_buttons_and_selects_outside_inputs_dispatch_actions_with_the_state(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": [option("Edit"), option("Delete")]}
    view = modal(
        "Edit",
        field("Name", optional=True),
        field("Live", "static_select", options=[option("A"), option("B")], dispatch_action=True),
        section("*First row*", accessory=menu),
        section("Second row"),
        actions(button("Go", "go_1", value="1"), block_id="buttons_1"),
        section("Third row", accessory=button("Go", "go_2", value="2")),
    )
    form = Form(app, view)
    await connect()
    await alice.command("/form")
    await alice.fill("Name", "typed")
    assert form.actions == []
    await alice.fill("Live", "B")
    await alice.press("Delete", within="First row")
    await alice.press("Go", within="Third row")
    await alice.press("Go", within="Second row")
    chosen, deleted, third, second = (one["actions"][0] for one in form.actions)
    assert chosen["selected_option"] == option("B")
    assert deleted["selected_option"] == option("Delete")
    assert (third["value"], second["value"]) == ("2", "1")
    assert form.actions[-1]["container"]["type"] == "view"
    assert form.actions[-1]["view"]["state"]["values"]["name"]["name_value"]["value"] == "typed"


async def test_what_is_not_there_is_answered_with_what_is(app: AsyncApp, connect: Connect, alice: Person) -> None:
    Form(app, modal("Edit", field("Name"), field("Mode", "static_select", options=[option("A"), option("B")])))
    await connect()
    with pytest.raises(NothingThere, match="alice has no modal open"):
        await alice.submit()
    await alice.command("/form")
    with pytest.raises(NothingThere, match="no field 'Title'; there are: 'Name', 'Mode'"):
        await alice.fill("Title", "x")
    with pytest.raises(NothingThere, match="no option 'C'; there are: 'A', 'B'"):
        await alice.fill("Mode", "C")
    with pytest.raises(NothingThere, match="no button 'Go'; there are: none"):
        await alice.press("Go")
    with pytest.raises(NothingThere, match="the top one is 'Edit'"):
        await alice.modal("Other", timeout=0.05)
    assert (await alice.modal()).options("Mode") == ["A", "B"]


async def test_a_confirm_dialog_can_be_declined(app: AsyncApp, connect: Connect, alice: Person) -> None:
    confirm = {"title": {"type": "plain_text", "text": "Sure?"}, "text": {"type": "plain_text", "text": "Really?"}}
    confirm |= {"confirm": {"type": "plain_text", "text": "Yes"}, "deny": {"type": "plain_text", "text": "No"}}
    form = Form(app, modal("Edit", actions(button("Delete", "delete", confirm=confirm))))
    await connect()
    await alice.command("/form")
    await alice.press("Delete", confirm=False)
    assert form.actions == []
    await alice.press("Delete")
    assert len(form.actions) == 1


async def test_an_update_drops_a_choice_that_is_no_longer_offered_or_whose_kind_changed(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient
) -> None:
    def with_options(*names: str) -> Json:
        return field("Mode", "static_select", options=[option(name) for name in names], optional=True)

    Form(app, modal("One", with_options("A", "B"), field("Note", optional=True)))
    await connect()
    await alice.command("/form")
    await alice.fill("Mode", "B")
    await alice.fill("Note", "text")
    opened = await alice.modal("One")
    kept = modal("Two", with_options("B", "C"), field("Note", "number_input", is_decimal_allowed=False, optional=True))
    await client.views_update(view_id=opened.view_id, view=kept)
    assert (await alice.modal("Two")).fields == {"Mode": "B", "Note": None}
    await client.views_update(view_id=opened.view_id, view=modal("Three", with_options("A", "C")))
    assert (await alice.modal("Three")).fields == {"Mode": None}


async def test_a_closed_view_cannot_be_updated(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient
) -> None:
    Form(app, modal("One"))
    await connect()
    await alice.command("/form")
    opened = await alice.modal("One")
    await alice.close()
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=opened.view_id, view=modal("Two"))


async def test_a_conversation_select_can_start_with_where_the_person_is_and_give_a_response_url(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    select = field("Where", "conversations_select", default_to_current_conversation=True, response_url_enabled=True)
    form = Form(app, modal("One", select))
    await connect()
    await alice.command("/form", channel="#ops")
    assert (await alice.modal("One")).fields == {"Where": "#ops"}
    await alice.submit()
    (url,) = form.submitted[0]["response_urls"]
    assert (url["block_id"], url["action_id"]) == ("where", "where_value")
    async with httpx.AsyncClient() as http:
        await http.post(url["response_url"], json={"text": "made", "response_type": "in_channel"})
    assert [message.text for message in await alice.messages("#ops")] == ["made"]


async def test_radio_buttons_and_checkboxes_outside_inputs_are_pressed(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    radio = {"type": "radio_buttons", "action_id": "radio", "options": [option("A"), option("B")]}
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": [option("C"), option("D")]}
    form = Form(app, modal("One", actions(radio, boxes)))
    await connect()
    await alice.command("/form")
    for text in ("B", "C", "D", "C"):
        await alice.press(text)
    assert form.actions[0]["actions"][0]["selected_option"] == option("B")
    assert form.actions[3]["actions"][0]["selected_options"] == [option("D")]
    assert "(•) B" in (await alice.modal()).text
    assert "[x] D" in (await alice.modal()).text


async def test_a_view_pushed_by_the_app_from_a_modals_button_stacks(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    @app.action("more")
    async def more(ack, client, body):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal("Two"))

    Form(app, modal("One", actions(button("More", "more"))))
    await connect()
    await alice.command("/form")
    await alice.press("More")
    assert (await alice.modal("Two")).depth == 2
