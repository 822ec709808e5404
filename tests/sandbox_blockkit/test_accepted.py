"""What Slack takes is taken."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import pytest

from sandbox.slack.blockkit import check_blocks, check_message, check_view
from tests.sandbox_blockkit import samples
from tests.sandbox_blockkit.samples import (
    BLOCKS,
    asking,
    block,
    changed,
    element,
    home,
    modal,
    mrkdwn,
    option,
    options,
    plain,
)

MODAL_ONLY_BLOCKS = {"alert"}
MESSAGE_ONLY_BLOCKS = {"container", "context_actions", "data_table", "markdown", "table"}
SELECTS = [kind for kind in samples.ELEMENTS if kind.endswith("_select")]
CHOICES = ["radio_buttons", "checkboxes"]
IN_ACTIONS = [*SELECTS, *CHOICES, "button", "workflow_button", "overflow", "datepicker", "timepicker", "datetimepicker"]
IN_SECTION = [*SELECTS, *CHOICES, "button", "workflow_button", "overflow", "image", "datepicker", "timepicker"]
IN_INPUT = [
    *SELECTS, *CHOICES, "datepicker", "timepicker", "datetimepicker", "plain_text_input", "number_input",
    "email_text_input", "url_text_input", "file_input", "rich_text_input",
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_a_good_block_of_every_type_is_accepted_where_it_belongs(kind: str) -> None:
    assert check_blocks([block(kind, block_id="a")], "modal" if kind in MODAL_ONLY_BLOCKS else "message") == []


@pytest.mark.parametrize("kind", sorted(set(BLOCKS) - MESSAGE_ONLY_BLOCKS - MODAL_ONLY_BLOCKS - {"carousel"}))
def test_blocks_that_belong_everywhere_are_accepted_in_views_too(kind: str) -> None:
    assert check_blocks([block(kind)], "modal") == []
    assert check_blocks([block(kind)], "home") == []


@pytest.mark.parametrize("kind", IN_ACTIONS)
def test_an_actions_block_takes_every_element_one_can_press_or_choose(kind: str) -> None:
    assert check_blocks([block("actions", elements=[element(kind)])], "home") == []


@pytest.mark.parametrize("kind", IN_SECTION)
def test_a_section_takes_its_kinds_of_accessory(kind: str) -> None:
    assert check_blocks([block("section", accessory=element(kind))], "message") == []


@pytest.mark.parametrize("kind", IN_INPUT)
def test_an_input_block_takes_every_element_that_holds_a_value(kind: str) -> None:
    assert check_blocks([asking(element(kind))], "modal") == []


@pytest.mark.parametrize(
    "good",
    [
        block("section", text=None),
        block("section", fields=None, text=plain("x" * 3000)),
        block("section", fields=[mrkdwn("x" * 2000)] * 10),
        block("header", text=plain("x" * 150)),
        block("image", slack_file={"url": "https://files.slack.com/a"}),
        block("image", slack_file=None, image_url="https://example.com/a.png"),
        block("actions", elements=[element("button", action_id=str(number)) for number in range(25)]),
        block("context", elements=[mrkdwn()] * 10),
        block("rich_text", elements=[{"type": "rich_text_section", "elements": []}]),
        block("table", rows=[[{"type": "raw_text", "text": "x"}] * 20] * 100),
        asking(element("static_select", options=options(100), initial_option=None)),
        asking(element("static_select", initial_option=changed(option("primary"), text=plain("Primary", emoji=True)))),
        asking(element("static_select", options=[option("x" * 75)], initial_option=None)),
        asking(element("plain_text_input", initial_value="", min_length=0)),
        asking(element("datetimepicker", initial_date_time=9_999_999_999)),
        asking(element("number_input", is_decimal_allowed=False, min_value="0")),
        block("card", subtext=mrkdwn("a key that isn't known here")),
    ],
)
def test_values_at_their_limits_are_accepted(good: samples.Json) -> None:
    assert check_blocks([good], "message") == []


def test_an_input_block_is_allowed_in_a_message() -> None:
    assert check_blocks([block("input")], "message") == []


def test_a_menu_in_a_modals_input_block_may_ask_for_a_response_url() -> None:
    asked = element("conversations_select", response_url_enabled=True)
    assert check_blocks([asking(asked)], "modal") == []


def test_the_same_action_id_in_two_blocks_is_fine() -> None:
    assert check_blocks([asking(element("datepicker", action_id="on"))] * 2, "home") == []


def test_a_big_modal_and_a_big_message_and_a_home_tab_are_accepted() -> None:
    assert len(samples.big_modal()["blocks"]) == 100
    assert len(samples.big_message()["blocks"]) == 50
    assert check_view(samples.big_modal()) == []
    assert check_message(samples.big_message()) == []
    assert check_view(home()) == []


def calls(blocks: Sequence[Any]) -> int:
    """How many functions are called while a modal of these blocks is checked: its work, on whatever machine."""
    made = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        check_view(modal(blocks=blocks))
    finally:
        sys.setprofile(before)
    return made


def test_checking_a_modal_takes_few_calls_for_each_block_however_many_there_are() -> None:
    blocks = samples.big_modal()["blocks"]
    assert check_view(modal(blocks=blocks[:50])) == []  # the first look makes what later ones use again

    assert calls(blocks) <= 2 * calls(blocks[:50])
    assert calls(blocks) <= 150 * len(blocks)
