"""Waiting until something is there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
FIRST_PAUSE, LONGEST_PAUSE, LONGER = 0.01, 0.2, 1.4
"""Pauses between two looks, in seconds: what is not there at once is looked for less and less often."""


async def until(look: Callable[[], Awaitable[Found | None]], timeout: float) -> Found | None:
    """Look again and again until something is found or the time is up; at least once."""
    give_up_at = asyncio.get_running_loop().time() + timeout
    pause = FIRST_PAUSE
    while True:
        found = await look()
        if found is not None or asyncio.get_running_loop().time() >= give_up_at:
            return found
        await asyncio.sleep(pause)
        pause = min(pause * LONGER, LONGEST_PAUSE)
