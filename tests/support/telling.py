"""Sends in tests what waits to be told in Slack: at once, without the second that is kept between two notices to one
person, which tests/notices/sending is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from notices.deciding.topics import Method
from notices.sending.courier import Courier
from notices.sending.slack import PATIENCE, SlackSender
from tests.support.running import Baton

UNPACED = replace(PATIENCE, pace=timedelta())


@dataclass(frozen=True, slots=True)
class OneClient:
    """Every workspace is the sandbox's."""

    client: AsyncWebClient

    async def of(self, workspace_id: int) -> AsyncWebClient | None:
        return self.client


def courier_of(baton: Baton) -> Courier:
    """One that sends to the sandbox; the caller closes it."""
    client = AsyncWebClient(token=baton.slack.bot_token, base_url=baton.slack.api_url, retry_handlers=[])
    sender = SlackSender(OneClient(client), baton.house.database, UNPACED)
    return Courier(baton.house.database, baton.house.clock, {Method.SLACK: sender})
