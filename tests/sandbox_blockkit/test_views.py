"""Modals and Home tabs as wholes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.blockkit import MAX_VIEW_BYTES, check_view, view_size
from tests.sandbox_blockkit.samples import block, home, modal, mrkdwn, plain


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({}, ": the key 'type' is missing"),
        (None, ": must be an object, not null"),
        (modal(type="modul"), ": unknown view type 'modul'; did you mean 'modal'?"),
        (modal(title=None), ": the key 'title' is missing"),
        (modal(title=plain("x" * 25)), "title/text: has 25 characters; at most 24 are allowed"),
        (modal(title=plain("")), "title/text: must have at least 1 character"),
        (modal(title=mrkdwn()), "title: 'mrkdwn' is not allowed here; use plain_text"),
        (modal(title="Words"), "title: must be an object, not a string"),
        (modal(submit=plain("x" * 25)), "submit/text: has 25 characters; at most 24 are allowed"),
        (modal(close=plain("x" * 25)), "close/text: has 25 characters; at most 24 are allowed"),
        (modal(submit=None), "submit: a modal with input blocks needs 'submit'"),
        (modal(private_metadata="x" * 3001), "private_metadata: has 3001 characters; at most 3000 are allowed"),
        (modal(private_metadata={}), "private_metadata: must be a string, not an object"),
        (modal(callback_id="x" * 256), "callback_id: has 256 characters; at most 255 are allowed"),
        (modal(external_id="x" * 256), "external_id: has 256 characters; at most 255 are allowed"),
        (modal(clear_on_close="no"), "clear_on_close: must be true or false, not a string"),
        (modal(notify_on_close=1), "notify_on_close: must be true or false, not a number"),
        (modal(blocks=None), ": the key 'blocks' is missing"),
        (modal(blocks=[]), "blocks: must have at least 1 block"),
        (modal(blocks=[block("divider")] * 101), "blocks: has 101 blocks; at most 100 are allowed"),
        (modal(blocks=[block("markdown")]), "blocks/0: 'markdown' blocks are not allowed on a modal surface"),
        (modal(id="V1"), ": unknown key 'id'"),
        (modal(callback="x"), ": unknown key 'callback'; did you mean 'callback_id'?"),
        (home(title=plain("Home")), ": unknown key 'title'"),
        (home(submit=plain("Save")), ": unknown key 'submit'"),
        (home(close=plain("Close")), ": unknown key 'close'"),
        (home(blocks=[block("alert")]), "blocks/0: 'alert' blocks are not allowed on a home surface"),
    ],
)
def test_a_broken_view_is_refused_with_its_place_and_the_reason(broken: Any, problem: str) -> None:
    assert check_view(broken) == [problem]


def test_a_modal_without_input_blocks_needs_no_submit() -> None:
    assert check_view(modal(submit=None, blocks=[block("section")])) == []


def test_a_home_tab_with_input_blocks_needs_no_submit() -> None:
    assert check_view(home(blocks=[block("input")])) == []


def test_empty_metadata_and_callback_id_are_accepted() -> None:
    assert check_view(modal(private_metadata="", callback_id="", external_id="")) == []


def test_a_view_of_exactly_as_many_bytes_as_slack_takes_is_accepted_and_one_more_is_not() -> None:
    def filled(last: int) -> Any:
        words = ["x" * 3000] * 81 + ["x" * last]
        return modal(blocks=[block("section", text=plain(text), fields=None, accessory=None) for text in words])

    room = MAX_VIEW_BYTES - view_size(filled(0))
    assert check_view(filled(room)) == []
    assert check_view(filled(room + 1)) == [": the view has 250001 bytes; at most 250000 are allowed"]


def test_a_view_of_more_bytes_than_slack_takes_is_refused() -> None:
    # Each character is three bytes in UTF-8, so the count of characters alone would let this pass.
    view = modal(blocks=[block("section", text=plain("…" * 3000), fields=None) for _ in range(28)])
    assert view_size(view) > MAX_VIEW_BYTES
    assert check_view(view) == [f": the view has {view_size(view)} bytes; at most {MAX_VIEW_BYTES} are allowed"]
