"""The bot as a child process, with an environment of its own: stopped as an operator would, and never left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Outcome = TypeVar("Outcome")

STOP_SECONDS = 25
SHOWN_LINES = 15
KEPT_OUT = ("SLACK_", "PAGERDUTY_", "BATON_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class BotEnded(Exception):
    """The bot is not running any more, though nobody asked it to stop."""


@dataclass(frozen=True, slots=True)
class Bot:
    process: asyncio.subprocess.Process
    log: Path

    def last_lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]

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
    """`baton run` in an empty folder, with these settings and no others."""
    log = folder / "baton.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=folder,
            env=_environment(settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
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
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
