"""Releases of the IANA time zone database: their order and their age."""

from __future__ import annotations

import re
from datetime import date

RELEASED = {
    "2025a": date(2025, 1, 17),
    "2025b": date(2025, 3, 23),
    "2025c": date(2025, 12, 13),
    "2026a": date(2026, 4, 3),
    "2026b": date(2026, 4, 24),
    "2026c": date(2026, 7, 10),
    "2026d": date(2026, 9, 12),
    "2026e": date(2026, 9, 30),
    "2026f": date(2026, 10, 28),
}
"""When PyPI got them. A release doesn't say when it is from, so one that is not listed here is dated by its name."""

NAME = re.compile(r"\b([0-9]{4}[a-z]{1,2})\b")


def order(version: str) -> tuple[int, int, str]:
    """Sorts names of releases: 2025z comes before 2025za, and what has no name before everything."""
    found = NAME.fullmatch(version)
    return (int(version[:4]), len(version), version) if found else (0, 0, "")


def released(version: str) -> date | None:
    """The day a release came out, or the earliest that it can have; None for what has no name."""
    if order(version) == order(""):
        return None
    if version in RELEASED:
        return RELEASED[version]
    before = [day for known, day in RELEASED.items() if order(known) < order(version)]
    return max([date(int(version[:4]), 1, 1), *before])
