"""Teams and shifts for the tests of fair assignment: short to write, and the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from oncall.availability import Leaning, Wish
from oncall.fairness import Member, Slot, Stand

MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NAMES = ("ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jon", "kim", "leo")


def team(number: int) -> tuple[Member, ...]:
    return tuple(Member(name) for name in NAMES[:number])


def slot(day: float, length: float = 1.0, role: str = "primary", kind: str = "day", **more: object) -> Slot:
    """A slot that begins ``day`` days after a Monday at 9 and lasts ``length`` days."""
    start = MONDAY + day * DAY
    return Slot(start, start + length * DAY, role, f"{role} {day:g}", kind, **more)  # type: ignore[arg-type]


def days(number: int, role: str = "primary") -> tuple[Slot, ...]:
    """A slot a day, with a kind for each day of the week."""
    return tuple(
        slot(day, 1, role, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day % 7]) for day in range(number)
    )


def stand(user: str, day: float, length: float = 1.0, role: str = "primary", kind: str = "day") -> Stand:
    start = MONDAY + day * DAY
    return Stand(start, start + length * DAY, user, role, kind)


def away(user: str, day: float, length: float = 1.0, leaning: Leaning = Leaning.CANNOT) -> Wish:
    start = MONDAY + day * DAY
    return Wish(start, start + length * DAY, user, leaning)


def counted(users: Iterable[str | None]) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for user in users:
        found[user] = found.get(user, 0) + 1
    return found
