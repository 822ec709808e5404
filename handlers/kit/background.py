"""Work that goes on after Slack has its answer.

Bolt starts a listener as a task that nothing refers to, and the garbage collector may take such a task away half
way. Here each one is held until it is done, and whoever shuts the bot down can wait for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from storage.trouble import DatabaseTrouble

log = structlog.get_logger()

_running: set[asyncio.Task[Any]] = set()


def hold_current() -> None:
    """Keep the task that calls this until it is done."""
    task = asyncio.current_task()
    if task is not None:
        _hold(task)


def start(work: Coroutine[Any, Any, object], what: str) -> None:
    """Do it beside everything else; a failure is logged under ``what``."""
    _hold(asyncio.ensure_future(_logged(work, what)))


def keep(task: asyncio.Task[Any]) -> None:
    """Keep a task whose outcome somebody else looks at."""
    _hold(task)


async def drain(timeout: float) -> int:
    """Wait for everything under way; returns how much was not done in time.

    A listener that Bolt has started holds itself only when its task first runs; it gets that chance before the count.
    """
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + timeout
    await asyncio.sleep(0)
    while waiting := {task for task in _running if task.get_loop() is loop and task is not asyncio.current_task()}:
        left = give_up_at - loop.time()
        if left <= 0:
            return len(waiting)
        await asyncio.wait(waiting, timeout=left)
    return 0


def _hold(task: asyncio.Task[Any]) -> None:
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _logged(work: Coroutine[Any, Any, object], what: str) -> None:
    try:
        await work
    except DatabaseTrouble as trouble:
        log.warning("background work was cut off", what=what, reason=trouble.why)
    except Exception:
        log.exception("background work failed", what=what)
