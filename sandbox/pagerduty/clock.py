"""The sandbox's clock: the only place where it learns what time it is.

A clock either runs along with the machine, shifted by an offset, or stands still until somebody moves it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """UTC time that can be set and moved. `Clock()` runs with the machine, `Clock(instant)` stands still."""

    def __init__(self, stands_at: datetime | None = None) -> None:
        self._stands_at = stands_at.astimezone(UTC) if stands_at else None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return self._stands_at or datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        self.set(self.now() + timedelta(seconds=seconds))

    def set(self, instant: datetime) -> None:
        """Move to an absolute instant; a running clock goes on running from there."""
        if self._stands_at is None:
            self._offset = instant - datetime.now(UTC)
        else:
            self._stands_at = instant.astimezone(UTC)

    def stop(self) -> None:
        """Stand still from now on."""
        self._stands_at = self.now()
