"""Modals: opening, filling, submitting, what the app gets and what its answer does."""

import asyncio
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from sandbox.client import NothingThere, Person, SlackFailure, Workspace
from tests.sandbox_slack.building import Json, actions, button, field, modal, option, section
from tests.sandbox_slack.conftest import Connect


class Form:
    """An app whose command opens one view, and which answers its submission as told. It keeps what it gets."""

    def __init__(self, app: AsyncApp, view: Json) -> None:
        self.view = view
        self.answer: Json | None = {}
        self.submitted: list[Json] = []
        self.actions: list[Json] = []
        self.closed: list[Json] = []
        app.command("/form")(self._open)
        app.view("form")(self._submission)
        app.view_closed("form")(self._closing)
        app.action({"type": "block_actions", "action_id": _ANY})(self._action)

    async def _open(self, ack, client, body):
        await client.views_open(trigger_id=body["trigger_id"], view=self.view)
        await ack()

    async def _submission(self, ack, body):
        self.submitted.append(body)
        if self.answer is not None:
            await ack(**self.answer)

    async def _closing(self, ack, body):
        await ack()
        self.closed.append(body)

    async def _action(self, ack, body):
        await ack()
        self.actions.append(body)

    @property
    def values(self) -> Json:
        return {
            block: next(iter(held.values())) for block, held in self.submitted[-1]["view"]["state"]["values"].items()
        }


_ANY = re.compile(".*")

EVERYTHING = modal(
    "Everything",
    field("Name", max_length=20),
    field("Mail", "email_text_input", optional=True),
    field("Count", "number_input", is_decimal_allowed=False, optional=True, min_value="1", max_value="5"),
    field("Mode", "static_select", options=[option("Bidirectional"), option("Manual Export")], optional=True),
    field("Days", "multi_static_select", options=[option("Mon"), option("Tue")], optional=True),
    field("Kind", "radio_buttons", options=[option("Daily"), option("Weekly")], optional=True),
    field("Flags", "checkboxes", options=[option("Loud"), option("Quiet")], optional=True),
    field("Owner", "users_select", optional=True),
    field("Members", "multi_users_select", optional=True),
    field("Channel", "conversations_select", optional=True),
    field("Public", "channels_select", optional=True),
    field("Starts", "datetimepicker", optional=True),
    field("Day", "datepicker", optional=True),
    field("Hour", "timepicker", optional=True),
)


async def test_what_a_person_enters_reaches_the_app_in_slacks_shapes(
    app: AsyncApp, connect: Connect, alice: Person, ws: Workspace
) -> None:
    form = Form(app, EVERYTHING)
    await connect()
    await alice.command("/form")
    await alice.modal("Everything")
    entered: dict[str, Any] = {
        "Name": "Payments",
        "Mail": "a@example.com",
        "Count": "3",
        "Mode": "Manual Export",
        "Days": ["Mon", "Tue"],
        "Kind": "Weekly",
        "Flags": ["Quiet"],
        "Owner": "bob",
        "Members": ["alice", "bob"],
        "Channel": "#ops",
        "Public": "#general",
        "Starts": datetime(2026, 1, 2, 9, tzinfo=timezone(timedelta(hours=1))),
        "Day": date(2026, 1, 2),
        "Hour": time(9, 30),
    }
    for label, value in entered.items():
        await alice.fill(label, value)
    assert (await alice.modal()).fields == entered
    assert await alice.submit() is None
    bob = next(p for p in form.submitted[-1]["view"]["state"]["values"]["owner"].values())["selected_user"]
    assert form.values == {
        "name": {"type": "plain_text_input", "value": "Payments"},
        "mail": {"type": "email_text_input", "value": "a@example.com"},
        "count": {"type": "number_input", "value": "3"},
        "mode": {"type": "static_select", "selected_option": option("Manual Export")},
        "days": {"type": "multi_static_select", "selected_options": [option("Mon"), option("Tue")]},
        "kind": {"type": "radio_buttons", "selected_option": option("Weekly")},
        "flags": {"type": "checkboxes", "selected_options": [option("Quiet")]},
        "owner": {"type": "users_select", "selected_user": bob},
        "members": {"type": "multi_users_select", "selected_users": [form.submitted[-1]["user"]["id"], bob]},
        "channel": {"type": "conversations_select", "selected_conversation": (await ws.channel("ops"))["id"]},
        "public": {"type": "channels_select", "selected_channel": (await ws.channel("general"))["id"]},
        "starts": {
            "type": "datetimepicker",
            "selected_date_time": int(datetime(2026, 1, 2, 8, tzinfo=UTC).timestamp()),
        },
        "day": {"type": "datepicker", "selected_date": "2026-01-02"},
        "hour": {"type": "timepicker", "selected_time": "09:30"},
    }


async def test_optional_inputs_left_alone_are_null_or_empty(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, EVERYTHING)
    await connect()
    await alice.command("/form")
    await alice.fill("Name", "Payments")
    await alice.submit()
    empty = {label: value for held in form.values.values() for label, value in held.items() if label != "type"}
    assert empty.pop("value") is None
    assert empty.pop("selected_options") == []
    assert empty.pop("selected_users") == []
    assert set(empty.values()) == {None}


async def test_initial_values_are_what_an_untouched_form_submits(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    view = modal(
        "Edit",
        field("Name", initial_value="Payments"),
        field("Mode", "static_select", options=[option("A"), option("B")], initial_option=option("B")),
    )
    form = Form(app, view)
    await connect()
    await alice.command("/form")
    assert (await alice.modal("Edit")).fields == {"Name": "Payments", "Mode": "B"}
    await alice.submit()
    assert form.values["name"]["value"] == "Payments"
    assert form.values["mode"]["selected_option"] == option("B")


async def test_none_clears_a_field(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("Edit", field("Name", initial_value="Payments", optional=True)))
    await connect()
    await alice.command("/form")
    await alice.fill("Name", None)
    await alice.submit()
    assert form.values["name"] == {"type": "plain_text_input", "value": None}


@pytest.mark.parametrize(
    ("block", "entered", "complaint"),
    [
        (field("Name"), None, "Please complete this required field."),
        (field("Name", min_length=5), "abc", "Must be at least 5 characters."),
        (field("Name", max_length=3), "abcd", "Must be less than 4 characters."),
        (field("Name", "number_input", is_decimal_allowed=False), "1.5", "Please enter a valid number."),
        (field("Name", "number_input", is_decimal_allowed=True, min_value="2"), "1.5", "2 or more"),
        (field("Name", "number_input", is_decimal_allowed=True, max_value="2"), "2.5", "2 or less"),
        (field("Name", "email_text_input"), "nobody", "valid email address"),
        (field("Name", "url_text_input"), "nowhere", "valid URL"),
        (field("Name", "multi_users_select"), None, "Please complete this required field."),
    ],
)
async def test_slack_itself_refuses_a_bad_entry_and_sends_nothing(
    app: AsyncApp, connect: Connect, alice: Person, block: Json, entered: str | None, complaint: str
) -> None:
    form = Form(app, modal("Edit", block))
    await connect()
    await alice.command("/form")
    await alice.fill("Name", entered)
    refused = await alice.submit()
    assert refused is not None
    assert complaint in refused.errors["Name"]
    assert complaint in refused.text
    assert form.submitted == []


async def test_the_apps_errors_show_under_their_fields_until_the_next_entry(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    form = Form(app, modal("Edit", field("Name")))
    form.answer = {"response_action": "errors", "errors": {"name": "Taken"}}
    await connect()
    await alice.command("/form")
    await alice.fill("Name", "x")
    refused = await alice.submit()
    assert refused is not None
    assert refused.errors == {"Name": "Taken"}
    await alice.fill("Name", "y")
    assert (await alice.modal()).errors == {}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"response_action": "errors", "errors": {"no_such_block": "Taken"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": modal("x" * 25)},
        {"response_action": "push", "view": modal("x" * 25)},
        {"response_action": "jump"},
    ],
)
async def test_an_answer_that_slack_cannot_use_leaves_the_modal_with_a_failure(
    app: AsyncApp, connect: Connect, alice: Person, answer: Json | None
) -> None:
    form = Form(app, modal("Edit", field("Name", initial_value="x")))
    form.answer = answer
    await connect()
    await alice.command("/form")
    with pytest.raises(SlackFailure, match=r"^We had some trouble connecting\. Try again\?$"):
        await alice.submit()
    assert (await alice.modal("Edit")).fields == {"Name": "x"}


async def test_update_replaces_push_stacks_and_clear_closes(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One", field("Name", initial_value="x")))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "update", "view": modal("Two")}
    updated = await alice.submit()
    assert updated is not None
    assert (updated.title, updated.depth) == ("Two", 1)
    form.answer = {"response_action": "push", "view": modal("Three")}
    pushed = await alice.submit()
    assert pushed is not None
    assert (pushed.title, pushed.depth) == ("Three", 2)
    assert pushed.view["previous_view_id"] == updated.view_id == pushed.view["root_view_id"]
    form.answer = {"response_action": "clear"}
    assert await alice.submit() is None


async def test_an_empty_answer_closes_only_the_top_view(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One"))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("Two")}
    await alice.submit()
    form.answer = {}
    below = await alice.submit()
    assert below is not None
    assert below.title == "One"


async def test_a_fourth_view_on_the_stack_is_refused(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One"))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("More")}
    await alice.submit()
    await alice.submit()
    with pytest.raises(SlackFailure):
        await alice.submit()
    assert (await alice.modal()).depth == 3


async def test_closing_is_told_only_where_the_app_asked_for_it(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One", notify_on_close=True))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("Two")}
    await alice.submit()
    below = await alice.close()
    assert below is not None
    assert below.title == "One"
    assert form.closed == []
    assert await alice.close() is None
    assert [closed["is_cleared"] for closed in form.closed] == [False]


async def test_the_cross_closes_the_whole_stack(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One", notify_on_close=True))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("Two", notify_on_close=True)}
    await alice.submit()
    await alice.close_all()
    assert await alice.top_modal() is None
    assert [(c["view"]["title"]["text"], c["is_cleared"]) for c in form.closed] == [("Two", True), ("One", True)]


async def test_an_update_keeps_what_was_entered_where_both_ids_stay(
    app: AsyncApp, connect: Connect, alice: Person, client
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


async def test_an_update_with_a_stale_hash_is_refused(app: AsyncApp, connect: Connect, alice: Person, client) -> None:
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


async def test_a_double_submit_reaches_the_app_twice(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("Edit", field("Name", initial_value="x")))
    await connect()
    await alice.command("/form")
    await asyncio.gather(alice.submit(), alice.submit())
    assert len(form.submitted) == 2
    assert await alice.top_modal() is None
