"""The bot as a child process, with an environment of its own: stopped as an operator would, and never left behind.

It is what `baton run` runs, but that its clock follows the demo's: a line goes in by its standard input, and an answer
comes by its standard output when everything that had become due is done (`bot/in_demo.py`).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

Outcome = TypeVar("Outcome")

STOP_SECONDS = 25
FOLLOW_SECONDS = 60
SHOWN_LINES = 15
KEPT_OUT = ("SLACK_", "PAGERDUTY_", "BATON_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class BotEnded(Exception):
    """The bot is not running any more, though nobody asked it to stop."""


@dataclass(frozen=True, slots=True)
class Bot:
    process: asyncio.subprocess.Process
    log: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def last_lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]

    async def follow(self, ahead: timedelta) -> datetime | None:
        """Put its clock ``ahead`` of the machine's and have done what is due by then; returns when somebody is to be
        told something next. Raises BotEnded."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self._turn:
            try:
                self.process.stdin.write(json.dumps({"ahead": ahead.total_seconds()}).encode() + b"\n")
                await self.process.stdin.drain()
                async with asyncio.timeout(FOLLOW_SECONDS):
                    answer = json.loads(await self.process.stdout.readline())
            except (OSError, ValueError, TimeoutError) as problem:
                raise BotEnded("the bot does not follow the clock any more") from problem
        return datetime.fromisoformat(answer["next"]) if answer["next"] else None

    async def while_alive(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        """Do the work; raises BotEnded as soon as the bot is gone."""
        doing, ended = asyncio.ensure_future(work), asyncio.ensure_future(self.process.wait())
        try:
            await asyncio.wait({doing, ended}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise BotEnded(f"the bot ended by itself with status {ended.result()}")
        finally:
            for task in (doing, ended):
                task.cancel()
            await asyncio.gather(doing, ended, return_exceptions=True)


@asynccontextmanager
async def running_bot(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Bot]:
    """The bot in an empty folder, with these settings and no others."""
    log = folder / "baton.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.in_demo"),
            cwd=folder,
            env=_environment(settings),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Bot(process, log)
    finally:
        await _stop(process)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(KEPT_OUT)}
    return {**kept, **settings}


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
