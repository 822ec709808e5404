"""When somebody can't, would rather not, or would like to be on call: wishes as values, whoever entered them.

People enter wishes by hand, calendars bring them; what fills a role fairly reads nothing else of a person's life.
Where two wishes of one person meet, the stronger wins: can't beats rather not, which beats would like to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.civil import first_instant, last_instant, wall_time
from oncall.timeline import Interval, Segment, Timeline

WEEK = timedelta(days=7)
LONGEST_REPEATED = WEEK
"""What comes again each week is no longer than that."""


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


def weekly(first: Interval, zone: str, until: datetime, window: Interval) -> Iterator[Interval]:
    """``first`` and what follows it each week at the same wall time of ``zone``, where it touches ``window``.

    Those that start before ``until`` count. A time that clocks skip altogether is left out.
    """
    start, end = wall_time(first.start, zone), wall_time(first.end, zone)
    ahead = max(0, (window.start - first.end) // WEEK - 1)
    start, end = start + ahead * WEEK, end + ahead * WEEK
    while (begins := first_instant(start, zone)) < min(until, window.end):
        ends = last_instant(end, zone)
        if begins < ends and ends > window.start:
            yield Interval(begins, ends)
        start, end = start + WEEK, end + WEEK


def settled(wishes: Iterable[Wish], window: Interval) -> list[Wish]:
    """What holds of these in ``window``: for each person disjoint and in order, the strongest where several meet."""
    by_user: dict[str, list[Wish]] = {}
    for wish in wishes:
        by_user.setdefault(wish.user, []).append(wish)
    return sorted(one for user, own in by_user.items() for one in _of_one(user, own, window))


def _of_one(user: str, wishes: list[Wish], window: Interval) -> Iterator[Wish]:
    strength = [*reversed(Leaning)]
    layers = sorted(wishes, key=lambda wish: strength.index(wish.leaning))
    stack = Timeline.stacked([Segment(wish.start, wish.end, (wish.leaning,)) for wish in layers])
    for segment in stack.cut(window).segments:
        yield Wish(segment.start, segment.end, user, Leaning(segment.users[0]))
