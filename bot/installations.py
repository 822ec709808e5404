"""What ``baton doctor`` says of installations by OAuth: in how many workspaces, and where Slack refuses a token.

Slack tells of a removal by an event, which a Baton that was down for long does not hear. So each newest token is tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot import slack
from bot.install import RENEWED_AHEAD, SealedInstallationStore
from bot.parts import CannotStart, Unreachable
from bot.settings import Settings
from oncall.clock import Clock
from storage import tables
from storage.database import Database
from storage.secrets import SecretBox

AT_ONCE = 8
MOST_NAMED = 10
LATE = timedelta(minutes=10)
"""A token that is to be renewed is by then, unless Slack refuses or can't be reached."""

Found = tuple[bool | None, str]


async def findings(database: Database, secrets: SecretBox, settings: Settings, clock: Clock) -> list[Found]:
    async with database.read() as tx:
        rows = _newest(await tx.installations.all())
    if not rows:
        where = f" Install it at {settings.install_page}." if settings.install_page else ""
        return [(None, f"Slack: Baton is installed nowhere yet.{where}")]
    turns = asyncio.Semaphore(AT_ONCE)
    store = SealedInstallationStore(database, secrets, clock)

    async def tried(row: tables.Installation) -> Found | None:
        async with turns:
            return await _trouble(row, store, settings, clock.now())

    found = [one for one in await asyncio.gather(*map(tried, rows)) if one]
    places = "1 place" if len(rows) == 1 else f"{len(rows)} places"
    well = f"Slack: installed in {places}{f', with trouble in {len(found)}' if found else ''}"
    more = [(None, f"Slack: {len(found) - MOST_NAMED} more such installations")] if len(found) > MOST_NAMED else []
    return [(True, well), *found[:MOST_NAMED], *more]


def _newest(rows: list[tables.Installation]) -> list[tables.Installation]:
    """The one that speaks for its workspace or organisation; former ones are used no more."""
    by_place: Mapping[tuple[str, str], tables.Installation] = {
        (row.team_id or row.enterprise_id, "" if row.team_id else "organisation"): row
        for row in sorted(rows, key=lambda row: row.installed_at)
    }
    return list(by_place.values())


async def _trouble(
    row: tables.Installation, store: SealedInstallationStore, settings: Settings, now: datetime
) -> Found | None:
    where = f"workspace {row.team_id}" if row.team_id else f"organisation {row.enterprise_id}"
    again = f"Install Baton there again{f' at {settings.install_page}' if settings.install_page else ''}"
    found = store.opened(row)
    if found is None:
        return False, f"Slack, {where}: no encryption key that is set opens its installation. {again}."
    late = _is_late(found.bot_token_expires_at, now)
    try:
        await slack.check_token(settings, found.bot_token or "")
    except Unreachable as error:
        return False, f"Slack, {where}: {error}"
    except CannotStart:
        if late and row.renew_at is not None and row.renew_at <= now:
            return None, f"Slack, {where}: its token has expired; `baton run` has a new one when it starts"
        if late:
            return False, f"Slack, {where}: its token has expired and was not renewed; the log says why. {again}."
        return False, f"Slack, {where}: its token is refused. {again}."
    if late:
        return None, f"Slack, {where}: its token is not renewed yet. Where the log says that Slack refuses: {again}."
    return None


def _is_late(expires_at: int | None, now: datetime) -> bool:
    if expires_at is None:
        return False
    return datetime.fromtimestamp(expires_at, UTC) - RENEWED_AHEAD + LATE <= now
