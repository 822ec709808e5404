"""Waiting until something is there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
PAUSE_SECONDS = 0.02


async def until(look: Callable[[], Awaitable[Found | None]], timeout: float) -> Found | None:
    """Look again and again until something is found or the time is up; at least once."""
    give_up_at = asyncio.get_running_loop().time() + timeout
    while True:
        found = await look()
        if found is not None or asyncio.get_running_loop().time() >= give_up_at:
            return found
        await asyncio.sleep(PAUSE_SECONDS)
