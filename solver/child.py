"""Has a problem solved by a process of its own, one at a time, within a time limit.

The bot goes on meanwhile: it waits for the process as it waits for Slack. Whatever happens to that (it is not
installed, it crashes, it takes too long, it is wrong), there is a plan: the best that was heard of so far and that
keeps all rules, or else greedy's. So there is no error here but being cancelled.

    process says          what is used
    ───────────────────   ─────────────────────────────
    its last line         that, once it was checked
    some lines, no end    the last of them, once it was checked; not proven
    nothing, or nonsense  greedy's, made here in a thread
    a plan with mistakes  greedy's, and the log has a defect
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import structlog

from oncall.fairness import Problem, Solution, deal, mistakes, problem_text, solution_from

log = structlog.get_logger()

LONGEST_SECONDS = 90.0
LONGEST_LINE = 1 << 24
PASSED_ON = ("HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "PYTHONTZPATH")
ROOT = Path(__file__).parent.parent


class Solver:
    """Solves one problem after the other; ``command`` is the process that does it."""

    def __init__(self, command: tuple[str, ...] = (), longest: float = LONGEST_SECONDS) -> None:
        self._command = command or ((sys.executable, "-m", "solver") if find_spec("highspy") else ())
        self._longest = longest
        self._turns = asyncio.Semaphore(1)

    async def solve(self, problem: Problem) -> Solution:
        """A plan that keeps all hard rules."""
        async with self._turns:
            found = await self._heard(problem) if self._command else None
        if found is not None:
            wrong = mistakes(problem, found)
            if not wrong:
                return found
            log.error("the solver's plan is wrong, which is a defect: greedy's is used", mistakes=wrong[:10])
        return await asyncio.to_thread(deal, problem)

    async def _heard(self, problem: Problem) -> Solution | None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment(), limit=LONGEST_LINE
            )
        except OSError:
            log.exception("the solving process does not start: greedy's plan is used")
            return None
        lines: list[bytes] = []
        try:
            async with asyncio.timeout(self._longest):
                await _talk(process, problem, lines)
        except TimeoutError:
            log.warning("a plan took too long", seconds=self._longest, plans=len(lines))
        finally:
            await _end(process)
        return _last(lines, process.returncode)


async def _talk(process: Process, problem: Problem, lines: list[bytes]) -> None:
    """Collects what the process says until it ends."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):
        process.stdin.write(problem_text(problem).encode())
        await process.stdin.drain()
    process.stdin.close()
    async for line in process.stdout:
        lines[:] = [line]
    await process.wait()


def _last(lines: list[bytes], status: int | None) -> Solution | None:
    if status:
        log.warning("the solving process did not come to its end", status=status)
    try:
        return solution_from(lines[-1].decode()) if lines else None
    except (ValueError, TypeError, KeyError):
        log.exception("the solving process says what is no plan: greedy's is used")
        return None


async def _end(process: Process) -> None:
    """Nobody is left behind, also where the waiting was given up."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment() -> dict[str, str]:
    """Baton may run from a folder that is no installation, so the process is told where it is. One thread is enough."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}
