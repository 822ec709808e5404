"""One short line for many refused requests: whoever reaches the port can't fill the log.

Nothing that a request carries is written, only how many there were and the commonest reason.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import structlog

log = structlog.get_logger()

SECONDS_BETWEEN_LINES = 60.0


class RefusalLog:
    """Counts what was refused; writes at most one line a minute, the first one at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._said_at = float("-inf")
        self._unsaid: Counter[str] = Counter()
        self.total = 0

    def note(self, reason: str) -> None:
        self.total += 1
        self._unsaid[reason] += 1
        now = self._now()
        if now - self._said_at < SECONDS_BETWEEN_LINES:
            return
        commonest, _count = self._unsaid.most_common(1)[0]
        log.warning("requests refused", count=self._unsaid.total(), reason=commonest)
        self._said_at = now
        self._unsaid.clear()
