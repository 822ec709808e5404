"""Slack clients by workspace, all on one HTTP session."""

from __future__ import annotations

from contextlib import AsyncExitStack

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.rotation import Tokens
from bot.settings import Settings, reveal
from notices.sending.posting_client import PostingClient
from services.kit.house import House


class WorkspaceClients:
    """Slack clients by workspace, all on one HTTP session: the bot's token, or the one of the installation."""

    def __init__(self, settings: Settings, house: House) -> None:
        self._settings = settings
        self._house = house
        self._tokens = Tokens(settings, house)
        self._stack = AsyncExitStack()
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[int, PostingClient] = {}

    async def of(self, workspace_id: int) -> AsyncWebClient | None:
        token = reveal(self._settings.slack_bot_token) or await self._installed(workspace_id)
        if not token:
            return None
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0)  # whoever calls counts its own, workspace by workspace
            session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
            self._session = await self._stack.enter_async_context(session)
        known = self._clients.get(workspace_id)
        if known is None or known.token != token:
            known = self._clients[workspace_id] = PostingClient(token, self._settings.slack_api_url, self._session)
        return known

    async def _installed(self, workspace_id: int) -> str | None:
        """The bot token of what serves the workspace."""
        workspace = await self._house.database.remembered(
            ("workspace by id", workspace_id), lambda tx: tx.people.workspace_by_id(workspace_id)
        )
        if workspace is None:
            return None
        found = await self._tokens.of(workspace.enterprise_id, workspace.team_id)
        return found.bot_token if found is not None else None

    async def close(self) -> None:
        await self._stack.aclose()
