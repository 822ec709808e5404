"""Run Baton until it is told to stop: Slack, the clock, the jobs, the web server."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

import handlers
from bot import directory, logs, metrics, notices, slack, timetable, web
from bot.parts import CannotStart, Parts, assemble
from bot.settings import Settings, reveal

log = structlog.get_logger()

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
        if socket is not None:
            stack.push_async_callback(socket.close_async)  # whatever fails from here on
        pages = web.web_app(
            lambda: _not_ready(parts, socket),
            lambda: metrics.render(parts.house.database, parts.clock.now()),
            None if settings.socket_mode else app,
            slack.oauth_flow(settings, parts.house, lambda: directory.read_again(parts)) if with_slack else None,
        )
        port = await stack.enter_async_context(web.listening(pages, settings.host, settings.port))
        ticker = timetable.start(parts, with_slack=app is not None)
        telling = notices.start(parts, ticker)
        log.info("baton is running", mode="socket" if socket else "http" if app else "worker", port=port)
        await stop.wait()
        log.info("stopping")
        await ticker.stop(DRAIN_SECONDS)
        if socket is not None:
            await socket.close_async()
        await handlers.drain(DRAIN_SECONDS)
        await parts.jobs.drain(DRAIN_SECONDS)
        await telling.stop(DRAIN_SECONDS)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _connect(settings: Settings, app: AsyncApp) -> AsyncSocketModeHandler:
    client = slack.web_client(settings, reveal(settings.slack_bot_token))
    socket = AsyncSocketModeHandler(app, reveal(settings.slack_app_token), web_client=client)
    try:
        with slack.refusals_named(settings, "SLACK_APP_TOKEN"):  # connecting would try a wrong token for ever
            socket.client.wss_uri = await socket.client.issue_new_wss_url()
        await socket.connect_async()
    except BaseException:
        await socket.close_async()
        raise
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
