"""`python -m bot.in_demo`: `baton run` for the demo, which moves its clock.

Settings come from the environment as ever. Beside them, standard input and output are a pipe to the demo: it writes a
line with how far its clock is ahead of the machine's, the bot follows and answers when everything that became due by
that is done:

    demo → bot    {"ahead": 3600.0}                          in seconds; never less than before
    bot → demo    {"ahead": 3600.0, "next": "2026-…" | null}     when somebody is to be told something next

No setting and no option of `baton` leads here, and it refuses to run on anything but a Slack and a PagerDuty on this
machine's loopback: a clock that somebody moves would page the wrong people. When the demo is gone, it ends.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from bot.moving import Led, MovedClock
from bot.parts import CannotStart
from bot.run import serve
from bot.settings import Settings

log = structlog.get_logger()

NOT_HERE = "This way to start is for the demo alone: {} must be on this machine's loopback."


class Pipe:
    """The demo at the other end of standard input and output."""

    def __init__(self) -> None:
        self.clock = MovedClock()
        self._task: asyncio.Task[None] | None = None

    def lead(self, led: Led) -> None:
        self._task = asyncio.get_running_loop().create_task(self._follow(led))

    async def _follow(self, led: Led) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        try:
            while line := await reader.readline():
                _say(await self._moved(led, timedelta(seconds=json.loads(line)["ahead"])))
        except Exception:
            log.exception("the demo can't be followed")
        os.kill(os.getpid(), signal.SIGTERM)

    async def _moved(self, led: Led, ahead: timedelta) -> dict[str, Any]:
        await led.settle()
        await led.notice(self.clock.move_to(ahead))
        due = led.next_due
        return {"ahead": self.clock.offset.total_seconds(), "next": due.isoformat() if due else None}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def check_that_it_is_the_demo(settings: Settings) -> None:
    """Raises CannotStart where a real Slack or PagerDuty would be reached, or the database is not the demo's own."""
    for name, url in (("SLACK_API_URL", settings.slack_api_url), ("PAGERDUTY_API_URL", settings.pagerduty_api_url)):
        if not _is_loopback(urlsplit(url or "").hostname or ""):
            raise CannotStart(NOT_HERE.format(name))
    if not settings.database_url.startswith("sqlite"):
        raise CannotStart(NOT_HERE.format("BATON_DATABASE_URL"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main() -> None:
    settings = Settings()  # pyright: ignore[reportCallIssue] - values come from the environment
    try:
        check_that_it_is_the_demo(settings)
        asyncio.run(serve(settings, moved_by=Pipe()))
    except CannotStart as error:
        sys.exit(f"Baton can't start. {error}")


if __name__ == "__main__":
    main()
