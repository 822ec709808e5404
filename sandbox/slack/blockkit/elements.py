"""Block elements: one table of keys per type, and which blocks each type may stand in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.slack.blockkit.engine import (
    NONE,
    Check,
    Problems,
    Rule,
    boolean,
    exactly_one,
    integer,
    items,
    matching,
    problem,
    record,
    tagged,
    text,
    typed,
)
from sandbox.slack.blockkit.objects import (
    CHOICE_OPTION,
    COLOUR_STYLE,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_CONFIG,
    IDENTIFIER,
    MENU_OPTION,
    MENU_OPTIONS,
    OPTION_GROUPS,
    OVERFLOW_OPTION,
    PLACEHOLDER,
    SLACK_FILE,
    TEXTS,
    URL,
    WEB_URL,
    WORKFLOW,
    initial_option_is_offered,
    initial_options_are_offered,
    plain_text,
)
from sandbox.slack.blockkit.richtext import RICH_TEXT
from zonedata import zone_names

_MOST_SELECTED = 1000
_DECIMAL = r"-?(\d+(\.\d*)?|\.\d+)"


def ordered(low: str, high: str) -> Rule:
    """The lower bound is not above the upper one, when both are there."""

    def check(element: dict[str, Any]) -> Problems:
        if low in element and high in element and Decimal(element[low]) > Decimal(element[high]):
            return problem(f"is greater than {high}", low)
        return NONE

    return check


def initial_within_maximum(key: str) -> Rule:
    def check(element: dict[str, Any]) -> Problems:
        most = element.get("max_selected_items", _MOST_SELECTED)
        chosen = len(element.get(key, ()))
        return NONE if chosen <= most else problem(f"has {chosen} items; max_selected_items is {most}", key)

    return check


def initial_text_fits(element: dict[str, Any]) -> Problems:
    length, most = len(element.get("initial_value", "")), element.get("max_length", 3000)
    return NONE if length <= most else problem(f"has {length} characters; max_length is {most}", "initial_value")


def whole_numbers_unless_decimal(element: dict[str, Any]) -> Problems:
    if element["is_decimal_allowed"]:
        return NONE
    fractional = [key for key in ("initial_value", "min_value", "max_value") if "." in element.get(key, "")]
    return problem("must be a whole number: is_decimal_allowed is false", fractional[0]) if fractional else NONE


_date_shape = matching(r"\d{4}-\d{2}-\d{2}", "a date as YYYY-MM-DD")


def calendar_date(value: Any) -> Problems:
    if wrong := _date_shape(value):
        return wrong
    try:
        date.fromisoformat(value)
    except ValueError:
        return problem("is not a day of the calendar")
    return NONE


def time_zone(value: Any) -> Problems:
    known = isinstance(value, str) and value in zone_names()
    return NONE if known else problem("must be an IANA time zone name")


_ACTION: Mapping[str, Check] = {"action_id": IDENTIFIER}
_INPUT: Mapping[str, Check] = {**_ACTION, "focus_on_load": boolean}
_CONFIRMED: Mapping[str, Check] = {**_INPUT, "confirm": CONFIRM}
_MENU: Mapping[str, Check] = {**_CONFIRMED, "placeholder": PLACEHOLDER}
_MULTI_MENU: Mapping[str, Check] = {**_MENU, "max_selected_items": integer(1, _MOST_SELECTED)}
_TYPED_INPUT: Mapping[str, Check] = {**_INPUT, "placeholder": PLACEHOLDER, "dispatch_action_config": DISPATCH_CONFIG}
_CHOICES = items(CHOICE_OPTION, 1, 10, "option")
_QUERY_LENGTH = integer(0, 255)
_NUMERIC = matching(_DECIMAL, "a number written as a string", 255)


def _ids(noun: str) -> Check:
    return items(IDENTIFIER, 1, _MOST_SELECTED, noun)


BUTTON_TEXTS: Mapping[str, Check] = {"accessibility_label": text(1, 75), "style": COLOUR_STYLE}

BUTTONS: Mapping[str, Check] = {
    "button": typed(
        {"text": plain_text(75)},
        {
            **_ACTION,
            **BUTTON_TEXTS,
            "url": URL,
            "value": text(1, 2000),
            "confirm": CONFIRM,
            "agent_prompt": text(1, 4000),
            "agent_prompt_display": text(1, 255),
            "visible_to_user_ids": _ids("user"),
        },
    ),
    "workflow_button": typed({"text": plain_text(75), "workflow": WORKFLOW}, {**_ACTION, **BUTTON_TEXTS}),
}

OVERFLOW: Mapping[str, Check] = {
    "overflow": typed({"options": items(OVERFLOW_OPTION, 1, 5, "option")}, {**_ACTION, "confirm": CONFIRM}),
}

IMAGE: Mapping[str, Check] = {
    "image": typed(
        {"alt_text": text(1, 2000)},
        {"image_url": WEB_URL, "slack_file": SLACK_FILE},
        exactly_one("image_url", "slack_file"),
    ),
}

SELECTS: Mapping[str, Check] = {
    "static_select": typed(
        {},
        {**_MENU, "options": MENU_OPTIONS, "option_groups": OPTION_GROUPS, "initial_option": MENU_OPTION},
        exactly_one("options", "option_groups"),
        initial_option_is_offered,
    ),
    "external_select": typed({}, {**_MENU, "initial_option": MENU_OPTION, "min_query_length": _QUERY_LENGTH}),
    "users_select": typed({}, {**_MENU, "initial_user": IDENTIFIER}),
    "conversations_select": typed(
        {},
        {
            **_MENU,
            "initial_conversation": IDENTIFIER,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": CONVERSATION_FILTER,
        },
    ),
    "channels_select": typed({}, {**_MENU, "initial_channel": IDENTIFIER, "response_url_enabled": boolean}),
}

MULTI_SELECTS: Mapping[str, Check] = {
    "multi_static_select": typed(
        {},
        {**_MULTI_MENU, "options": MENU_OPTIONS, "option_groups": OPTION_GROUPS, "initial_options": MENU_OPTIONS},
        exactly_one("options", "option_groups"),
        initial_options_are_offered,
        initial_within_maximum("initial_options"),
    ),
    "multi_external_select": typed(
        {},
        {**_MULTI_MENU, "initial_options": MENU_OPTIONS, "min_query_length": _QUERY_LENGTH},
        initial_within_maximum("initial_options"),
    ),
    "multi_users_select": typed(
        {}, {**_MULTI_MENU, "initial_users": _ids("user")}, initial_within_maximum("initial_users")
    ),
    "multi_conversations_select": typed(
        {},
        {
            **_MULTI_MENU,
            "initial_conversations": _ids("conversation"),
            "default_to_current_conversation": boolean,
            "filter": CONVERSATION_FILTER,
        },
        initial_within_maximum("initial_conversations"),
    ),
    "multi_channels_select": typed(
        {}, {**_MULTI_MENU, "initial_channels": _ids("channel")}, initial_within_maximum("initial_channels")
    ),
}

CHOICES: Mapping[str, Check] = {
    "radio_buttons": typed(
        {"options": _CHOICES}, {**_CONFIRMED, "initial_option": CHOICE_OPTION}, initial_option_is_offered
    ),
    "checkboxes": typed(
        {"options": _CHOICES}, {**_CONFIRMED, "initial_options": _CHOICES}, initial_options_are_offered
    ),
}

PICKERS: Mapping[str, Check] = {
    "datepicker": typed({}, {**_MENU, "initial_date": calendar_date}),
    "timepicker": typed(
        {}, {**_MENU, "initial_time": matching(r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:mm"), "timezone": time_zone}
    ),
}

DATETIME_PICKER: Mapping[str, Check] = {
    # Slack wants exactly ten digits: seconds, not milliseconds.
    "datetimepicker": typed({}, {**_CONFIRMED, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
}

RICH_TEXT_INPUT: Mapping[str, Check] = {
    "rich_text_input": typed(
        {},
        {**_TYPED_INPUT, "initial_value": RICH_TEXT, "min_lines": integer(1, 100), "max_lines": integer(1, 100)},
    ),
}

TEXT_INPUTS: Mapping[str, Check] = {
    "plain_text_input": typed(
        {},
        {
            **_TYPED_INPUT,
            "initial_value": text(0, 3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        ordered("min_length", "max_length"),
        initial_text_fits,
    ),
    "email_text_input": typed({}, {**_TYPED_INPUT, "initial_value": text(0, 3000)}),
    "url_text_input": typed({}, {**_TYPED_INPUT, "initial_value": text(0, 3000)}),
    "number_input": typed(
        {"is_decimal_allowed": boolean},
        {**_TYPED_INPUT, "initial_value": _NUMERIC, "min_value": _NUMERIC, "max_value": _NUMERIC},
        whole_numbers_unless_decimal,
        ordered("min_value", "max_value"),
        ordered("min_value", "initial_value"),
        ordered("initial_value", "max_value"),
    ),
    "file_input": typed(
        {}, {**_ACTION, "filetypes": items(text(1, 50), 1, 100, "file type"), "max_files": integer(1, 10)}
    ),
}

_FEEDBACK_BUTTON = record({"text": plain_text(75), "value": text(1, 2000)}, {"accessibility_label": text(1, 75)})

CONTEXT_BUTTONS: Mapping[str, Check] = {
    "feedback_buttons": typed({"positive_button": _FEEDBACK_BUTTON, "negative_button": _FEEDBACK_BUTTON}, _ACTION),
    "icon_button": typed(
        {"icon": text(1, 255), "text": plain_text(75)},
        {
            **_ACTION,
            "accessibility_label": text(1, 75),
            "value": text(1, 2000),
            "confirm": CONFIRM,
            "visible_to_user_ids": _ids("user"),
        },
    ),
}

_FOR_ACTIONS = {
    **BUTTONS, **OVERFLOW, **SELECTS, **MULTI_SELECTS, **CHOICES, **PICKERS, **DATETIME_PICKER, **RICH_TEXT_INPUT
}  # fmt: skip
_FOR_INPUT = {
    **SELECTS, **MULTI_SELECTS, **CHOICES, **PICKERS, **DATETIME_PICKER, **RICH_TEXT_INPUT, **TEXT_INPUTS
}  # fmt: skip
_FOR_SECTION = {**BUTTONS, **OVERFLOW, **IMAGE, **SELECTS, **MULTI_SELECTS, **CHOICES, **PICKERS}
_ALL = {**_FOR_ACTIONS, **_FOR_INPUT, **_FOR_SECTION, **CONTEXT_BUTTONS}


def _element(kinds: Mapping[str, Check]) -> Check:
    return tagged(kinds, "element type", elsewhere=_ALL.keys())


ACTIONS_ELEMENT = _element(_FOR_ACTIONS)
INPUT_ELEMENT = _element(_FOR_INPUT)
SECTION_ACCESSORY = _element(_FOR_SECTION)
CONTEXT_ACTIONS_ELEMENT = _element(CONTEXT_BUTTONS)
CARD_BUTTON = _element({**BUTTONS, **OVERFLOW})
IMAGE_ELEMENT = _element(IMAGE)
CONTEXT_ELEMENT = _element({**IMAGE, **TEXTS})
