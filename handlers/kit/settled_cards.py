"""Cards with buttons that were answered already, or can't be answered any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from handlers.kit.asker import Ask
from services.kit.errors import NotAllowed, Refusal

Answer = Callable[[Ask], Awaitable[None]]


def on_card(answer: Answer) -> Answer:
    """What a button on a card does. Refused, the card shows what became of it, without buttons; but who may not answer
    leaves it to others."""

    @wraps(answer)
    async def pressed(ask: Ask) -> None:
        try:
            await answer(ask)
        except Refusal as error:
            if isinstance(error, NotAllowed) or await ask.slack.rewrite(str(error)):
                await ask.slack.say(str(error))

    return pressed
