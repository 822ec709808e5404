"""A clock that somebody moves, and everything that goes by it.

Baton goes by the machine's clock. The demo lets a day pass in seconds instead: whoever moves the clock is a
:class:`Mover`, and what has to notice is :class:`Led`. Time moves while nothing is under way, so that no lease runs out
below the work that holds it and no notice is taken for lost while it is being sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.clock import Ticker
from bot.jobs import JobQueue
from bot.notices import Running
from oncall.clock import Clock

GLANCE_SECONDS = 0.02
PATIENCE_SECONDS = 3.0
"""How long what is under way is waited for; it may hang on somebody who does not answer."""


class MovedClock:
    """The machine's clock, put forward by an offset that only grows."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move_to(self, offset: timedelta) -> timedelta:
        """Put it forward; returns by how much. Time does not run backwards."""
        by = max(offset - self.offset, timedelta(0))
        self.offset += by
        return by


@dataclass(frozen=True, slots=True)
class Led:
    """What looks at the clock by itself."""

    ticker: Ticker
    jobs: JobQueue
    telling: Running

    @property
    def next_due(self) -> datetime | None:
        """When somebody is to be told or sent something next."""
        return self.telling.next_due

    async def settle(self) -> None:
        """Wait until nothing is under way, within reason."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (self.jobs.is_idle and self.telling.is_idle):  # noqa: ASYNC110 - several ends, no event
                    await asyncio.sleep(GLANCE_SECONDS)
        except TimeoutError:
            return

    async def notice(self, skipped: timedelta) -> None:
        """Have everything done that has become due by a clock that was put forward by ``skipped``."""
        self.telling.wake()
        await self.ticker.skip(skipped)
        await self.settle()


class Mover(Protocol):
    """Must move ``clock`` only after it was given what follows it; May move it at any time from then on."""

    @property
    def clock(self) -> Clock: ...

    def lead(self, led: Led) -> None: ...
