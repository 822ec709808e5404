"""What Slack refuses about a single element or option: each row breaks one rule."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.blockkit import check_blocks
from tests.sandbox_blockkit.samples import (
    CONFIRM,
    Json,
    asking,
    block,
    changed,
    element,
    mrkdwn,
    option,
    options,
    plain,
)

Row = tuple[Json, str, str]


def button(**changes: Any) -> Json:
    return element("button", **changes)


def confirmed(**changes: Any) -> Json:
    return button(confirm=changed(CONFIRM, **changes))


def menu(**changes: Any) -> Json:
    return element("static_select", **{"initial_option": None, **changes})


def offering(*offered: Json) -> Json:
    return menu(options=list(offered))


def grouped(**changes: Any) -> Json:
    group = changed({"label": plain("Roles"), "options": [option()]}, **changes)
    return menu(options=None, option_groups=[group])


def filtered(chosen: Any) -> Json:
    return element("conversations_select", filter=chosen)


BUTTONS: list[Row] = [
    (button(text=None), "", "the key 'text' is missing"),
    (button(text=plain("x" * 76)), "text/text", "76 characters; at most 75"),
    (button(text=mrkdwn()), "text", "'mrkdwn' is not allowed here; use plain_text"),
    (button(action_id=""), "action_id", "at least 1 character"),
    (button(action_id="x" * 256), "action_id", "at most 255"),
    (button(value=""), "value", "at least 1 character"),
    (button(value="x" * 2001), "value", "2001 characters; at most 2000"),
    (button(url="example.com"), "url", "must be an absolute URL"),
    (button(url="https://" + "x" * 3000), "url", "at most 3000"),
    (button(style="default"), "style", "must be one of primary, danger"),
    (button(accessibility_label="x" * 76), "accessibility_label", "at most 75"),
    (button(acton_id="x"), "", "unknown key 'acton_id'; did you mean 'action_id'?"),
    (confirmed(title=None), "confirm", "the key 'title' is missing"),
    (confirmed(title=plain("x" * 101)), "confirm/title/text", "at most 100"),
    (confirmed(title=mrkdwn()), "confirm/title", "'mrkdwn' is not allowed here"),
    (confirmed(text=mrkdwn("x" * 301)), "confirm/text/text", "at most 300"),
    (confirmed(confirm=plain("x" * 31)), "confirm/confirm/text", "at most 30"),
    (confirmed(deny=plain("x" * 31)), "confirm/deny/text", "at most 30"),
    (confirmed(deny=plain("")), "confirm/deny/text", "at least 1 character"),
    (confirmed(style="warning"), "confirm/style", "must be one of primary, danger"),
    (button(accessibility_label=""), "accessibility_label", "at least 1 character"),
    (button(agent_prompt="x" * 4001), "agent_prompt", "at most 4000"),
    (element("workflow_button", text=plain("x" * 76)), "text/text", "at most 75"),
    (element("workflow_button", workflow={}), "workflow", "the key 'trigger' is missing"),
    (element("overflow", options=[]), "options", "at least 1 option"),
    (element("overflow", options=options(6)), "options", "6 options; at most 5"),
    (element("overflow", options=[option(url="x")]), "options/0/url", "must be an absolute URL"),
    (element("overflow", options=[option(text=plain("x" * 76))]), "options/0/text/text", "at most 75"),
    (element("overflow", options=[option("x" * 151)]), "options/0/value", "at most 150"),
    (element("overflow", options=[option("")]), "options/0/value", "at least 1 character"),
    (element("overflow", options=[option(description=plain("x" * 76))]), "options/0/description/text", "at most 75"),
    (element("overflow", placeholder=plain()), "", "unknown key 'placeholder'"),
]

MENUS: list[Row] = [
    (menu(options=None), "", "needs one of options and option_groups"),
    (menu(option_groups=[{"label": plain(), "options": [option()]}]), "", "needs only one of options and"),
    (menu(options=[]), "options", "at least 1 option"),
    (menu(options=options(101)), "options", "101 options; at most 100"),
    (menu(optoins=options(1)), "", "unknown key 'optoins'; did you mean 'options'?"),
    (menu(initial_option=option("other")), "initial_option", "is not among the options"),
    (menu(initial_option=option("primary", text=plain("Other"))), "initial_option", "is not among the options"),
    (menu(placeholder=plain("x" * 151)), "placeholder/text", "151 characters; at most 150"),
    (menu(placeholder=mrkdwn()), "placeholder", "'mrkdwn' is not allowed here"),
    (menu(focus_on_load="yes"), "focus_on_load", "must be true or false"),
    (offering(option(text=plain("x" * 76))), "options/0/text/text", "76 characters; at most 75"),
    (offering(option(text=mrkdwn())), "options/0/text", "'mrkdwn' is not allowed here"),
    (offering(option("x" * 151, text=plain())), "options/0/value", "151 characters; at most 150"),
    (offering(option("")), "options/0/value", "at least 1 character"),
    (offering(option(), {"text": plain()}), "options/1", "the key 'value' is missing"),
    (offering(option(description=plain("x" * 76))), "options/0/description/text", "at most 75"),
    (offering(option(url="https://example.com")), "options/0", "unknown key 'url'"),
    (grouped(label=plain("x" * 76)), "option_groups/0/label/text", "at most 75"),
    (grouped(options=[]), "option_groups/0/options", "at least 1 option"),
    (grouped(label=None), "option_groups/0", "the key 'label' is missing"),
    (menu(options=None, option_groups=[]), "option_groups", "at least 1 option group"),
    (element("multi_static_select", initial_options=[]), "initial_options", "at least 1 option"),
    (element("multi_static_select", initial_options=[option("z")]), "initial_options/0", "is not among the options"),
    (
        element("multi_static_select", initial_options=[option("primary"), option("backup")], max_selected_items=1),
        "initial_options",
        "has 2 items; max_selected_items is 1",
    ),
    (
        menu(options=None, option_groups=[{"label": plain(), "options": [option()]}] * 101),
        "option_groups",
        "at most 100",
    ),
    (element("multi_static_select", options=options(1), initial_options=None), "", "needs only one of options and"),
    (
        element("multi_external_select", initial_options=options(6)),
        "initial_options",
        "has 6 items; max_selected_items is 5",
    ),
    (
        element("multi_conversations_select", initial_conversations=["C1", "C2"], max_selected_items=1),
        "initial_conversations",
        "has 2 items; max_selected_items is 1",
    ),
    (element("multi_channels_select", initial_channels=["C"] * 4), "initial_channels", "max_selected_items is 3"),
    (element("multi_users_select", max_selected_items=0), "max_selected_items", "between 1 and"),
    (element("multi_users_select", max_selected_items=1), "initial_users", "max_selected_items is 1"),
    (element("multi_users_select", initial_users="U1"), "initial_users", "must be a list, not a string"),
    (element("multi_users_select", initial_user="U1"), "", "did you mean 'initial_users'?"),
    (element("external_select", options=options(1)), "", "unknown key 'options'"),
    (element("external_select", min_query_length=-1), "min_query_length", "must be between 0"),
    (element("external_select", min_query_length="1"), "min_query_length", "must be an integer, not a string"),
    (element("users_select", initial_user=""), "initial_user", "at least 1 character"),
    (filtered({}), "filter", "needs at least one of include,"),
    (filtered({"include": []}), "filter/include", "at least 1 conversation type"),
    (filtered({"include": ["dm"]}), "filter/include/0", "must be one of im, mpim, private, public"),
    (filtered({"exclude_bots": True}), "filter", "unknown key 'exclude_bots'; did you mean 'exclude_bot_users'?"),
]

CHOICES: list[Row] = [
    (element("radio_buttons", options=options(11), initial_option=None), "options", "11 options; at most 10"),
    (element("checkboxes", options=options(11)), "options", "11 options; at most 10"),
    (element("checkboxes", options=[], initial_options=None), "options", "at least 1 option"),
    (
        element("radio_buttons", options=[option(text=mrkdwn("x" * 76))], initial_option=None),
        "options/0/text/text",
        "at most 75",
    ),
    (element("radio_buttons", options=[option("x" * 151)], initial_option=None), "options/0/value", "at most 150"),
    (
        element("checkboxes", options=[option(description=mrkdwn("x" * 76))], initial_options=None),
        "options/0/description/text",
        "at most 75",
    ),
    (element("radio_buttons", options=None), "", "the key 'options' is missing"),
    (element("radio_buttons", initial_option=option("z")), "initial_option", "is not among the options"),
    (element("checkboxes", initial_options=[option("z")]), "initial_options/0", "is not among the options"),
    (element("checkboxes", placeholder=plain()), "", "unknown key 'placeholder'"),
    (element("checkboxes", initial_option=option()), "", "did you mean 'initial_options'?"),
]

INPUTS: list[Row] = [
    (element("plain_text_input", max_length=3001), "max_length", "between 1 and 3000"),
    (element("plain_text_input", max_length=0), "max_length", "between 1 and 3000"),
    (element("plain_text_input", min_length=-1), "min_length", "between 0 and 3000"),
    (element("plain_text_input", min_length=11), "min_length", "is greater than max_length"),
    (element("plain_text_input", initial_value="x" * 11), "initial_value", "11 characters; max_length is 10"),
    (element("plain_text_input", multiline="yes"), "multiline", "must be true or false"),
    (element("plain_text_input", placeholder=plain("")), "placeholder/text", "at least 1 character"),
    (
        element("plain_text_input", dispatch_action_config={}),
        "dispatch_action_config",
        "'trigger_actions_on' is missing",
    ),
    (
        element("plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_blur"]}),
        "dispatch_action_config/trigger_actions_on/0",
        "must be one of on_enter_pressed, on_character_entered",
    ),
    (
        element("plain_text_input", dispatch_action_config={"trigger_actions_on": []}),
        "dispatch_action_config/trigger_actions_on",
        "at least 1 trigger",
    ),
    (element("plain_text_input", max_length=None, initial_value="x" * 3001), "initial_value", "at most 3000"),
    (element("number_input", is_decimal_allowed=None), "", "the key 'is_decimal_allowed' is missing"),
    (element("number_input", min_value=1), "min_value", "must be a string, not a number"),
    (element("number_input", max_value="many"), "max_value", "must be a number written as a string"),
    (element("number_input", min_value="31", initial_value=None), "min_value", "is greater than max_value"),
    (element("number_input", initial_value="31"), "initial_value", "is greater than max_value"),
    (element("number_input", initial_value="-2"), "min_value", "is greater than initial_value"),
    (element("number_input", is_decimal_allowed=False), "min_value", "must be a whole number"),
    (element("email_text_input", multiline=True), "", "unknown key 'multiline'"),
    (element("url_text_input", initial_value=5), "initial_value", "must be a string"),
    (element("datepicker", initial_date="29.02.2028"), "initial_date", "must be a date as YYYY-MM-DD"),
    (element("datepicker", initial_date="2027-02-29"), "initial_date", "is not a day of the calendar"),
    (element("timepicker", initial_time="24:00"), "initial_time", "must be a time as HH:mm"),
    (element("timepicker", timezone="Vienna"), "timezone", "must be an IANA time zone name"),
    (element("datetimepicker", initial_date_time=1_790_000_000_000), "initial_date_time", "must be between"),
    (element("datetimepicker", initial_date_time=999_999_999), "initial_date_time", "must be between"),
    (element("datetimepicker", initial_date_time=10_000_000_000), "initial_date_time", "must be between"),
    (element("datetimepicker", placeholder=plain()), "", "unknown key 'placeholder'"),
    (element("file_input", max_files=11), "max_files", "between 1 and 10"),
    (element("file_input", filetypes=[]), "filetypes", "at least 1 file type"),
    (element("rich_text_input", initial_value="words"), "initial_value", "must be an object, not a string"),
]


def joined(*keys: str) -> str:
    return "/".join(key for key in keys if key)


@pytest.mark.parametrize(("broken", "place", "reason"), BUTTONS)
def test_a_broken_button_is_refused_with_its_place_and_the_reason(broken: Json, place: str, reason: str) -> None:
    problems = check_blocks([block("actions", elements=[element("datepicker"), broken])], "message")
    expected = joined("blocks/0/elements/1", place)
    assert any(told.startswith(f"{expected}: ") and reason in told for told in problems), problems


@pytest.mark.parametrize(("broken", "place", "reason"), [*MENUS, *CHOICES, *INPUTS])
def test_a_broken_input_is_refused_with_its_place_and_the_reason(broken: Json, place: str, reason: str) -> None:
    problems = check_blocks([asking(broken)], "modal")
    expected = joined("blocks/0/element", place)
    assert any(told.startswith(f"{expected}: ") and reason in told for told in problems), problems


def test_a_problem_deep_in_an_accessory_is_placed_there() -> None:
    accessory = element("overflow", options=[option(text=plain("x" * 80))])
    blocks = [block("divider")] * 3 + [block("section", accessory=accessory)]
    assert check_blocks(blocks, "home") == [
        "blocks/3/accessory/options/0/text/text: has 80 characters; at most 75 are allowed"
    ]
