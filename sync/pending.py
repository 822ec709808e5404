"""What is about to change, in words a person can check, and the name of exactly that.

A *change* is a stretch of time with who is on call at the destination now and who would be afterwards. Neighbouring
stretches that change alike are one. The digest names the whole set: two sets have the same digest only when the same
would be done. What begins now begins now in both, so the minutes that pass between showing and agreeing don't count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sync.model import Action, Decision, Kind, Plan


class ChangeKind(StrEnum):
    """What a change does to the destination, or, for the last two, to the schedule here."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"
    IMPORT = "import"
    UNASSIGN = "unassign"


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` is on call there now, ``after`` would be; external ids, empty for nobody. ``undoes`` says that
    somebody changed the destination and this takes it back."""

    start: datetime
    end: datetime
    kind: ChangeKind
    before: str
    after: str
    undoes: bool = False


def changes(decisions: Iterable[Decision]) -> tuple[Change, ...]:
    """What the decisions would change, in order."""
    joined: list[Change] = []
    for decision in decisions:
        change = _change(decision)
        if change is None:
            continue
        if joined and _same_but_later(joined[-1], change):
            joined[-1] = replace(joined[-1], end=change.end)
        else:
            joined.append(change)
    return tuple(joined)


def _same_but_later(first: Change, second: Change) -> bool:
    return first.end == second.start and replace(second, start=first.start, end=first.end) == first


def _change(decision: Decision) -> Change | None:
    cell = decision.cell
    before, local = "".join(cell.remote[:1]), "".join(cell.local[:1])
    undoes = cell.kind in (Kind.DRIFTED, Kind.DELETED, Kind.CONFLICT)
    match decision.action:
        case Action.EXPORT:
            kind = ChangeKind.REPLACE if before and before != local else ChangeKind.ADD
            return Change(cell.start, cell.end, kind, before if before != local else "", local, undoes)
        case Action.REMOVE if cell.remote == cell.base:
            return Change(cell.start, cell.end, ChangeKind.REMOVE, before, "")
        case Action.IMPORT:
            return Change(cell.start, cell.end, ChangeKind.IMPORT, local, before)
        case Action.UNASSIGN:
            return Change(cell.start, cell.end, ChangeKind.UNASSIGN, local, "")
        case _:
            return None


def digest(plan: Plan, planned: Sequence[Change], now: datetime) -> str:
    """Names a plan together with the imports that go with it; empty for nothing to do."""
    if not plan and not planned:
        return ""
    ops = [(op.phase, _from(op.start, now), op.user, op.end.isoformat(), op.remote_id, op.on) for op in plan.ops]
    imports = [
        (c.kind, _from(c.start, now), c.end.isoformat(), c.before, c.after)
        for c in planned
        if c.kind in (ChangeKind.IMPORT, ChangeKind.UNASSIGN)
    ]
    return hashlib.sha256(repr((ops, imports)).encode()).hexdigest()[:32]


def _from(start: datetime, now: datetime) -> str:
    return "now" if start <= now else start.isoformat()
