"""The clock: APScheduler wakes Baton up; what there is to do is always read from the database.

Nothing is kept in the scheduler. A tick that was missed runs once when the process comes back, and a job that is due is
found by the next tick, whoever lost it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.ending import end_within
from bot.outage import Outage
from storage.trouble import DatabaseTrouble, LostRace

log = structlog.get_logger()

Tick = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Timed:
    """A tick, and how much of its interval was skipped since it was last called for that."""

    tick: Tick
    interval: timedelta
    everywhere: bool = False
    first: timedelta | None = None
    skipped: timedelta = timedelta(0)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Ticker:
    """Calls each tick at its interval, never twice at once, while ``leads`` says that this process is the one to."""

    def __init__(self, leads: Callable[[], bool] = lambda: True) -> None:
        self._leads = leads
        self._outage = Outage("clock")
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._timed: list[Timed] = []
        self._running: set[asyncio.Future[None]] = set()

    def every(
        self,
        interval: timedelta,
        tick: Tick,
        *,
        jitter: timedelta = timedelta(0),
        at_once: bool = False,
        soon: timedelta | None = None,
        everywhere: bool = False,
    ) -> None:
        """Call ``tick`` every ``interval``, give or take ``jitter``; ``at_once`` calls it at the start as well, and
        when this process begins to lead; ``soon`` does so that long after; ``everywhere`` calls it in every process."""
        timed = Timed(tick, interval, everywhere, timedelta(0) if at_once else soon)
        first: dict[str, Any] = {} if timed.first is None else {"next_run_time": datetime.now(UTC) + timed.first}
        self._timed.append(timed)
        self._scheduler.add_job(
            self._noted,
            "interval",
            args=[timed],
            name=_name(tick),
            seconds=interval.total_seconds(),
            jitter=jitter.total_seconds() or None,
            id=_name(tick),
            **first,
        )

    def start(self) -> None:
        self._scheduler.start()

    def lead(self) -> None:
        """This process leads from now on, and another one did before: what is not to wait is called now."""
        for timed in self._timed:
            if timed.first is not None and not timed.everywhere and self._scheduler.running:
                self._scheduler.modify_job(_name(timed.tick), next_run_time=datetime.now(UTC) + timed.first)

    async def skip(self, time: timedelta) -> None:
        """Call, once and one after the other, what would have been called in a time that was left out.

        The scheduler goes by the machine's clock; this is for whoever moves another one, as the demo does.
        """
        for timed in self._timed:
            timed.skipped += time
            if timed.skipped >= timed.interval:
                timed.skipped = timedelta(0)
                await self._noted(timed)

    def pause(self) -> None:
        """Call nothing more. Shutting the scheduler down here would cancel what runs, and log that as an error."""
        if self._scheduler.running:
            self._scheduler.pause()

    async def drain(self, timeout: float) -> None:
        """Wait for what was called; what is not done after ``timeout`` seconds is cancelled."""
        await end_within(self._running, timeout)
        await asyncio.sleep(0)  # for the scheduler to see that its calls have ended
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def stop(self, timeout: float) -> None:
        """Both of them."""
        self.pause()
        await self.drain(timeout)

    async def _noted(self, timed: Timed) -> None:
        """A tick that fails is logged and called again at its time."""
        if not (timed.everywhere or self._leads()):
            return
        async with timed.turn:
            task = asyncio.ensure_future(self._logged(timed.tick))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.wait({task})

    async def _logged(self, tick: Tick) -> None:
        try:
            await tick()
            self._outage.passed()
        except Exception as error:
            if isinstance(error, DatabaseTrouble) and not isinstance(error, LostRace):
                self._outage.note(error)
            else:
                log.exception("a tick failed", tick=_name(tick))


def _name(tick: Tick) -> str:
    """What a tick is called; one that was given its arguments beforehand goes by the function's own name."""
    return (tick.func if isinstance(tick, partial) else tick).__name__
