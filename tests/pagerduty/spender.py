"""A process of its own that uses a key: it refreshes the boards it is told to, one by one, and counts nothing itself.

Time is what a file says; whoever started the process moves it. Instead of sleeping, it says ``sleep SECONDS`` and goes
on when it is given a line. ``ready`` and ``done`` are what it says before and after a line's work.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from storage.database import Database
from sync.core.urgency import urgency
from sync.destinations import PagerDuty, Systems
from tests.pagerduty.support import WEEK


class FileClock:
    """The instant that a file holds, in seconds since 1970."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return datetime.fromtimestamp(float(self._file.read_text()), UTC)


def told(word: str) -> str:
    """Say something and wait for the next line."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()
    return sys.stdin.readline().strip()


async def _sleep(seconds: float) -> None:
    told(f"sleep {seconds}")


async def spend(url: str, database: str, key: str, clock: Path) -> None:
    shared = Database(database)
    systems = Systems(
        PagerDuty(clock=FileClock(clock), sleep=_sleep, api_url=url, database=shared, watch=lambda _exchange: None)
    )
    account = systems.account(1, subdomain="acme", region="us", key=key)
    try:
        line = told("ready")
        while line:
            word, *schedules = line.split()
            with urgency(word == "urgent"):
                for schedule in schedules:
                    await systems.board(account, schedule, "v2").look(WEEK)
            line = told("done")
    finally:
        await systems.aclose()
        await shared.close()


if __name__ == "__main__":
    asyncio.run(spend(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
