"""The objects that blocks and elements are put together from: texts, options, confirmations, images, filters."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blockkit.engine import (
    NONE,
    Check,
    Problems,
    at_least_one,
    boolean,
    exactly_one,
    items,
    matching,
    one_of,
    problem,
    record,
    tagged,
    text,
    typed,
)

IDENTIFIER = text(1, 255)
URL = matching(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", "an absolute URL")
WEB_URL = matching(r"https?://\S+", "an http or https URL")
SECURE_URL = matching(r"https://\S+", "an https URL")
COLOUR_STYLE = one_of("primary", "danger")
LONGEST_TEXT = 3000
_NOT_OFFERED = "is not among the options"


def plain_text(most: int) -> Check:
    return tagged({"plain_text": _plain(most)}, "text type", elsewhere=("mrkdwn",))


def any_text(most: int) -> Check:
    return tagged(_texts(most), "text type")


def _texts(most: int) -> dict[str, Check]:
    return {"plain_text": _plain(most), "mrkdwn": _mrkdwn(most)}


def _plain(most: int) -> Check:
    return typed({"text": text(1, most)}, {"emoji": boolean})


def _mrkdwn(most: int) -> Check:
    return typed({"text": text(1, most)}, {"verbatim": boolean})


TEXTS = _texts(LONGEST_TEXT)
PLACEHOLDER = plain_text(150)

CONFIRM = record(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": COLOUR_STYLE},
)

MENU_OPTION = record({"text": plain_text(75), "value": text(1, 150)}, {"description": plain_text(75)})
OVERFLOW_OPTION = record({"text": plain_text(75), "value": text(1, 150)}, {"description": plain_text(75), "url": URL})
# Radio buttons and checkboxes are drawn in full, so their texts may carry mrkdwn.
CHOICE_OPTION = record({"text": any_text(75), "value": text(1, 150)}, {"description": any_text(75)})

MENU_OPTIONS = items(MENU_OPTION, 1, 100, "option")
OPTION_GROUP = record({"label": plain_text(75), "options": MENU_OPTIONS})
OPTION_GROUPS = items(OPTION_GROUP, 1, 100, "option group")

DISPATCH_CONFIG = record(
    {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 1, 2, "trigger")}
)

CONVERSATION_FILTER = record(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 1, 4, "conversation type"),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

SLACK_FILE = record({}, {"id": IDENTIFIER, "url": SECURE_URL}, exactly_one("id", "url"))

_WORKFLOW_INPUT = record({"name": text(1, 255), "value": text(0, LONGEST_TEXT)})
WORKFLOW = record(
    {"trigger": record({"url": SECURE_URL}, {"customizable_input_parameters": items(_WORKFLOW_INPUT, 1, 100)})}
)


def offered_options(element: dict[str, Any]) -> list[dict[str, Any]]:
    """Every option of a menu, whether it lists them flat or in groups."""
    grouped = [option for group in element.get("option_groups", ()) for option in group["options"]]
    return [*element.get("options", ()), *grouped]


def _identity(option: dict[str, Any]) -> tuple[str, ...]:
    """What makes two options the same one. Slack fills in `emoji`, so that key tells nothing."""
    texts = [option[key] for key in ("text", "description") if key in option]
    return (option["value"], *(part for shown in texts for part in (shown["type"], shown["text"])))


def initial_option_is_offered(element: dict[str, Any]) -> Problems:
    if "initial_option" not in element:
        return NONE
    offered = {_identity(option) for option in offered_options(element)}
    return NONE if _identity(element["initial_option"]) in offered else problem(_NOT_OFFERED, "initial_option")


def initial_options_are_offered(element: dict[str, Any]) -> Problems:
    if "initial_options" not in element:
        return NONE
    offered = {_identity(option) for option in offered_options(element)}
    return [
        (("initial_options", str(index)), _NOT_OFFERED)
        for index, chosen in enumerate(element["initial_options"])
        if _identity(chosen) not in offered
    ]
