"""The three-way merge: what happened to each stretch of time since we last looked.

Time is cut at every boundary of every side into cells. In a cell, **B** is what we last confirmed at the destination,
**L** the local confirmed shift, **R** who is effectively on call there::

    B   L   R    kind         what happened
    ·   y   y    in sync      the destination shows the shift, by an item
    ·   y   y    unpinned     right by luck: somebody else's layer says so and may change under us
    ∅   y   ·    new          a shift that was never exported
    x   y   x    changed      we changed it
    x   x   y    drifted      somebody changed it there
    x   x   ∅    deleted      somebody removed it there
    x   y   z    conflict     both changed it
    x   ∅   ·    withdrawn    we took it away
    ∅   ∅   z    foreign      none of our business

Two masks come before every row but the first: *settling* (a write of ours younger than the read-back lag has not shown
up yet: no verdict at all) and *held* (the local person is unknown to the other side: their time is neither written nor
given to anybody else). Only ``window`` is looked at; it starts now, so a running shift is merged from now on.

**What differs first.** Where base, local, remote and pinned have the very same segment there is nothing to tell: it is
*agreed*, and no cell is made of it. What each side has besides is *loose*, and only that is cut into cells. Most looks
find everything agreed, and of a large schedule little is ever loose; that it costs next to nothing is why the merge
can afford to compare more sides than two (docs/adr/0035-what-differs-first.md). Segments of one side are disjoint, so
what is loose never meets agreed time, but for ``own``, ``held`` and ``settling``, which say nothing of it.

Which of these kinds leads to a write, an import or a wait is the mode's policy (:mod:`sync.core.policy`), not the
merge's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, pairwise, repeat
from typing import NamedTuple

from oncall.timeline import LAST, NOBODY, Interval, Segment, Timeline, Users, ordered
from sync.core.model import Action, Cell, Decision, Kind, Merged, Sides

Segments = Sequence[Segment]


def merge(sides: Sides) -> Merged:
    """What is agreed in the window, and the cells of what is not; where no side has anybody there is neither."""
    window = sides.window
    whole = [t.cut(window).segments for t in (sides.base, sides.local, sides.remote, sides.pinned, sides.own)]
    base, local, remote, pinned, own = _alike(whole)
    agreed, loose = _agreed(base, local, remote, pinned)
    if id(own) not in loose:
        loose[id(own)] = _parted(own, agreed).left
    apart = [loose[id(side)] for side in (base, local, remote, pinned, own)]
    masks = sides.held.cut(window).segments, sides.settling.cut(window).segments
    return Merged(Timeline(tuple(agreed)), tuple(_cells([*apart, *masks])))


def _alike(sides: Iterable[Segments]) -> list[Segments]:
    """The sides, with those that are equal as one object: what is worked out of it need not be worked out again."""
    found: list[Segments] = []
    for side in sides:
        found.append(next((other for other in found if other == side), side))
    return found


def _objects(sides: Iterable[Segments]) -> Iterable[Segments]:
    return {id(side): side for side in sides}.values()


def _agreed(*sides: Segments) -> tuple[Segments, dict[int, Segments]]:
    """What all of the sides have, and what each has besides, by the id of the side."""
    agreed, *others = _objects(sides)
    loose: dict[int, list[Segment]] = {id(agreed): []}
    for side in others:
        parted = _parted(agreed, side)
        for apart in loose.values():
            apart.extend(parted.left)
        agreed, loose[id(side)] = parted.both, parted.right
    return agreed, {side: sorted(apart) for side, apart in loose.items()}


class _Parted(NamedTuple):
    """The segments that two sides both have, and those that only one of them has."""

    both: list[Segment]
    left: list[Segment]
    right: list[Segment]


def _parted(side: Segments, other: Segments) -> _Parted:
    """One walk along both sides."""
    both, left, right = found = _Parted([], [], [])
    rest = iter(other)
    beside = next(rest, LAST)
    for segment in side:
        if segment != beside:
            while beside < segment:
                right.append(beside)
                beside = next(rest, LAST)
            if segment != beside:
                left.append(segment)
                continue
        both.append(segment)
        beside = next(rest, LAST)
    if beside is not LAST:
        right += [beside, *rest]
    return found


def _cells(sides: Sequence[Segments]) -> Iterator[Cell]:
    """Time cut at every boundary of base, local, remote, pinned, own, held and settling, where anybody is on call."""
    cuts = ordered(instant for side in _objects(sides) for start, end, _ in side for instant in (start, end))
    along = {id(side): _along(cuts, side) for side in _objects(sides)}
    columns = zip(pairwise(cuts), *(along[id(side)] for side in sides), strict=False)
    for (start, end), base, local, remote, pinned, own, held, settling in columns:
        if base or local or remote:
            kind = _kind(base, local, remote, pinned, settling, held)
            yield Cell(start, end, base, local, remote, kind, own == remote)


def _along(cuts: Sequence[datetime], side: Segments) -> list[Users]:
    """Whom a side has on call from each cut on."""
    if not side:
        return [NOBODY] * len(cuts)
    rest = chain(side, repeat(LAST))
    start, end, users = next(rest)
    found: list[Users] = []
    for cut in cuts:
        while end <= cut:
            start, end, users = next(rest)
        found.append(users if start <= cut else NOBODY)
    return found


def _kind(base: Users, local: Users, remote: Users, pinned: Users, settling: Users, held: Users) -> Kind:
    if local and remote == local == pinned:
        return Kind.IN_SYNC
    if not (local or base or held):
        return Kind.FOREIGN
    if settling:
        return Kind.SETTLING
    if held:
        return Kind.HELD
    if not local:
        return Kind.WITHDRAWN
    if remote == local:
        return Kind.UNPINNED
    if not base:
        return Kind.NEW
    if base == local:
        return Kind.DRIFTED if remote else Kind.DELETED
    return Kind.CHANGED if remote == base else Kind.CONFLICT


def everything(agreed: Timeline, decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions about all time, in order: agreed time is kept as it is."""
    if not agreed:
        return list(decisions)
    kept = (
        Decision(Cell(start, end, users, users, users, Kind.IN_SYNC, own=True), Action.KEEP)
        for start, end, users in agreed.segments
    )
    return sorted([*kept, *decisions], key=lambda decision: decision.cell.start)


def in_sync(agreed: Timeline, cells: Iterable[Cell]) -> Timeline:
    """Who is on call where the destination shows the local shifts, by items."""
    found = (Segment(cell.start, cell.end, cell.local) for cell in cells if cell.kind is Kind.IN_SYNC)
    return Timeline.of([*agreed.segments, *found])


def confirmed_base(agreed: Timeline, cells: Sequence[Cell], ours: Timeline) -> Timeline:
    """The new B after an observation: what is in sync is confirmed, what is withdrawn and gone is forgotten.

    ``ours`` is where the destination still carries items of ours; a withdrawn stretch stays in the base until they are
    gone, so that a removal that failed is tried again.
    """
    segments = list(agreed.segments)
    for cell in cells:
        users = _confirmed(cell)
        if users:
            segments.append(Segment(cell.start, cell.end, users))
    gone = Timeline.union(
        Segment(cell.start, cell.end, cell.base) for cell in cells if cell.kind is Kind.WITHDRAWN
    ).subtract(segment_interval(segment) for segment in ours.segments)
    return Timeline.of(segments).subtract(segment_interval(segment) for segment in gone.segments)


def _confirmed(cell: Cell) -> Users:
    """Held time is given up: the shift here is somebody else's by now, so what was confirmed says nothing any more."""
    if cell.kind is Kind.HELD:
        return NOBODY
    return cell.local if cell.kind is Kind.IN_SYNC else cell.base


def segment_interval(segment: Segment) -> Interval:
    return Interval(segment.start, segment.end)
