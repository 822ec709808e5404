"""A start of Baton's and its first seconds, in a process that others are forked from: what was compiled on the way
(statements, patterns) need not be compiled again in each of them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from structlog.testing import capture_logs

import handlers
from bot import directory, notices, timetable
from bot.parts import Parts, assemble
from bot.slack import bolt_app, connections
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.migrated import lay
from tests.support.running import settings_for

FIRST_SECONDS = 1.0
TIDYING_SECONDS = 5.0


def go_through_it() -> None:
    """Nothing of it is left: no thread, no open file, no loop."""
    with TemporaryDirectory(prefix="one-start-") as folder, capture_logs():
        asyncio.run(_start(Path(folder, "baton.db")))


async def _start(database: Path) -> None:
    lay(database)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackSandbox.start())
        pagerduty = await stack.enter_async_context(PagerDutySandbox.start())
        session = await stack.enter_async_context(connections())
        settings = settings_for(slack, pagerduty, database)
        parts = await stack.enter_async_context(assemble(settings))
        await bolt_app(settings, parts.house, session)
        directory.register(parts)
        await _work(parts)


async def _work(parts: Parts) -> None:
    ticker = timetable.start(parts)
    telling = notices.start(parts, ticker)
    timetable.keep_homes(parts, ticker, telling.clients)
    await parts.jobs.start()
    parts.leader.start()
    await directory.first_reading(parts)
    await asyncio.sleep(FIRST_SECONDS)
    ticker.pause()
    await parts.leader.stop()
    for work in (ticker.drain, handlers.drain, parts.jobs.drain, telling.stop):
        await work(TIDYING_SECONDS)
