"""A modal that holds what would be a message in a conversation: for whoever asks on the Home tab, which is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.kit.blocks import Block, View, lines, modal

ANSWER = "answer"
TITLE = "Baton"
SENT = ":incoming_envelope: This is too wide for a window like this one. You find it in your messages with Baton."
MOST_BLOCKS = 100
MESSAGES_ONLY = frozenset({"table", "data_table", "markdown"})


def answer_view(text: str, blocks: Sequence[Block] | None = None) -> View:
    """The message's blocks, or its text where it has none."""
    shown = list(blocks or lines(text.split("\n")))[:MOST_BLOCKS]
    return modal(TITLE, shown, callback_id=ANSWER)


def fits_modal(blocks: Iterable[Block] | None) -> bool:
    """Whether Slack takes all of these in a modal."""
    return all(block.get("type") not in MESSAGES_ONLY for block in blocks or ())
