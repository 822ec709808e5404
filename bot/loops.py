"""A loop does its work, hears from it when there will be more, and sleeps until that instant or until it is woken.

What another process commits, and a clock that jumps, are noticed by a look every now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.outage import Outage
from oncall.clock import Clock
from storage.trouble import DatabaseTrouble, LostRace

log = structlog.get_logger()

Work = Callable[[], Awaitable[datetime | None]]
Exports = Callable[[float], Awaitable[None]]
"""Waits until none is queued or running, at most so many seconds."""

GLANCE = timedelta(seconds=30)
PAUSE_AFTER_TROUBLE = timedelta(seconds=5)
AFTER_EXPORTS = timedelta(seconds=0.3)
"""How long at most an export goes before what its change wakes."""


class Loop:
    """Does its work whenever it is due or somebody wakes it."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        work: Work,
        look: timedelta,
        exports: Exports | None = None,
        outage: Outage | None = None,
    ) -> None:
        self._name = name
        self._outage = outage or Outage(name)
        self._exports = exports
        self._clock = clock
        self._work = work
        self._look = look
        self._woken = asyncio.Event()
        self._ended = False
        self._rests = False
        self._is_patient = False
        self.due: datetime | None = None
        """When there is something to do next, as far as the last work knew."""

    @property
    def is_idle(self) -> bool:
        """Whether it rests and nobody has woken it."""
        return self._rests and not self._woken.is_set()

    def wake(self, *, patiently: bool = False) -> None:
        """``patiently``: once exports are through."""
        self._is_patient = patiently and (self._is_patient or not self._woken.is_set())
        self._woken.set()

    def end(self) -> None:
        """Finish the work at hand and do no more."""
        self._ended = True
        self._woken.set()

    async def run(self) -> None:
        while not self._ended:
            self._woken.clear()
            try:
                self.due = await self._work()
                self._outage.passed()
            except Exception as error:
                if isinstance(error, DatabaseTrouble) and not isinstance(error, LostRace):
                    self._outage.note(error)
                else:
                    log.exception("notices failed", loop=self._name)
                self.due = self._clock.now() + PAUSE_AFTER_TROUBLE
            self._rests = True
            await self._rest(self.due)
            self._rests = False

    async def _rest(self, due: datetime | None) -> None:
        """Until ``due`` by the clock on the wall, which may jump: it is glanced at now and then."""
        latest = self._clock.now() + self._look
        until = min(due or latest, latest)
        while not self._ended and (left := until - self._clock.now()) > timedelta(0):
            try:
                async with asyncio.timeout(min(left, GLANCE).total_seconds()):
                    await self._woken.wait()
            except TimeoutError:
                continue
            if self._is_patient and self._exports is not None and not self._ended:
                await self._exports(min(until - self._clock.now(), AFTER_EXPORTS).total_seconds())
            return
