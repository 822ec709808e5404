"""The people of every workspace, read whole from Slack: before Baton serves, daily, and after an installation.

Events keep the directory in step between. One workspace that can't be read doesn't keep the others from being read.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot import slack
from bot.install import EVERYBODY, PEOPLE
from bot.parts import Parts
from bot.rotation import Tokens
from bot.settings import Settings, reveal
from services.kit.house import House

log = structlog.get_logger()

PATIENCE = 10.0
"""Seconds for the first reading; a directory of many thousands goes on being read while Baton serves."""

MOST_PAUSES = 50
FRESH = timedelta(hours=20)
"""Of many workspaces only those are read that were not read for so long."""
AT_ONCE = 16
"""Workspaces that are read at the same time."""


@dataclass(frozen=True, slots=True)
class _Installed:
    token: str
    team_id: str
    enterprise_id: str


def register(parts: Parts) -> None:
    """Have the directory read whenever the job is deferred."""

    async def read(_key: int) -> None:
        await read_everybody(parts.settings, parts.house)

    parts.jobs.register(PEOPLE, read)


async def first_reading(parts: Parts) -> None:
    """Read before Baton serves, for as long as patience lasts; of many workspaces beside it."""
    if not parts.settings.slack_bot_token:
        read_again(parts)
        return
    with contextlib.suppress(Exception):  # the queue has logged it, and tomorrow is another day
        async with asyncio.timeout(PATIENCE):
            await parts.jobs.run(PEOPLE, EVERYBODY)


def read_again(parts: Parts) -> None:
    """Have those read soon who were not read for long."""
    parts.jobs.defer(PEOPLE, EVERYBODY)


async def read_everybody(settings: Settings, house: House) -> None:
    """A few workspaces at once: where Slack takes its time, or asks for a pause, others don't wait for that."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def read(installed: _Installed) -> None:
        async with turns:
            await _read(settings, house, installed)

    await asyncio.gather(*[read(installed) async for installed in _installations(settings, house)])


async def _read(settings: Settings, house: House, installed: _Installed) -> None:
    client = AsyncWebClient(
        installed.token,
        base_url=settings.slack_api_url,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=MOST_PAUSES)],
    )
    try:
        count = await handlers.load_directory(client, house, installed.team_id, installed.enterprise_id)
    except SlackApiError as error:
        reason = handlers.error_code(error) or error.response.status_code
        log.warning("the people of a workspace can't be read", team=installed.team_id, reason=reason)
    except Exception:
        log.exception("the people of a workspace can't be read", team=installed.team_id)
    else:
        log.info("people read", team=installed.team_id, count=count)


async def _installations(settings: Settings, house: House) -> AsyncGenerator[_Installed]:
    token = reveal(settings.slack_bot_token)
    if token:
        answer = await slack.check_token(settings, token)
        team = "" if answer.get("is_enterprise_install") else answer.get("team_id") or ""
        yield _Installed(token, team, answer.get("enterprise_id") or "")
        return
    tokens = Tokens(settings, house)
    async with house.database.read() as tx:
        installed = {("" if row.team_id else row.enterprise_id, row.team_id) for row in await tx.installations.all()}
        fresh = await tx.people.read_since(house.clock.now() - FRESH)
    for enterprise, team in sorted(installed - fresh):
        found = await tokens.of(enterprise, team)
        if found is not None and found.bot_token:
            yield _Installed(found.bot_token, team, found.enterprise_id or "")
