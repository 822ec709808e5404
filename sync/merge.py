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

Which of these kinds leads to a write, an import or a wait is the mode's policy (:mod:`sync.policy`), not the merge's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import repeat

from oncall.timeline import NOBODY, Interval, Segment, Timeline, Users
from sync.model import Cell, Kind, Sides


def merge(sides: Sides) -> tuple[Cell, ...]:
    """The cells of the window in order; stretches in which no side has anybody are left out."""
    columns = [
        timeline.cut(sides.window).segments
        for timeline in (
            sides.base,
            sides.local,
            sides.remote,
            sides.pinned,
            sides.held,
            sides.settling,
            sides.own,
        )
    ]
    return tuple(_cells(columns))


def _cells(columns: list[tuple[Segment, ...]]) -> Iterator[Cell]:
    for start, end, (base, local, remote, pinned, held, settling, own) in _rows(columns):
        if base or local or remote:
            kind = _kind(base, local, remote, pinned, settling, held)
            yield Cell(start, end, base, local, remote, kind, own=bool(own) and own == remote)


def _rows(columns: list[tuple[Segment, ...]]) -> Iterator[tuple[datetime, datetime, tuple[Users, ...]]]:
    """Every stretch in which no column changes, with what each column says there."""
    changes = [dict(_changes(segments)) for segments in columns]
    cuts = sorted(set[datetime]().union(*changes))
    rows = zip(*(_along(cuts, column) for column in changes), strict=True)
    return zip(cuts, cuts[1:], rows, strict=False)


def _along(cuts: list[datetime], changes: dict[datetime, Users]) -> Iterable[Users]:
    """What one column says from each cut on."""
    if not changes:
        return repeat(NOBODY, len(cuts))
    current = NOBODY
    return [current := changes.get(cut, current) for cut in cuts]


def _changes(segments: tuple[Segment, ...]) -> Iterator[tuple[datetime, Users]]:
    """Where a column changes and to whom: at every start, and at every end that no other start follows at once."""
    end: datetime | None = None
    for segment in segments:
        if end is not None and end != segment.start:
            yield end, NOBODY
        yield segment.start, segment.users
        end = segment.end
    if end is not None:
        yield end, NOBODY


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


def confirmed_base(cells: tuple[Cell, ...], ours: Timeline) -> Timeline:
    """The new B after an observation: what is in sync is confirmed, what is withdrawn and gone is forgotten.

    ``ours`` is where the destination still carries items of ours; a withdrawn stretch stays in the base until they are
    gone, so that a removal that failed is tried again.
    """
    segments: list[Segment] = []
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
