"""``baton doctor``: look at everything that Baton depends on and say what is wrong, one line each."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable
from datetime import timedelta

from dotenv import dotenv_values
from rich.console import Console
from rich.markup import escape
from sqlalchemy import func, select

import zonedata
from bot import installations, slack, version
from bot.parts import CannotStart, key_path, open_database, open_secrets, systems_of, trouble_named
from bot.settings import Settings, misspelt, reveal
from bot.socket_mode import address_opener
from handlers.kit.scopes import BOT_SCOPES, OPTIONAL_SCOPES
from notices.presence import troubles
from notices.sending.email import Mailbox, try_server
from oncall.clock import SystemClock
from storage.database import Database
from storage.queued import shared
from storage.repositories.presence import GROUP
from storage.secrets import SecretBox, SecretUnreadable
from storage.tables import OutboxItem
from sync.ports import RemoteError

MAIL_SECONDS = 5.0
LONG_WAIT = timedelta(minutes=1)

Finding = tuple[bool | None, str]
"""Good, bad, or (None) a warning; and what was found."""

MARKS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]![/]"}


async def examine(settings: Settings, console: Console) -> bool:
    """Print every finding; whether all is well."""
    well = True
    async for good, text in _findings(settings):
        console.print(f"{MARKS[good]} {escape(text)}", highlight=False, soft_wrap=True)
        well = well and good is not False
    return well


async def _findings(settings: Settings) -> AsyncGenerator[Finding]:
    yield code()
    for problem in [*settings.problems(), *misspelt(names())]:
        yield False, problem
    yield zone_data()
    async for finding in _slack(settings):
        yield finding
    if settings.mailbox is not None:
        yield await _mail_server(settings.mailbox)
    try:
        secrets = _secrets(settings)
        if secrets is None:
            yield True, f"encryption key: none yet; `baton run` makes one at {key_path(settings)}"
        async for finding in _database(settings, secrets):
            yield finding
    except CannotStart as error:
        yield False, str(error)


def names() -> list[str]:
    """Of every variable that is set, in the environment or in ``.env``."""
    return [*os.environ, *dotenv_values(".env")]


def _secrets(settings: Settings) -> SecretBox | None:
    """The keys, if there are any yet: a doctor makes none. Raises CannotStart."""
    if not settings.encryption_keys and not key_path(settings).exists():
        return None
    return open_secrets(settings)


async def _database(settings: Settings, secrets: SecretBox | None) -> AsyncGenerator[Finding]:
    database = open_database(settings)
    file = database.file
    if file is not None and not file.exists():
        where = file.resolve().parent
        good = os.access(where, os.W_OK)
        yield good, f"database: none yet; `baton run` {'makes' if good else 'could not make'} it at {file}"
        return
    try:
        with trouble_named():
            current, newest = await database.revision()
            yield _revision(database, current, newest)
            if current == newest and secrets is not None:
                async for finding in _stored(database, secrets, settings):
                    yield finding
    finally:
        await database.close()


def _revision(database: Database, current: str | None, newest: str | None) -> Finding:
    if current == newest:
        return True, f"database at revision {current}, the newest"
    at = f"database at revision {current or 'none'}; the newest is {newest}"
    if database.is_sqlite:
        return True, f"{at}, which `baton run` brings it to"
    return False, f"{at}. Run `baton migrate`."


def code() -> Finding:
    """Which version runs, and from where."""
    frozen = version.frozen()
    return (False, frozen) if frozen else (True, f"Baton {version.described()}")


def zone_data() -> Finding:
    """The release of the time zone rules and its age."""
    today = SystemClock().now().date()
    data = zonedata.in_use()
    return None if data.is_old(today) else True, data.describe(today)


async def _slack(settings: Settings) -> AsyncGenerator[Finding]:
    token = reveal(settings.slack_bot_token)
    if token:
        bot = await _told(_bot_token(settings, token))
        yield bot
        if settings.socket_mode and (app := await _told(_app_token(settings))) != bot:  # the same trouble is said once
            yield app
    elif not settings.problems():
        yield True, "Slack: tokens come from installations by OAuth"


async def _told(look: Awaitable[Finding]) -> Finding:
    try:
        return await look
    except CannotStart as error:
        return False, str(error)


async def _bot_token(settings: Settings, token: str) -> Finding:
    answer, granted = await slack.check_token_and_scopes(settings, token)
    missing = [f"{scope} ({why})" for scope, why in BOT_SCOPES.items() if scope not in granted]
    if missing:
        return False, (
            f"Slack: SLACK_BOT_TOKEN lacks {len(missing)} of the scopes that manifest.yml asks for: "
            f"{', '.join(missing)}. Add them to the app and install it again."
        )
    lacking = [scope for scope in OPTIONAL_SCOPES if scope not in granted]
    without = f"; without {', '.join(lacking)}, which only `/oncall presence` needs" if lacking else ""
    return True, f"Slack: {answer.get('team')} as {answer.get('user')}{without}"


async def _app_token(settings: Settings) -> Finding:
    """Asks for the address of a connection, which is not opened."""
    opened = address_opener(slack.web_client(settings), reveal(settings.slack_app_token) or "")
    with slack.refusals_named(settings, "SLACK_APP_TOKEN"):
        await opened()
    return True, "Slack: SLACK_APP_TOKEN may connect"


async def _mail_server(mailbox: Mailbox) -> Finding:
    trouble = await try_server(mailbox, MAIL_SECONDS)
    return (False, trouble) if trouble else (True, f"e-mail: {mailbox.host} takes letters from {mailbox.sender}")


async def _stored(database: Database, secrets: SecretBox, settings: Settings) -> AsyncGenerator[Finding]:
    if not settings.slack_bot_token and settings.slack_client_id:
        for finding in await installations.findings(database, secrets, settings, SystemClock()):
            yield finding
    async with database.read() as tx:
        connections = await tx.connections.all()
    systems = systems_of(settings, SystemClock(), database)
    try:
        for row in connections:
            label = f"PagerDuty {row.subdomain} ({row.region})" if row.region else f"calendars of {row.subdomain}"
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
    async for finding in processes(database):
        yield finding
    async for finding in presence_findings(database):
        yield finding
    async with database.read() as tx:
        stuck = await tx.schedules.failing_to_extend()
    for schedule in stuck:
        yield False, f"the schedule {schedule.name} can't be extended: {schedule.extending_fails}"


async def processes(database: Database) -> AsyncGenerator[Finding]:
    """What several processes on one PostgreSQL do together: who leads, what waits."""
    trouble, left = await database.queue()
    if trouble:
        yield False, trouble
        return
    if left:
        yield None, "the queue: once no process of an older version runs any more, run `baton migrate --finish`"
    async with database.read() as tx:
        found = await shared(tx.session)
    if found is None:
        return
    if not found.workers:
        yield None, "processes: none runs now, so no job is done"
        return
    jobs = sum(one.waiting for one in found.kinds)
    running = f"{found.workers} running, {jobs} jobs wait"
    yield (True, f"processes: {running}") if found.has_leader else (False, f"processes: {running}, and none leads")
    for one in found.kinds:
        if one.waiting and one.longest > LONG_WAIT:
            seconds = round(one.longest.total_seconds())
            yield None, f"jobs “{one.kind}”: {one.waiting} wait, the first for {seconds} s; start more `baton worker`"


async def presence_findings(database: Database) -> AsyncGenerator[Finding]:
    """User groups and topics that are not in step with who is on call."""
    async with database.read() as tx:
        for target in await tx.presence.ailing():
            groups = await tx.presence.groups(target.workspace_id)
            group = f"user group @{groups[target.place].handle}" if target.place in groups else target.place
            what = group if target.kind == GROUP else f"topic of channel {target.place}"
            yield False, f"the {what} is not in step: {troubles.sentence(target.trouble).replace('`', '')}"


async def undelivered(database: Database) -> Finding:
    """Whether every notice arrived, as far as anybody knows."""
    async with database.read() as tx:
        dead = await tx.session.scalar(select(func.count()).where(OutboxItem.state == "dead"))
    if not dead:
        return True, "every notice was delivered"
    notices = "1 notice" if dead == 1 else f"{dead} notices"
    return False, f"{notices} could not be delivered; `/oncall doctor` in Slack lists what failed and sends it again"
