"""A slow, obvious second opinion: time as a list of minutes, each with the set of people on call in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from oncall.timeline import Interval, Segment, Timeline

ZERO = datetime(2026, 1, 1, tzinfo=UTC)
LENGTH = 60
WHOLE = Interval(ZERO, ZERO + timedelta(minutes=LENGTH))

Minutes = list[frozenset[str]]


def minute(number: int) -> datetime:
    return ZERO + timedelta(minutes=number)


def interval(start: int, end: int) -> Interval:
    return Interval(minute(start), minute(end))


def by_minute(segments: Iterable[Segment]) -> Minutes:
    """Everybody whom any of the segments has on call in each minute."""
    found: list[set[str]] = [set() for _ in range(LENGTH)]
    for segment in segments:
        for number in range(LENGTH):
            if segment.start <= minute(number) < segment.end:
                found[number] |= set(segment.users)
    return [frozenset(users) for users in found]


def well_formed(timeline: Timeline) -> bool:
    """Sorted, disjoint, nobody stored, equal neighbours joined, users sorted without repeats."""
    segments = timeline.segments
    return all(s.start < s.end and s.users and list(s.users) == sorted(set(s.users)) for s in segments) and all(
        left.end < right.start or (left.end == right.start and left.users != right.users)
        for left, right in itertools.pairwise(segments)
    )


bounds = st.lists(st.integers(0, LENGTH), min_size=2, max_size=2, unique=True).map(sorted)
intervals = bounds.map(lambda ends: interval(*ends))
crews = st.sets(st.sampled_from("abcd"), min_size=1, max_size=2).map(lambda users: tuple(sorted(users)))
pieces = st.builds(lambda ends, users: Segment(minute(ends[0]), minute(ends[1]), users), bounds, crews)
piece_lists = st.lists(pieces, max_size=8)
timelines = piece_lists.map(Timeline.union)
