"""Good payloads, small and realistic, that the tests start from."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Json = dict[str, Any]


def plain(text: str = "Words", **more: Any) -> Json:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str = "*Words*", **more: Any) -> Json:
    return {"type": "mrkdwn", "text": text, **more}


def option(value: str = "primary", /, **more: Any) -> Json:
    return {"text": plain(value.title()), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(f"value-{number}") for number in range(count)]


def changed(value: Json, /, **changes: Any) -> Json:
    """A copy with other keys; `None` takes a key away."""
    merged = {**deepcopy(value), **changes}
    return {key: item for key, item in merged.items() if item is not None}


CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("It *goes*."), "confirm": plain("Yes"), "deny": plain("No")}
DISPATCH = {"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}
SECTION_PART = {"type": "rich_text_section", "elements": [{"type": "text", "text": "plain"}]}
RICH_TEXT = {"type": "rich_text", "elements": [SECTION_PART]}

ELEMENTS: dict[str, Json] = {
    "button": {
        "text": plain("Take it", emoji=True),
        "action_id": "take",
        "value": "shift-17",
        "url": "https://example.com/a",
        "style": "danger",
        "confirm": {**CONFIRM, "style": "danger"},
        "accessibility_label": "Take the shift",
    },
    "workflow_button": {"text": plain(), "workflow": {"trigger": {"url": "https://slack.com/shortcuts/Ft1/x"}}},
    "overflow": {"options": [option("edit"), option("open", url="https://example.com")], "confirm": CONFIRM},
    "image": {"image_url": "https://example.com/a.png", "alt_text": "A face"},
    "static_select": {
        "placeholder": plain("Choose"),
        "options": [option("primary"), option("backup", description=plain("Second in line"))],
        "initial_option": option("primary"),
        "focus_on_load": True,
        "confirm": CONFIRM,
    },
    "multi_static_select": {
        "option_groups": [{"label": plain("Roles"), "options": [option("primary"), option("backup")]}],
        "initial_options": [option("backup")],
        "max_selected_items": 2,
    },
    "external_select": {"placeholder": plain(), "min_query_length": 2, "initial_option": option()},
    "multi_external_select": {"min_query_length": 0, "initial_options": [option()], "max_selected_items": 5},
    "users_select": {"initial_user": "U1", "placeholder": plain()},
    "multi_users_select": {"initial_users": ["U1", "U2"], "max_selected_items": 2},
    "conversations_select": {
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    },
    "multi_conversations_select": {
        "initial_conversations": ["C1"],
        "filter": {"exclude_external_shared_channels": True},
    },
    "channels_select": {"initial_channel": "C1"},
    "multi_channels_select": {"initial_channels": ["C1"], "max_selected_items": 3},
    "radio_buttons": {
        "options": [{"text": mrkdwn(), "value": "a", "description": mrkdwn()}, option("b")],
        "initial_option": option("b"),
    },
    "checkboxes": {"options": options(10), "initial_options": [option("value-3")]},
    "datepicker": {"initial_date": "2028-02-29", "placeholder": plain()},
    "timepicker": {"initial_time": "23:59", "timezone": "Europe/Vienna"},
    "datetimepicker": {"initial_date_time": 1_790_000_000},
    "plain_text_input": {
        "placeholder": plain(),
        "initial_value": "Some words",
        "multiline": True,
        "min_length": 3,
        "max_length": 10,
        "dispatch_action_config": DISPATCH,
    },
    "number_input": {"is_decimal_allowed": True, "min_value": "-1.5", "initial_value": "0", "max_value": "30"},
    "email_text_input": {"initial_value": "ann@example.com", "placeholder": plain()},
    "url_text_input": {"initial_value": "https://example.com", "dispatch_action_config": DISPATCH},
    "file_input": {"filetypes": ["ics", "csv"], "max_files": 1},
    "rich_text_input": {"initial_value": RICH_TEXT, "placeholder": plain()},
    "feedback_buttons": {
        "positive_button": {"text": plain("Good"), "value": "+"},
        "negative_button": {"text": plain("Bad"), "value": "-", "accessibility_label": "Bad answer"},
    },
    "icon_button": {"icon": "trash", "text": plain("Remove"), "value": "1"},
}


def element(kind: str, /, **changes: Any) -> Json:
    return changed({"type": kind, **ELEMENTS[kind]}, **changes)


_STYLED_PIECES = [
    {"type": "text", "text": "bold", "style": {"bold": True, "code": False}},
    {"type": "link", "url": "https://example.com", "text": "link"},
    {"type": "emoji", "name": "tada", "unicode": "1f389"},
    {"type": "user", "user_id": "U1"},
    {"type": "usergroup", "usergroup_id": "S1"},
    {"type": "channel", "channel_id": "C1", "style": {"italic": True}},
    {"type": "team", "team_id": "T1"},
    {"type": "broadcast", "range": "here"},
    {"type": "color", "value": "#ff0066"},
    {"type": "date", "timestamp": 1_790_000_000, "format": "{date_num}", "fallback": "soon"},
]

_CARD = {"title": mrkdwn(), "body": plain(), "hero_image": element("image"), "actions": [element("button")]}

BLOCKS: dict[str, Json] = {
    "section": {"text": mrkdwn(verbatim=True), "fields": [mrkdwn(), plain()], "accessory": element("overflow")},
    "divider": {},
    "header": {"text": plain("On call")},
    "image": {"slack_file": {"id": "F1"}, "alt_text": "A chart", "title": plain()},
    "actions": {"elements": [element("button"), element("users_select"), element("datetimepicker")]},
    "context": {"elements": [element("image"), mrkdwn(), plain()]},
    "context_actions": {"elements": [element("feedback_buttons"), element("icon_button")]},
    "input": {
        "label": plain("Reason"),
        "element": element("plain_text_input"),
        "hint": plain(),
        "optional": True,
        "dispatch_action": True,
    },
    "rich_text": {
        "elements": [
            {"type": "rich_text_section", "elements": _STYLED_PIECES},
            {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": [SECTION_PART]},
            {"type": "rich_text_quote", "border": 1, "elements": [{"type": "text", "text": "said"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
        ]
    },
    "markdown": {"text": "**strong**"},
    "video": {
        "title": plain(),
        "alt_text": "A tour",
        "video_url": "https://example.com/embed/1",
        "thumbnail_url": "https://example.com/1.png",
        "title_url": "https://example.com/1",
        "author_name": "Ann",
        "description": plain(),
    },
    "table": {
        "rows": [[{"type": "raw_text", "text": "Who"}, RICH_TEXT], [{"type": "raw_text", "text": "Ann"}, RICH_TEXT]],
        "column_settings": [{"align": "right", "is_wrapped": True}, None],
    },
    "data_table": {
        "caption": "Shifts",
        "page_size": 10,
        "rows": [[{"type": "raw_text", "text": "Hours"}], [{"type": "raw_number", "value": 12}]],
    },
    "alert": {"text": mrkdwn(), "level": "warning"},
    "card": _CARD,
    "carousel": {"elements": [{"type": "card", **_CARD}]},
    "container": {"title": plain(), "child_blocks": [{"type": "divider"}], "is_collapsible": True},
}


def block(kind: str, /, **changes: Any) -> Json:
    return changed({"type": kind, **BLOCKS[kind]}, **changes)


def asking(asked: Json, /, **changes: Any) -> Json:
    """An input block around an element."""
    return {"type": "input", "label": plain("Label"), "element": asked, **changes}


def modal(**changes: Any) -> Json:
    return changed(
        {
            "type": "modal",
            "title": plain("Edit schedule"),
            "submit": plain("Save"),
            "close": plain("Cancel"),
            "callback_id": "schedule.edit",
            "private_metadata": "17",
            "external_id": "schedule-17",
            "clear_on_close": False,
            "notify_on_close": True,
            "blocks": [block("section"), block("input")],
        },
        **changes,
    )


def home(**changes: Any) -> Json:
    return changed({"type": "home", "callback_id": "home", "blocks": [block("header"), block("actions")]}, **changes)


def member_row(number: int) -> list[Json]:
    """What a list page shows about one member: who, what to do, and a rule below."""
    return [
        block("section", block_id=f"member-{number}", fields=None, accessory=element("overflow", action_id="member")),
        block(
            "actions",
            block_id=f"member-actions-{number}",
            elements=[element("button", action_id=f"{verb}.{number}") for verb in ("swap", "cover", "remove")],
        ),
        asking(
            element("static_select", action_id="role", focus_on_load=None, initial_option=option("primary")),
            block_id=f"member-role-{number}",
        ),
        block("divider"),
    ]


def big_modal() -> Json:
    return modal(blocks=[part for number in range(25) for part in member_row(number)])


def big_message() -> Json:
    rows = [part for number in range(12) for part in member_row(number)]
    return {"channel": "C1", "text": "Who is on call this week", "blocks": [block("header"), *rows, block("table")]}
