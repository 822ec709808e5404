"""Rate limits: a fixed window of a minute per account key, or per user over all of that user's keys.

The window starts with the first request in it. Replies carry the tightest of the limits that apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

MINUTE = timedelta(seconds=60)


@dataclass(slots=True)
class _Window:
    opened: datetime
    used: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    limit: int
    remaining: int
    reset_seconds: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        return {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(self.remaining),
            "ratelimit-reset": str(self.reset_seconds),
        }


class RateLimits:
    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}

    def spend(self, bucket: str, limit: int, now: datetime) -> Allowance:
        """Count one request against a bucket."""
        window = self._windows.get(bucket)
        if window is None or not window.opened <= now < window.opened + MINUTE:
            window = self._windows[bucket] = _Window(now)
        exceeded = window.used >= limit
        if not exceeded:
            window.used += 1
        left = (window.opened + MINUTE - now).total_seconds()
        return Allowance(limit, limit - window.used, max(1, ceil(left)), exceeded)
