"""How much is done at once, and when people are told to come back.

    arrives ─ room? ── no ──→ told at once that Baton is busy
                └ yes ─ its turn within LONGEST_WAIT? ── no ──→ told so, too
                            └ yes ─→ done

Slack lets a modal be opened for three seconds, and people wait little longer for an answer. What can't be begun in
time had better be refused while there is somebody to hear of it. Most of what is under way waits for Slack, which
costs nothing, so there are many at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from services.kit.errors import Refusal

log = structlog.get_logger()

AT_ONCE = 40
MOST_WAITING = 120
LONGEST_WAIT = 1.0
SAID_AGAIN_SECONDS = 60.0
BUSY = "Baton is busy just now; please try again in a moment."


class Busy(Refusal):
    """Nothing of it was begun."""

    def __init__(self) -> None:
        super().__init__(BUSY)


class Crowd:
    """What people asked for and is not done yet; ``longest_wait`` in seconds."""

    def __init__(
        self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING, longest_wait: float = LONGEST_WAIT
    ) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most = at_once + most_waiting
        self._longest_wait = longest_wait
        self._inside = 0
        self._said_at = float("-inf")

    @property
    def is_full(self) -> bool:
        return self._inside >= self._most

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Do something inside it. Raises Busy, before anything is done, where there is no room or no turn in time."""
        if self.is_full:
            raise self.refusal()
        self._inside += 1
        try:
            await self._wait()
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._inside -= 1

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._turns.acquire()
        except TimeoutError as error:
            raise self.refusal() from error

    def refusal(self) -> Busy:
        """What to raise or tell; the log hears of it, once a minute."""
        now = time.monotonic()
        if now - self._said_at >= SAID_AGAIN_SECONDS:
            self._said_at = now
            log.warning("too much at once", under_way=self._inside)
        return Busy()
