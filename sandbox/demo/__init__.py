"""`baton demo [--once]`: all of Baton on this machine, with no account anywhere.

It starts a Slack workspace and a PagerDuty account on loopback and the bot as a child process, has a team set itself up
in Slack, and opens a page with both, a clock to put forward and a guided tour of seven steps. It stays up until it is
stopped. With `--once` it walks the seven steps itself instead, and every one of them is checked.

It ends with status 0 when everything was as expected (without `--once`, when it is stopped: 130), and with 1 and the
reason when it was not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from sandbox.client import NothingThere, SlackFailure
from sandbox.demo.acting import Unexpected
from sandbox.demo.bot import BotEnded
from sandbox.demo.page import served, show
from sandbox.demo.preparing import ready
from sandbox.demo.screen import Screen
from sandbox.demo.stage import FAULT, Stage, staged
from sandbox.demo.tour import Tour
from sandbox.demo.walk import Walk
from sandbox.pagerduty.faults import Fault

Outcome = TypeVar("Outcome")

ZONE = "UTC"
STOPPED = 130
WRONG = (Unexpected, NothingThere, SlackFailure, BotEnded)


def main(words: list[str]) -> None:
    options = _options(words)
    sys.exit(asyncio.run(run(once=options.once, port=options.port)))


def _options(words: list[str]) -> argparse.Namespace:
    faults = ", ".join(Fault)
    parser = argparse.ArgumentParser(
        prog="baton demo",
        description="Try Baton with a sandbox of Slack and PagerDuty on this machine.",
        epilog=f"{FAULT} makes PagerDuty fail whenever something is written to it, to see what happens: {faults}.",
    )
    parser.add_argument("--once", action="store_true", help="walk the tour without a browser, and end")
    parser.add_argument("--port", type=int, default=0, help="of the page; 0, the default, takes a free one")
    return parser.parse_args(words)


async def run(*, once: bool, port: int = 0) -> int:
    """The exit status. SIGINT and SIGTERM stop it at any point; the bot is stopped with it."""
    screen, stop = Screen(ZONE), _stop_signal()
    screen.opening()
    async with staged(os.environ.get(FAULT)) as stage:
        played = await _unless(stop, _played(stage, screen, once=once, port=port))
    if played is None:
        return STOPPED
    return 0 if played else 1


async def _played(stage: Stage, screen: Screen, *, once: bool, port: int) -> bool:
    try:
        await stage.bot.while_alive(_play(stage, screen, once=once, port=port))
    except WRONG as reason:
        screen.failed(str(reason), stage.bot.last_lines())
        return False
    return True


async def _play(stage: Stage, screen: Screen, *, once: bool, port: int) -> None:
    async with ready(stage, screen) as tour:
        if once:
            await Walk(stage, tour, screen).run()
            screen.good("the tour is done, and everything was as expected")
        else:
            await _stay(stage, tour, screen, port)


async def _stay(stage: Stage, tour: Tour, screen: Screen, port: int) -> None:
    """Until the task is cancelled."""
    async with served(stage, tour, port) as url:
        screen.where_to_look(url, stage.pagerduty.api_url, stage.bot.log)
        await show(url)
        await asyncio.Event().wait()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Outcome]) -> Outcome | None:
    """What the work came to, or None when it was stopped."""
    doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (doing, stopping):
        if not task.done():
            task.cancel()
    await asyncio.gather(doing, stopping, return_exceptions=True)
    return None if doing.cancelled() else doing.result()


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
