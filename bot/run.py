"""Run Baton until it is told to stop: Slack, the clock, the jobs, the web server."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

import handlers
from bot import directory, logs, metrics, slack, web
from bot.clock import Ticker
from bot.parts import CannotStart, Parts, assemble
from bot.settings import Settings, reveal
from services import connections

log = structlog.get_logger()

TICK = timedelta(seconds=5)
DRAIN_SECONDS = 20.0


async def serve(settings: Settings, *, with_slack: bool = True) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun. Raises CannotStart."""
    logs.configure(settings.log_level, settings.secrets())
    if with_slack and (problems := settings.problems()):
        raise CannotStart(" ".join(problems))
    stop = _stop_signal()
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(assemble(settings))
        app = await slack.bolt_app(settings, parts.house) if with_slack else None
        if app is not None:
            await directory.start(parts)
        socket = await _connect(settings, app) if app is not None and settings.socket_mode else None
        pages = web.web_app(
            lambda: _not_ready(parts, socket),
            lambda: metrics.render(parts.house.database),
            None if settings.socket_mode else app,
            slack.oauth_flow(settings, parts.house, lambda: directory.read_again(parts)) if with_slack else None,
        )
        port = await stack.enter_async_context(web.listening(pages, settings.host, settings.port))
        ticker = start_clock(parts, with_slack=app is not None)
        log.info("baton is running", mode="socket" if socket else "http" if app else "worker", port=port)
        await stop.wait()
        log.info("stopping")
        ticker.stop()
        if socket is not None:
            await socket.close_async()
        await handlers.drain(DRAIN_SECONDS)
        await parts.jobs.drain(DRAIN_SECONDS)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _connect(settings: Settings, app: AsyncApp) -> AsyncSocketModeHandler:
    client = slack.web_client(settings, reveal(settings.slack_bot_token))
    socket = AsyncSocketModeHandler(app, reveal(settings.slack_app_token), web_client=client)
    await socket.connect_async()
    return socket


async def _not_ready(parts: Parts, socket: AsyncSocketModeHandler | None) -> list[str]:
    problems: list[str] = []
    try:
        current, newest = await parts.house.database.revision()
        if current != newest:
            problems.append(f"database at revision {current}, not {newest}")
    except Exception as error:  # whatever a driver raises, the answer is the same
        problems.append(f"database: {type(error).__name__}")
    if socket is not None and not await socket.client.is_connected():
        problems.append("not connected to Slack")
    return problems


def start_clock(parts: Parts, *, with_slack: bool) -> Ticker:
    """Everything that happens by itself, and how often."""
    house, jobs = parts.house, parts.jobs
    ticker = Ticker()

    async def due_destinations() -> None:
        async with house.database.read() as tx:
            due = await tx.destinations.due(house.clock.now())
        for destination in due:
            jobs.defer("reconcile", destination)

    async def relist_schedules() -> None:
        async with house.database.read() as tx:
            known = await tx.connections.all()
        for connection in known:
            jobs.defer("relist", connection.id)

    async def reread_people() -> None:
        directory.read_again(parts)

    async def tidy() -> None:
        async with house.database.transaction() as tx:
            now = house.clock.now()
            await tx.events.forget_before(now - timedelta(days=2))
            await tx.journal.forget_ops(now - timedelta(days=30))

    jobs.register("relist", lambda connection: connections.relist_schedules(house, connection))
    ticker.every(min(TICK, parts.settings.refresh_every), due_destinations)
    ticker.every(timedelta(minutes=30), relist_schedules, jitter=timedelta(minutes=5))
    if with_slack:
        ticker.every(timedelta(days=1), reread_people, jitter=timedelta(hours=1))
    ticker.every(timedelta(hours=6), tidy, jitter=timedelta(minutes=30))
    ticker.start()
    return ticker
