"""Waiting for what is under way, and cutting off what takes too long."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any


async def end_within(tasks: Collection[asyncio.Future[Any]], timeout: float) -> None:
    """Wait for the tasks; what is not done after ``timeout`` seconds is cancelled. How they end is nobody's matter."""
    if not tasks:
        return
    _done, late = await asyncio.wait(tasks, timeout=timeout)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
