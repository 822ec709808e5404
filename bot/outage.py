"""While the database is away everything that looks into it fails: a line a minute instead of a traceback each time."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from storage.trouble import DatabaseTrouble

log = structlog.get_logger()

SECONDS_BETWEEN_LINES = 60.0
QUIET_SECONDS = 15.0
"""Without trouble, before it is said to be over: where a disk is full, reading works all the same."""


class Outage:
    """What one part of a process could not do meanwhile; the first failure is said at once."""

    def __init__(self, at: str, now: Callable[[], float] = time.monotonic) -> None:
        self._at, self._now = at, now
        self._said_at = self._last = float("-inf")
        self._since: float | None = None
        self._unsaid = 0

    def note(self, error: DatabaseTrouble) -> None:
        """Something failed by it."""
        now = self._last = self._now()
        self._since = now if self._since is None else self._since
        self._unsaid += 1
        if now - self._said_at < SECONDS_BETWEEN_LINES:
            return
        log.error("the database can't be used", reason=error.why, said=_said(error), at=self._at, count=self._unsaid)
        self._said_at, self._unsaid = now, 0

    def passed(self) -> None:
        """Something was done."""
        if self._since is None or self._now() - self._last < QUIET_SECONDS:
            return
        log.info("the database can be used again", at=self._at, seconds=round(self._last - self._since))
        self._said_at, self._since, self._unsaid = float("-inf"), None, 0


def _said(error: DatabaseTrouble) -> str:
    """The driver's own words, on one line."""
    return " ".join(str(getattr(error.__cause__, "orig", None) or "").split())
