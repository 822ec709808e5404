"""Cards with buttons that were answered already, or can't be answered any more."""

from __future__ import annotations

from handlers.kit.asker import Ask
from services.kit.errors import NotAllowed, Refusal


async def too_late(ask: Ask, error: Refusal) -> None:
    """The card shows what became of it, without buttons; who may not answer leaves it to others."""
    if not isinstance(error, NotAllowed):
        await ask.slack.rewrite(str(error))
    await ask.slack.say(str(error))
