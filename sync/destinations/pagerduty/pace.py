"""How fast an account may be asked, by what its last reply said.

Every reply carries how many requests are left and in how many seconds the count starts anew. The budget belongs to the
key, not to this process: others may be using it at the same time, and what a reply says is out of date by whatever they
do until the next one. So the last few requests are left alone, and some more are kept for what is urgent::

    960 left  ....................................  48  ..........  4  ......  0
              anything                                urgent only      nobody

A 429 means that none is left; one without those headers makes the pause grow each time. The count starts anew every
minute; whoever says much longer is mistaken (a gateway that writes an instant there), and is waited for two minutes.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import httpx

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 30.0
LONGEST_RESET = 120.0

KEPT_FOR_URGENT = 1 / 20
LEFT_ALONE = 1 / 240

TOO_MANY_REQUESTS = 429


class Pace:
    """Remembers until when an account wants to be left alone."""

    def __init__(self) -> None:
        self._said_at: datetime | None = None
        self._seconds = 0.0
        self._routine_waits = False
        self._urgent_waits = False
        self._blind_refusals = 0
        self.replies = 0
        self.limit: int | None = None

    def pause(self, now: datetime, *, urgent: bool = False) -> float:
        """Seconds to wait before the next request."""
        if self._said_at is None or not (self._urgent_waits if urgent else self._routine_waits):
            return 0.0
        passed = now - self._said_at
        if passed < timedelta(0):  # a clock that was set back must not stretch the pause
            return 0.0
        return max(0.0, self._seconds - passed.total_seconds())

    def until(self, *, urgent: bool = False) -> datetime | None:
        """When the next request may be made, where one has to wait."""
        waits = self._urgent_waits if urgent else self._routine_waits
        return self._said_at + timedelta(seconds=self._seconds) if waits and self._said_at is not None else None

    def heard(self, response: httpx.Response, now: datetime) -> None:
        """Learn from a reply."""
        self.replies += 1
        reset = _number(response.headers.get("ratelimit-reset"))
        reset = min(LONGEST_RESET, reset) if reset is not None else None
        if response.status_code == TOO_MANY_REQUESTS:
            self._routine_waits = self._urgent_waits = True
            self._said_at, self._seconds = now, self._blind_pause() if reset is None else max(1.0, reset)
            return
        self._blind_refusals = 0
        left, limit = (_number(response.headers.get(f"ratelimit-{name}")) for name in ("remaining", "limit"))
        self.limit = int(limit) if limit else self.limit
        self._said_at, self._seconds = now, reset or 0.0
        self._routine_waits = left is not None and left <= int((limit or 0) * KEPT_FOR_URGENT)
        self._urgent_waits = left is not None and left <= int((limit or 0) * LEFT_ALONE)

    def _blind_pause(self) -> float:
        self._blind_refusals += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._blind_refusals - 1))


def _number(header: str | None) -> float | None:
    """What a header says; None where it makes no sense."""
    try:
        number = float(header) if header is not None else -1.0
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
