"""What people changed at the destination, remembered for as long as it can be taken back.

Importing an edit replaces who had the time here, and taking it back there must bring that person back. So an import
writes down whose time it was (*before*) and who has it now (*after*). It holds while the schedule here still says what
the import made of it, and while no item of ours says so as well; any change made here ends it. Over such time::

    before  after   shows there                       what happened                   so
    ann     bob     bob                               nothing                         in sync
    ann     bob     ann                               the edit was taken back         ann is restored here
    ann     bob     cem, by somebody else's item      it was edited again             cem is imported; ann stays before
    ann     bob     nobody, a layer, an item of ours  the edit was taken back         ann is restored here and exported
    ann     bob     nobody, ann's item is gone too    everything was removed there    nobody's: the import of a deletion
    ann     nobody  cem, by somebody else's item      it was filled again there       cem is imported

Edits of exported time beyond the horizon are remembered too: nothing is imported there, they are left alone, and when
the horizon has come so far, or something is confirmed here, they are overwritten. Such a memory (*beyond*) holds while
the edit is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from oncall.shifts import ShiftSource
from oncall.timeline import Interval, Segment, Timeline, Users
from storage.tables import RemoteEdit
from sync.context import Context
from sync.core.model import Action, Cell, Decision, Edit, Kind
from sync.ports import Seen

_OPEN = frozenset({Kind.DRIFTED, Kind.DELETED, Kind.UNPINNED})


def rows_of(edits: Iterable[Edit], destination_id: int) -> list[RemoteEdit]:
    """Values as rows of a destination."""
    return [
        RemoteEdit(
            destination_id=destination_id,
            starts_at=edit.start,
            ends_at=edit.end,
            before=edit.before,
            after=edit.after,
            imported_at=edit.at,
            beyond=edit.beyond,
        )
        for edit in edits
    ]


def marked(cells: Iterable[Cell], context: Context, seen: Seen) -> tuple[Cell, ...]:
    """The cells, cut where edits begin and end, with what follows from these."""
    edits = holding(context)
    if not edits:
        return tuple(cells)
    return tuple(piece for cell in cells for piece in _marked(cell, edits, context, seen))


def _marked(cell: Cell, edits: Sequence[Edit], context: Context, seen: Seen) -> Iterator[Cell]:
    touching = [edit for edit in edits if edit.start < cell.end and cell.start < edit.end]
    if not touching or cell.kind not in _OPEN | {Kind.FOREIGN}:
        yield cell
        return
    edges = {at for edit in touching for at in (edit.start, edit.end) if cell.start < at < cell.end}
    for start, end in pairwise(sorted({cell.start, *edges, cell.end})):
        piece = cell._replace(start=start, end=end)
        over = (edit for edit in touching if edit.start < end and start < edit.end)
        for edit in over:
            piece = _told(piece, edit, context, seen)
        yield piece


def _told(cell: Cell, edit: Edit, context: Context, seen: Seen) -> Cell:
    """A cell that lies in the time of an edit, with what the edit says about it."""
    theirs = bool(cell.remote) and not cell.own and seen.pinned.at(cell.start) == cell.remote
    if edit.beyond:
        renewed = any(
            at > edit.at and start < cell.end and cell.start < end for start, end, at in context.confirmed_since
        )
        return cell._replace(beyond=cell.kind in _OPEN, renewed=renewed)
    if edit.after is None:
        return cell._replace(kind=Kind.REFILLED) if cell.kind is Kind.FOREIGN and theirs else cell
    before = context.external_ids.get(edit.before or "")
    if cell.kind not in _OPEN or before is None or before in context.departed:
        return cell
    back = cell.remote == (before,) or not (theirs or _all_removed(cell, before, edit, context))
    return cell._replace(before=(before,)) if back else cell


def _all_removed(cell: Cell, before: str, edit: Edit, context: Context) -> bool:
    """Whether people removed what lay beneath the edit as well, after it was imported."""
    if cell.remote:
        return False
    mine = (item for item in context.ledger if item.destination_id == context.id and item.user == before)
    return any(
        item.removed_at is not None and not item.taken_back and item.removed_at > edit.at
        for item in mine
        if item.starts_at < cell.end and cell.start < item.ends_at
    )


def holding(context: Context) -> tuple[Edit, ...]:
    """What of the remembered edits still holds, so far as the schedule here can tell."""
    ahead = [edit for edit in context.edits if edit.end > context.now]
    if not ahead:
        return ()
    made = {after: _imported(context, after) for after in {edit.after for edit in ahead if not edit.beyond}}
    return tuple(
        part for edit in ahead for part in ([edit] if edit.beyond else _parts(edit, made[edit.after], context.now))
    )


def _imported(context: Context, user: str | None) -> Timeline:
    """Where the schedule here says ``user`` because an import says so, and no item of ours does."""
    shifts = (s for s in context.shifts if s.user == user and s.source is ShiftSource.IMPORT)
    time = Timeline.union(Segment(s.start, s.end, ("imported",)) for s in shifts)
    external = context.external_ids.get(user or "")
    if external is None:
        return time
    return time.subtract(Interval(s.start, s.end) for s in context.topmost().segments if s.users == (external,))


def _parts(edit: Edit, time: Timeline, now: datetime) -> list[Edit]:
    """The parts of an edit that lie in ``time``; one that lies there for all that is left of it stays whole."""
    left = Interval(max(edit.start, now), edit.end)
    parts = time.cut(left).segments
    if len(parts) == 1 and (parts[0].start, parts[0].end) == (left.start, left.end):
        return [edit]
    return [replace(edit, start=part.start, end=part.end) for part in parts]


def without(edits: Iterable[Edit], span: Interval) -> list[Edit]:
    """What is left of ``edits`` outside ``span``."""
    left: list[Edit] = []
    for edit in edits:
        if edit.start >= span.end or span.start >= edit.end:
            left.append(edit)
            continue
        if edit.start < span.start:
            left.append(replace(edit, end=span.start))
        if span.end < edit.end:
            left.append(replace(edit, start=span.end))
    return left


def after_import(context: Context, decision: Decision, seen: Seen, user: str | None) -> list[Edit]:
    """The edits once ``decision`` has given its time to ``user`` here."""
    cell = decision.cell
    span = Interval(cell.start, cell.end)
    left = without(context.edits, span)
    if decision.action is Action.RESTORE:
        return left
    if user is not None and (cell.own or seen.pinned.at(cell.start) != cell.remote):
        return left  # ours, or a layer, says so; that is no edit that could be taken back
    was = context.slack_user(cell.local[0]) if cell.local else None
    return [*left, *_replacing(context, span, was, user)]


def _replacing(context: Context, span: Interval, was: str | None, user: str | None) -> Iterator[Edit]:
    """The new edit over ``span``: before it was whoever had the time before an edit that still held there."""
    held = [edit for edit in holding(context) if not edit.beyond and edit.start < span.end and span.start < edit.end]
    edges = {at for edit in held for at in (edit.start, edit.end) if span.start < at < span.end}
    for start, end in pairwise(sorted({span.start, *edges, span.end})):
        earlier = next((edit.before for edit in held if edit.start < end and start < edit.end), was)
        if earlier is not None and earlier != user:
            yield Edit(start, end, earlier, user, context.now)


def after_look(context: Context, decisions: Iterable[Decision]) -> tuple[Edit, ...]:
    """What is to be remembered after a look, which also shows what was changed beyond the horizon."""
    held = [edit for edit in holding(context) if not edit.beyond]
    known = [edit for edit in context.edits if edit.beyond]
    left = [d.cell for d in decisions if d.action is Action.LATER or (d.cell.beyond and d.action is not Action.KEEP)]
    time = Timeline.union(Segment(cell.start, cell.end, ("left",)) for cell in left)
    return tuple(sorted([*held, *_left(time, known, context.now)], key=lambda edit: (edit.start, edit.end)))


def _left(time: Timeline, known: Sequence[Edit], now: datetime) -> Iterator[Edit]:
    for segment in time.segments:
        same = [edit for edit in known if (max(edit.start, now), edit.end) == (segment.start, segment.end)]
        yield same[0] if same else Edit(segment.start, segment.end, None, None, now, beyond=True)


def before_of(context: Context, start: datetime, users: Users) -> str | None:
    """Whose time it was before the edits that were imported at ``start``; else whose it is here."""
    held = (edit for edit in holding(context) if not edit.beyond and edit.start <= start < edit.end)
    was = context.slack_user(users[0]) if users else None
    return next((edit.before for edit in held if edit.before is not None), was)
