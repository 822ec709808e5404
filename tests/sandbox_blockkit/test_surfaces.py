"""Rules across the blocks of one surface: types that belong elsewhere, counts, and what must be unique."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from sandbox.slack.blockkit import check_blocks
from tests.sandbox_blockkit.samples import asking, block, element, plain

Surface = Literal["message", "modal", "home"]


@pytest.mark.parametrize(
    ("kind", "surface"),
    [
        ("alert", "message"),
        ("alert", "home"),
        ("carousel", "modal"),
        ("container", "modal"),
        ("container", "home"),
        ("markdown", "modal"),
        ("markdown", "home"),
        ("table", "modal"),
        ("context_actions", "home"),
    ],
)
def test_a_block_on_a_surface_it_does_not_belong_to_is_refused(kind: str, surface: Surface) -> None:
    assert check_blocks([block(kind)], surface) == [f"blocks/0: '{kind}' blocks are not allowed on a {surface} surface"]


def test_a_block_inside_a_container_must_belong_to_the_surface_too() -> None:
    problems = check_blocks([block("container", child_blocks=[block("alert")])], "message")
    assert problems == ["blocks/0/child_blocks/0: 'alert' blocks are not allowed on a message surface"]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_one_block_more_than_the_surface_holds_is_refused(surface: Surface, most: int) -> None:
    assert check_blocks([block("divider")] * most, surface) == []
    assert check_blocks([block("divider")] * (most + 1), surface) == [
        f"blocks: has {most + 1} blocks; at most {most} are allowed"
    ]


@pytest.mark.parametrize("blocks", [None, {}, "[]", 3])
def test_blocks_that_are_no_list_are_refused(blocks: Any) -> None:
    (problem,) = check_blocks(blocks, "modal")
    assert problem.startswith("blocks: must be a list, not ")


def test_no_blocks_are_fine_in_a_message_because_an_update_removes_them_that_way() -> None:
    assert check_blocks([], "message") == []


def test_a_repeated_block_id_is_refused_where_it_is_repeated() -> None:
    blocks = [block("divider", block_id="a"), block("divider", block_id="b"), block("divider", block_id="a")]
    assert check_blocks(blocks, "modal") == ["blocks/2/block_id: the block_id 'a' is already used on this surface"]


def test_a_repeated_block_id_inside_a_container_is_refused() -> None:
    container = block("container", block_id="a", child_blocks=[block("divider", block_id="a")])
    assert check_blocks([container], "message") == [
        "blocks/0/child_blocks/0/block_id: the block_id 'a' is already used on this surface"
    ]


def test_a_repeated_action_id_in_one_block_is_refused() -> None:
    pressed = [element("button", action_id=name) for name in ("x", "y", "x")]
    assert check_blocks([block("actions", elements=pressed)], "message") == [
        "blocks/0/elements/2/action_id: the action_id 'x' is already used in this block"
    ]


def test_a_second_focused_element_is_refused() -> None:
    asked = [asking(element("plain_text_input", focus_on_load=True)) for _ in range(2)]
    assert check_blocks(asked, "modal") == [
        "blocks/1/element/focus_on_load: only one element of a view can have the focus"
    ]


@pytest.mark.parametrize("surface", ["message", "home"])
def test_a_file_input_outside_of_a_modal_is_refused(surface: Surface) -> None:
    assert check_blocks([asking(element("file_input"))], surface) == [
        "blocks/0/element: 'file_input' elements are allowed in modals only"
    ]


@pytest.mark.parametrize(
    ("asked", "place", "surface"),
    [
        (asking(element("channels_select", response_url_enabled=True)), "element", "message"),
        (asking(element("conversations_select", response_url_enabled=True)), "element", "home"),
        (
            block("section", accessory=element("conversations_select", response_url_enabled=True)),
            "accessory",
            "modal",
        ),
        (block("actions", elements=[element("channels_select", response_url_enabled=True)]), "elements/0", "modal"),
    ],
)
def test_a_response_url_is_refused_outside_of_a_modals_input_blocks(asked: Any, place: str, surface: Surface) -> None:
    assert check_blocks([asked], surface) == [
        f"blocks/0/{place}/response_url_enabled: is allowed in the input blocks of modals only"
    ]


def test_markdown_blocks_share_one_limit() -> None:
    halves = [block("markdown", text="x" * 6000), block("markdown", text="x" * 6001)]
    assert check_blocks(halves, "message") == [
        "blocks: markdown blocks have 12001 characters together; at most 12000 are allowed"
    ]


def test_a_second_table_is_refused() -> None:
    assert check_blocks([block("table"), block("table")], "message") == [
        "blocks: only one 'table' block is allowed per message"
    ]


@pytest.mark.parametrize("kind", ["table", "data_table"])
def test_the_cells_of_a_messages_tables_share_one_limit(kind: str) -> None:
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x" * 5000}]}
    cells = [[{"type": "raw_text", "text": "x" * 5000}], [{"type": "rich_text", "elements": [rich]}]]
    assert check_blocks([block(kind, rows=cells)], "message") == []
    assert check_blocks([block(kind, rows=[*cells, [{"type": "raw_text", "text": "x"}]])], "message") == [
        "blocks: table cells have 10001 characters together; at most 10000 are allowed"
    ]


def test_rules_across_blocks_hold_beside_a_broken_block() -> None:
    blocks = [None, block("header", text=plain(""), block_id="a"), block("divider", block_id="a")]
    assert [problem.split(":")[0] for problem in check_blocks(blocks, "home")] == [
        "blocks/0",
        "blocks/1/text/text",
        "blocks/2/block_id",
    ]
