"""Where a schedule's news go: the field for a notice channel, and whether Baton can speak in what was chosen.

People choose among the channels that they see, private ones included; Baton sees a private one only when it was
invited. Slack is asked once, and briefly: the answer to the form has to be there in three seconds. A Slack that can't
be reached, or an installation that doesn't have the scope yet, keeps nobody from saving.

=======================  ==========================================
what Slack says          what that means
=======================  ==========================================
a channel                fine
an archived channel      refused: nobody can speak there
channel_not_found        refused: a private one without Baton, or gone
anything else            not known, so not refused
=======================  ==========================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, field, plain
from handlers.kit.exchange import error_code
from services.kit.errors import FieldErrors

FIELD = "channel_id"
HINT = "Where handoffs are told. Baton has to be invited to a private channel first"
SECONDS = 1.5
UNSEEN = (
    "Baton isn't in this channel. If it is private, type /invite @Baton there and save again, "
    "or choose another channel."
)


def channel_field(action_id: str, chosen: str | None = None) -> Block:
    """The optional field *Notice channel*."""
    shape: Block = {
        "type": "conversations_select",
        "action_id": action_id,
        "placeholder": plain("Choose a channel"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    initial = {"initial_conversation": chosen} if chosen else {}
    return field(FIELD, "Notice channel", shape | initial, hint=HINT, optional=True)


async def check_channel(ask: Ask, *, before: str | None = None) -> None:
    """Raises FieldErrors where Baton can't speak in the channel that was chosen; ``before`` was chosen already."""
    chosen = ask.slack.form.conversation(FIELD)
    if chosen and chosen != before and (problem := await _problem(ask, chosen)):
        raise FieldErrors({FIELD: problem})


async def _problem(ask: Ask, channel_id: str) -> str:
    try:
        async with asyncio.timeout(SECONDS):
            answer = await ask.slack.client.conversations_info(channel=channel_id)
    except SlackApiError as error:
        return UNSEEN if error_code(error) == "channel_not_found" else ""
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError):
        return ""
    found: Any = answer.get("channel")
    if isinstance(found, Mapping) and found.get("is_archived"):
        return f"#{found.get('name')} is archived. Choose another channel."
    return ""
