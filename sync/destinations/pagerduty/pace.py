"""How fast an account may be asked, by what its last reply said.

Every reply carries how many requests are left and in how many seconds the count starts anew. When none is left, the
next request waits for that. A 429 says the same by force; one without those headers makes the pause grow each time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 30.0

TOO_MANY_REQUESTS = 429


class Pace:
    """Remembers until when an account wants to be left alone."""

    def __init__(self) -> None:
        self._said_at: datetime | None = None
        self._seconds = 0.0
        self._blind_refusals = 0

    def pause(self, now: datetime) -> float:
        """Seconds to wait before the next request."""
        if self._said_at is None:
            return 0.0
        passed = now - self._said_at
        if passed < timedelta(0):  # a clock that was set back must not stretch the pause
            return 0.0
        return max(0.0, self._seconds - passed.total_seconds())

    def heard(self, response: httpx.Response, now: datetime) -> None:
        """Learn from a reply."""
        reset = _seconds(response.headers.get("ratelimit-reset"))
        if response.status_code == TOO_MANY_REQUESTS:
            self._wait(self._blind_pause() if reset is None else max(1.0, reset), now)
            return
        self._blind_refusals = 0
        spent = response.headers.get("ratelimit-remaining") == "0"
        self._wait(reset if spent and reset else 0.0, now)

    def _blind_pause(self) -> float:
        self._blind_refusals += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._blind_refusals - 1))

    def _wait(self, seconds: float, now: datetime) -> None:
        self._said_at, self._seconds = (now, seconds) if seconds else (None, 0.0)


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header is not None else None
    except ValueError:
        return None
