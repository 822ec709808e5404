"""Ids and instants as requests carry them: whatever can't be one is taken as not there.

Slack's own clients send back what Baton gave them, so anything else was made up. Ids have at most 18 digits, which
every database takes.
"""

from __future__ import annotations

from datetime import UTC, datetime

MOST_DIGITS = 18
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def id_of(value: object) -> int | None:
    """The id, from a number or from its digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 < value < 10**MOST_DIGITS else None
    if not isinstance(value, str) or len(value) > MOST_DIGITS or not (value.isascii() and value.isdecimal()):
        return None
    return int(value) or None


def instant_of(seconds: object) -> datetime | None:
    """The instant of so many seconds since 1970, of this millennium."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if not FIRST.timestamp() <= seconds < LAST.timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC)
