"""Stopping within a time that container platforms grant, whatever hangs.

On SIGTERM or SIGINT no more work is taken. What was begun has :data:`DRAIN_SECONDS` together to end by itself, then it
is cancelled; tidying up has what is left of :data:`LAST_SECONDS`. A process that still isn't gone by then, because a
thread waits for a dead network, ends without asking anybody: everything that matters was written down before it was
done, and the next start takes it up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from typing import Any

import structlog

import handlers
from bot.clock import Ticker
from bot.notices import Running
from bot.parts import Parts
from bot.socket_mode import SocketMode

log = structlog.get_logger()

DRAIN_SECONDS = 10.0
GRACE_SECONDS = 3.0
LAST_SECONDS = 18.0


class Stopping:
    """From the signal to the end."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    @classmethod
    def on_signals(cls) -> Stopping:
        """Listens for SIGTERM and SIGINT in the running loop."""
        stopping = cls()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.asked.set)
        return stopping

    async def or_failed(self, work: asyncio.Task[None]) -> None:
        """Wait until asked to stop. Raises what ``work`` raises, should it fail before."""
        asked = asyncio.get_running_loop().create_task(self.asked.wait())
        try:
            await asyncio.wait({asked, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
                await asked
        finally:
            asked.cancel()

    async def finish(
        self, parts: Parts, ticker: Ticker, telling: Running, reaching: asyncio.Task[None], socket: SocketMode | None
    ) -> None:
        """Take no more work and let what was begun end."""
        log.info("stopping")
        _end_in_any_case(LAST_SECONDS)
        reaching.cancel()
        ticker.pause()
        await parts.leader.stop()
        if socket is not None:
            socket.take_no_more()
        began = asyncio.get_running_loop().time()
        await _together(ticker.drain(DRAIN_SECONDS), handlers.drain(DRAIN_SECONDS), parts.jobs.drain(DRAIN_SECONDS))
        left = DRAIN_SECONDS - (asyncio.get_running_loop().time() - began)
        await telling.stop(max(left, GRACE_SECONDS))
        if socket is not None:
            await socket.close()


async def _together(*work: Coroutine[Any, Any, Any]) -> None:
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.error("stopping was not clean", exc_info=outcome)


def _end_in_any_case(seconds: float) -> None:
    def end() -> None:
        log.warning("stopped with work under way; the next start takes it up", seconds=seconds)
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
