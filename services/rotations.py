"""Rotations: drafted, checked field by field, previewed with who gains and loses what, saved from a date on.

A saved rotation is a new version of itself: nothing before its date changes, and no confirmed shift moves. Saving
extends the schedule at once, so what was previewed is what is proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oncall.changes import Effect, preview
from oncall.plans import Step, state_at, steps, unplanned
from oncall.roles import uncovered
from oncall.rotations import Rotation, backup_coverage, upcoming
from oncall.shifts import Shift
from oncall.timeline import Interval
from services.audit import note
from services.drafting import RotationDraft, holds, planned, refuse_overlaps, unchanged, versions_of
from services.errors import NotFound
from services.horizon import Extended, decided, extend_in, rotations_of
from services.house import Actor, House
from services.leaving import ended_versions
from services.outward import export_soon
from services.permissions import administered_schedule, visible_schedule
from services.wording import escape
from services.zone_rules import follow_in


@dataclass(frozen=True, slots=True)
class RotationView:
    """A rotation as it is now: who belongs to it, until when it holds (None: open), and what is planned for it."""

    id: int
    revision: int
    name: str
    role: str
    backup_role: str | None
    members: tuple[str, ...]
    latest: Rotation
    until: datetime | None
    plans: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would do: the next shifts with who backs each up, who gains and loses what, what nobody covers.

    Gains, losses and gaps are those up to the schedule's horizon.
    """

    role: str
    next_shifts: tuple[Shift, ...]
    backups: tuple[str | None, ...]
    effects: tuple[Effect, ...]
    uncovered: tuple[Interval, ...]
    roles: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved rotation and what extending the schedule with it did."""

    id: int
    name: str
    schedule: str
    extended: Extended


async def list_rotations(house: House, actor: Actor, schedule_id: int) -> list[RotationView]:
    """The rotations of a schedule that have not ended. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
        found = [v for v in await tx.rotations.of_schedule(schedule.id) if holds(v, now)]
        rows = {versions[-1].id: await tx.rotations.row(versions[-1].id or 0) for versions in found}
    return [_view(versions, row.revision, roles, now) for versions in found if (row := rows[versions[-1].id])]


async def draft_of(house: House, actor: Actor, schedule_id: int, rotation_id: int) -> RotationDraft:
    """What somebody would have filled in to get a rotation as it is now. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        versions = await versions_of(tx, schedule, rotation_id)
        row = await tx.rotations.row(rotation_id)
    state = state_at(versions, now)
    return RotationDraft.of(
        state,
        [stint.user for stint in state.members],
        schedule_id=schedule_id,
        rotation_id=rotation_id,
        revision=row.revision if row else None,
        seen_at=now,
    )


async def preview_rotation(house: House, actor: Actor, draft: RotationDraft) -> Preview:
    """What saving would do; raises FieldErrors keyed by the draft's attributes, Stale, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        versions, others = await planned(tx, schedule, draft, now)
        before = await rotations_of(tx, schedule.id)
        shifts = await decided(tx, schedule, now)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    within = Interval(now, now + timedelta(days=schedule.horizon_days))
    latest, after = versions[-1], [*others, *versions]
    start = max(now, latest.begin)
    following = upcoming(latest, start)
    return Preview(
        role=roles[latest.role_id],
        next_shifts=following,
        backups=_backups(latest, following),
        effects=preview(before, after, shifts, within),
        uncovered=uncovered(after, latest.role_id, Interval(start, start + timedelta(days=schedule.horizon_days))),
        roles=roles,
    )


async def save_rotation(house: House, actor: Actor, draft: RotationDraft) -> Saved:
    """Store the rotation and propose its shifts; raises what :func:`preview_rotation` raises."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        await tx.schedules.lock(schedule.id)
        await follow_in(tx, schedule, now)  # what is stored goes by the rules of today, as the draft does
        versions, _others = await planned(tx, schedule, draft, now)
        rotation_id = await tx.rotations.save(schedule.id, versions, now)
        extended = await extend_in(tx, schedule, now, by=actor.user_id)
        looked_at = await tx.destinations.mark_dirty({role for version in versions for role in version.roles})
        what = "changed" if draft.rotation_id else "made"
        name = versions[-1].name
        note(
            tx,
            actor,
            now,
            "rotation.saved",
            f"{what} the rotation {escape(name)}",
            schedule_id=schedule.id,
            rotation=rotation_id,
            shifts=[shift.id for shift in extended.dropped],
        )
    export_soon(house, looked_at)
    return Saved(rotation_id, name, schedule.name, extended)


async def end_rotation(
    house: House, actor: Actor, schedule_id: int, rotation_id: int, at: datetime | None = None
) -> Saved:
    """Let a rotation propose nothing from ``at`` (default now) on; confirmed shifts stay. Raises as above."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        await tx.schedules.lock(schedule.id)
        versions = await versions_of(tx, schedule, rotation_id)
        await tx.rotations.save(schedule.id, ended_versions(versions, max(at or now, now)), now)
        extended = await extend_in(tx, schedule, now, by=actor.user_id)
        looked_at = await tx.destinations.mark_dirty({role for version in versions for role in version.roles})
        name = versions[-1].name
        note(
            tx,
            actor,
            now,
            "rotation.ended",
            f"ended the rotation {escape(name)}",
            schedule_id=schedule.id,
            rotation=rotation_id,
            shifts=[shift.id for shift in extended.dropped],
        )
    export_soon(house, {*extended.destinations, *looked_at})
    return Saved(rotation_id, name, schedule.name, extended)


async def remove_plan(
    house: House, actor: Actor, schedule_id: int, rotation_id: int, at: datetime, revision: int | None = None
) -> Saved:
    """Take back what is planned for a rotation at ``at``; later plans stay. Raises Stale, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        await tx.schedules.lock(schedule.id)
        versions = await unchanged(tx, schedule, rotation_id, revision)
        after = unplanned(versions, at, now)
        if after == versions:
            raise NotFound("Nothing is planned there any more.")
        await refuse_overlaps(tx, schedule, after, now)
        await tx.rotations.save(schedule.id, after, now)
        extended = await extend_in(tx, schedule, now)
        looked_at = await tx.destinations.mark_dirty({role for one in (*versions, *after) for role in one.roles})
        name = versions[-1].name
        summary = f"took back what was planned for the rotation {escape(name)}"
        note(tx, actor, now, "rotation.saved", summary, schedule_id=schedule.id, rotation=rotation_id)
    export_soon(house, {*extended.destinations, *looked_at})
    return Saved(rotation_id, name, schedule.name, extended)


def _view(versions: Sequence[Rotation], revision: int, roles: dict[int, str], now: datetime) -> RotationView:
    state = state_at(versions, now)
    return RotationView(
        id=state.id or 0,
        revision=revision,
        name=state.name,
        role=roles[state.role_id],
        backup_role=roles[state.backup.role_id] if state.backup else None,
        members=tuple(stint.user for stint in state.members),
        latest=state,
        until=versions[-1].until,
        plans=steps(versions, now),
    )


def _backups(latest: Rotation, following: Sequence[Shift]) -> tuple[str | None, ...]:
    """Who backs each of these shifts up as it begins; empty without a backup."""
    if latest.backup is None or not following:
        return ()
    line = backup_coverage(latest, Interval(following[0].start, following[-1].end))
    return tuple(next(iter(line.at(shift.start)), None) for shift in following)
