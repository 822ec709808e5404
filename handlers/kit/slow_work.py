"""Forms whose work asks another system, which may take longer than Slack waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from handlers.kit import background
from handlers.kit.asker import Ask
from handlers.kit.blocks import View

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds for the work before Slack must be answered; storing the outcome and the way back need the third one."""


async def given_time(ask: Ask, work: Coroutine[Any, Any, T], meanwhile: View) -> asyncio.Task[T]:
    """Begin ``work`` and give it two seconds; what lasts longer has Slack answered with ``meanwhile``.

    Whoever calls awaits the task and then looks at ``ask.slack.acked``: while Slack has no answer, what went wrong can
    still be shown at its field; afterwards the form has to be put back into the place of ``meanwhile``.
    """
    task = asyncio.create_task(work)
    background.keep(task)
    if not ask.slack.acked:
        done, _still_working = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            await ask.slack.ack(response_action="update", view=meanwhile)
    return task
