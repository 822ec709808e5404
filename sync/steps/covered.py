"""What of others lies where a plan writes, noted with each operation before its call is made.

Two things follow from it. Somebody's override that is hidden by ours without being removed, because it reaches beyond
our own time, is told as a removal is: to the same people and by the same switch, once per item, in the transaction that
confirms what hides it. And an item that was not there yet when ours was planned is newer than ours: where it shows in
its place, somebody edited after us (:func:`sync.steps.observe.shown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall.timeline import Interval
from storage.notices import NoticeKind
from storage.tables import Op
from storage.unit import Unit
from sync.context import Context
from sync.core.model import Action, Decision, Owner, Phase, Plan, PlannedOp, RemoteItem


@dataclass(frozen=True, slots=True)
class Beside:
    """Other people's items, and those that a plan hides without removing them, with where they show today."""

    items: Sequence[RemoteItem] = ()
    hidden: Sequence[tuple[RemoteItem, Sequence[Interval]]] = ()

    def at(self, op: PlannedOp) -> list[Any]:
        """The ids of the items that lie where an operation writes."""
        return [item.id for item in self.items if item.start < op.end and op.start < item.end]

    def covered(self, op: PlannedOp) -> list[Any]:
        """The facts of the items that an operation hides."""
        if op.phase is Phase.DELETE:
            return []
        span = Interval(op.start, op.end)
        return [
            _facts(item, spans)
            for item, spans in self.hidden
            if item.user != op.user and any(span.overlaps(one) for one in spans)
        ]


def beside(plan: Plan, decisions: Iterable[Decision], items: Iterable[RemoteItem]) -> Beside:
    """What others have where ``plan`` writes."""
    theirs = [item for item in items if item.owner is not Owner.MINE]
    going = {op.remote_id for op in plan.deletes}
    exported = [d for d in decisions if d.action is Action.EXPORT]
    left = (item for item in theirs if item.owner is Owner.STRANGER and item.id not in going)
    hidden = [(item, spans) for item in left if (spans := _hidden(item, exported))]
    return Beside(theirs, hidden)


def _hidden(item: RemoteItem, exported: Iterable[Decision]) -> list[Interval]:
    """Where the item shows and somebody else is to be exported."""
    return [
        Interval(max(item.start, d.cell.start), min(item.end, d.cell.end))
        for d in exported
        if item.user in d.cell.remote and item.user not in d.target and d.cell.start < item.end
        if item.start < d.cell.end
    ]


def _facts(item: RemoteItem, spans: Iterable[Interval]) -> dict[str, Any]:
    return {
        "id": item.id,
        "user": item.user,
        "start": item.start.isoformat(),
        "end": item.end.isoformat(),
        "spans": [[span.start.isoformat(), span.end.isoformat()] for span in spans],
    }


async def tell_covered(tx: Unit, context: Context, op: Op, now: datetime) -> None:
    """Note whose items an operation that was done hides."""
    destination = context.destination
    for item in op.covers or ():
        spans = [Interval(*map(datetime.fromisoformat, span)) for span in item["spans"]]
        facts = {
            "destination_id": destination.id,
            "external_schedule": destination.external_name,
            "system": context.system.kind,
            "external_url": destination.external_url,
            "remote_id": item["id"],
            "external_user": item["user"],
            "made_by": "",
            "covered": True,
            "start": item["start"],
            "end": item["end"],
            "replaced_by": [
                {"start": s.start.isoformat(), "end": s.end.isoformat(), "user": s.users[0]}
                for span in spans
                for s in context.local().cut(span).segments
            ],
        }
        key = f"{context.connection.id}:{destination.external_id}:{item['id']}:covered"
        await tx.outbox.tell(context.schedule, NoticeKind.OVERRIDE_REMOVED, key, facts, now)
