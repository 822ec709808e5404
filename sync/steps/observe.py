"""From what was loaded and what was seen to the sides of the merge, and from there to decisions and a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from oncall.timeline import Interval, Segment, Timeline
from storage.ledger import Entry
from storage.tables import Op
from sync.context import LAG, Context
from sync.core import plan as planning
from sync.core import plan_shifts
from sync.core.merge import everything, in_sync, merge, segment_interval
from sync.core.model import (
    BRINGS_HOME,
    Action,
    Cell,
    Decision,
    Kind,
    Mode,
    Owner,
    Phase,
    Plan,
    RemoteItem,
    Sides,
    Strategy,
)
from sync.core.policy import decide
from sync.ports import Listed, Seen
from sync.steps.edited_items import with_grown
from sync.steps.remembered_edits import marked
from sync.steps.standing_in import standing_in


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look at the destination amounts to. There are no cells of ``agreed`` time, and no decisions."""

    seen: Seen
    agreed: Timeline
    cells: tuple[Cell, ...]
    decisions: tuple[Decision, ...]

    def of(self, *actions: Action) -> tuple[Decision, ...]:
        return tuple(decision for decision in self.decisions if decision.action in actions)

    def in_sync(self) -> Timeline:
        """Who is on call where the destination shows the local shifts, by items."""
        return in_sync(self.agreed, self.cells)


def judge(context: Context, seen: Seen) -> Verdict:
    """Merge what was seen with what is known, and let the mode decide."""
    late = list(_late(context, seen))
    gone = [segment for op, segments in late if op.action == Phase.DELETE for segment in segments]
    settling = Timeline.union(Segment(s.start, s.end, ("settling",)) for _, segments in late for s in segments)
    own = context.carried() if seen.strategy is Strategy.SHIFTS else context.topmost()
    alone = standing_in(context, seen, own, settling)
    sides = Sides(
        window=seen.window,
        base=context.base.subtract(map(segment_interval, alone.segments)) if alone else context.base,
        local=context.local().overlay(alone) if alone else context.local(),
        remote=seen.effective,
        pinned=seen.by_layers.overlay(seen.pinned).subtract(segment_interval(segment) for segment in gone),
        held=context.held(),
        settling=settling,
        own=own,
    )
    merged = merge(sides)
    cells = with_grown(marked(merged.cells, context, seen), context, seen)
    if context.mode is Mode.BIDIRECTIONAL:
        cells = tuple(piece for cell in cells for piece in _with_fate(cell, context))
    decisions = decide(context.mode, cells, horizon_end=context.horizon_end, known=context.known)
    return Verdict(seen, merged.agreed, cells, decisions)


def _with_fate(cell: Cell, context: Context) -> Iterator[Cell]:
    """The cell, with the parts marked where the last item of ours for its person was taken away: by ourselves, or by
    somebody else."""
    if cell.kind not in (Kind.DRIFTED, Kind.DELETED):
        yield cell
        return
    span, user = Interval(cell.start, cell.end), cell.local[0]
    lifted, out = context.lifted(span, user), context.taken_out(span, user)
    edges = {at for s in (*lifted.segments, *out.segments) for at in (s.start, s.end)}
    for start, end in pairwise(sorted({cell.start, cell.end, *edges})):
        yield cell._replace(start=start, end=end, lifted=bool(lifted.at(start)), taken_out=bool(out.at(start)))


def needs_listing(verdict: Verdict, context: Context) -> bool:
    """Whether item ids are needed: something has to be written, or an item of ours lies where it shouldn't.

    The second is told from the ledger alone, which keeps an unchanged refresh at one request.
    """
    if verdict.of(Action.EXPORT, *BRINGS_HOME):
        return True
    return bool(plan_for(verdict, context, [*ledger_items(context), *_others(verdict, context)]))


def _others(verdict: Verdict, context: Context) -> Iterator[RemoteItem]:
    """Somebody else's items, so far as a look tells without a list: the right person shows, and not by ours."""
    if verdict.seen.strategy is Strategy.SHIFTS:
        return
    for piece in verdict.in_sync().diff(context.topmost()):
        if piece.before:
            yield RemoteItem(f"? {piece.start.isoformat()}", piece.before[0], piece.start, piece.end)


def plan_for(verdict: Verdict, context: Context, items: Iterable[RemoteItem]) -> Plan:
    boundaries = [instant for shift in context.shifts for instant in (shift.start, shift.end)]
    seen = verdict.seen
    if seen.strategy is Strategy.SHIFTS:
        decisions = everything(verdict.agreed, verdict.decisions)
        return plan_shifts.plan(decisions, items, seen.lines, seen.window, boundaries)
    return planning.plan(verdict.decisions, items, seen.window, boundaries, verdict.agreed)


def ledger_items(context: Context) -> list[RemoteItem]:
    """Our items as the ledger has them."""
    layers = _layers(context)
    return [
        RemoteItem(
            i.remote_id, i.user, i.starts_at, i.ends_at, Owner.MINE, i.on_line, i.overridden, layers[i.remote_id]
        )
        for i in context.mine
    ]


def _layers(context: Context) -> dict[str, int]:
    """The order in which the items of the ledger were made."""
    made = sorted(context.ledger, key=lambda item: (item.created_at, item.id))
    return {item.remote_id: place for place, item in enumerate(made)}


def owned(context: Context, listed: Iterable[Listed]) -> list[RemoteItem]:
    """Listed items with their owner, by the ledgers of every destination on this external schedule.

    The list lags: an item that we removed a moment ago is left out, one that we changed is taken as we left it.
    """
    owners = {item.remote_id: item for item in context.ledger}
    others = (item for item in context.ledger if item.destination_id != context.id)
    removed = context.deleted | {item.remote_id for item in others if _just_left(item, context)}
    changed = {op.remote_id: op for op in context.unshown if op.action == Phase.UPDATE}
    layers = _layers(context)
    return [
        _owned(item, _owner(owners.get(item.id), context.id), changed.get(item.id), layers.get(item.id, 0))
        for item in listed
        if item.id not in removed
    ]


def _just_left(item: Entry, context: Context) -> bool:
    """Whether an item is gone, but so lately that it may still be seen."""
    return item.removed_at is not None and context.now - item.removed_at < LAG


def _owned(item: Listed, owner: Owner, changed: Op | None, layer: int) -> RemoteItem:
    user, start, end = (
        (changed.user, changed.starts_at, changed.ends_at) if changed else (item.user, item.start, item.end)
    )
    return RemoteItem(item.id, user, start, end, owner, item.on, item.overridden, layer)


def _owner(item: Entry | None, destination_id: int) -> Owner:
    if item is None:
        return Owner.STRANGER
    return Owner.MINE if item.destination_id == destination_id else Owner.SIBLING


def shown(context: Context, seen: Seen, listed: Sequence[Listed] = ()) -> list[int]:
    """Operations whose effect is visible: a new item beyond doubt, a removal so far as nothing speaks against it.

    Where another item of ours may be why the person of a new one shows, the new one has to be in a list as well. And it
    is a list that tells whether somebody else's is why the person of a removed one shows. A new item that is in the
    list does its work as well where somebody else's, made after it, is why it does not show: that is an edit, no lag.
    """
    if not context.unshown:
        return []
    there = {item.id for item in listed}
    late = {op.id for op, spans in _late(context, seen, listed) if not _overlaid(op, spans, context, seen, listed)}
    repeated = _repeated(context)
    repeated -= {op.remote_id or "" for op in context.unshown if op.action == Phase.CREATE and op.remote_id in there}
    return [op.id for op in context.unshown if op.id not in late and op.remote_id not in repeated]


def in_doubt(context: Context, seen: Seen) -> bool:
    """Whether only a list can tell if a new item of ours is there (beneath another?), or if a removed one is gone."""
    made = {op.remote_id for op in context.unshown if op.action == Phase.CREATE}
    doubtful = bool(made) and not made.isdisjoint(_repeated(context))
    return doubtful or any(
        op.action == Phase.DELETE or not Timeline(spans).subtract(map(segment_interval, seen.pinned.segments))
        for op, spans in _late(context, seen)
    )


def _overlaid(op: Op, spans: tuple[Segment, ...], context: Context, seen: Seen, listed: Sequence[Listed]) -> bool:
    """Whether an item of ours is there, and does not show only because of items that others made after it was planned.

    A look that lags shows what was there before, so such an item proves that the look is no older than that.
    """
    if op.action == Phase.DELETE or op.beside is None or not any(_is(op, item) for item in listed):
        return False
    before = {item.remote_id for item in context.ledger}.union(op.beside)
    newer = (item for item in listed if item.id not in before)
    shows = (span for item in newer for span in _of(item.user, [seen.pinned], Interval(item.start, item.end)))
    return not Timeline(spans).subtract(shows)


def _is(op: Op, item: Listed) -> bool:
    return (item.id, item.user, item.end) == (op.remote_id, op.user, op.ends_at)


def _repeated(context: Context) -> set[str]:
    """Items of ours on time that another one names the same person on, or may name: a create that was lost can have
    worked, and one that went a moment ago may still be seen. That they are seen may be due to either."""
    mine = [(item.user, item.starts_at, item.ends_at, item.remote_id) for item in context.mine]
    maybe = [(op.user, op.starts_at, op.ends_at, "") for op in context.lost if op.action == Phase.CREATE]
    left = [(item.user, item.starts_at, item.ends_at, "") for item in context.ledger if _just_left(item, context)]
    found: set[str] = set()
    last = ("", context.now, context.now, "")
    for one in sorted([*mine, *maybe, *left]):
        user, start, end, name = one
        if last[0] == user and start < last[2]:
            found |= {last[3], name}
        if last[0] != user or last[2] < end:
            last = one
    return found - {""}


def _late(context: Context, seen: Seen, listed: Sequence[Listed] = ()) -> Iterator[tuple[Op, tuple[Segment, ...]]]:
    """Operations whose effect does not show where it should.

    Where another item names the person of a removed one as well, one of ours or of a list without the removed one,
    their being visible says nothing about the removal.
    """
    named = (context.carried(),) if context.unshown else ()
    there = {item.id for item in listed}
    for op in context.unshown:
        late = Timeline(_invisible(op, seen))
        if op.action == Phase.DELETE:
            late = late.subtract(_of(op.user, named, Interval(op.starts_at, op.ends_at)))
            others = (item for item in listed if op.remote_id not in there and item.user == op.user)
            late = late.subtract(Interval(item.start, item.end) for item in others)
        if late:
            yield op, late.segments


def _of(user: str, timelines: Iterable[Timeline], span: Interval) -> list[Interval]:
    return [Interval(s.start, s.end) for one in timelines for s in one.cut(span).segments if user in s.users]


def _invisible(op: Op, seen: Seen) -> tuple[Segment, ...]:
    """Where the effect of an operation does not show: a new item's person is missing, a removed one's still there."""
    span = Interval(op.starts_at, op.ends_at).clip(seen.window)
    if span is None:
        return ()
    there = _of(op.user, [seen.pinned], span)
    whole = Timeline((Segment(span.start, span.end, (op.user,)),))
    missing = whole.subtract(there)
    if op.action != Phase.DELETE:
        return missing.segments
    return whole.subtract(segment_interval(segment) for segment in missing.segments).segments
