"""What is about to change, in words a person can check, and the name of exactly that.

A *change* is a stretch of time with who is on call at the destination now and who would be afterwards. Neighbouring
stretches that change alike are one. What a plan takes away without changing who is on call (an item of ours that
somebody else's hides, or one too many) is listed as well: nothing is done that was not shown.

The digest names the whole set: two sets have the same digest only when the same would be done. What begins now begins
now in both, so the minutes that pass between showing and agreeing don't count.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import TypeVar

from oncall.timeline import Timeline
from sync.core.merge import everything
from sync.core.model import Action, Cell, Decision, Kind, Plan

NOWHERE = Timeline()
TAKE = "take"
"""In place of a digest: take over here what is there, instead of writing."""
NOTHING = "nothing"
"""The word of an admin who was shown that nothing waits."""


class ChangeKind(StrEnum):
    """What a change does to the destination, or, for the last two, to the schedule here.

    *Pin* adds an item for somebody who is on call there already, by nothing but somebody else's layer."""

    ADD = "add"
    PIN = "pin"
    REPLACE = "replace"
    REMOVE = "remove"
    IMPORT = "import"
    UNASSIGN = "unassign"


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` is on call there now, ``after`` would be; external ids, empty for nobody.

    ``undoes`` says that somebody changed the destination and this takes it back, ``changed_by`` who did, where that is
    known. Where something of ``before`` is removed that does not show, ``after`` is who is on call there before and
    after.
    """

    start: datetime
    end: datetime
    kind: ChangeKind
    before: str
    after: str
    undoes: bool = False
    changed_by: str = ""


Span = TypeVar("Span", Change, Cell)


def changes(decisions: Sequence[Decision], plan: Plan, now: datetime, agreed: Timeline = NOWHERE) -> tuple[Change, ...]:
    """What would change, in order. ``agreed`` is the time of which nothing had to be decided."""
    visible = _visible(decisions)
    removals = list(_removals(everything(agreed, decisions), plan, visible, now)) if plan.deletes else []
    return tuple(sorted([*visible, *removals], key=lambda change: (change.start, change.end)))


def _visible(decisions: Iterable[Decision]) -> list[Change]:
    joined: list[Change] = []
    for decision in decisions:
        change = _change(decision)
        if change is None:
            continue
        if joined and _same_but_later(joined[-1], change):
            joined[-1] = replace(joined[-1], end=change.end)
        else:
            joined.append(change)
    return joined


def _removals(decisions: Sequence[Decision], plan: Plan, visible: Sequence[Change], now: datetime) -> Iterator[Change]:
    """What the plan removes where no decision changes anything: time that was never ours to fill, or what is hidden."""
    cells = [decision.cell for decision in decisions]
    for op in plan.deletes:
        start = max(op.start, now)
        there = _touching(cells, start, op.end)
        shown = [cell for cell in there if cell.kind in (Kind.FOREIGN, Kind.REFILLED) and op.user in cell.remote]
        for cell in shown:
            yield Change(max(start, cell.start), min(op.end, cell.end), ChangeKind.REMOVE, op.user, "")
        if not shown and not _touching(visible, start, op.end):
            stays = next((user for cell in there for user in cell.remote), "")
            yield Change(start, op.end, ChangeKind.REMOVE, op.user, stays)


def _touching(spans: Sequence[Span], start: datetime, end: datetime) -> Sequence[Span]:
    """Those of the disjoint, sorted ``spans`` that overlap a stretch."""
    first = bisect_right(spans, start, key=attrgetter("end"))
    return spans[first : bisect_left(spans, end, key=attrgetter("start"))]


def _same_but_later(first: Change, second: Change) -> bool:
    return first.end == second.start and replace(second, start=first.start, end=first.end) == first


def _change(decision: Decision) -> Change | None:
    cell = decision.cell
    before, local = "".join(cell.remote[:1]), "".join(cell.local[:1])
    undoes = cell.kind in (Kind.DRIFTED, Kind.DELETED, Kind.CONFLICT)
    match decision.action:
        case Action.EXPORT if cell.kind is Kind.UNPINNED:
            return Change(cell.start, cell.end, ChangeKind.PIN, local, local)
        case Action.EXPORT:
            kind = ChangeKind.REPLACE if before and before != local else ChangeKind.ADD
            return Change(cell.start, cell.end, kind, before if before != local else "", local, undoes)
        case Action.REMOVE if cell.remote == cell.base:
            return Change(cell.start, cell.end, ChangeKind.REMOVE, before, "")
        case Action.IMPORT:
            return Change(cell.start, cell.end, ChangeKind.IMPORT, local, before)
        case Action.RESTORE:
            return Change(cell.start, cell.end, ChangeKind.IMPORT, local, cell.before[0])
        case Action.UNASSIGN:
            return Change(cell.start, cell.end, ChangeKind.UNASSIGN, local, "")
        case _:
            return None


def digest(plan: Plan, planned: Sequence[Change], now: datetime, layers: str = "") -> str:
    """Names a plan together with the imports and the ``layers`` that go with it; empty for nothing to do."""
    if not plan and not planned and not layers:
        return ""
    ops = [(op.phase, _from(op.start, now), op.user, op.end.isoformat(), op.remote_id, op.on) for op in plan.ops]
    imports = [
        (c.kind, _from(c.start, now), c.end.isoformat(), c.before, c.after)
        for c in planned
        if c.kind in (ChangeKind.IMPORT, ChangeKind.UNASSIGN)
    ]
    named = (ops, imports, layers) if layers else (ops, imports)
    return hashlib.sha256(repr(named).encode()).hexdigest()[:32]


def _from(start: datetime, now: datetime) -> str:
    return "now" if start <= now else start.isoformat()
