"""Blocks: one table of keys per type, and the surfaces each type may appear on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sandbox.slack.blockkit.elements import (
    ACTIONS_ELEMENT,
    CARD_BUTTON,
    CONTEXT_ACTIONS_ELEMENT,
    CONTEXT_ELEMENT,
    IMAGE_ELEMENT,
    INPUT_ELEMENT,
    SECTION_ACCESSORY,
)
from sandbox.slack.blockkit.engine import (
    NONE,
    Check,
    Problems,
    at_least_one,
    boolean,
    exactly_one,
    integer,
    items,
    number,
    one_of,
    problem,
    record,
    tagged,
    text,
    tolerant_typed,
    typed,
)
from sandbox.slack.blockkit.objects import (
    IDENTIFIER,
    LONGEST_TEXT,
    SECURE_URL,
    SLACK_FILE,
    WEB_URL,
    any_text,
    plain_text,
)
from sandbox.slack.blockkit.richtext import RICH_TEXT, RICH_TEXT_BLOCK


class Surface(StrEnum):
    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


MARKDOWN_LIMIT = 12_000
_BLOCK: Mapping[str, Check] = {"block_id": IDENTIFIER}
_RAW_TEXT = typed({"text": text(1, 10_000)})
_RAW_NUMBER = typed({"value": number}, {"text": text(1, 10_000)})
_TABLE_CELL = tagged({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT_BLOCK}, "cell type")
_column_settings = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _column_setting(value: Any) -> Problems:
    # Null leaves a column at its defaults while later columns are set.
    return NONE if value is None else _column_settings(value)


def _refused_on_posting(_block: Any) -> Problems:
    return problem("Slack adds 'file' blocks itself; apps can't send them")


def _data_rows_agree(block: dict[str, Any]) -> Problems:
    header, *rows = block["rows"]
    if any(cell["type"] == "rich_text" for cell in header):
        return problem("a header cell can't be rich_text", "rows", "0")
    uneven = [index for index, row in enumerate(rows, start=1) if len(row) != len(header)]
    return problem(f"must have {len(header)} cells, as the header has", "rows", str(uneven[0])) if uneven else NONE


def _header_columns_exist(block: dict[str, Any]) -> Problems:
    columns = len(block["rows"][0])
    fits = block.get("row_header_column_index", 0) < columns
    return NONE if fits else problem(f"there are only {columns} columns", "row_header_column_index")


def _collapse_keys_agree(block: dict[str, Any]) -> Problems:
    collapsible = block.get("is_collapsible", False)
    if block.get("default_collapsed", False) and not collapsible:
        return problem("needs is_collapsible", "default_collapsed")
    if block.get("has_header_divider", False) and collapsible:
        return problem("can't be set together with is_collapsible", "has_header_divider")
    return NONE


CARD = tolerant_typed(
    {},
    {
        **_BLOCK,
        "hero_image": IMAGE_ELEMENT,
        "icon": IMAGE_ELEMENT,
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "actions": items(CARD_BUTTON, 1, 25, "action"),
    },
    at_least_one("hero_image", "title", "actions", "body"),
)

_LEAF_BLOCKS: Mapping[str, Check] = {
    "section": typed(
        {},
        {
            **_BLOCK,
            "text": any_text(LONGEST_TEXT),
            "fields": items(any_text(2000), 1, 10, "field"),
            "accessory": SECTION_ACCESSORY,
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "divider": typed({}, _BLOCK),
    "header": typed({"text": plain_text(150)}, _BLOCK),
    "image": typed(
        {"alt_text": text(1, 2000)},
        {**_BLOCK, "image_url": WEB_URL, "slack_file": SLACK_FILE, "title": plain_text(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "actions": typed({"elements": items(ACTIONS_ELEMENT, 1, 25, "element")}, _BLOCK),
    "context": typed({"elements": items(CONTEXT_ELEMENT, 1, 10, "element")}, _BLOCK),
    "context_actions": typed({"elements": items(CONTEXT_ACTIONS_ELEMENT, 1, 5, "element")}, _BLOCK),
    "input": typed(
        {"label": plain_text(2000), "element": INPUT_ELEMENT},
        {**_BLOCK, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": RICH_TEXT_BLOCK,
    "markdown": typed({"text": text(1, MARKDOWN_LIMIT)}, _BLOCK),
    "video": typed(
        {"alt_text": text(1, 2000), "title": plain_text(200), "thumbnail_url": WEB_URL, "video_url": SECURE_URL},
        {
            **_BLOCK,
            "title_url": SECURE_URL,
            "description": plain_text(200),
            "author_name": text(1, 50),
            "provider_name": text(1, 255),
            "provider_icon_url": WEB_URL,
        },
    ),
    "file": _refused_on_posting,
    "table": typed(
        {"rows": items(items(_TABLE_CELL, 1, 20, "cell"), 1, 100, "row")},
        {**_BLOCK, "column_settings": items(_column_setting, 1, 20, "column setting")},
    ),
    "data_table": typed(
        {"caption": text(1, LONGEST_TEXT), "rows": items(items(_TABLE_CELL, 1, 20, "cell"), 2, 101, "row")},
        {**_BLOCK, "page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
        _data_rows_agree,
        _header_columns_exist,
    ),
    "alert": typed(
        {"text": any_text(200)}, {**_BLOCK, "level": one_of("default", "info", "warning", "error", "success")}
    ),
    "card": CARD,
    "carousel": tolerant_typed({"elements": items(tagged({"card": CARD}, "type"), 1, 10, "card")}, _BLOCK),
}

_CHILD_BLOCK = tagged(_LEAF_BLOCKS, "block type", elsewhere=("container",))

_CONTAINER: Mapping[str, Check] = {
    "container": tolerant_typed(
        {"child_blocks": items(_CHILD_BLOCK, 1, 10, "block")},
        {
            **_BLOCK,
            "title": plain_text(150),
            "rich_text_title": RICH_TEXT,
            "subtitle": any_text(150),
            "width": one_of("narrow", "standard", "wide", "full"),
            "icon": IMAGE_ELEMENT,
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        at_least_one("title", "rich_text_title"),
        _collapse_keys_agree,
    ),
}

BLOCK = tagged({**_LEAF_BLOCKS, **_CONTAINER}, "block type")

_NARROW: Mapping[str, frozenset[Surface]] = {
    "alert": frozenset({Surface.MODAL}),
    "carousel": frozenset({Surface.MESSAGE, Surface.HOME}),
    "container": frozenset({Surface.MESSAGE}),
    "context_actions": frozenset({Surface.MESSAGE}),
    "data_table": frozenset({Surface.MESSAGE}),
    "markdown": frozenset({Surface.MESSAGE}),
    "table": frozenset({Surface.MESSAGE}),
}


def allowed_on(kind: str, surface: Surface) -> bool:
    return surface in _NARROW.get(kind, Surface)
