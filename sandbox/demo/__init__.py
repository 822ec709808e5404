"""`python -m sandbox demo [--once]`: the main job on this machine, with no account anywhere.

It starts a Slack workspace and a PagerDuty account on loopback and the bot as a child process, and tells the story of
a schedule: made in Slack, shown in PagerDuty, changed there by somebody else, put right by the next refresh. The person
in the story uses Slack as a client would, every step is checked, and all that is shown was read back.

It ends with status 0 when everything was as expected (without `--once`, when it is stopped), and with 1 and the reason
when it was not.
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
from sandbox.demo.bot import BotEnded
from sandbox.demo.prompt import take_commands
from sandbox.demo.screen import Screen
from sandbox.demo.stage import FAULT, ZONE, Stage, staged
from sandbox.demo.story import Unexpected, tell
from sandbox.pagerduty.faults import Fault

Outcome = TypeVar("Outcome")

WRONG = (Unexpected, NothingThere, SlackFailure, BotEnded)


def main(words: list[str]) -> None:
    options = _options(words)
    sys.exit(asyncio.run(run(once=options.once)))


def _options(words: list[str]) -> argparse.Namespace:
    faults = ", ".join(Fault)
    parser = argparse.ArgumentParser(
        prog="baton demo",
        description="Show the main job with a sandbox of Slack and PagerDuty on this machine.",
        epilog=f"{FAULT} makes PagerDuty fail whenever something is written to it, to see what happens: {faults}.",
    )
    parser.add_argument("--once", action="store_true", help="end when the story is told instead of staying up")
    return parser.parse_args(words)


async def run(*, once: bool) -> int:
    """The exit status. SIGINT and SIGTERM stop it at any point; the bot is stopped with it."""
    screen, stop = Screen(ZONE), _stop_signal()
    async with staged(screen, os.environ.get(FAULT)) as stage:
        told = await _unless(stop, _tell(stage, screen))
        if told is None:
            return 130
        if told and not once:
            screen.where_to_look(stage.slack.base_url, stage.bot.log)
            await _unless(stop, _stay(stage, screen))
    return 0 if told else 1


async def _tell(stage: Stage, screen: Screen) -> bool:
    try:
        await stage.bot.while_alive(tell(stage, screen))
    except WRONG as reason:
        screen.failed(str(reason), stage.bot.last_lines())
        return False
    return True


async def _stay(stage: Stage, screen: Screen) -> None:
    try:
        await stage.bot.while_alive(take_commands(stage, screen))
    except BotEnded as reason:
        screen.failed(str(reason), stage.bot.last_lines())


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
