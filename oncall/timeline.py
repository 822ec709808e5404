"""Who is on call when, as arithmetic on half-open intervals.

A :class:`Timeline` is a sorted run of disjoint segments ``[start, end)``, each with the set of people on call
in it. Two rules hold for every timeline, so that equal coverage is always an equal value:

* adjacent segments with equal people are one segment;
* an empty set of people is a gap, and a gap is never stored.

Binary operations sweep both operands once, cutting time at every boundary of either::

    a        |--- x ---|     |--- y ---|
    b             |------ z ------|
    overlay  |-x--|----- z -------|-y--|     b wins where b has anybody
    diff     |    |  x/z | -/z|y/z|    |     cells where the two differ

Instants are timezone-aware and in UTC; nothing here knows a time zone.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, NamedTuple, cast

Users = tuple[str, ...]
"""People on call at once: user keys, sorted, without repeats. Empty means nobody."""

NOBODY: Users = ()

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open stretch of time ``[start, end)``; instants in UTC, ``start < end``."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"an interval ends after it starts: {self.start.isoformat()} – {self.end.isoformat()}")

    def clip(self, other: Interval) -> Interval | None:
        """The part inside ``other``, or None when the two don't meet."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


class Segment(NamedTuple):
    """``users`` are on call in ``[start, end)``; instants in UTC.

    A named tuple, so that thousands are made and compared without a step of Python each
    (docs/adr/0035-what-differs-first.md).
    """

    start: datetime
    end: datetime
    users: Users


@dataclass(frozen=True, slots=True)
class Difference:
    """In ``[start, end)`` one timeline has ``before`` and the other ``after``."""

    start: datetime
    end: datetime
    before: Users
    after: Users


LAST = Segment(END_OF_TIME, END_OF_TIME, NOBODY)
"""After every segment of any timeline; it ends a walk along one."""


def people(*users: str) -> Users:
    """The sorted set of ``users`` as a timeline stores it."""
    return tuple(sorted(set(users)))


@lru_cache(maxsize=1 << 14)
def alone(user: str) -> Users:
    """One person on call; the same object each time, so that timelines share it, and are compared the sooner."""
    return (user,)


def ordered(instants: Iterable[datetime]) -> list[datetime]:
    """``instants`` in order, each once; quick where they come in few ascending runs, as boundaries do.

    Neighbours are compared, nothing is hashed: hashing an instant takes ten times as long as comparing two.
    """
    return [instant for instant, _ in itertools.groupby(sorted(instants))]


def _boundaries(segments: Iterable[Segment]) -> list[datetime]:
    return [instant for start, end, _ in segments for instant in (start, end)]


def merged(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Join touching equal neighbours and drop gaps; ``segments`` come sorted and disjoint."""
    held: Segment | None = None
    for segment in segments:
        if not segment.users:
            continue
        if held is not None and held.end == segment.start and held.users == segment.users:
            held = Segment(held.start, segment.end, held.users)
            continue
        if held is not None:
            yield held
        held = segment
    if held is not None:
        yield held


Part = tuple[datetime, datetime, Users]
"""A stretch and who is on call in it, before it is known to be a segment of its own."""

_segment = cast(Callable[[Part], Segment], partial(cast(Any, tuple).__new__, Segment))
"""A segment of its parts, at a third of what calling the class costs."""


def joined(parts: Iterable[Part]) -> tuple[Segment, ...]:
    """As :func:`merged`, of plain tuples: thousands of them are made where rotations are read."""
    found: list[Part] = []
    until, held = None, NOBODY
    for part in parts:
        start, end, users = part
        if users and users == held and start == until:
            found[-1] = found[-1][0], end, users
        elif users:
            found.append(part)
        until, held = end, users
    return tuple(map(_segment, found))


@dataclass(frozen=True, slots=True)
class Timeline:
    """Sorted, disjoint, merged segments. Build one with :meth:`of` unless the segments are known to be in order."""

    segments: tuple[Segment, ...] = ()

    @classmethod
    def of(cls, segments: Iterable[Segment]) -> Timeline:
        """Sort and merge; raises ValueError when two segments overlap."""
        ordered = sorted(segments, key=attrgetter("start"))
        for left, right in itertools.pairwise(ordered):
            if right.start < left.end:
                raise ValueError(f"segments overlap at {right.start.isoformat()}")
        return cls(tuple(merged(ordered)))

    @classmethod
    def union(cls, segments: Iterable[Segment]) -> Timeline:
        """Everybody of every segment; where segments overlap, all their people are on call."""
        pieces = sorted(segments, key=attrgetter("start"))
        if all(left.end <= right.start for left, right in itertools.pairwise(pieces)):
            return cls(tuple(merged(pieces)))
        cuts = ordered(_boundaries(pieces))
        starting: dict[datetime, list[Users]] = {}
        ending: dict[datetime, list[Users]] = {}
        for piece in pieces:
            starting.setdefault(piece.start, []).append(piece.users)
            ending.setdefault(piece.end, []).append(piece.users)
        active: list[Users] = []
        cells: list[Segment] = []
        for start, end in itertools.pairwise(cuts):
            for users in ending.get(start, ()):
                active.remove(users)
            active.extend(starting.get(start, ()))
            cells.append(Segment(start, end, people(*(user for users in active for user in users))))
        return cls(tuple(merged(cells)))

    @classmethod
    def stacked(cls, segments: Sequence[Segment]) -> Timeline:
        """Segments laid on top of each other in the order given: where they overlap, the last one shows."""
        starting = sorted(range(len(segments)), key=lambda place: segments[place].start)
        cuts = ordered(_boundaries(segments))
        open_: list[int] = []
        cells: list[Segment] = []
        at = 0
        for start, end in itertools.pairwise(cuts):
            while at < len(starting) and segments[starting[at]].start <= start:
                heapq.heappush(open_, -starting[at])
                at += 1
            while open_ and segments[-open_[0]].end <= start:
                heapq.heappop(open_)
            if open_:
                cells.append(Segment(start, end, segments[-open_[0]].users))
        return cls(tuple(merged(cells)))

    def at(self, instant: datetime) -> Users:
        """Who is on call at ``instant``."""
        segment = self.segment_at(instant)
        return segment.users if segment else NOBODY

    def segment_at(self, instant: datetime) -> Segment | None:
        """The segment that ``instant`` falls into, or None in a gap."""
        index = bisect_right(self.segments, instant, key=attrgetter("start")) - 1
        if index >= 0 and instant < self.segments[index].end:
            return self.segments[index]
        return None

    def cut(self, window: Interval) -> Timeline:
        """Only what lies inside ``window``."""
        first = bisect_right(self.segments, window.start, key=attrgetter("end"))
        last = bisect_left(self.segments, window.end, key=attrgetter("start"))
        inside = self.segments[first:last]
        if not inside or (window.start <= inside[0].start and inside[-1].end <= window.end):
            return self if len(inside) == len(self.segments) else Timeline(inside)
        cut = list(inside)
        cut[0] = Segment(max(cut[0].start, window.start), cut[0].end, cut[0].users)
        cut[-1] = Segment(cut[-1].start, min(cut[-1].end, window.end), cut[-1].users)
        return Timeline(tuple(cut))

    def subtract(self, holes: Iterable[Interval]) -> Timeline:
        """Everything outside ``holes``."""
        mask = Timeline.union(Segment(hole.start, hole.end, ("hole",)) for hole in holes)
        return Timeline(_painted(self.segments, mask.segments, visible=False))

    def overlay(self, other: Timeline) -> Timeline:
        """``other`` wherever it has anybody, this timeline elsewhere."""
        return Timeline(_painted(self.segments, other.segments, visible=True))

    def diff(self, other: Timeline) -> tuple[Difference, ...]:
        """Where the two differ: ``before`` is this timeline's, ``after`` the other's."""
        return tuple(Difference(s, e, a, b) for s, e, a, b in cells(self, other) if a != b)

    def gaps(self, window: Interval) -> tuple[Interval, ...]:
        """The stretches of ``window`` in which nobody is on call."""
        gaps: list[Interval] = []
        at = window.start
        for segment in self.cut(window).segments:
            if at < segment.start:
                gaps.append(Interval(at, segment.start))
            at = segment.end
        if at < window.end:
            gaps.append(Interval(at, window.end))
        return tuple(gaps)

    def handoffs(self) -> tuple[datetime, ...]:
        """Every instant at which the set of people changes, gaps included, in order."""
        return tuple(ordered(_boundaries(self.segments)))

    def __bool__(self) -> bool:
        return bool(self.segments)


def _painted(base: tuple[Segment, ...], top: tuple[Segment, ...], *, visible: bool) -> tuple[Segment, ...]:
    """``base`` outside of ``top``, and ``top`` itself if it is ``visible``; what lies between covers is taken whole."""
    pieces: list[Segment] = []
    at, size, since = 0, len(base), None
    for cover in top:
        start, end = cover.start, cover.end
        first = at
        while at < size and base[at].end <= start:
            at += 1
        if first < at:
            _lay(pieces, _after(since, base[first]))
            pieces += base[first + 1 : at]
        if at < size and base[at].start < start and since != start:
            _lay(pieces, Segment(_after(since, base[at]).start, start, base[at].users))
        if visible:
            _lay(pieces, cover)
        while at < size and base[at].end <= end:
            at += 1
        since = end
    if at < size:
        _lay(pieces, _after(since, base[at]))
        pieces += base[at + 1 :]
    return tuple(pieces)


def _after(since: datetime | None, segment: Segment) -> Segment:
    """The part of a segment from ``since`` on."""
    return segment if since is None or since <= segment.start else Segment(since, segment.end, segment.users)


def _lay(pieces: list[Segment], segment: Segment) -> None:
    """Put a segment behind the others; where it goes on with the last, make that one longer."""
    last = pieces[-1] if pieces else None
    if last is not None and last.end == segment.start and last.users == segment.users:
        pieces[-1] = Segment(last.start, segment.end, last.users)
    else:
        pieces.append(segment)


def cells(a: Timeline, b: Timeline) -> Iterator[tuple[datetime, datetime, Users, Users]]:
    """Cut time at every boundary of either: ``(start, end, users of a, users of b)``; gaps of both are skipped."""
    cuts = ordered([*_boundaries(a.segments), *_boundaries(b.segments)])
    left, right = _Cursor(a), _Cursor(b)
    for start, end in itertools.pairwise(cuts):
        in_a, in_b = left.users_at(start), right.users_at(start)
        if in_a or in_b:
            yield start, end, in_a, in_b


class _Cursor:
    """Reads a timeline at instants that only grow, in linear time over all reads."""

    __slots__ = ("_index", "_segments")

    def __init__(self, timeline: Timeline) -> None:
        self._segments = timeline.segments
        self._index = 0

    def users_at(self, instant: datetime) -> Users:
        while self._index < len(self._segments) and self._segments[self._index].end <= instant:
            self._index += 1
        if self._index < len(self._segments) and self._segments[self._index].start <= instant:
            return self._segments[self._index].users
        return NOBODY
