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

Which of these kinds leads to a write, an import or a wait is the mode's policy (:mod:`sync.core.policy`), not the
merge's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, filterfalse, repeat
from operator import attrgetter, eq

from oncall.timeline import NOBODY, Interval, Segment, Timeline, Users, ordered
from sync.core.model import Cell, Kind, Sides

_START, _END, _USERS = attrgetter("start"), attrgetter("end"), attrgetter("users")


def merge(sides: Sides) -> tuple[Cell, ...]:
    """The cells of the window in order; stretches in which no side has anybody are left out."""
    columns = [
        _changes(timeline.cut(sides.window).segments)
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


def _cells(columns: list[dict[datetime, Users]]) -> Iterator[Cell]:
    cuts = ordered(chain.from_iterable(columns))
    base, local, remote, pinned, held, settling, own = (_along(cuts, column) for column in columns)
    kinds = map(_kind, base, local, remote, pinned, settling, held)
    ours = map(eq, own, remote)
    rest = repeat(False), repeat(NOBODY), repeat(False), repeat(False), repeat(False)
    cells = map(Cell._make, zip(cuts, cuts[1:], base, local, remote, kinds, ours, *rest, strict=False))
    return (cell for cell in cells if cell.local or cell.base or cell.remote)


def _along(cuts: list[datetime], changes: dict[datetime, Users]) -> list[Users]:
    """What one column says from each cut on."""
    if not changes:
        return [NOBODY] * len(cuts)
    if len(changes) == len(cuts):
        return [*map(changes.__getitem__, cuts)]
    current = NOBODY
    return [current := changes.get(cut, current) for cut in cuts]


def _changes(segments: tuple[Segment, ...]) -> dict[datetime, Users]:
    """Where a column changes and to whom: at every start, and at every end that no other start follows at once."""
    changes = dict(zip(map(_START, segments), map(_USERS, segments), strict=True))
    gaps = filterfalse(changes.__contains__, map(_END, segments))
    return changes | dict.fromkeys(gaps, NOBODY)


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
