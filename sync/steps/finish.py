"""End a reconcile: one transaction with everything that was learned.

Status and reason, the next refresh, what was seen (the cache that Slack views read), the base, what waits for a person,
the state of the connection, and the notices that follow from a change of status.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from oncall.timeline import Interval, Segment, Timeline
from storage.database import Database
from storage.marks import escape
from storage.notices import NoticeKind
from storage.outgoing import NewLine
from storage.tables import Connection, Destination, ExternalSchedule, Observation, PendingChange, Progress
from storage.unit import Unit
from sync.context import LAG, Context
from sync.core.merge import confirmed_base
from sync.core.model import FIRST_WORD, Action, Kind, Status
from sync.ports import CredentialRefused, Listed, RemoteError, RemoteSchedule, Unavailable
from sync.run import Run
from sync.steps import progress
from sync.steps.causes import WAITS, compare
from sync.steps.confirm import fenced
from sync.steps.first_word import tell_first
from sync.steps.observe import Verdict, needs_listing
from sync.steps.older_copy import tell_differences, told_changes
from sync.steps.others import Others, others
from sync.steps.remembered_edits import after_look, rows_of
from sync.steps.report import FINAL, Report, describe

SOON = timedelta(seconds=20)
"""How soon a refresh that did not come through is tried again, at the earliest."""

DOING = frozenset(Action) - {Action.KEEP, Action.LEAVE}
"""What shows that a destination is not at rest."""

TROUBLE = frozenset({Status.ERROR, Status.WARNING})


async def finish(
    database: Database, context: Context, run: Run, failure: RemoteError | None, now: datetime, every: timedelta
) -> Report:
    """Store the outcome and give the lease back."""
    report = describe(context, run, failure, now)
    async with fenced(database, context, now, others=_goes_to_work(report, run)) as tx:
        found = await tx.destinations.surroundings(context.id)
        if found is not None:
            destination = found.destination
            await _tell(tx, context, destination, report, run, now)
            await _share(tx, destination, report, run)
            _set_status(destination, context, report, run)
            await tell_differences(tx, context, destination, report, run, now)
            await tell_first(tx, context, destination, run, now)
            destination.refresh_due_at = now + _pause(run, failure, every)
            if run.verdict is not None and failure is None:
                destination.refreshed_at = now
                destination.external_name = run.verdict.seen.schedule.name
                destination.external_url = run.verdict.seen.schedule.url
                destination.reconfigured = destination.reconfigured and destination.dirty > 0
                _keep_policies(found.listed, run.verdict.seen.schedule)
                await remember(tx, context, run.verdict, now, found.seen, run.listed)
                await _keep_waiting(tx, destination, run, context.destination.approved_digest)
            _show_progress(found.progress, report, failure, now)
            _audit(tx, context, run, now)
            _connection_state(found.connection, failure, now)
            destination.lease_until, destination.lease_owner = None, ""
        else:
            await tx.destinations.release(context.id, context.fence)
    return report


def _set_status(destination: Destination, context: Context, report: Report, run: Run) -> None:
    destination.status, destination.status_reason = report.status, report.reason
    destination.dirty = max(0, destination.dirty - context.destination.dirty)
    if _goes_to_work(report, run):
        destination.paused, destination.paused_by, destination.restored_at = False, "", None


def _goes_to_work(report: Report, run: Run) -> bool:
    return run.approved or ((run.needs_no_word or run.needs_no_choice) and not report.failure)


def _show_progress(row: Progress | None, report: Report, failure: RemoteError | None, now: datetime) -> None:
    """Of what is long: what came of it, or why it goes on later."""
    if failure is not None and not isinstance(failure, FINAL):
        progress.hold_up(row, report.reason)
        return
    waits = report.status in (Status.PAUSED, Status.BLOCKED) or (report.waiting > 0 and not report.approved)
    stopped = bool(report.failure) or waits
    outcome = {
        "stopped": stopped,
        "reason": report.reason if stopped else "",
        "refused": list(dict.fromkeys(report.refused)),
        "refusals": len(report.refused),
        "imported": report.imported,
    }
    progress.end(row, outcome, now)


async def _share(tx: Unit, destination: Destination, report: Report, run: Run) -> None:
    """From its first export on, others on the external schedule leave it its time."""
    if destination.paused_by == FIRST_WORD and _goes_to_work(report, run):
        await tx.destinations.mark_sharing_dirty(destination, reconfigured=True)


async def _keep_waiting(tx: Unit, destination: Destination, run: Run, agreed: str) -> None:
    """Store what waits; unchanged rows are not written. ``agreed`` is used up; what was agreed to since is not."""
    if destination.approved_digest and destination.approved_digest == agreed:
        destination.approved_digest = ""
    if destination.pending_digest == run.waiting.digest:
        return
    destination.pending_digest = run.waiting.digest
    rows = (
        PendingChange(
            destination_id=destination.id,
            position=position,
            starts_at=change.start,
            ends_at=change.end,
            kind=change.kind,
            before=change.before,
            after=change.after,
            undoes=change.undoes,
            changed_by=change.changed_by,
        )
        for position, change in enumerate(run.waiting.changes)
    )
    await tx.journal.set_pending(destination.id, rows)


def _keep_policies(listed: ExternalSchedule | None, schedule: RemoteSchedule) -> None:
    """Who uses the external schedule, so far as the look says so; unchanged rows are not written."""
    policies = stored_policies(schedule)
    if listed is not None and policies is not None and listed.escalation_policies != policies:
        listed.escalation_policies = policies


def stored_policies(schedule: RemoteSchedule) -> list[Any] | None:
    """The escalation policies as they are kept; None where the look doesn't say who uses the schedule."""
    if schedule.policies is None:
        return None
    return [{"ep_id": one.id, "ep_name": one.name} for one in schedule.policies]


async def remember(
    tx: Unit,
    context: Context,
    verdict: Verdict,
    now: datetime,
    before: Observation | None,
    listed: Sequence[Listed] | None,
) -> None:
    """Store what was seen and what is confirmed; unchanged rows are not written."""
    confirmed = confirmed_base(verdict.agreed, verdict.cells, context.carried())
    if confirmed != context.base:
        await tx.journal.set_base(context.id, confirmed)
    await _make_up(tx, context, verdict)
    edits = after_look(context, verdict.decisions)
    if edits != context.edits:
        await tx.journal.set_edits(context.id, rows_of(edits, context.id))
    await tx.journal.observe(
        Observation(
            destination_id=context.id,
            observed_at=now,
            window_start=verdict.seen.window.start,
            window_end=verdict.seen.window.end,
            effective=written(verdict.seen.effective),
            pinned=written(verdict.seen.pinned),
            clean=not verdict.of(*DOING) and not needs_listing(verdict, context) and not context.strange,
            **_others(context, verdict, before, listed),
        )
    )


def _others(
    context: Context, verdict: Verdict, before: Observation | None, listed: Sequence[Listed] | None
) -> dict[str, Any]:
    """Who is on call there without us; nothing to write where that is as it was, or the look doesn't say."""
    found = others(context, verdict.seen, listed, others_of(before))
    if found is None:
        return {}
    return {
        "others_layers": written(found.layers),
        "others_overrides": written(found.overrides),
        "others_until": found.until,
    }


def others_of(seen: Observation | None) -> Others | None:
    """Who is on call there without us, as it was last stored."""
    if seen is None or seen.others_until is None:
        return None
    return Others(read(seen.others_layers or []), read(seen.others_overrides or []), seen.others_until)


async def _make_up(tx: Unit, context: Context, verdict: Verdict) -> None:
    """Where both sides agree again, nothing follows any more from what we, or others, once took away."""
    agreed = (Kind.IN_SYNC, Kind.FOREIGN, Kind.REFILLED)
    open_ = Timeline.union(Segment(c.start, c.end, ("open",)) for c in verdict.cells if c.kind not in agreed)
    marked = [i for i in context.ledger if i.destination_id == context.id and (i.taken_back or i.taken_out)]
    made_up = [item.id for item in marked if not open_.cut(Interval(item.starts_at, item.ends_at))]
    if made_up:
        await tx.journal.make_up(made_up)


def written(timeline: Timeline) -> list[list[object]]:
    """A timeline as JSON, in UTC."""
    return [[s.start.isoformat(), s.end.isoformat(), list(s.users)] for s in timeline.segments]


def read(rows: list[Any]) -> Timeline:
    """A timeline from its JSON."""
    return Timeline(
        tuple(Segment(datetime.fromisoformat(a), datetime.fromisoformat(b), tuple(users)) for a, b, users in rows)
    )


async def _tell(tx: Unit, context: Context, before: Destination, report: Report, run: Run, now: datetime) -> None:
    """Admins hear of each cause of trouble once, when all is well again, and when it stops for them."""
    was, status = Status(before.status), report.status
    told: dict[str, str] = before.told_causes
    standing = compare(report.causes, told, context.mode, failed=report.failure != "")
    worse = status is Status.ERROR and was is Status.WARNING
    news = status in TROUBLE and (standing.news or worse)
    over = _is_over(report, run) and (bool(told) or was in TROUBLE)
    if status in TROUBLE and standing.known != told:
        before.told_causes = standing.known
    elif over and told:
        before.told_causes = {}
    facts = {
        "destination_id": before.id,
        "external_schedule": before.external_name,
        "system": context.system.kind,
        "external_url": before.external_url,
        "role": "",
        "status": status,
        "reason": report.reason,
        "before": was,
        "further": bool(told) and not over,
        "unknown": list(report.unknown),
    }
    if status is Status.BLOCKED and before.pending_digest != run.waiting.digest:
        blocked = {**facts, "plan": run.waiting.digest, "changes": told_changes(run.waiting.changes)}
        key = f"{before.id}:{run.waiting.digest}:{now.isoformat()}"
        await tx.outbox.tell(context.schedule, NoticeKind.BLOCKED, key, blocked, now)
    elif news or over:
        await tx.outbox.tell(context.schedule, NoticeKind.DESTINATION, f"{before.id}:{now.isoformat()}", facts, now)


def _is_over(report: Report, run: Run) -> bool:
    """Whether nothing is wrong any more. Changes that wait for a person are no trouble; a write that has yet to show
    leaves it open."""
    settling = run.verdict is not None and any(cell.kind is Kind.SETTLING for cell in run.verdict.cells)
    at_rest = report.status is Status.PENDING and not settling and not (report.causes.keys() - {WAITS})
    return report.status is Status.OK or at_rest


def _audit(tx: Unit, context: Context, run: Run, now: datetime) -> None:
    """A line for what was written; an unchanged refresh leaves none."""
    tally = run.tally
    if not tally.wrote:
        return
    counts = {"wrote": tally.created, "changed": tally.changed, "took away": tally.removed}
    done = " and ".join(
        f"{verb} {count} {'entry' if count == 1 else 'entries'}" for verb, count in counts.items() if count
    )
    where = escape(context.destination.external_name)
    tx.audit.add(
        NewLine(
            workspace_id=context.schedule.workspace_id,
            schedule_id=context.schedule.id,
            destination_id=context.id,
            at=now,
            actor="baton",
            action="destination.exported",
            summary=f"{done} in the {context.system.schedule} {where}",
            details={"created": tally.created, "changed": tally.changed, "removed": tally.removed},
        )
    )


def _connection_state(connection: Connection, failure: RemoteError | None, now: datetime) -> None:
    if failure is not None and not isinstance(failure, CredentialRefused):
        return
    state, reason = ("error", str(failure)) if failure else ("ok", "")
    if (connection.state, connection.state_reason) != (state, reason):
        connection.state, connection.state_reason, connection.checked_at = state, reason, now


def _pause(run: Run, failure: RemoteError | None, every: timedelta) -> timedelta:
    """How long until the next refresh: the interval, sooner after a hitch or while a write has yet to show."""
    if failure is None and run.needs_no_choice and run.waiting.digest:
        return timedelta(0)
    if isinstance(failure, Unavailable):
        return min(every, max(SOON, timedelta(seconds=failure.retry_after or 0)))
    if run.verdict is not None and any(cell.kind is Kind.SETTLING for cell in run.verdict.cells):
        return min(every, LAG)
    return every
