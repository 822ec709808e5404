"""``baton doctor``: look at everything that Baton depends on and say what is wrong, one line each."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from rich.console import Console
from sqlalchemy import func, select

import zonedata
from bot import slack
from bot.parts import CannotStart, open_database, open_secrets, trouble_named
from bot.settings import Settings, reveal
from oncall.clock import SystemClock
from storage.database import Database
from storage.secrets import SecretBox, SecretUnreadable
from storage.tables import OutboxItem
from sync.destinations import PagerDuty, Systems
from sync.ports import RemoteError

Finding = tuple[bool | None, str]
"""Good, bad, or (None) a warning; and what was found."""

MARKS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]![/]"}


async def examine(settings: Settings, console: Console) -> bool:
    """Print every finding; whether all is well."""
    well = True
    async for good, text in _findings(settings):
        console.print(f"{MARKS[good]} {text}", highlight=False)
        well = well and good is not False
    return well


async def _findings(settings: Settings) -> AsyncGenerator[Finding]:
    for problem in settings.problems():
        yield False, problem
    yield zone_data()
    try:
        database, secrets = open_database(settings), open_secrets(settings)
    except CannotStart as error:
        yield False, str(error)
        return
    try:
        yield await _slack(settings)
        with trouble_named():
            current, newest = await database.revision()
        yield current == newest, f"database at revision {current or 'none'}; the newest is {newest}"
        if current == newest:
            async for finding in _stored(database, secrets, settings):
                yield finding
    except CannotStart as error:
        yield False, str(error)
    finally:
        await database.close()


def zone_data() -> Finding:
    """The release of the time zone rules and its age."""
    today = SystemClock().now().date()
    data = zonedata.in_use()
    return None if data.is_old(today) else True, data.describe(today)


async def _slack(settings: Settings) -> Finding:
    token = reveal(settings.slack_bot_token)
    if not token:
        return True, "Slack: tokens come from installations by OAuth"
    try:
        answer = await slack.check_token(settings, token)
    except CannotStart as error:
        return False, str(error)
    except Exception as error:  # anything between here and Slack
        return False, f"Slack can't be reached at {settings.slack_api_url}: {type(error).__name__}"
    return True, f"Slack: {answer.get('team')} as {answer.get('user')}"


async def _stored(database: Database, secrets: SecretBox, settings: Settings) -> AsyncGenerator[Finding]:
    async with database.read() as tx:
        connections = await tx.connections.all()
    systems = Systems(PagerDuty(clock=SystemClock(), api_url=settings.pagerduty_api_url, database=database))
    try:
        for row in connections:
            label = f"PagerDuty {row.subdomain} ({row.region})"
            try:
                key = secrets.open(row.secret)
                await systems.account(
                    row.id, subdomain=row.subdomain, region=row.region, key=key, system=row.kind
                ).check()
            except (RemoteError, SecretUnreadable) as error:
                yield False, f"{label}: {error}"
            else:
                yield True, label
    finally:
        await systems.aclose()
    yield await undelivered(database)


async def undelivered(database: Database) -> Finding:
    """Whether every notice arrived, as far as anybody knows."""
    async with database.read() as tx:
        dead = await tx.session.scalar(select(func.count()).where(OutboxItem.state == "dead"))
    if not dead:
        return True, "0 notices could not be delivered"
    return False, f"{dead} notices could not be delivered; `/oncall doctor` in Slack lists them and sends them again"
