"""Destinations: one role of one schedule linked to one external schedule, configured by the schedule's admins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oncall.systems import PAGERDUTY, System, system
from oncall.timeline import Interval, Timeline
from services.connections.requests import Kind, Use, require_use
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule, may_use, visible_schedule
from services.kit.wording import escape, spelled
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.tables import Destination, Schedule
from storage.unit import Unit
from sync.core.model import AWAITED, FIRST_WORD, NEXT_WORD, RESUMED, Mode, Status
from sync.shared_schedules import claimed_time, first_overlap, own_time
from sync.steps.report import Report

FIRST_EXPORT = "Paused: nothing is written until an admin exports or confirms the first assignment."


@dataclass(frozen=True, slots=True)
class DestinationDraft:
    """What a person chose; None is what was left empty."""

    schedule_id: int
    connection_id: int | None
    external_id: str | None
    role_id: int | None
    mode: Mode = Mode.AUTHORITATIVE


@dataclass(frozen=True, slots=True)
class DestinationView:
    """A destination as it is shown, from what the last refresh stored.

    ``shared_with`` names the other schedules that write to the same external schedule, beside ``schedule``.
    """

    id: int
    schedule_id: int
    connection_id: int
    external_id: str
    external_name: str
    external_url: str
    role_id: int
    role: str
    mode: Mode
    status: Status
    reason: str
    refreshed_at: datetime | None
    paused: bool
    made: bool
    was_copied: bool = False
    schedule: str = ""
    shared_with: tuple[str, ...] = ()
    system: System = field(default_factory=lambda: system(PAGERDUTY))


async def list_destinations(house: House, actor: Actor, schedule_id: int) -> list[DestinationView]:
    """Every destination of a schedule; anyone may look."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        rows = await tx.destinations.of_schedule(schedule.id)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
        return [await with_sharing(tx, view_of(row, roles[row.role_id]), schedule) for row in rows]


async def with_sharing(tx: Unit, view: DestinationView, schedule: Schedule) -> DestinationView:
    """With the names of the schedules that write to the same external schedule."""
    others = await tx.destinations.on_external(view.connection_id, view.external_id)
    found = [await tx.schedules.get(number) for number in sorted({other.schedule_id for other in others})]
    names = tuple(one.name for one in found if one is not None and one.id != schedule.id)
    return replace(view, schedule=schedule.name, shared_with=names)


async def get_destination(house: House, actor: Actor, destination_id: int) -> DestinationView:
    """Raises NotFound."""
    async with house.database.read() as tx:
        row, schedule = await _visible(tx, actor, destination_id)
        role = await tx.schedules.role(row.role_id)
        return await with_sharing(tx, view_of(row, role.name if role else ""), schedule)


@run_again
async def add_destination(house: House, actor: Actor, draft: DestinationDraft) -> DestinationView:
    """Link a role to an external schedule. It is looked at at once; what its first export would write waits for a word.

    Where nothing would be written it goes to work by itself. Raises FieldErrors, NotAllowed, NotFound.
    """
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await tx.destinations.hold_external(draft.connection_id or 0, [draft.external_id or ""])
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        row = await _checked(tx, actor, draft, now)
        if actor.grant:
            row.status, row.status_reason = Status.PAUSED, FIRST_EXPORT
        await_word(row)
        await times_change(tx, row)
        await tx.destinations.add(row)
        tx.defer(RECONCILE, row.id)
        await take_over(tx, row, now)
        role = await tx.schedules.role(row.role_id)
        summary = f"linked {escape(role.name) if role else 'a role'} to the {called(row)}"
        note(tx, actor, now, "destination.added", summary, schedule_id=schedule.id, destination_id=row.id)
    return view_of(row, role.name if role else "")


@run_again
async def update_destination(
    house: House, actor: Actor, destination_id: int, *, role_id: int | None, mode: Mode
) -> DestinationView:
    """Change the linked assignee or the mode; what that means for the external schedule is shown before it is written.

    A reconcile that is under way works by the old ones, so it is interrupted.
    """
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.destinations.hold(destination_id)
        row, schedule = await administered_destination(tx, actor, destination_id)
        role = await tx.schedules.role(role_id) if role_id else None
        problems = _role_problems(role is not None and role.schedule_id == schedule.id)
        if problems or role is None:
            raise FieldErrors(problems)
        if (row.role_id, row.mode) == (role.id, mode):
            return view_of(row, role.name)
        await _require_update(tx, actor, row, role.id, mode, now)
        await _reconfigure(tx, row, role.id, mode)
        tx.defer(RECONCILE, row.id)
        await refuse_overlap(tx, row, now, "role_id")
        named = mode.replace("_", " ").title()
        summary = f"changed the destination {escape(row.external_name)}: {escape(role.name)}, {named}"
        note(tx, actor, now, "destination.updated", summary, schedule_id=schedule.id, destination_id=row.id)
    return view_of(row, role.name)


async def must_ask(house: House, actor: Actor, destination_id: int, *, role_id: int | None, mode: Mode) -> bool:
    """Whether changing a destination like this needs a yes by the admins of its connection. Raises as above."""
    async with house.database.read() as tx:
        row, _schedule = await administered_destination(tx, actor, destination_id)
        connection = await tx.connections.get(row.connection_id)
        same = (row.role_id, row.mode) == (role_id, mode)
        return connection is not None and not same and not await may_use(tx, actor, connection)


def update_use(row: Destination, role_id: int, mode: Mode) -> Use:
    """What changing a destination does with its connection."""
    return Use(Kind.UPDATE, row.schedule_id, row.external_id, role_id, mode.value, {"destination": row.id})


async def _require_update(tx: Unit, actor: Actor, row: Destination, role_id: int, mode: Mode, now: datetime) -> None:
    connection = await tx.connections.get(row.connection_id)
    if connection is None:
        raise NotFound("The connection was removed. Add one with `/oncall connections`.")
    await require_use(tx, actor, connection, update_use(row, role_id, mode), now, spend=True)


async def _reconfigure(tx: Unit, row: Destination, role_id: int, mode: Mode) -> None:
    if role_id != row.role_id:  # what was confirmed there was another role's
        await tx.journal.set_base(row.id, Timeline())
    row.role_id, row.mode, row.dirty, row.reconfigured = role_id, mode, row.dirty + 1, True
    row.status, row.status_reason = Status.PENDING, "It was changed; what that means there is being looked at."
    await_word(row, NEXT_WORD)
    await tx.destinations.interrupt(row.id)


def await_word(row: Destination, which: str = FIRST_WORD) -> None:
    """What it would write is shown first: as changes that wait in Manual Export, as those of a paused one otherwise."""
    if row.mode == Mode.MANUAL_EXPORT:
        if row.paused_by in AWAITED:
            row.paused, row.paused_by = False, ""
    elif not row.paused:
        row.paused, row.paused_by = True, which


@run_again
async def pause_destination(house: House, actor: Actor, destination_id: int, *, paused: bool) -> DestinationView:
    """Let it be refreshed without anything being written, or let it go on. A reconcile that is under way is
    interrupted. One that was paused when Baton was started on a copy of its database stays so: its admins are shown
    what differs by now, and choose. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.destinations.hold(destination_id)
        row, schedule = await administered_destination(tx, actor, destination_id)
        role = await tx.schedules.role(row.role_id)
        if row.paused is not paused:
            if row.paused_by == FIRST_WORD:
                await times_change(tx, row)
            by = actor.user_id if paused else ""
            if was_copied(row):
                paused, by, row.restored_at, row.approved_digest = True, RESUMED, now, ""
            row.paused, row.paused_by, row.dirty = paused, by, row.dirty + 1
            await tx.destinations.interrupt(row.id)
            did = "asked to resume" if by == RESUMED else "paused" if paused else "resumed"
            action = f"destination.{did.split()[0]}"
            summary = f"{did} the exports to the {called(row)}"
            note(tx, actor, now, action, summary, schedule_id=schedule.id, destination_id=row.id)
        tx.defer(RECONCILE, row.id)
    return view_of(row, role.name if role else "")


def was_copied(row: Destination) -> bool:
    """Whether it was paused when Baton was started on a copy of its database, and nobody has chosen what counts."""
    return row.paused and row.restored_at is not None


@run_again
async def remove_destination(house: House, actor: Actor, destination_id: int) -> DestinationView:
    """Stop writing there. What was exported stays in the external schedule. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.destinations.hold(destination_id)
        row, schedule = await administered_destination(tx, actor, destination_id)
        await retire(tx, row, now)
        role = await tx.schedules.role(row.role_id)
        summary = f"removed the destination {escape(row.external_name)}"
        note(tx, actor, now, "destination.removed", summary, schedule_id=schedule.id, destination_id=row.id)
        return view_of(row, role.name if role else "")


async def retire(tx: Unit, row: Destination, now: datetime) -> None:
    """Take a destination out of service; whoever works on it stops, and those it shared with have its time again."""
    row.removed_at = now
    await tx.session.flush()
    await tx.destinations.interrupt(row.id)
    await times_change(tx, row)


async def times_change(tx: Unit, row: Destination) -> None:
    """Others on the same external schedule are looked at anew: how they share it changes."""
    await tx.destinations.mark_sharing_dirty(row, reconfigured=True)


async def take_over(tx: Unit, row: Destination, now: datetime) -> None:
    """What removed destinations left in the external schedule is looked after by ``row``, inside its own time; so are
    calls of theirs whose end nobody saw."""
    time = await own_time(tx, row, Interval(now, now + timedelta(days=366)))
    items = await tx.journal.left_behind(row.connection_id, row.external_id, now)
    for one in [*items, *await tx.journal.left_open(row.connection_id, row.external_id, now)]:
        ahead = Interval(max(one.starts_at, now), one.ends_at)
        if time is None or not time.cut(ahead).gaps(ahead):
            one.destination_id = row.id


async def refresh_destination(house: House, actor: Actor, destination_id: int) -> Report | None:
    """Refresh now and wait for the outcome; None when the destination went away meanwhile. Raises NotAllowed."""
    async with house.database.read() as tx:
        await administered_destination(tx, actor, destination_id)
    return await house.jobs.run("reconcile", destination_id)


async def refresh_schedule(house: House, actor: Actor, schedule_id: int) -> list[tuple[DestinationView, Report | None]]:
    """Refresh every destination of a schedule and say what was found. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        await administered_schedule(tx, actor, schedule_id)
    views = await list_destinations(house, actor, schedule_id)
    return [(view, await house.jobs.run("reconcile", view.id)) for view in views]


async def _visible(tx: Unit, actor: Actor, destination_id: int) -> tuple[Destination, Schedule]:
    row = await tx.destinations.get(destination_id)
    if row is None:
        raise NotFound("That destination was removed already.")
    return row, await visible_schedule(tx, actor, row.schedule_id)


async def administered_destination(tx: Unit, actor: Actor, destination_id: int) -> tuple[Destination, Schedule]:
    """A live destination that the actor may change, with its schedule; raises NotFound or NotAllowed."""
    row, _schedule = await _visible(tx, actor, destination_id)
    return row, await administered_schedule(tx, actor, row.schedule_id)


def draft_use(draft: DestinationDraft) -> Use:
    """What adding a destination does with its connection."""
    return Use(Kind.DESTINATION, draft.schedule_id, draft.external_id or "", draft.role_id, draft.mode.value)


async def _checked(tx: Unit, actor: Actor, draft: DestinationDraft, now: datetime) -> Destination:
    connection = await tx.connections.get(draft.connection_id) if draft.connection_id else None
    if connection is None or connection.workspace_id != actor.workspace_id:
        raise FieldErrors({"connection_id": "Choose a connection."})
    await require_use(tx, actor, connection, draft_use(draft), now, spend=True)
    role = await tx.schedules.role(draft.role_id) if draft.role_id else None
    problems = _role_problems(role is not None and role.schedule_id == draft.schedule_id)
    external = await tx.connections.schedule(connection.id, draft.external_id) if draft.external_id else None
    if external is None:
        problems["external_id"] = f"Choose a {system(connection.kind).schedule} of this connection."
    if problems or external is None or role is None:
        raise FieldErrors(problems)
    row = Destination(
        schedule_id=draft.schedule_id,
        role_id=role.id,
        connection_id=connection.id,
        external_id=external.external_id,
        external_kind=external.kind,
        external_name=external.name,
        external_url=external.url,
        system=connection.kind,
        mode=draft.mode,
        status=Status.PENDING,
        status_reason="Its first refresh is on the way.",
        dirty=1,
        reconfigured=True,
        refresh_due_at=now,
        created_at=now,
    )
    if taken := await _taken(tx, row, now):
        raise FieldErrors({"external_id": taken})
    return row


async def refuse_overlap(tx: Unit, row: Destination, now: datetime, field: str) -> None:
    """Raise FieldErrors for ``field`` when another destination on the external schedule claims the same time."""
    if taken := await _taken(tx, row, now):
        raise FieldErrors({field: taken})


async def _taken(tx: Unit, row: Destination, now: datetime) -> str:
    year = Interval(now, now + timedelta(days=366))
    return await shared_with(tx, row, await claimed_time(tx, row.schedule_id, row.role_id, year), year)


async def shared_with(tx: Unit, row: Destination, mine: Timeline, year: Interval) -> str:
    """Destinations may share an external schedule, each in its own time. A sentence that names the first overlap of
    ``mine`` with the time of another one, or an empty text."""
    for other in await tx.destinations.on_external(row.connection_id, row.external_id):
        overlap = first_overlap(mine, await claimed_time(tx, other.schedule_id, other.role_id, year))
        schedule, role = await tx.schedules.get(other.schedule_id), await tx.schedules.role(other.role_id)
        if other.id != row.id and overlap is not None and schedule is not None and role is not None:
            who = f"{role.name} of {schedule.name}"
            when = spelled(overlap, schedule.time_zone)
            return (
                f"{who} is exported to this schedule already, and both claim {when}. "
                "Several can share one when their rotations cover different hours."
            )
    return ""


def _role_problems(role_ok: bool) -> dict[str, str]:
    return {} if role_ok else {"role_id": "Choose a role of this schedule."}


def called(row: Destination) -> str:
    """The external schedule of a destination, in the audit trail."""
    return f"{system(row.system).schedule} {escape(row.external_name)}"


def view_of(row: Destination, role: str) -> DestinationView:
    """A destination of the role with this name."""
    return DestinationView(
        id=row.id,
        schedule_id=row.schedule_id,
        connection_id=row.connection_id,
        external_id=row.external_id,
        external_name=row.external_name,
        external_url=row.external_url,
        role_id=row.role_id,
        role=role,
        mode=Mode(row.mode),
        status=Status(row.status),
        reason=row.status_reason,
        refreshed_at=row.refreshed_at,
        paused=row.paused,
        made=row.made,
        was_copied=was_copied(row),
        system=system(row.system),
    )
