"""The sandbox's one clock.

It runs with the machine's time plus an offset that only grows, so a test can let half an hour pass in an instant.
Sleepers are woken when the offset moves; what they wait for is the sandbox's time, not the machine's.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self._offset = 0.0
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def monotonic(self) -> float:
        return time.monotonic() + self._offset

    def machine_seconds(self) -> int:
        """Unix seconds without the offset: a receiver checks a signature's age against its own clock."""
        return int(time.time())

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._offset += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        wake_at = self.monotonic() + seconds
        while (left := wake_at - self.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                continue
