"""Tokens of installations that expire, renewed ahead of time by one process only.

Where an app has token rotation on, a token lives for twelve hours, and a refresh token that works once buys the next.
Of many processes the one that first puts off ``renew_at`` of the row asks Slack, outside of any transaction; what it is
given is kept only if the row is still the one that was read::

    due? ─► put off by a minute ─► ask Slack ─┬─► new tokens: kept, due again two hours before they expire
         └► somebody else did: leave it       ├─► no answer: the same refresh token again in ten seconds
                                              └─► refused: read anew, since another process may have been quicker;
                                                  else the log says to install again, and it is tried once an hour

Whether Slack still takes a refresh token whose answer was lost is not documented; the token at hand works on until it
expires, so that there are two hours to install again. A token that expired while nothing ran is renewed when somebody
asks for it.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot.install import SealedInstallationStore, document, renew_at
from bot.settings import Settings, reveal
from handlers.kit.exchange import error_code
from services.kit.house import House
from storage import tables
from storage.again import run_again

log = structlog.get_logger()

AT_ONCE = 16
"""Tokens that are renewed at the same time."""
CALL_SECONDS = 10.0
WHILE_ASKING = timedelta(minutes=1)
AFTER_NO_ANSWER, AFTER_REFUSAL = timedelta(seconds=10), timedelta(hours=1)
REFUSALS = frozenset(
    {"invalid_refresh_token", "invalid_client_id", "bad_client_secret", "token_revoked", "invalid_auth"}
)
"""Anything else is Slack's own trouble, and passes."""
LOOKS, LOOK_SECONDS = 20, 0.1
"""For the token that another process is being given; Slack waits for three seconds."""


class Tokens:
    """Gives installations with a token that has not expired."""

    def __init__(self, settings: Settings, house: House) -> None:
        self._settings = settings
        self._house = house
        self.store = SealedInstallationStore(house.database, house.secrets, house.clock)

    async def of(self, enterprise_id: str, team_id: str) -> Installation | None:
        """What serves a team; without one, the organisation's own."""
        row = await self.store.row(enterprise_id, team_id)
        found = self.store.opened(row) if row is not None else None
        if row is None or found is None or not self._has_expired(found):
            return found
        if await self._renew(row):
            return await self._again(row)
        for _ in range(LOOKS):
            newer = await self._again(row)
            if newer is None or not self._has_expired(newer):
                return newer
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def renew_due(self) -> int:
        """Renew what is due, in whatever workspace; returns how many were."""
        renewed = 0
        while rows := await self._due():
            outcomes = await asyncio.gather(*(self._renew(row) for row in rows))
            renewed += sum(outcomes)
            if len(rows) < AT_ONCE:
                break
        return renewed

    async def _due(self) -> list[tables.Installation]:
        async with self._house.database.read() as tx:
            return await tx.installations.to_renew(self._house.clock.now(), AT_ONCE)

    async def _again(self, row: tables.Installation) -> Installation | None:
        newer = await self.store.row(row.enterprise_id, row.team_id)
        return self.store.opened(newer) if newer is not None else None

    def _has_expired(self, found: Installation) -> bool:
        expires = found.bot_token_expires_at
        return expires is not None and expires <= self._house.clock.now().timestamp()

    async def _renew(self, row: tables.Installation) -> bool:
        """Whether this process was the one to do it, and has."""
        found = self.store.opened(row)
        if row.renew_at is None or found is None or not found.bot_refresh_token:
            return False
        now = self._house.clock.now()
        asking_until = now + WHILE_ASKING
        if row.renew_at > now or not await self._put_off(row, row.renew_at, asking_until):
            return False
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await self._ask(found.bot_refresh_token)
        except SlackApiError as error:
            await self._refused(row, asking_until, error_code(error))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("a token was not renewed: no answer", **_where(row), error=type(error).__name__)
            await self._put_off(row, asking_until, now + AFTER_NO_ANSWER)
        else:
            return await self._keep(row, found, answer)
        return False

    async def _ask(self, refresh_token: str) -> dict[str, Any]:
        """New tokens from Slack. Raises SlackApiError."""
        client = AsyncWebClient(base_url=self._settings.slack_api_url, retry_handlers=[])
        answer = await client.oauth_v2_access(
            client_id=self._settings.slack_client_id or "",
            client_secret=reveal(self._settings.slack_client_secret) or "",
            grant_type="refresh_token",
            refresh_token=refresh_token,
        )
        return answer.data if isinstance(answer.data, dict) else {}

    async def _refused(self, row: tables.Installation, seen: datetime, code: str) -> None:
        now = self._house.clock.now()
        if code not in REFUSALS:
            log.warning("a token was not renewed: Slack has trouble", **_where(row), reason=code)
            await self._put_off(row, seen, now + AFTER_NO_ANSWER)
        elif await self._put_off(row, seen, now + AFTER_REFUSAL):
            log.error("Slack renews no token here any more. Install the app again.", **_where(row), reason=code)

    async def _keep(self, row: tables.Installation, found: Installation, answer: dict[str, Any]) -> bool:
        expires = self._house.clock.now() + timedelta(seconds=int(answer["expires_in"]))
        spent = found.bot_refresh_token or ""
        found.bot_token, found.bot_refresh_token = answer["access_token"], answer["refresh_token"]
        found.bot_token_expires_at = int(expires.timestamp())
        data, due = self._house.secrets.seal(json.dumps(document(found))), renew_at(found)
        kept = await self._kept(row, data, due) or await self._kept_anew(row, spent, data, due)
        log.info("token renewed", **_where(row), kept=kept)
        return kept

    async def _kept_anew(self, row: tables.Installation, spent: str, data: str, due: datetime | None) -> bool:
        """Where the row was sealed anew meanwhile, with the token in it that was spent on these."""
        newer = await self.store.row(row.enterprise_id, row.team_id)
        found = self.store.opened(newer) if newer is not None else None
        if newer is None or found is None or found.bot_refresh_token != spent:
            return False
        return await self._kept(newer, data, due)

    @run_again
    async def _put_off(self, row: tables.Installation, seen: datetime, until: datetime) -> bool:
        async with self._house.database.transaction() as tx:
            return await tx.installations.put_off(row, seen, until)

    @run_again
    async def _kept(self, row: tables.Installation, data: str, due: datetime | None) -> bool:
        async with self._house.database.transaction() as tx:
            return await tx.installations.renewed(row, data, due)


def _where(row: tables.Installation) -> dict[str, str]:
    return {"team": row.team_id, "enterprise": row.enterprise_id}
