"""How far the reading of a PagerDuty schedule is, shown in the modal that was submitted."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from handlers.kit.asker import Ask
from handlers.kit.blocks import View
from handlers.pagerduty.link_views import reading_view

log = structlog.get_logger()

SHOWN_EVERY = 1.0
"""Seconds."""


class Stopped(Exception):
    """The person closed the modal while PagerDuty was read."""


class ReadingShown:
    """How far the reading is, shown in the modal at most once a second; the reading doesn't wait for Slack."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._task: asyncio.Task[bool] | None = None
        self._began_at = float("-inf")
        self._waiting: View | None = None

    async def show(self, done: int, total: int | None) -> None:
        """Raises Stopped once the modal turns out to be closed."""
        now = time.monotonic()
        if self._task is not None and self._task.done() and not self._task.result():
            raise Stopped
        self._waiting = reading_view(done, total, self._ask.slack.metadata)
        if now - self._began_at >= SHOWN_EVERY and (self._task is None or self._task.done()):
            self._began_at, self._task = now, asyncio.create_task(self._replace(self._waiting))
            self._waiting = None

    async def settled(self) -> None:
        """Nothing of it comes after what is shown next. Raises Stopped as above."""
        is_open = self._task is None or await self._task
        if is_open and self._waiting is not None:
            is_open = await self._replace(self._waiting)
        if not is_open:
            raise Stopped

    async def _replace(self, view: View) -> bool:
        try:
            return await self._ask.slack.replace(view)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("progress not shown", error=str(error))
            return True
