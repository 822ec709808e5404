"""Has a picture drawn by a process of its own, one at a time, within a time limit.

The bot goes on meanwhile: it waits for the process as it waits for Slack. What the process is given is the picture and
the few variables that it needs; it sees none of the bot's secrets. Whatever happens to it is one error here.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Final

import structlog

from pictures.balance_values import BalancePicture
from pictures.values import Picture

log = structlog.get_logger()

LONGEST_SECONDS = 30.0
MOST_WAITING = 5
PASSED_ON = ("HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "XDG_CACHE_HOME", "MPLCONFIGDIR")
PNG: Final = b"\x89PNG\r\n\x1a\n"
ROOT = Path(__file__).parent.parent


class CannotDraw(Exception):
    """There is no picture; ``str()`` is a sentence for people."""


class Draughtsman:
    """Draws one picture after the other; ``command`` is the process that does it."""

    def __init__(self, command: tuple[str, ...] = (), longest: float = LONGEST_SECONDS) -> None:
        self._command = command or (sys.executable, "-m", "pictures")
        self._longest = longest
        self._turns = asyncio.Semaphore(1)
        self._waiting = 0

    async def draw(self, picture: Picture | BalancePicture) -> bytes:
        """A PNG. Raises CannotDraw."""
        if self._waiting >= MOST_WAITING:
            raise CannotDraw("Several pictures are being drawn already. Try again in a minute.")
        self._waiting += 1
        try:
            async with self._turns:
                return await self._drawn(picture.dump().encode())
        finally:
            self._waiting -= 1

    async def _drawn(self, values: bytes) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment()
            )
        except OSError as error:
            log.exception("the drawing process does not start")
            raise CannotDraw("The picture can't be drawn just now.") from error
        try:
            async with asyncio.timeout(self._longest):
                drawn, said = await process.communicate(values)
        except TimeoutError as error:
            log.warning("a picture took too long", seconds=self._longest)
            raise CannotDraw("The picture took too long to draw. Try again, or choose fewer days.") from error
        finally:
            await _end(process)
        if process.returncode or not drawn.startswith(PNG):
            log.error("a picture was not drawn", status=process.returncode, said=said.decode(errors="replace")[-2000:])
            raise CannotDraw("The picture can't be drawn just now. Whoever runs Baton finds the reason in its log.")
        return drawn


async def _end(process: asyncio.subprocess.Process) -> None:
    """Nobody is left behind, also where the waiting was given up."""
    if process.returncode is None:
        process.kill()
        await process.wait()


def _environment() -> dict[str, str]:
    """Baton may run from a folder that is no installation, so the process is told where it is. One thread is enough."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
