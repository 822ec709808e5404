"""What Slack refuses about a single block: each row breaks one rule and expects the place and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.blockkit import check_blocks
from tests.sandbox_blockkit.samples import (
    RICH_TEXT,
    SECTION_PART,
    Json,
    asking,
    block,
    changed,
    element,
    mrkdwn,
    plain,
)

CELL = {"type": "raw_text", "text": "x"}


def rich(*parts: Json) -> Json:
    return block("rich_text", elements=list(parts))


def rich_piece(**piece: Any) -> Json:
    return rich({"type": "rich_text_section", "elements": [piece]})


def rich_list(**changes: Any) -> Json:
    return rich(changed({"type": "rich_text_list", "style": "bullet", "elements": [SECTION_PART]}, **changes))


SHAPES: list[tuple[Any, str, str]] = [
    ("section", "", "must be an object, not a string"),
    (None, "", "must be an object, not null"),
    ({}, "", "the key 'type' is missing"),
    ({"type": 7}, "", "the key 'type' must be a string"),
    ({"type": "sektion"}, "", "unknown block type 'sektion'; did you mean 'section'?"),
    ({"type": "button"}, "", "unknown block type 'button'"),
    (block("section", txt=plain()), "", "unknown key 'txt'; did you mean 'text'?"),
    (block("divider", block_id=""), "block_id", "at least 1 character"),
    (block("divider", block_id="x" * 256), "block_id", "256 characters; at most 255"),
    (block("divider", block_id=1), "block_id", "must be a string, not a number"),
    (block("divider", text=plain()), "", "unknown key 'text'"),
    ({"type": "file", "source": "remote", "external_id": "1"}, "", "apps can't send them"),
]

TEXTS: list[tuple[Any, str, str]] = [
    (block("section", text="words"), "text", "must be an object, not a string"),
    (block("section", text=plain("")), "text/text", "at least 1 character"),
    (block("section", text=mrkdwn("x" * 3001)), "text/text", "3001 characters; at most 3000"),
    (block("section", text={"type": "mrkdwn"}), "text", "the key 'text' is missing"),
    (block("section", text={"type": "markdown", "text": "x"}), "text", "unknown text type 'markdown'"),
    (block("section", text=mrkdwn(emoji=True)), "text", "unknown key 'emoji'"),
    (block("section", text=plain(verbatim=True)), "text", "unknown key 'verbatim'"),
    (block("section", text=plain(emoji="yes")), "text/emoji", "must be true or false, not a string"),
    (block("section", text=None, fields=None), "", "needs at least one of text, fields"),
    (block("section", fields=[]), "fields", "at least 1 field"),
    (block("section", fields=[plain()] * 11), "fields", "11 fields; at most 10"),
    (block("section", fields=[plain(), mrkdwn("x" * 2001)]), "fields/1/text", "2001 characters; at most 2000"),
    (block("section", fields=plain()), "fields", "must be a list, not an object"),
    (block("section", expand="yes"), "expand", "must be true or false"),
    (block("header", text=None), "", "the key 'text' is missing"),
    (block("header", text=plain("x" * 151)), "text/text", "151 characters; at most 150"),
    (block("header", text=mrkdwn()), "text", "'mrkdwn' is not allowed here; use plain_text"),
    (block("markdown", text=""), "text", "at least 1 character"),
    (block("markdown", text="x" * 12_001), "text", "12001 characters; at most 12000"),
    (block("markdown", text=plain()), "text", "must be a string, not an object"),
]

MEDIA: list[tuple[Any, str, str]] = [
    (block("image", image_url="https://example.com/a.png"), "", "needs only one of image_url and slack_file"),
    (block("image", slack_file=None), "", "needs one of image_url and slack_file"),
    (block("image", slack_file=None, image_url="a.png"), "image_url", "must be an http or https URL"),
    (block("image", slack_file=None, image_url="https://e.com/" + "x" * 3000), "image_url", "at most 3000"),
    (block("image", slack_file={}), "slack_file", "needs one of id and url"),
    (block("image", alt_text=None), "", "the key 'alt_text' is missing"),
    (block("image", alt_text="x" * 2001), "alt_text", "2001 characters; at most 2000"),
    (block("image", title=plain("x" * 2001)), "title/text", "at most 2000"),
    (block("image", title=mrkdwn()), "title", "'mrkdwn' is not allowed here"),
    (block("video", alt_text=None), "", "the key 'alt_text' is missing"),
    (block("video", video_url="http://example.com"), "video_url", "must be an https URL"),
    (block("video", title=plain("x" * 201)), "title/text", "at most 200"),
    (block("video", alt_text="x" * 2001), "alt_text", "at most 2000"),
    (block("video", description=plain("x" * 201)), "description/text", "at most 200"),
    (block("video", author_name="x" * 51), "author_name", "at most 50"),
]

HOLDERS: list[tuple[Any, str, str]] = [
    (block("actions", elements=[]), "elements", "at least 1 element"),
    (block("actions", elements=[element("button")] * 26), "elements", "26 elements; at most 25"),
    (block("actions", elements=None), "", "the key 'elements' is missing"),
    (block("actions", elements=[element("plain_text_input")]), "elements/0", "'plain_text_input' is not allowed here"),
    (block("actions", elements=[element("image")]), "elements/0", "'image' is not allowed here"),
    (block("actions", elements=[{"type": "knob"}]), "elements/0", "unknown element type 'knob'"),
    (block("context", elements=[]), "elements", "at least 1 element"),
    (block("context", elements=[mrkdwn()] * 11), "elements", "11 elements; at most 10"),
    (block("context", elements=[mrkdwn(), element("button")]), "elements/1", "'button' is not allowed here"),
    (block("context_actions", elements=[element("button")]), "elements/0", "'button' is not allowed here"),
    (
        block("section", accessory=element("image", slack_file={"id": "F1"})),
        "accessory",
        "needs only one of image_url and slack_file",
    ),
    (block("section", accessory=element("image", alt_text="x" * 2001)), "accessory/alt_text", "at most 2000"),
    (block("context", elements=[element("image", alt_text="")]), "elements/0/alt_text", "at least 1 character"),
    (block("context", elements=[mrkdwn("")]), "elements/0/text", "at least 1 character"),
    (block("context_actions", elements=[]), "elements", "at least 1 element"),
    (
        block("context_actions", elements=[element("icon_button", text=plain("x" * 76))]),
        "elements/0/text/text",
        "at most 75",
    ),
    (
        block("context_actions", elements=[element("feedback_buttons", positive_button={"text": plain()})]),
        "elements/0/positive_button",
        "the key 'value' is missing",
    ),
    (block("context_actions", elements=[element("icon_button")] * 6), "elements", "at most 5"),
    (block("section", accessory=element("datetimepicker")), "accessory", "'datetimepicker' is not allowed here"),
    (block("section", accessory=[element("button")]), "accessory", "must be an object, not a list"),
    (asking(element("button")), "element", "'button' is not allowed here"),
    (asking(element("overflow")), "element", "'overflow' is not allowed here"),
    (block("input", element=None), "", "the key 'element' is missing"),
    (block("input", label=None), "", "the key 'label' is missing"),
    (block("input", label=mrkdwn()), "label", "'mrkdwn' is not allowed here; use plain_text"),
    (block("input", label=plain("x" * 2001)), "label/text", "2001 characters; at most 2000"),
    (block("input", hint=plain("x" * 2001)), "hint/text", "2001 characters; at most 2000"),
    (block("input", optional="no"), "optional", "must be true or false"),
    (block("input", dispatch_action=1), "dispatch_action", "must be true or false, not a number"),
]

RICH: list[tuple[Any, str, str]] = [
    (rich(), "elements", "at least 1 element"),
    (rich({"type": "rich_text_table"}), "elements/0", "unknown rich text type 'rich_text_table'"),
    (rich({"type": "rich_text_quote", "elements": []}), "elements/0/elements", "at least 1 element"),
    (rich_piece(type="text", text=""), "elements/0/elements/0/text", "at least 1 character"),
    (rich_piece(type="text", text="x", style={"loud": True}), "elements/0/elements/0/style", "unknown key 'loud'"),
    (rich_piece(type="text", text="x", style={"bold": 1}), "elements/0/elements/0/style/bold", "true or false"),
    (rich_piece(type="link", url="nowhere"), "elements/0/elements/0/url", "must be an absolute URL"),
    (rich_piece(type="emoji"), "elements/0/elements/0", "the key 'name' is missing"),
    (rich_piece(type="user", user="U1"), "elements/0/elements/0", "unknown key 'user'; did you mean 'user_id'?"),
    (rich_piece(type="broadcast", range="all"), "elements/0/elements/0/range", "one of here, channel, everyone"),
    (rich_piece(type="color", value="red"), "elements/0/elements/0/value", "a colour as #rrggbb"),
    (rich_piece(type="date", timestamp="1", format="{date}"), "elements/0/elements/0/timestamp", "must be a number"),
    (rich_piece(type="date", timestamp=1), "elements/0/elements/0", "the key 'format' is missing"),
    (rich_list(style="dashes"), "elements/0/style", "must be one of bullet, ordered"),
    (rich_list(elements=[{"type": "text", "text": "x"}]), "elements/0/elements/0", "unknown rich text type 'text'"),
    (rich_list(indent=9), "elements/0/indent", "must be between 0 and 8"),
    (rich_list(offset=-1), "elements/0/offset", "must be between 0"),
    (rich_list(border=2), "elements/0/border", "must be between 0 and 1"),
    (
        rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}),
        "elements/0/elements/0",
        "'user' is not allowed here; use text or link",
    ),
]

TABLES: list[tuple[Any, str, str]] = [
    (block("table", rows=[]), "rows", "at least 1 row"),
    (block("table", rows=[[CELL]] * 101), "rows", "101 rows; at most 100"),
    (block("table", rows=[[CELL], [CELL] * 21]), "rows/1", "21 cells; at most 20"),
    (block("table", rows=[[]]), "rows/0", "at least 1 cell"),
    (block("table", rows=[[plain()]]), "rows/0/0", "unknown cell type 'plain_text'"),
    (block("table", rows=[[{"type": "raw_text", "text": ""}]]), "rows/0/0/text", "at least 1 character"),
    (block("table", column_settings=[{}] * 21), "column_settings", "at most 20"),
    (block("table", column_settings=[{"align": "top"}]), "column_settings/0/align", "one of left, center, right"),
    (block("data_table", caption=None), "", "the key 'caption' is missing"),
    (block("data_table", rows=[[CELL]] * 102), "rows", "102 rows; at most 101"),
    (block("data_table", rows=[[CELL] * 21] * 2), "rows/0", "21 cells; at most 20"),
    (block("data_table", page_size=0), "page_size", "between 1 and 100"),
    (block("data_table", page_size=101), "page_size", "between 1 and 100"),
    (block("data_table", rows=[[CELL]]), "rows", "at least 2 rows"),
    (block("data_table", rows=[[CELL], [CELL, CELL]]), "rows/1", "must have 1 cells, as the header has"),
    (block("data_table", rows=[[RICH_TEXT], [CELL]]), "rows/0", "a header cell can't be rich_text"),
    (block("data_table", row_header_column_index=1), "row_header_column_index", "there are only 1 columns"),
]

CARDS: list[tuple[Any, str, str]] = [
    ({"type": "card", "subtitle": plain()}, "", "needs at least one of hero_image, title, actions, body"),
    (block("card", title=plain("x" * 151)), "title/text", "at most 150"),
    (block("card", body=plain("x" * 201)), "body/text", "at most 200"),
    (block("card", subtitle=plain("x" * 151)), "subtitle/text", "at most 150"),
    (block("container", title=plain("x" * 151)), "title/text", "at most 150"),
    (block("container", subtitle=plain("x" * 151)), "subtitle/text", "at most 150"),
    (block("card", actions=[element("datepicker")]), "actions/0", "'datepicker' is not allowed here"),
    (block("carousel", elements=[]), "elements", "at least 1 card"),
    (block("carousel", elements=[block("card")] * 11), "elements", "11 cards; at most 10"),
    (block("carousel", elements=[block("divider")]), "elements/0", "unknown type 'divider'"),
    (block("container", child_blocks=[block("divider")] * 11), "child_blocks", "11 blocks; at most 10"),
    (block("container", child_blocks=[block("container")]), "child_blocks/0", "'container' is not allowed here"),
    (block("container", child_blocks=[block("header", text=plain(""))]), "child_blocks/0/text/text", "at least 1"),
    (block("container", title=None), "", "needs at least one of title, rich_text_title"),
    (block("container", width="huge"), "width", "one of narrow, standard, wide, full"),
    (block("container", has_header_divider=True), "has_header_divider", "together with is_collapsible"),
    (block("container", is_collapsible=False, default_collapsed=True), "default_collapsed", "needs is_collapsible"),
]


def at_block(place: str) -> str:
    return f"blocks/1/{place}" if place else "blocks/1"


@pytest.mark.parametrize(("broken", "place", "reason"), [*SHAPES, *TEXTS, *MEDIA, *HOLDERS, *RICH, *TABLES, *CARDS])
def test_a_broken_block_is_refused_with_its_place_and_the_reason(broken: Any, place: str, reason: str) -> None:
    problems = check_blocks([{"type": "divider"}, broken], "message")
    assert any(told.startswith(f"{at_block(place)}: ") and reason in told for told in problems), problems


def test_an_alert_of_more_than_200_characters_is_refused() -> None:
    assert check_blocks([block("alert", text=plain("x" * 201))], "modal") == [
        "blocks/0/text/text: has 201 characters; at most 200 are allowed"
    ]


@pytest.mark.parametrize("level", ["loud", "", None, 3])
def test_an_alert_of_an_unknown_level_is_refused(level: Any) -> None:
    alert = {**block("alert"), "level": level}
    assert check_blocks([alert], "modal") == ["blocks/0/level: must be one of default, info, warning, error, success"]


def test_every_problem_of_a_payload_is_told_not_only_the_first() -> None:
    broken = block("section", text=plain(""), fields=[mrkdwn("x" * 2001)], block_id="")
    assert len(check_blocks([broken, {"type": "nonsense"}], "message")) == 4
