"""Hold a plan that would do too much at once.

Mistakes are large: a rotation edited by accident, a mass edit on the other side, an account that suddenly shows
nothing. So where ten or more future shifts are exported, three things wait for an admin, who is shown exactly what
would happen:

* removing or replacing more than 30 % of them;
* importing changes to more than 30 % of them;
* an external schedule on which suddenly nobody is on call at all.

First exports and extended horizons only add, so they never count. Nor does what people decided here themselves since
the last refresh, or in the minutes before it: they know, and whoever they put off call should not be paged meanwhile.
Waiting must not leave anybody off call either: what
a held plan would create in an uncovered stretch of the next 24 hours is created all the same (:func:`urgent`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from oncall.timeline import Interval, Segment, Timeline
from sync.core.model import (
    BRINGS_HOME,
    Action,
    Cell,
    Decision,
    Kind,
    Phase,
    Plan,
    PlannedOp,
)

ENOUGH = 10
SHARE = 0.3
SOON = timedelta(hours=24)
OWN_DEED = timedelta(minutes=15)
"""For how long after it what somebody decided here is no surprise."""

_DECIDED = frozenset({Kind.CHANGED, Kind.CONFLICT, Kind.WITHDRAWN, Kind.NEW})


def objection(
    exported: int,
    plan: Plan,
    decisions: Sequence[Decision],
    base: Timeline,
    *,
    empty: bool,
    decided: Timeline | None = None,
    there: str = "PagerDuty",
) -> str:
    """Why the plan must wait, as a sentence; empty when it may run. ``exported`` counts future exported shifts, which
    ``base`` has where layers say them; ``decided`` is the time that people here decided on lately,
    ``there`` how the external system is called."""
    if exported < ENOUGH:
        return ""
    if empty:
        return f"Nobody is on call in {there} any more, where {exported} shifts had been exported."
    surprises = [d for d in decisions if not decided or not _meant(d.cell, decided)]
    ops = _surprising(plan, decisions, decided) if decided else [*plan.deletes, *plan.updates]
    removed = max(len(ops), _changed(surprises, base))
    if removed > SHARE * exported:
        return f"This would remove or replace {removed} of {exported} exported shifts."
    imported = sum(decision.action in BRINGS_HOME for decision in decisions)
    if imported > SHARE * exported:
        return f"This would import changes to {imported} of {exported} exported shifts."
    return ""


def _meant(cell: Cell, decided: Timeline) -> bool:
    """Whether somebody here changed the cell themselves, lately."""
    return cell.kind in _DECIDED and not decided.gaps(Interval(cell.start, cell.end))


def _surprising(plan: Plan, decisions: Sequence[Decision], decided: Timeline) -> list[PlannedOp]:
    """What is removed or replaced for another reason than what somebody here decided lately."""
    changed = [d.cell for d in decisions if d.action in (Action.EXPORT, Action.REMOVE)]
    return [
        op
        for op in (*plan.deletes, *plan.updates)
        if not (over := [c for c in changed if c.start < op.end and op.start < c.end])
        or not all(_meant(cell, decided) for cell in over)
    ]


def vanished(agreed: Timeline, cells: Iterable[Cell], now: datetime) -> bool:
    """Whether nobody is on call at all where people had been exported. The next 24 hours don't count: what is created
    there while a plan is held must not end its being held."""
    if any(segment.start >= now + SOON for segment in reversed(agreed.segments)):
        return False
    later = [cell for cell in cells if cell.start >= now + SOON]
    return any(cell.base for cell in later) and not any(cell.remote for cell in later)


def _changed(decisions: Sequence[Decision], base: Timeline) -> int:
    """How many exported stretches belong to somebody else here by now, or to nobody; layers need no item for that."""
    others = Timeline.union(
        Segment(d.cell.start, d.cell.end, d.cell.base)
        for d in decisions
        if d.cell.base and d.cell.local != d.cell.base and d.action in (Action.EXPORT, Action.REMOVE, Action.KEEP)
    )
    return sum(bool(others.cut(Interval(s.start, s.end))) for s in base.segments)


def urgent(plan: Plan, decisions: Sequence[Decision], now: datetime) -> Plan:
    """The part of a held plan that keeps somebody on call: creates where nobody is, within the next 24 hours."""
    holes = [d.cell for d in decisions if d.action is Action.EXPORT and not d.cell.remote and d.cell.start < now + SOON]
    return Plan(
        tuple(
            _filling(op, max(op.start, hole.start), min(op.end, hole.end))
            for op in (*plan.creates, *plan.updates)
            for hole in holes
            if max(op.start, hole.start) < min(op.end, hole.end)
        )
    )


def _filling(op: PlannedOp, start: datetime, end: datetime) -> PlannedOp:
    """A new item for a hole that ``op`` would have filled, also where it would have stretched an old one over it."""
    return op._replace(phase=Phase.CREATE, start=start, end=end, remote_id="")
