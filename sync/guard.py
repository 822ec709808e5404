"""Hold a plan that would do too much at once.

Mistakes are large: a rotation edited by accident, a mass edit on the other side, an account that suddenly shows
nothing. So where ten or more future shifts are exported, three things wait for an admin, who is shown exactly what
would happen:

* removing or replacing more than 30 % of them;
* importing changes to more than 30 % of them;
* an external schedule on which suddenly nobody is on call at all.

First exports and extended horizons only add, so they never count. Waiting must not leave anybody off call either: what
a held plan would create in an uncovered stretch of the next 24 hours is created all the same (:func:`urgent`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from oncall.timeline import Interval, Segment, Timeline
from sync.model import BRINGS_HOME, Action, Cell, Decision, Phase, Plan, PlannedOp

ENOUGH = 10
SHARE = 0.3
SOON = timedelta(hours=24)


def objection(exported: int, plan: Plan, decisions: Sequence[Decision], base: Timeline, *, empty: bool) -> str:
    """Why the plan must wait, as a sentence; empty when it may run. ``exported`` counts future exported shifts, which
    ``base`` has where layers say them."""
    if exported < ENOUGH:
        return ""
    if empty:
        return f"Nobody is on call in PagerDuty any more, where {exported} shifts had been exported."
    removed = max(len(plan.deletes) + len(plan.updates), _changed(decisions, base))
    if removed > SHARE * exported:
        return f"This would remove or replace {removed} of {exported} exported shifts."
    imported = sum(decision.action in BRINGS_HOME for decision in decisions)
    if imported > SHARE * exported:
        return f"This would import changes to {imported} of {exported} exported shifts."
    return ""


def vanished(cells: Iterable[Cell], now: datetime) -> bool:
    """Whether nobody is on call at all where people had been exported. The next 24 hours don't count: what is created
    there while a plan is held must not end its being held."""
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
