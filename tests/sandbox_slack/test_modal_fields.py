"""Filling a modal in: what the app gets, and what Slack refuses by itself."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from sandbox.client import NothingThere, Person, Workspace
from tests.sandbox_slack.building import Json, field, modal, option
from tests.sandbox_slack.conftest import Connect
from tests.sandbox_slack.forms import Form

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


async def test_equal_labels_are_told_apart_by_number(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One", field("Start"), field("Start", block_id="start_2")))
    await connect()
    await alice.command("/form")
    await alice.fill("Start", "1")
    await alice.fill("Start (2)", "2")
    await alice.submit()
    assert [held["value"] for held in form.values.values()] == ["1", "2"]


async def test_only_living_people_and_so_many_can_be_chosen(
    app: AsyncApp, connect: Connect, alice: Person, ws: Workspace
) -> None:
    Form(app, modal("One", field("Members", "multi_users_select", max_selected_items=1)))
    await ws.update_user("bob", deleted=True)
    await connect()
    await alice.command("/form")
    with pytest.raises(NothingThere, match="no user 'bob'"):
        await alice.fill("Members", ["bob"])
    with pytest.raises(NothingThere, match="at most 1"):
        await alice.fill("Members", ["alice", "alice"])
