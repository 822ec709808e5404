"""Tell of somebody's override that is hidden by ours without being removed, because it reaches beyond our own time.

It is told as a removal is, to the same people and by the same switch, once per item: what they did is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oncall.timeline import Interval
from storage.database import Database
from storage.notices import NoticeKind
from storage.unit import Unit
from sync.confirm import fenced
from sync.context import Context
from sync.model import Action, Decision, Owner, Plan, RemoteItem


async def tell_covered(
    database: Database, context: Context, decisions: Iterable[Decision], plan: Plan, items: Iterable[RemoteItem]
) -> None:
    """Note whose items a plan that was carried out hides without removing them: they reach beyond our own time."""
    going = {op.remote_id for op in plan.deletes}
    exported = [d for d in decisions if d.action is Action.EXPORT]
    hidden = [(item, _hides(item, exported, context)) for item in items if item.owner is Owner.STRANGER]
    covered = [(item, spans) for item, spans in hidden if spans and item.id not in going]
    if not covered:
        return
    async with fenced(database, context, context.now) as tx:
        for item, spans in covered:
            await _tell_covered(tx, context, item, spans)


def _hides(item: RemoteItem, exported: Iterable[Decision], context: Context) -> list[Interval]:
    """Where the item showed and one of ours took its place."""
    ours = [Interval(one.starts_at, one.ends_at) for one in context.mine if one.user != item.user]
    shown = (
        Interval(max(item.start, d.cell.start), min(item.end, d.cell.end))
        for d in exported
        if item.user in d.cell.remote and item.user not in d.target and d.cell.start < item.end
        if item.start < d.cell.end
    )
    return [span for span in shown if any(span.overlaps(one) for one in ours)]


async def _tell_covered(tx: Unit, context: Context, item: RemoteItem, spans: Sequence[Interval]) -> None:
    destination = context.destination
    facts = {
        "destination_id": destination.id,
        "external_schedule": destination.external_name,
        "external_url": destination.external_url,
        "remote_id": item.id,
        "external_user": item.user,
        "made_by": "",
        "covered": True,
        "start": item.start.isoformat(),
        "end": item.end.isoformat(),
        "replaced_by": [
            {"start": s.start.isoformat(), "end": s.end.isoformat(), "user": s.users[0]}
            for span in spans
            for s in context.local().cut(span).segments
        ],
    }
    key = f"{context.connection.id}:{destination.external_id}:{item.id}:covered"
    await tx.outbox.tell(context.schedule, NoticeKind.OVERRIDE_REMOVED, key, facts, context.now)
