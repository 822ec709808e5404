"""Has a calendar read by a process of its own, two at a time, within limits; the bot goes on meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog

from oncall.availability import Leaning, Wish
from oncall.timeline import Interval
from services.availability.calendar_troubles import Trouble

log = structlog.get_logger()

LONGEST_SECONDS = 60.0
AT_ONCE = 2
MOST_TIMES = 2000
COMMAND = (sys.executable, "-m", "services.availability")
PASSED_ON = ("HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "PYTHONTZPATH")
ROOT = Path(__file__).parent.parent.parent
NO_CALENDAR = "What is there is no calendar, but perhaps a page that shows one. Copy the address that ends in .ics."
CUT_OFF = "What the server sent ended too early."
TOO_LONG = "It takes too long to read: it may hold an event that repeats without end every minute."

_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


async def read_calendar(body: bytes, user: str, zone: str, emails: Sequence[str], window: Interval) -> list[Wish]:
    """What a calendar says of ``user`` in ``window``. Raises Trouble."""
    seconds = [int(window.start.timestamp()), int(window.end.timestamp())]
    asked = json.dumps({"zone": zone, "emails": list(emails), "window": seconds}).encode() + b"\n"
    async with _turn():
        answer = await _asked(asked + body)
    if not answer.get("calendar"):
        raise Trouble(NO_CALENDAR, for_good=True)
    if "times" not in answer:
        raise Trouble(CUT_OFF)
    times = answer["times"]
    if len(times) > MOST_TIMES:
        raise Trouble(f"It has more than {MOST_TIMES} times away within a year.", for_good=True)
    return [Wish(_instant(start), _instant(end), user, Leaning(leaning)) for start, end, leaning in times]


def _turn() -> asyncio.Semaphore:
    """One for each loop; a program has one, tests have many."""
    loop = asyncio.get_running_loop()
    for other in [one for one in _turns if one.is_closed()]:
        del _turns[other]
    return _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE))


async def _asked(what: bytes) -> dict[str, list[tuple[int, int, str]]]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    process = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            answer, said = await process.communicate(what)
    except TimeoutError as error:
        raise Trouble(TOO_LONG, for_good=True) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        ended = said.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
        log.warning("a calendar was not read", status=process.returncode, error=ended)
        raise Trouble(TOO_LONG if process.returncode < 0 else "It can't be read.", for_good=True)
    return json.loads(answer)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
