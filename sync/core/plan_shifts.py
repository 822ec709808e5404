"""From decisions to operations where items add up: custom shifts, and overrides that name what they replace.

Nobody is replaced by something on top. Everybody whom a *line* puts on call is on call: each rotation is a line, and so
is each custom shift. An override takes the place of one person on one line::

    rotation R    |------ ann ------|------ bob ------|             ann, then bob
    override on R           |- cem -|                               cem instead of ann
    custom shift S                         |-------- dan -------|   dan as well

So a stretch shows exactly the wanted person when every line there shows that person or nobody, and at least one does:

1. **Our items that are obsolete.** As on a schedule of overrides: one that covers a stretch that wants somebody else,
   or nobody. So is an override whose person is no longer on its line. Not yet, as there, is one that shows where our
   write that follows it has not shown up. And, as there, one stays that lies beneath somebody else's override by whom
   the stretch wants.
2. **Our items that repeat others** go; they would page one person twice.
3. **Foreign items.** One that shows the wrong person is deleted only when every future stretch of it is ours to fill.
4. **Lines that show the wrong person** get an override by the wanted person, line by line: a rotation because it isn't
   ours, a larger custom shift because the rest of it isn't.
5. **Stretches that no line fills** get a custom shift. New items end where local shifts do, one per confirmed shift.

What of ours lies wholly below new overrides goes. What is wanted and what is obsolete then meet in
:mod:`sync.core.plan_changes`, which prefers changing an item in place, unless somebody else's override may lie above
it. A schedule without rotations is the plain case: one custom shift per confirmed shift.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from oncall.timeline import Interval
from sync.core.model import (
    Action,
    Decision,
    Kind,
    Line,
    Owner,
    Phase,
    Plan,
    PlannedOp,
    RemoteItem,
)
from sync.core.plan import contiguous
from sync.core.plan_changes import arrange


def plan(
    decisions: Sequence[Decision],
    items: Iterable[RemoteItem],
    lines: Iterable[Line],
    window: Interval,
    boundaries: Iterable[datetime] = (),
) -> Plan:
    """The operations that make the targets of ``decisions`` visible; parameters as in :func:`sync.core.plan.plan`."""
    future = tuple(item for item in items if item.end > window.start)
    ahead = tuple(line for line in lines if line.end > window.start)
    cuts = frozenset(boundaries)
    edges = sorted({instant for one in (*future, *ahead) for instant in (one.start, one.end)} | cuts)
    ground = _Ground([piece for decision in decisions for piece in _pieces(decision, edges)], future, ahead)
    foreign = ground.foreign(window)
    obsolete = ground.obsolete(foreign)
    gone = ground.repeated(obsolete) | foreign
    wants = ground.wants(obsolete | gone)
    gone |= ground.buried(wants, obsolete | gone)
    fixed = ground.contested(gone)
    changes, unused = arrange(
        _joined(wants, cuts),
        kept=[i for i in future if i.owner is Owner.MINE and i.id not in obsolete | gone | fixed],
        obsolete=[i for i in future if i.id in obsolete - fixed],
        cuts=cuts,
        now=window.start,
    )
    gone |= obsolete & fixed
    deletes = [_delete(item) for item in future if item.id in gone or item in unused]
    return Plan(tuple(sorted([*changes, *deletes])))


def _delete(item: RemoteItem) -> PlannedOp:
    return PlannedOp(
        Phase.DELETE,
        item.start,
        item.user,
        item.end,
        item.id,
        recognised=item.owner is not Owner.STRANGER,
        on=item.on,
        overridden=item.overridden,
    )


@dataclass(frozen=True, slots=True)
class _Showing:
    """What a line shows once the removed items are gone; None where that can't be told. ``beneath`` is whose it is."""

    user: str | None
    beneath: str


class _Ground:
    """Decisions, items and lines laid over each other, cut so that each covers a piece whole or not at all."""

    def __init__(self, pieces: Sequence[Decision], items: tuple[RemoteItem, ...], lines: tuple[Line, ...]) -> None:
        self._pieces = pieces
        self._starts = [piece.cell.start for piece in pieces]
        self._ends = [piece.cell.end for piece in pieces]
        self._items = items
        self._by_id = {item.id: item for item in items}
        self._above: dict[str, list[RemoteItem]] = {}
        for item in items:
            self._above.setdefault(item.on, []).append(item)
        self._lines: list[list[Line]] = [[] for _ in pieces]
        self._lines_on: dict[str, list[Line]] = {}
        for line in lines:
            self._lines_on.setdefault(line.on, []).append(line)
            for index in self._span(line):
                self._lines[index].append(line)

    def _span(self, one: RemoteItem | Line) -> range:
        return range(bisect_right(self._ends, one.start), bisect_left(self._starts, one.end))

    def _mine(self) -> list[RemoteItem]:
        return [item for item in self._items if item.owner is Owner.MINE]

    def obsolete(self, foreign: frozenset[str]) -> frozenset[str]:
        """Items of ours that are wrong once the ``foreign`` ones are gone."""
        return frozenset(item.id for item in self._mine() if not self._right(item, foreign) or self._idle(item))

    def _right(self, item: RemoteItem, gone: frozenset[str]) -> bool:
        span = self._span(item)
        served = [self._pieces[index] for index in span]
        if any(piece.relies_on(item.user) for piece in served):
            return True
        wrong = [index for index in span if not self._pieces[index].neutral and not self._serves(item, index)]
        if not wrong:
            return bool(served)
        return all(self._pieces[i].target for i in wrong) and any(self._beneath_another(item, i, gone) for i in wrong)

    def _serves(self, item: RemoteItem, index: int) -> bool:
        return item.user in self._pieces[index].target

    def _beneath_another(self, item: RemoteItem, index: int, gone: frozenset[str]) -> bool:
        """Whether somebody else's override takes its place on this piece, by whom the piece wants."""
        piece = self._pieces[index]
        if piece.cell.kind is not Kind.IN_SYNC:
            return False
        on, whom = item.on or item.id, item.overridden or item.user
        return any(
            line.on == on and line.user in piece.target and self._foreign(line.item, gone) and self._takes(line, whom)
            for line in self._lines[index]
        )

    def _foreign(self, item_id: str, gone: frozenset[str]) -> bool:
        item = self._by_id.get(item_id)
        return item_id not in {"", *gone} and (item is None or item.owner is Owner.STRANGER)

    def _takes(self, line: Line, user: str) -> bool:
        """Whether an override takes the place of ``user``; one that was not listed is taken to."""
        return line.item not in self._by_id or self._beneath(line) == user

    def _idle(self, item: RemoteItem) -> bool:
        """Whether an override replaces nobody: its line shows, and whom it names is nowhere on it."""
        there = [line for line in self._lines_on.get(item.on, ()) if line.start < item.end and item.start < line.end]
        return bool(item.on and there) and all(
            line.item != item.id and self._beneath(line) not in ("", item.overridden) for line in there
        )

    def repeated(self, removed: frozenset[str]) -> frozenset[str]:
        """Items of ours whose every piece another kept one serves on the same line: the one that began first, or the
        one that was made last where somebody else's may lie between them."""
        served: set[tuple[str, str, int]] = set()
        repeated: set[str] = set()
        kept = [item for item in self._mine() if item.id not in removed]
        contested = self.contested(removed)
        newest = sorted((item for item in kept if item.id in contested), key=lambda i: (-i.layer, i.id))
        first = sorted(kept, key=lambda i: (i.start, -i.end.timestamp(), i.id))
        for item in [*newest, *(item for item in first if item.id not in contested)]:
            places = {(item.on, item.overridden, index) for index in self._span(item)}
            if served.issuperset(places):
                repeated.add(item.id)
            served.update(places)
        return frozenset(repeated)

    def foreign(self, window: Interval) -> frozenset[str]:
        strangers = (item for item in self._items if item.owner is Owner.STRANGER and item.user)
        return frozenset(item.id for item in strangers if self._removable(item, window))

    def _removable(self, item: RemoteItem, window: Interval) -> bool:
        covered = [self._pieces[index] for index in self._span(item)]
        if item.end > window.end or not covered or not all(piece.target for piece in covered):
            return False
        wrong = any(
            p.action is Action.EXPORT and item.user in p.cell.remote and item.user not in p.target for p in covered
        )
        return wrong and contiguous(covered, max(item.start, window.start), item.end)

    def wants(self, removed: frozenset[str]) -> list[PlannedOp]:
        """What has to be created, piece by piece, once ``removed`` are gone."""
        return [
            want
            for index, piece in enumerate(self._pieces)
            for user in piece.target[:1]
            for want in self._lacking(index, piece, user, removed)
        ]

    def buried(self, wants: Iterable[PlannedOp], removed: frozenset[str]) -> frozenset[str]:
        """Items of ours that would lie wholly below new ones."""
        anew = {(want.start, want.on, want.overridden) for want in wants}
        return frozenset(
            item.id
            for item in self._mine()
            if item.id not in removed and (span := self._span(item))
            if all((self._starts[index], item.on, item.overridden) in anew for index in span)
        )

    def contested(self, removed: frozenset[str]) -> frozenset[str]:
        """Overrides of ours for the same place as somebody else's. Of two, the one made last shows, and a change in
        place doesn't bring the older one to the top."""
        foreign = {
            (item.on, item.overridden)
            for item in self._items
            if item.on and item.owner is not Owner.MINE and item.id not in removed
        }
        return frozenset(item.id for item in self._mine() if (item.on, item.overridden) in foreign)

    def _lacking(self, index: int, piece: Decision, user: str, removed: frozenset[str]) -> list[PlannedOp]:
        cell = piece.cell
        lines = [line for line in self._lines[index] if line.on not in removed]
        shows = {(line.on, (showing := self._showing(line, removed)).beneath): showing.user for line in lines}
        wrong = sorted((on, beneath) for (on, beneath), shown in shows.items() if shown not in (user, "") and beneath)
        if wrong:
            return [PlannedOp(Phase.CREATE, cell.start, user, cell.end, on=on, overridden=who) for on, who in wrong]
        if user in shows.values() or self._unseen(piece, user, removed, {line.on for line in lines}):
            return []
        return [PlannedOp(Phase.CREATE, cell.start, user, cell.end)]

    def _unseen(self, piece: Decision, user: str, removed: frozenset[str], lines: set[str]) -> bool:
        """Whether an item of ours serves the piece that the look did not show (yet): a second one would page twice."""
        return any(
            item.owner is Owner.MINE and item.user == user and item.id not in removed and item.id not in lines
            for item in self._above.get("", ())
            if item.start <= piece.cell.start and piece.cell.end <= item.end
        )

    def _showing(self, line: Line, removed: frozenset[str]) -> _Showing:
        beneath = self._beneath(line)
        if line.item not in removed:
            return _Showing(line.user, beneath)
        left = {
            item.user
            for item in self._above.get(line.on, ())
            if item.id not in removed and item.overridden == beneath and item.start < line.end and line.start < item.end
        }
        if not left:
            return _Showing(beneath, beneath)
        return _Showing(left.pop() if len(left) == 1 else None, beneath)

    def _beneath(self, line: Line) -> str:
        """Whose stretch of the line it is, whoever takes their place; empty when that is unknown."""
        if not line.item:
            return line.user
        override = self._by_id.get(line.item)
        return override.overridden if override else ""


def _pieces(decision: Decision, edges: Sequence[datetime]) -> list[Decision]:
    cell = decision.cell
    inner = edges[bisect_right(edges, cell.start) : bisect_left(edges, cell.end)]
    cuts = [cell.start, *inner, cell.end]
    return [decision._replace(cell=cell._replace(start=a, end=b)) for a, b in pairwise(cuts)]


def _joined(wants: Iterable[PlannedOp], cuts: frozenset[datetime]) -> list[PlannedOp]:
    """Neighbouring pieces for one person on one line as one item, unless a shift ends between them."""
    last: dict[tuple[str, str, str], int] = {}
    joined: list[PlannedOp] = []
    for want in wants:
        key = (want.user, want.on, want.overridden)
        place = last.get(key)
        if place is not None and joined[place].end == want.start and want.start not in cuts:
            joined[place] = joined[place]._replace(end=want.end)
        else:
            last[key] = len(joined)
            joined.append(want)
    return joined
