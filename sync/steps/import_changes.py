"""Bring home what people changed at the destination, and say what could not be.

All imports of a run are one transaction: shifts are split where only a part was changed, the base follows, each import
has a line in the audit trail, and the members concerned hear of it. An emptied stretch becomes *unassigned*, so that
nothing fills it again by itself; the admins are offered to restore it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from oncall.shifts import Shift, ShiftSource, ShiftState, assign, timeline
from oncall.timeline import NOBODY, Interval, Users
from storage.database import Database
from storage.marks import escape
from storage.notices import NoticeKind
from storage.outgoing import NewLine
from storage.plain import with_changes
from storage.repositories.schedules import Schedules
from storage.tables import ExternalUser
from storage.unit import Unit
from sync.context import Context, confirmed_shifts
from sync.core.model import BRINGS_HOME, Action, Cell, Decision, Kind, Mode
from sync.core.urgency import WITHIN
from sync.ports import Account, Listed, Seen
from sync.steps.confirm import fenced
from sync.steps.observe import Verdict
from sync.steps.remembered_edits import after_import, before_of, rows_of


async def import_changes(
    database: Database, context: Context, verdict: Verdict, listed: Sequence[Listed], now: datetime
) -> int:
    """Apply the imports of ``verdict`` to the schedule; returns how many there were.

    ``listed`` are the items there, among them those that the audit trail names as the cause. What was changed here
    since the look is left for the next pass, which sees the conflict.
    """
    wanted = verdict.of(*BRINGS_HOME)
    if not wanted:
        return 0
    async with fenced(database, context, now, schedule=True) as tx:
        role = await _role_name(tx.schedules, context)
        done = [await _import(tx, context, (decision, verdict.seen), role, listed, now) for decision in wanted]
        await tx.journal.set_base(context.id, context.base)
        await tx.journal.set_edits(context.id, rows_of(context.edits, context.id))
        context.shifts = await confirmed_shifts(tx, context.destination, context.now)
        others = await tx.destinations.mark_dirty([context.destination.role_id])
        if context.id in others:
            context.destination = with_changes(context.destination, dirty=context.destination.dirty + 1)
            tx.destinations.to_reconcile.discard(context.id)  # it is being reconciled
    return sum(done)


async def _import(
    tx: Unit, context: Context, why: tuple[Decision, Seen], role: str, listed: Sequence[Listed], now: datetime
) -> bool:
    decision, seen = why
    cell, cause = decision.cell, _cause(context, decision, listed)
    arrives = _arrives(decision)
    user = context.slack_user(arrives[0]) if arrives else None
    span = Interval(cell.start, cell.end)
    existing = await tx.shifts.of_role(context.destination.role_id, cell.start, cell.end)
    was = context.slack_user(cell.local[0]) if cell.local else None
    if not _still(existing, span, was):
        return False
    shift = Shift(context.destination.role_id, user, cell.start, cell.end, ShiftState.CONFIRMED, ShiftSource.IMPORT)
    change = assign(existing, shift)
    added = await tx.shifts.apply(context.schedule.id, change, now)
    touched = [s.id for s in (*change.removed, *change.resized, *added)]
    context.base = context.base.subtract([span])
    if arrives and arrives == cell.remote:
        context.base = context.base.overlay(context.local_piece(span, cell.remote[0]))
    owed = before_of(context, cell.start, cell.local)
    context.edits = tuple(after_import(context, decision, seen, user))
    stored = next(s for s in added if (s.start, s.end, s.user) == (shift.start, shift.end, shift.user))
    _audit(tx, context, cell, touched, (was, user), cause, now)
    what = "A change there was taken back" if decision.action is Action.RESTORE else "It was changed"
    reason = f"{what} in the {context.system.schedule} {context.destination.external_name}."
    await _tell(tx, context, stored, role, (was, owed), reason, now)
    return True


def _arrives(decision: Decision) -> Users:
    """Who has the time from now on."""
    match decision.action:
        case Action.IMPORT:
            return decision.cell.remote
        case Action.RESTORE:
            return decision.cell.before
        case _:
            return NOBODY


def _cause(context: Context, decision: Decision, listed: Sequence[Listed]) -> str:
    """Which remote item the change came from: the one that shows there now, or ours that is gone; none is named where
    a layer is behind it."""
    cell = decision.cell
    known = {item.remote_id for item in context.ledger}
    if decision.action is Action.IMPORT:
        shown = [
            i.id for i in listed if i.user == cell.remote[0] and i.id not in known and _touch(i.start, i.end, cell)
        ]
        return f"{context.system.item} {shown[-1]}" if shown else ""
    if decision.action is Action.RESTORE:
        return "a change was taken back there"
    ours = [i for i in context.ledger if i.destination_id == context.id and i.removed_at and (i.user,) == cell.local]
    gone = [item.remote_id for item in ours if _touch(item.starts_at, item.ends_at, cell)]
    return f"{context.system.item} {gone[-1]} is gone" if gone else ""


def _touch(start: datetime, end: datetime, cell: Cell) -> bool:
    return start < cell.end and cell.start < end


def _still(existing: Sequence[Shift], span: Interval, user: str | None) -> bool:
    """Whether the stretch is confirmed for the same person as when it was looked at."""
    roster = timeline(existing).cut(span)
    if user is None:
        return not roster
    return not roster.gaps(span) and all(s.users == (user,) for s in roster.segments)


def _audit(
    tx: Unit,
    context: Context,
    cell: Cell,
    touched: Sequence[int | None],
    change: tuple[str | None, str | None],
    cause: str,
    now: datetime,
) -> None:
    before, after = (f"<@{person}>" if person else "nobody" for person in change)
    where = escape(context.destination.external_name)
    tx.audit.add(
        NewLine(
            workspace_id=context.schedule.workspace_id,
            schedule_id=context.schedule.id,
            destination_id=context.id,
            at=now,
            actor=context.system.kind,
            action="shift.imported",
            summary=f"changed {before} to {after} in the {context.system.schedule} {where}"
            + (f" ({cause})" if cause else ""),
            details={
                "start": cell.start.isoformat(),
                "end": cell.end.isoformat(),
                "before": change[0],
                "after": change[1],
                "shifts": list(touched),
                "cause": cause,
            },
        )
    )


async def _tell(
    tx: Unit,
    context: Context,
    shift: Shift,
    role: str,
    before: tuple[str | None, str | None],
    reason: str,
    now: datetime,
) -> None:
    was, owed = before
    span = {"start": shift.start.isoformat(), "end": shift.end.isoformat()}
    key = f"{context.id}:{shift.id}"
    if shift.user is None:
        soon = shift.start < now + WITHIN
        facts = {**_where(context), "role": role, **span, "was": owed, "lost": was, "shift_id": shift.id, "soon": soon}
        await tx.outbox.tell(context.schedule, NoticeKind.UNASSIGNED, key, facts, now)
    change = {"role": role, **span, "before": was, "after": shift.user}
    facts = {
        "action": "imported",
        "by": context.system.kind,
        "changes": [change],
        "reason": reason,
    }
    await tx.outbox.tell(context.schedule, NoticeKind.SHIFT_CHANGED, f"import:{key}", facts, now)


async def tell_conflicts(database: Database, context: Context, decisions: Iterable[Decision], now: datetime) -> None:
    """Both sides changed the same stretch: Baton's shift is exported, and both sides' people hear of it, once."""
    conflicts = [d.cell for d in decisions if d.action is Action.EXPORT and d.cell.kind is Kind.CONFLICT]
    if context.mode is not Mode.BIDIRECTIONAL or not conflicts:
        return
    async with fenced(database, context, now) as tx:
        role = await _role_name(tx.schedules, context)
        for cell in conflicts:
            remote = cell.remote[0] if cell.remote else None
            facts = {
                **_where(context),
                "role": role,
                "start": cell.start.isoformat(),
                "end": cell.end.isoformat(),
                "local": context.slack_user(cell.local[0]),
                "remote": remote,
            }
            key = f"{context.id}:{cell.end.isoformat()}:{cell.local[0]}:{remote}"
            await tx.outbox.tell(context.schedule, NoticeKind.IMPORT_CONFLICT, key, facts, now)


async def learn_strangers(database: Database, context: Context, account: Account, strangers: Iterable[str]) -> None:
    """External people whom no Slack user is matched with yet: by e-mail, exactly, or else an admin is asked once."""
    for external_id in sorted(set(strangers)):
        remote = await account.get_user(external_id)
        now = context.now
        async with fenced(database, context, now) as tx:
            person = await tx.people.by_email(context.schedule.workspace_id, remote.email) if remote else None
            taken = {one.user_id for one in await tx.connections.users(context.connection.id)}
            if person is not None and person.user_id in taken:  # an admin said that they are somebody else there
                person = None
            known = context.external_user(external_id, remote, person.user_id if person else None)
            await tx.connections.keep_users([known])
            context.strangers |= {external_id}
            context.names[external_id] = known.name
            if person is not None:
                context.external_ids[person.user_id] = external_id
                context.people[person.user_id] = person


async def tell_unmapped(database: Database, context: Context, decisions: Iterable[Decision], now: datetime) -> None:
    """Stretches held because the person on call there is no Slack user: ask the admins to match them, once each, and
    tell those whose shifts they are."""
    cells = [d.cell for d in decisions if d.action is Action.HOLD and d.cell.kind is Kind.DRIFTED]
    held = [(user, cell) for cell in cells for user in cell.remote if user not in context.known]
    if not held:
        return
    async with fenced(database, context, now) as tx:
        users = {user.external_id: user for user in await tx.connections.users(context.connection.id)}
        for key, facts in _unmapped(context, held, users).items():
            kind = NoticeKind.GIVEN_AWAY if "was" in facts else NoticeKind.UNMAPPED
            await tx.outbox.tell(context.schedule, kind, key, facts, now)


def _unmapped(
    context: Context, held: Iterable[tuple[str, Cell]], users: Mapping[str, ExternalUser]
) -> dict[str, dict[str, object]]:
    """What to tell, by key: for the admins one of each person there, and one for each member whose shift that is."""
    told: dict[str, dict[str, object]] = {}
    for external_id, cell in held:
        departed = external_id in context.departed
        known = users.get(external_id)
        facts = {
            **_where(context),
            "external_user": external_id,
            "external_name": known.name if known else external_id,
            "start": cell.start.isoformat(),
            "end": cell.end.isoformat(),
            "departed": departed,
        }
        key = f"{context.id}:{external_id}" + (":departed" if departed else "")
        told.setdefault(key, facts)
        if was := context.slack_user(cell.local[0]) if cell.local else None:
            told.setdefault(f"{key}:{was}", {**facts, "was": was})
    return told


def _where(context: Context) -> dict[str, object]:
    return {
        "destination_id": context.id,
        "external_schedule": context.destination.external_name,
        "system": context.system.kind,
    }


async def _role_name(schedules: Schedules, context: Context) -> str:
    role = await schedules.role(context.destination.role_id)
    return role.name if role else ""
