"""Rotations: drafted, checked field by field, previewed with who gains and loses what, saved from a date on.

A saved rotation is a new version of itself: nothing before its date changes, and no confirmed shift moves. Saving
extends the schedule at once, so what was previewed is what is proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.plans import Step, state_at, steps, unplanned
from oncall.rotations import Rotation
from services.kit.audit import note
from services.kit.errors import NotFound
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule, visible_schedule
from services.kit.wording import escape
from services.rotations.drafting import (
    RotationDraft,
    holds,
    planned,
    refuse_overlaps,
    unchanged,
    versions_of,
)
from services.rotations.forecasts import Preview as Preview
from services.rotations.forecasts import confirmed_to_change, replace_confirmed
from services.rotations.forecasts import preview_rotation as preview_rotation
from services.rotations.leaving import ended_versions
from services.rotations.openings import Opening, cautions_of, openings, outlook_of
from services.schedules.horizon import Extended, extend_in
from services.schedules.zone_rules import follow_in
from services.shifts.cautions import heed
from storage.again import run_again


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
class Saved:
    """A saved rotation, what extending the schedule with it did, and how many confirmed shifts changed with it."""

    id: int
    name: str
    schedule: str
    extended: Extended
    changed: int = 0


async def list_rotations(house: House, actor: Actor, schedule_id: int) -> list[RotationView]:
    """The rotations of a schedule that have not ended. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
        found = [v for v in await tx.rotations.of_schedule(schedule.id) if holds(v, now)]
        rows = {versions[-1].id: await tx.rotations.row(versions[-1].id or 0) for versions in found}
    return [_view(versions, row.revision, roles, now) for versions in found if (row := rows[versions[-1].id])]


async def opened_by_ending(house: House, actor: Actor, schedule_id: int, rotation_id: int) -> tuple[Opening, ...]:
    """The gaps that ending this rotation now makes, by role. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        ending = await versions_of(tx, schedule, rotation_id)
        before = await outlook_of(tx, schedule, now)
        others = [one for one in before.rotations if one.id != rotation_id]
        after = replace(before, rotations=[*others, *ended_versions(ending, now)])
        return await openings(tx, schedule, before, after, now)


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
        until=versions[-1].until,
    )


@run_again
async def save_rotation(house: House, actor: Actor, draft: RotationDraft) -> Saved:
    """Store the rotation and propose its shifts; raises what :func:`preview_rotation` raises."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        await tx.schedules.lock(schedule.id)
        await follow_in(tx, schedule, now)  # what is stored goes by the rules of today, as the draft does
        versions, _others = await planned(tx, schedule, draft, now)
        changing = await confirmed_to_change(tx, schedule, draft, versions, now)
        rotation_id = await tx.rotations.save(schedule.id, versions, now)
        moved = await replace_confirmed(tx, actor, schedule, versions[-1].name, changing, now)
        extended = await extend_in(tx, schedule, now, by=actor.user_id)
        await tx.destinations.mark_dirty({role for version in versions for role in version.roles})
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
    return Saved(rotation_id, name, schedule.name, extended, moved.count)


@run_again
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
        await tx.destinations.mark_dirty({role for version in versions for role in version.roles})
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
    return Saved(rotation_id, name, schedule.name, extended)


@run_again
async def remove_plan(
    house: House,
    actor: Actor,
    schedule_id: int,
    rotation_id: int,
    at: datetime,
    revision: int | None = None,
    accepted: str | None = None,
) -> Saved:
    """Take back what is planned for a rotation at ``at``; later plans stay. Raises Stale, NotAllowed, NotFound, and
    Warned where that makes a gap; ``accepted`` None asks nobody."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        await tx.schedules.lock(schedule.id)
        versions = await unchanged(tx, schedule, rotation_id, revision)
        after = unplanned(versions, at, now)
        if after == versions:
            raise NotFound("Nothing is planned there any more.")
        others = await refuse_overlaps(tx, schedule, after, now)
        before = await outlook_of(tx, schedule, now)
        found = await openings(tx, schedule, before, replace(before, rotations=[*others, *after]), now)
        heed(cautions_of(found, now), accepted)
        await tx.rotations.save(schedule.id, after, now)
        extended = await extend_in(tx, schedule, now, by=actor.user_id)
        await tx.destinations.mark_dirty({role for one in (*versions, *after) for role in one.roles})
        name = versions[-1].name
        summary = f"took back what was planned for the rotation {escape(name)}"
        note(tx, actor, now, "rotation.saved", summary, schedule_id=schedule.id, rotation=rotation_id)
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
