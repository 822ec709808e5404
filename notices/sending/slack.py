"""Sends to Slack: channels, and people by their direct message.

==============================================  ================================================================
what Slack does                                 what that means
==============================================  ================================================================
takes it                                        sent; the receipt is ``channel/ts``
429                                             busy for Retry-After seconds, in this workspace
refuses the blocks                              the same words are sent as plain text: better plain than never
an error that says "later", a 5xx, no answer    again after a pause; a lost answer may so be told twice
any other error                                 final: the channel, the person or the token is no good any more
==============================================  ================================================================

A notice that rewrites an earlier one goes to where that one arrived. What can't be rewritten any more is left alone: it
is gone, or nobody can see it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from notices.sending.senders import Busy, Failed, Notice, Outcome, Patience, Sent
from storage.database import Database
from storage.unreachable import why

PATIENCE = Patience(
    pauses=tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900)),
    give_up=timedelta(hours=24),
    pace=timedelta(seconds=1),
)
SHORTEST_WAIT, LONGEST_WAIT = 1, 600
LATER = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "rollup_error",
        "team_added_to_org",
        "token_expired",  # a new one is on its way
    }
)
BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
OUT_OF_REACH = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"}
)
"""Why a message can't be rewritten any more, without that mattering to anybody."""

REASONS = {
    "channel_not_found": "Slack knows no such channel, or Baton may not see it. Invite it, or choose another.",
    "is_archived": "The channel is archived. Choose another channel.",
    "not_in_channel": "Baton is not in the channel. Invite it.",
    "invalid_auth": "Slack refuses Baton's token. Install Baton again.",
    "not_authed": "Slack refuses Baton's token. Install Baton again.",
    "token_expired": "Baton's token has expired, and Slack renews it no more. Install Baton again.",
    "token_revoked": "Baton's token was revoked. Install Baton again.",
    "account_inactive": "Baton was removed from the workspace. Install it again.",
    "team_access_not_granted": "Baton was removed from this workspace. Add it there again, or choose another channel.",
    "missing_scope": "Baton lacks a permission. Install it again to grant it.",
}


EVERYWHERE = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "missing_scope"}
)
"""What is wrong with the workspace, and not with the channel or person."""


NOT_UNFURLED = {"unfurl_links": False, "unfurl_media": False}
NOT_INSTALLED = "Baton is not installed in this workspace."
UNINSTALLED = frozenset({NOT_INSTALLED, *(REASONS[code] for code in EVERYWHERE if code in REASONS)})
"""Reasons that are no more once Baton was installed again."""


class Clients(Protocol):
    """Where Slack clients come from.

    - Must return a client that never repeats a call by itself, with the workspace's token.
    - Must return None for a workspace where Baton is not installed any more.
    """

    async def of(self, workspace_id: int) -> AsyncWebClient | None: ...


class SlackSender:
    """Posts with ``chat.postMessage``, and rewrites with ``chat.update``."""

    def __init__(self, clients: Clients, database: Database, patience: Patience = PATIENCE) -> None:
        self.patience = patience
        self._clients = clients
        self._database = database

    async def send(self, notice: Notice) -> Outcome:
        client = await self._clients.of(notice.workspace_id)
        if client is None:
            return Failed("not_installed", NOT_INSTALLED, final=True, everywhere=True)
        if "rewrites" in notice.payload:
            return await self._rewrite(client, notice)
        outcome = await _post(client, notice, notice.payload.get("blocks"))
        if isinstance(outcome, Failed) and outcome.code in BLOCKS_REFUSED:
            return await _post(client, notice, None)
        return outcome

    async def _rewrite(self, client: AsyncWebClient, notice: Notice) -> Outcome:
        async with self._database.read() as tx:
            original = await tx.outbox.get(int(notice.payload["rewrites"]))
        if original is None or original.state not in ("sent", "sending", "pending"):
            return Sent()
        channel, _, ts = original.receipt.partition("/")
        if not ts:
            return Sent() if original.state == "sent" else Failed("early", "What is to be rewritten is on its way.")
        return await rewrite(client, channel, ts, notice.payload)


async def _post(client: AsyncWebClient, notice: Notice, blocks: Any) -> Outcome:
    said = {"channel": notice.target, "text": notice.payload["text"], **NOT_UNFURLED}
    return await answered(client.api_call("chat.postMessage", json={**said, "blocks": blocks} if blocks else said))


async def rewrite(client: AsyncWebClient, channel: str, ts: str, payload: Mapping[str, Any]) -> Outcome:
    """Put other words into a message; what can't be rewritten any more is as good as done."""
    text, blocks = payload["text"], payload["blocks"]
    outcome = await answered(client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks))
    return Sent() if isinstance(outcome, Failed) and outcome.code in OUT_OF_REACH else outcome


async def answered(call: Awaitable[AsyncSlackResponse]) -> Outcome:
    """What a call of the Web API came to; never raises."""
    try:
        answer = await call
    except SlackApiError as error:
        return refusal(error.response)
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        return Failed("unreachable", f"Slack can't be reached: {why(error)}.", everywhere=True)
    return Sent(f"{answer.get('channel')}/{answer.get('ts')}")


def refusal(response: AsyncSlackResponse | Mapping[str, Any]) -> Busy | Failed:
    """What it means that Slack said no."""
    status = getattr(response, "status_code", 200)
    data: Any = getattr(response, "data", response)
    code = str(data.get("error", "")) if isinstance(data, Mapping) else ""
    if status == 429 or code == "ratelimited":
        return Busy(timedelta(seconds=_retry_after(getattr(response, "headers", {}))))
    if code in LATER or status >= 500 or not code:
        return Failed(code or f"http_{status}", f"Slack answers {code or status}.", everywhere=True)
    return Failed(code, REASONS.get(code, f"Slack answers {code}."), final=True, everywhere=code in EVERYWHERE)


def _retry_after(headers: Mapping[str, Any]) -> int:
    found: Any = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    text = str(found[0] if isinstance(found, list) else found)
    return min(max(int(text), SHORTEST_WAIT), LONGEST_WAIT) if text.isdecimal() else SHORTEST_WAIT
