"""Installations by OAuth, sealed at rest."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from oncall.clock import Clock
from services.notices.reinstalled import send_what_is_true
from storage import tables
from storage.again import run_again
from storage.database import Database
from storage.secrets import SecretBox, SecretUnreadable

RENEWED_AHEAD = timedelta(hours=2)
"""Of the twelve hours that a token lives, where an app has token rotation on."""
PEOPLE, EVERYBODY = "people", 0
"""The job that reads the people of all workspaces, and its only key."""
STATE_LIFE = timedelta(minutes=10)


class SealedInstallationStore(AsyncInstallationStore):
    """Keeps each installation as one sealed document; the newest one of a workspace speaks for it.

    ``saved`` is called after each new installation.
    """

    def __init__(
        self, database: Database, secrets: SecretBox, clock: Clock, saved: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self._saved = saved

    @property
    def logger(self) -> logging.Logger:
        return logging.getLogger(__name__)

    @run_again
    async def async_save(self, installation: Installation) -> None:
        row = tables.Installation(
            enterprise_id=installation.enterprise_id or "",
            team_id="" if installation.is_enterprise_install else installation.team_id or "",
            user_id=installation.user_id or "",
            data=self._secrets.seal(json.dumps(document(installation))),
            installed_at=self._clock.now(),
            renew_at=renew_at(installation),
        )
        async with self._database.transaction() as tx:
            await tx.installations.put(row)
            await tx.people.read_anew(row.enterprise_id, row.team_id)
            await send_what_is_true(tx, row.enterprise_id, row.team_id, self._clock.now())
        self._saved()

    async def async_save_bot(self, bot: Bot) -> None:
        """A bot is part of its installation; nothing more is kept."""

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        team = "" if is_enterprise_install else team_id or ""
        row = await self.row(enterprise_id or "", team, user_id)
        return self.opened(row) if row is not None else None

    async def row(self, enterprise_id: str, team_id: str, user_id: str | None = None) -> tables.Installation | None:
        """The row of the newest installation that serves a team, or the organisation's own without one."""
        key = (enterprise_id, team_id, user_id)
        return await self._database.remembered(("installation", *key), lambda tx: tx.installations.find(*key))

    def opened(self, row: tables.Installation) -> Installation | None:
        """What a row holds; None where no configured key opens it."""
        try:
            return Installation(**json.loads(self._secrets.open(row.data)))
        except SecretUnreadable:
            self.logger.warning("an installation can't be read: no configured encryption key opens it")
            return None

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Bots go with their installations."""

    @run_again
    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Links to calendars of the workspace stop with it."""
        async with self._database.transaction() as tx:
            await tx.installations.remove(enterprise_id or "", team_id or "", user_id)
            if user_id is None:
                await tx.feeds.forget_workspace(team_id or "", "" if team_id else enterprise_id or "")


def renew_at(installation: Installation) -> datetime | None:
    """When to have a new token of Slack; None for one that does not expire."""
    expires = installation.bot_token_expires_at
    if expires is None or not installation.bot_refresh_token:
        return None
    return datetime.fromtimestamp(expires, UTC) - RENEWED_AHEAD


def document(installation: Installation) -> dict[str, Any]:
    document = dict(installation.__dict__)
    document["installed_at"] = installation.installed_at
    return {key: value for key, value in document.items() if key != "custom_values" and not key.startswith("_")}


class SealedStateStore(AsyncOAuthStateStore):
    """OAuth states that carry their own sealed birth time and work once; Bolt binds each to the browser by a cookie."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock

    @property
    def logger(self) -> logging.Logger:
        return logging.getLogger(__name__)

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        return self._secrets.seal(f"{self._clock.now().timestamp()} {uuid.uuid4().hex}")

    @run_again
    async def async_consume(self, state: str) -> bool:
        """The state's name is sealed with it, since one sealed text can be spelled in several ways."""
        try:
            born, _, name = self._secrets.open(state).partition(" ")
            age = self._clock.now().timestamp() - float(born)
        except (SecretUnreadable, ValueError):
            return False
        if not name or not 0 <= age <= STATE_LIFE.total_seconds():
            return False
        async with self._database.transaction() as tx:
            return await tx.events.first_time(f"oauth:{name}", self._clock.now())
