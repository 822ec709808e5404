"""From decisions to operations: which items to create and which to delete so that the targets become visible.

On a schedule of overrides the item created last is the one that shows. That gives the plan its shape: whatever is
wrong is covered by a new item first, and what is obsolete is deleted afterwards, so nobody is ever off call in between.

1. **Our items that are obsolete.** An item of ours is right while every future cell of it wants its person. One that
   also covers a cell that wants somebody else, or nobody, goes; cells that must not be touched have no say. It stays
   for now where it is what shows and our write that follows it has not shown up yet. And it stays beneath somebody
   else's item that shows whom the cell wants: whoever takes that item back must not leave a hole. What else has
   changed below such an item of ours is covered, unless nobody is wanted there.
2. **Our items that repeat others.** Of items of ours that serve the same cells, one is kept: the one that was made
   last where a foreign item may lie between them.
3. **Foreign items.** One that shows the wrong person is deleted only when every future cell of it is ours to fill.
   A larger one stays and is covered, as is one that another destination made.
4. **What to create.** A cell needs a new item unless what stays behind is sure to show the right person: all remaining
   items on it name that person, or the one that shows today stays (of our own, the last made is the one that may
   show). New items end at the boundaries of local shifts, one per confirmed shift. What of ours lies wholly below
   them, and below later ones of ours, goes.

Operations are sorted by (phase, start, user).

Most items lie alone in time that is *agreed* (:mod:`sync.core.merge`) and name whom it has on call. Nothing follows
from them, so they are put aside first. All others are *loose*: these are laid over the decisions and over the agreed
time that they touch.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, pairwise, repeat
from operator import attrgetter

from oncall.timeline import LAST, Interval, Segment, Timeline, Users, ordered
from sync.core.merge import everything
from sync.core.model import (
    Action,
    Decision,
    Kind,
    Owner,
    Phase,
    Plan,
    PlannedOp,
    RemoteItem,
)

_START, _END, _TARGET = attrgetter("start"), attrgetter("end"), attrgetter("target")
NOTHING = Timeline()
Instants = list[datetime]


def plan(
    decisions: Sequence[Decision],
    items: Iterable[RemoteItem],
    window: Interval,
    boundaries: Iterable[datetime] = (),
    agreed: Timeline = NOTHING,
) -> Plan:
    """The operations that make the targets of ``decisions`` visible, and leave ``agreed`` time as it is.

    ``items`` are the overrides on the schedule that touch ``window``; ``boundaries`` are the instants at which local
    shifts begin or end, where new items are cut.
    """
    now = window.start
    future = _loose(sorted((item for item in items if item.end > now), key=_START), agreed.segments)
    board = _Board(*_pieces(everything(_touched(agreed, future), decisions), future), future)
    foreign = board.foreign(window)
    removed = foreign | board.obsolete(foreign)
    removed |= board.repeated(removed)
    lacking = board.lacking(removed)
    removed |= board.renewed(lacking, removed)
    creates = _creates(board.wanted(lacking), sorted(boundaries))
    deletes = (
        PlannedOp(Phase.DELETE, item.start, item.user, item.end, item.id, recognised=item.owner is not Owner.STRANGER)
        for item in future
        if item.id in removed
    )
    return Plan(tuple(sorted([*creates, *deletes])))


def _loose(items: Sequence[RemoteItem], agreed: Sequence[Segment]) -> tuple[RemoteItem, ...]:
    """The items without those that lie alone in agreed time and name its person; given by start, kept by id as well."""
    rest = chain(agreed, repeat(LAST))
    since, until, users = next(rest)
    reached = since  # what begins before all agreed time is loose anyway
    loose: list[RemoteItem] = []
    aside: RemoteItem | None = None
    for item in items:
        start, end = item.start, item.end
        while until < end:
            since, until, users = next(rest)
        if aside is not None and start < aside.end:
            loose.append(aside)
            aside = None
        if reached <= start and since <= start and item.user in users:
            aside = item
        else:
            loose.append(item)
        if reached < end:
            reached = end
    return tuple(sorted(loose, key=attrgetter("start", "id")))


def _touched(agreed: Timeline, items: Sequence[RemoteItem]) -> Timeline:
    """The agreed segments that one of the items lies on."""
    if not items:
        return NOTHING
    found: list[Segment] = []
    rest = chain(items, repeat(None))
    item, reached = next(rest), items[0].start
    for segment in agreed.segments:
        while item is not None and item.start < segment.end:
            item, reached = next(rest), max(reached, item.end)
        if segment.start < reached:
            found.append(segment)
    return Timeline(tuple(found))


class _Board:
    """Decisions and items laid over each other; both are in order of their start.

    Decisions are disjoint and gaps between them are nobody's. Their boundaries include those of the items. On most
    pieces lies one item; only where there are more is a list of them kept, in ``_piled``.
    """

    def __init__(
        self, decisions: Sequence[Decision], starts: Instants, ends: Instants, items: tuple[RemoteItem, ...]
    ) -> None:
        self.pieces = decisions
        self._targets = [*map(_TARGET, decisions)]
        self._settling = {index for index, (cell, _) in enumerate(decisions) if cell.kind is Kind.SETTLING}
        self._items = items
        self._alone: list[RemoteItem | None] = [None] * len(decisions)
        self._piled: dict[int, list[RemoteItem]] = {}
        self._spans: dict[str, range] = {}
        for item, span in zip(items, _spans(starts, ends, items), strict=True):
            self._spans[item.id] = span
            for index in span:
                self._lay(item, index)

    def _lay(self, item: RemoteItem, index: int) -> None:
        lowest = self._alone[index]
        if lowest is None:
            self._alone[index] = item
        else:
            self._piled.setdefault(index, [lowest]).append(item)

    def _under(self, index: int) -> Sequence[RemoteItem]:
        """The items on a piece, in their order."""
        alone = self._alone[index]
        return self._piled.get(index) or ([alone] if alone else [])

    def obsolete(self, foreign: frozenset[str]) -> frozenset[str]:
        """Items of ours that are wrong once the ``foreign`` ones are gone."""
        wrong = [item for item in self._items if item.owner is Owner.MINE and not self._right(item, foreign)]
        return frozenset(item.id for item in wrong if not self._needed(item))

    def _right(self, item: RemoteItem, gone: frozenset[str]) -> bool:
        """Whether every future cell of an item of ours wants its person (time that no side fills is no cell)."""
        span = self._spans[item.id]
        wanted = self._targets
        wrong = [i for i in span if item.user not in wanted[i] and (wanted[i] or not self.pieces[i].neutral)]
        if not wrong:
            return bool(span)
        return all(wanted[i] for i in wrong) and any(self._beneath(i, gone) for i in wrong)

    def _beneath(self, index: int, gone: frozenset[str]) -> bool:
        """Whether somebody else's item, and none of ours, shows whom this piece wants."""
        piece, wanted = self.pieces[index], self._targets[index]
        if piece.cell.kind is not Kind.IN_SYNC:
            return False
        owners = {item.owner for item in self._under(index) if item.user in wanted and item.id not in gone}
        return Owner.STRANGER in owners and Owner.MINE not in owners

    def _needed(self, item: RemoteItem) -> bool:
        """Whether somewhere its person is the only one known to be on call, until a write of ours shows up."""
        where = self._settling and self._settling.intersection(self._spans[item.id])
        return any(self.pieces[index].relies_on(item.user) for index in where)

    def repeated(self, removed: frozenset[str]) -> frozenset[str]:
        """Items of ours that others of ours make needless."""
        return self._spared({item.id: item for pile in self._piled.values() for item in pile}, removed)

    def renewed(self, lacking: Iterable[int], removed: frozenset[str]) -> frozenset[str]:
        """Items of ours that the new ones make needless, or these and others of ours."""
        anew = frozenset(lacking)
        return self._spared({item.id: item for index in anew for item in self._under(index)}, removed, anew)

    def _spared(
        self, items: Mapping[str, RemoteItem], removed: frozenset[str], anew: frozenset[int] = frozenset()
    ) -> frozenset[str]:
        """Those of ours that show nowhere but on the pieces ``anew``, or needlessly; short and old ones go first."""
        gone = set(removed)
        mine = [item for item in items.values() if item.owner is Owner.MINE and item.id not in removed]
        for item in sorted(mine, key=lambda i: (i.end - i.start, i.layer, i.id)):
            span = self._spans[item.id]
            if all(index in anew or self._needless(item, self._under(index), gone) for index in span):
                gone.add(item.id)
        return frozenset(gone - removed)

    def _needless(self, item: RemoteItem, under: Sequence[RemoteItem], gone: Container[str]) -> bool:
        """Whether another of ours shows on this piece of ``item`` as well: it was made later, or nothing differs."""
        others = [other for other in under if other is not item and other.id not in gone]
        alike = [other for other in others if other.owner is Owner.MINE and other.user == item.user]
        agreed = all(other.user == item.user for other in others)
        return any(agreed or other.layer > item.layer for other in alike)

    def wanted(self, indices: Iterable[int]) -> Iterator[tuple[datetime, datetime, Users]]:
        """Who is to be on call on these pieces, and when."""
        for index in indices:
            cell = self.pieces[index].cell
            yield cell.start, cell.end, self._targets[index]

    def foreign(self, window: Interval) -> frozenset[str]:
        return frozenset(
            item.id for item in self._items if item.owner is Owner.STRANGER and self._removable(item, window)
        )

    def _removable(self, item: RemoteItem, window: Interval) -> bool:
        if item.end > window.end:
            return False
        covered = [self.pieces[index] for index in self._spans[item.id]]
        wrong = any(
            d.action is Action.EXPORT and item.user in d.cell.remote and item.user not in d.target for d in covered
        )
        return wrong and all(d.target for d in covered) and contiguous(covered, max(item.start, window.start), item.end)

    def lacking(self, removed: frozenset[str]) -> list[int]:
        """Pieces whose target would not be visible once ``removed`` are gone."""
        in_sync = Kind.IN_SYNC
        doubtful = {index for index, (cell, _) in enumerate(self.pieces) if cell.kind is not in_sync}
        doubtful.update(index for item in removed for index in self._spans[item])
        return [
            index
            for index in sorted(doubtful)
            if (target := self._targets[index])
            and not _stays_visible(target, self.pieces[index].cell.kind is in_sync, self._under(index), removed)
        ]


def _spans(starts: Instants, ends: Instants, items: Iterable[RemoteItem]) -> Iterator[range]:
    """Which decisions each item touches; one walk along both, as both are in order of their start."""
    count = len(starts)
    first = 0
    for item in items:
        while first < count and ends[first] <= item.start:
            first += 1
        last = first
        while last < count and starts[last] < item.end:
            last += 1
        yield range(first, last)


def _pieces(
    decisions: Sequence[Decision], items: Sequence[RemoteItem]
) -> tuple[Sequence[Decision], Instants, Instants]:
    """``decisions`` cut at the item boundaries inside them, so that an item covers a piece whole or not at all; with
    where they start and end."""
    pieces = list(_cut_at(ordered(chain(map(_START, items), map(_END, items))), decisions))
    return pieces, *_starts_and_ends(pieces)


def _starts_and_ends(decisions: Sequence[Decision]) -> tuple[Instants, Instants]:
    cells = [cell for cell, _ in decisions]
    return [*map(_START, cells)], [*map(_END, cells)]


def _cut_at(edges: Sequence[datetime], decisions: Iterable[Decision]) -> Iterator[Decision]:
    at = 0
    for decision in decisions:
        cell = decision.cell
        while at < len(edges) and edges[at] <= cell.start:
            at += 1
        if at == len(edges) or edges[at] >= cell.end:
            yield decision
            continue
        cuts = [cell.start, *_between(edges, cell.start, cell.end), cell.end]
        for start, end in pairwise(cuts):
            yield decision._replace(cell=cell._replace(start=start, end=end))


def _between(instants: Sequence[datetime], start: datetime, end: datetime) -> Sequence[datetime]:
    """Those of the sorted ``instants`` that lie strictly inside."""
    return instants[bisect_right(instants, start) : bisect_left(instants, end)]


def contiguous(decisions: Sequence[Decision], start: datetime, end: datetime) -> bool:
    """Whether they cover ``[start, end)`` without a gap."""
    at = start
    for decision in decisions:
        if decision.cell.start > at:
            return False
        at = decision.cell.end
    return at >= end


def _stays_visible(wanted: Users, in_sync: bool, items: Iterable[RemoteItem], removed: frozenset[str]) -> bool:
    """Whether one of ``wanted`` shows on a piece once ``removed`` are gone from the ``items`` on it."""
    if in_sync and not any(item.id in removed for item in items):
        return True
    remaining = [item for item in items if item.id not in removed]
    if remaining and all(item.user in wanted for item in remaining):
        return True
    if not in_sync:
        return False
    hiding = max((item.layer for item in remaining if item.owner is Owner.MINE and item.user in wanted), default=-1)
    gone = (item for item in items if item.id in removed and item.user in wanted)
    return all(i.owner is Owner.MINE and i.layer < hiding for i in gone)


def _creates(lacking: Iterable[tuple[datetime, datetime, Users]], boundaries: Instants) -> list[PlannedOp]:
    """New items for pieces in order: neighbours of one person become one item, unless a shift ends between them."""
    ops: list[PlannedOp] = []
    for start, end, users in lacking:
        for user in users:
            last = ops[-1] if ops else None
            if last and last.end == start and last.user == user and not _is_one(boundaries, start):
                ops[-1] = PlannedOp(Phase.CREATE, last.start, user, end)
            else:
                ops.append(PlannedOp(Phase.CREATE, start, user, end))
    return [piece for op in ops for piece in _split(op, boundaries)]


def _is_one(instants: Instants, instant: datetime) -> bool:
    """Whether it is one of the sorted instants."""
    index = bisect_left(instants, instant)
    return index < len(instants) and instants[index] == instant


def _split(op: PlannedOp, boundaries: Instants) -> Iterable[PlannedOp]:
    """``op`` cut at the boundaries strictly inside it."""
    first = bisect_right(boundaries, op.start)
    if first == len(boundaries) or boundaries[first] >= op.end:
        return (op,)
    edges = ordered([op.start, *_between(boundaries, op.start, op.end), op.end])
    return [PlannedOp(op.phase, a, op.user, b) for a, b in pairwise(edges)]
