"""Messages as wholes: text, blocks and attachments."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.blockkit import check_message
from tests.sandbox_blockkit.samples import block, plain


@pytest.mark.parametrize(
    "payload",
    [
        {"channel": "C1", "text": "Words"},
        {"text": "x" * 40_000},
        {"text": "Words", "blocks": [block("section")], "thread_ts": "1.2", "unfurl_links": False},
        {"text": "Words", "blocks": []},
        {"attachments": [{"fallback": "Words", "color": "#ff0066"}]},
        {"text": "", "attachments": [{"blocks": [block("section")]}]},
        {"markdown_text": "**Words**"},
    ],
)
def test_a_good_message_is_accepted(payload: dict[str, Any]) -> None:
    assert check_message(payload) == []


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({}, "text: a message needs text, blocks or attachments"),
        ({"text": "", "blocks": []}, "text: a message needs text, blocks or attachments"),
        (
            {"blocks": [block("section")]},
            "text: is needed beside blocks, for notifications and screen readers",
        ),
        (
            {"text": "", "blocks": [block("section")]},
            "text: is needed beside blocks, for notifications and screen readers",
        ),
        ({"text": "x" * 40_001}, "text: has 40001 characters; at most 40000 are allowed"),
        ({"text": 5}, "text: must be a string, not a number"),
        ({"text": "x", "blocks": "[]"}, "blocks: must be a list, not a string"),
        ({"text": "x", "blocks": [block("divider")] * 51}, "blocks: has 51 blocks; at most 50 are allowed"),
        (
            {"text": "x", "blocks": [block("header", text=plain(""))]},
            "blocks/0/text/text: must have at least 1 character",
        ),
        ({"text": "x", "attachments": {}}, "attachments: must be a list, not an object"),
        ({"text": "x", "attachments": ["a"]}, "attachments/0: must be an object, not a string"),
        ({"text": "x", "attachments": [{}] * 101}, "attachments: has 101 attachments; at most 100 are allowed"),
        (
            {"text": "x", "attachments": [{}, {"blocks": [{"type": "sektion"}]}]},
            "attachments/1/blocks/0: unknown block type 'sektion'; did you mean 'section'?",
        ),
    ],
)
def test_a_broken_message_is_refused_with_its_place_and_the_reason(payload: dict[str, Any], problem: str) -> None:
    assert check_message(payload) == [problem]
