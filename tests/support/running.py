"""A whole Baton beside a sandbox, in this process: the bot's own parts and Bolt app, connected by Socket Mode."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import BaseModel
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.jobs import JobQueue
from bot.parts import assemble
from bot.settings import Settings
from bot.slack import bolt_app, connections
from bot.socket_mode import SocketMode, address_opener
from handlers.kit.asker import Installation
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.kit.house import House
from tests.support.engines import lent_engines
from tests.support.migrated import lay


@dataclass(frozen=True, slots=True)
class Baton:
    """What runs; ``key`` opens the sandbox's PagerDuty account."""

    house: House
    jobs: JobQueue
    app: AsyncApp
    client: AsyncWebClient
    slack: SlackSandbox
    pagerduty: PagerDutySandbox
    key: str
    workspace: int

    async def settled(self) -> None:
        """Until every listener and every job is done."""
        await handlers.drain(10)
        await self.jobs.idle()


def settings_for(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, database: Path | str, keys: str = "", *, private: bool = False
) -> Settings:
    """The environment of a bot that talks to the sandboxes, and nothing else of the environment. The database is a file
    of SQLite's, or an address; ``private`` lets calendars and webhooks be on loopback."""
    environment: dict[str, Any] = {
        "slack_bot_token": slack.bot_token,
        "slack_app_token": slack.app_token,
        "slack_api_url": slack.api_url,
        "pagerduty_api_url": pagerduty.api_url,
        "baton_database_url": database if isinstance(database, str) else f"sqlite+aiosqlite:///{database}",
        "baton_public_url": "https://baton.example.com",
        "baton_webhook_allow_private": private,
        "baton_encryption_keys": keys or Fernet.generate_key().decode(),
    }
    settings = Settings.__new__(Settings)
    BaseModel.__init__(settings, **environment)  # its own would first read the environment
    return settings


@asynccontextmanager
async def baton_beside(
    slack: SlackSandbox,
    pagerduty: PagerDutySandbox,
    database: Path | str,
    keys: str = "",
    *,
    exclusive: bool = False,
    private: bool = False,
) -> AsyncGenerator[Baton]:
    """Baton connected to both sandboxes, with everybody in the Slack workspace known. ``exclusive`` begins as a process
    of its own does."""
    if isinstance(database, Path):
        lay(database)
    settings = settings_for(slack, pagerduty, database, keys, private=private)
    async with AsyncExitStack() as stack:
        stack.enter_context(lent_engines())
        session = await stack.enter_async_context(connections())
        parts = await stack.enter_async_context(assemble(settings, exclusive=exclusive))
        app = await bolt_app(settings, parts.house, session)
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        await handlers.load_directory(client, parts.house, slack.team_id, "")
        sockets = SocketMode(app, address_opener(client, slack.app_token))
        workspace = await Installation.of(slack.team_id, "").workspace(parts.house)
        key = pagerduty.world.account.add_key()
        running = Baton(parts.house, parts.jobs, app, client, slack, pagerduty, key, workspace)
        await parts.jobs.start()
        await sockets.connect()
        try:
            yield running
        finally:
            await sockets.close()
            await running.settled()
            await parts.jobs.drain(5)
