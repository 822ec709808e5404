"""The clock: APScheduler wakes Baton up; what there is to do is always read from the database.

Nothing is kept in the scheduler. A tick that was missed runs once when the process comes back, and a job that is due is
found by the next tick, whoever lost it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Tick = Callable[[], Awaitable[None]]


class Ticker:
    """Calls each tick every ``seconds``, never twice at once."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._running: set[asyncio.Future[None]] = set()

    def every(
        self, interval: timedelta, tick: Tick, *, jitter: timedelta = timedelta(0), at_once: bool = False
    ) -> None:
        """Call ``tick`` every ``interval``, give or take ``jitter``; ``at_once`` calls it at the start as well."""
        first: dict[str, Any] = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(
            self._noted,
            "interval",
            args=[tick],
            name=tick.__name__,
            seconds=interval.total_seconds(),
            jitter=jitter.total_seconds() or None,
            id=tick.__name__,
            **first,
        )

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self, timeout: float) -> None:
        """Call nothing more, and wait for what was called; what is not done after ``timeout`` seconds is cancelled."""
        if self._scheduler.running:
            self._scheduler.pause()
            if self._running:
                await asyncio.wait(self._running, timeout=timeout)
            self._scheduler.shutdown(wait=False)

    async def _noted(self, tick: Tick) -> None:
        task = asyncio.ensure_future(tick())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await task
