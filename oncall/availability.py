"""When somebody can't, would rather not, or would like to be on call: wishes as values, whoever entered them.

People enter wishes by hand, calendars bring them; what fills a role fairly reads nothing else of a person's life.
Where two wishes of one person meet, the stronger wins: can't beats rather not, which beats would like to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Leaning(StrEnum):
    """How somebody feels about being on call, the strongest first."""

    CANNOT = "cannot"
    RATHER_NOT = "rather_not"
    WOULD_LIKE = "would_like"


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """One person's wish about a half-open stretch of time, in UTC; ``user`` is a Slack id."""

    start: datetime
    end: datetime
    user: str
    leaning: Leaning
