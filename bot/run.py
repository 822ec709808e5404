"""Run Baton until it is told to stop: the web pages, the clock and the jobs at once, Slack as soon as it answers."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import aiohttp.web
import structlog

from bot import directory, logs, metrics, notices, slack, timetable, version, web
from bot.moving import Led, Mover
from bot.parts import CannotStart, Parts, Unreachable, assemble
from bot.reseal import has_other_keys
from bot.settings import Settings, reveal
from bot.socket_mode import SocketMode, address_opener
from bot.stopping import Stopping
from services.feeds.serving import FeedDesk
from storage.trouble import DatabaseTrouble

log = structlog.get_logger()

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Seconds between two tries to reach Slack at the start."""
COLLECTED_AFTER = (10_000, 20, 20)


@dataclass(slots=True)
class Reached:
    """How Slack is reached. ``socket`` is None by HTTP, and until the first connection is asked for."""

    parts: Parts
    front: web.Front | None
    session: aiohttp.ClientSession
    socket: SocketMode | None = None
    is_reached: bool = False

    @property
    def mode(self) -> str:
        return "http" if self.front is not None else "socket"

    @property
    def away_seconds(self) -> float:
        return self.socket.away_seconds if self.socket is not None else 0.0

    @property
    def connections(self) -> int:
        return self.socket.connections if self.socket is not None else 0

    def health(self) -> dict[str, object]:
        if self.front is not None:
            return {"slack": "reached" if self.is_reached else "waited for"}
        state = "connected" if self.connections else "away" if self.is_reached else "waited for"
        return {"slack": state, "connections": self.connections, "away_seconds": round(self.away_seconds, 1)}


async def serve(
    settings: Settings, *, with_slack: bool = True, paused: bool = False, moved_by: Mover | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun within 20 seconds. Raises CannotStart.

    ``moved_by`` is whoever moves the clock: the demo, and nobody else.
    """
    logs.configure(settings.log_level, settings.secrets())
    log.info("baton is starting", version=version.described())
    if frozen := version.frozen():
        log.warning(frozen)
    if with_slack and (problems := settings.problems()):
        raise CannotStart(" ".join(problems))
    stopping = Stopping.on_signals()
    async with AsyncExitStack() as stack:
        clock = moved_by.clock if moved_by is not None else None
        parts = await stack.enter_async_context(assemble(settings, paused=paused, clock=clock))
        if not with_slack and parts.house.database.is_sqlite:
            log.warning("this worker has an SQLite database to itself: `baton run` beside it needs PostgreSQL")
        await _heed_keys(parts)
        session = await stack.enter_async_context(slack.connections())
        reached = Reached(parts, _front(parts), session) if with_slack else None
        host = settings.listens_on(for_slack=with_slack)
        port = await stack.enter_async_context(web.listening(_pages(parts, reached), host, settings.port))
        directory.register(parts)
        ticker = timetable.start(parts)
        telling = notices.start(parts, ticker)
        timetable.keep_homes(parts, ticker, telling.clients)
        await parts.jobs.start()
        parts.leader.start()
        leave_out_what_stays()
        if moved_by is not None:
            moved_by.lead(Led(ticker, parts.jobs, telling))
        reaching = asyncio.get_running_loop().create_task(_reach(reached, port) if reached else _alone(port))
        try:
            await stopping.or_failed(reaching)
        finally:
            await stopping.finish(parts, ticker, telling, reaching, reached.socket if reached else None)


async def _heed_keys(parts: Parts) -> None:
    """Processes on one database need the same keys: one with others can't use what the rest have stored."""
    with suppress(DatabaseTrouble):
        if await has_other_keys(parts.house.database, parts.house.secrets):
            log.error("BATON_ENCRYPTION_KEYS does not open all that is stored: is it the same for every process?")


def _pages(parts: Parts, reached: Reached | None) -> aiohttp.web.Application:
    """What Baton serves: how it is, what Prometheus reads and calendars; with Slack, its requests and installing."""
    oauth = slack.oauth_flow(parts.settings, parts.house, lambda: directory.read_again(parts)) if reached else None
    return web.web_app(
        lambda: reached.health() if reached else {},
        lambda: _not_ready(parts, reached),
        lambda: metrics.render(parts.house.database, parts.clock.now(), reached),
        reached.front if reached else None,
        oauth,
        FeedDesk(parts.house),
    )


def leave_out_what_stays() -> None:
    """What is there by now stays as long as the process, so the garbage collector need not look through it each time.
    It also begins less often than it would, since one request makes tens of thousands of objects."""
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def _front(parts: Parts) -> web.Front | None:
    """Slack's way in by HTTP; none where Baton connects to Slack."""
    if parts.settings.socket_mode:
        return None
    return web.Front(reveal(parts.settings.slack_signing_secret) or "", parts.clock)


async def _alone(port: int) -> None:
    log.info("baton is running", mode="worker", port=port)


async def _reach(reached: Reached, port: int) -> None:
    """Connect to Slack, however long it is away. Raises CannotStart when it refuses a token."""
    wait = FIRST_WAIT
    while True:
        try:
            await _connect(reached)
        except Unreachable as error:
            log.warning("waiting for Slack", reason=str(error), again_in_seconds=wait, port=port)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            break
    reached.is_reached = True
    log.info("baton is running", mode=reached.mode, port=port)


async def _connect(reached: Reached) -> None:
    parts = reached.parts
    app = await slack.bolt_app(parts.settings, parts.house, reached.session)
    await directory.first_reading(parts)
    if reached.front is not None:
        reached.front.app = app
        return
    client = slack.web_client(parts.settings, reveal(parts.settings.slack_bot_token))
    open_address = address_opener(client, reveal(parts.settings.slack_app_token) or "")
    with slack.refusals_named(parts.settings, "SLACK_APP_TOKEN"):  # the connections would try a wrong token for ever
        await open_address()
    reached.socket = SocketMode(app, open_address)
    await reached.socket.connect()


async def _not_ready(parts: Parts, reached: Reached | None) -> list[str]:
    problems: list[str] = []
    try:
        current, newest = await parts.house.database.revision()
        if current != newest:
            problems.append(f"database at revision {current}, not {newest}")
        else:
            await parts.house.database.check_writable(parts.clock.now())
            trouble, _left = await parts.house.database.queue()
            problems += [trouble] if trouble else []
    except DatabaseTrouble as error:
        problems.append(f"database: {error.why}")
    except Exception as error:  # whatever a driver raises, the answer is the same
        problems.append(f"database: {type(error).__name__}")
    if reached is not None and (not reached.is_reached or (reached.front is None and not reached.connections)):
        problems.append("not connected to Slack")
    return problems
