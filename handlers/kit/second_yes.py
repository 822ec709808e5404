"""A button whose deed needs a second yes: what it would do is told in a modal, with a box to tick and a button."""

from __future__ import annotations

from handlers.kit.asker import Ask
from handlers.kit.blocks import View, context, modal
from handlers.kit.exchange import with_caution
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from services.kit.errors import Warned


async def ask_again(ask: Ask, error: Warned, title: str, callback_id: str, label: str) -> None:
    """Open the modal; the number on the button that was pressed comes back as :func:`number_of`."""
    about = Metadata(token=str(ask.slack.action_number), reply_to=ask.slack.reply_to)
    await ask.slack.open(with_caution(anyway_view(title, callback_id, label, about), error))


def anyway_view(title: str, callback_id: str, label: str, metadata: Metadata) -> View:
    blocks = [context("Nothing was changed yet.")]
    return modal(title, blocks, callback_id=callback_id, submit=label, close="Cancel", metadata=metadata.dump())


def number_of(ask: Ask) -> int:
    return id_of(ask.slack.metadata.token) or 0
