"""Schedules that were put away: listed, read, and brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oncall.shifts import ShiftState
from services.kit.audit import note
from services.kit.errors import NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import may_change, require_schedule_admin
from services.kit.wording import escape
from services.schedules.creating import ScheduleView, name_taken, view
from services.schedules.horizon import Extended, extend_in
from storage.again import run_again
from storage.tables import Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Archived:
    """A schedule that was put away, and what would come back with it: rotations that still go on, confirmed shifts
    ahead. Exports don't come back."""

    id: int
    name: str
    team: str
    at: datetime
    rotations: int
    shifts: int
    may_restore: bool


async def list_archived(house: House, actor: Actor) -> list[Archived]:
    """Every archived schedule of the workspace, the newest first; anyone may look."""
    async with house.database.read() as tx:
        rows = await tx.schedules.archived(actor.workspace_id)
        return [await _archived(tx, actor, schedule, team.name, house.clock.now()) for schedule, team in rows]


async def _archived(tx: Unit, actor: Actor, schedule: Schedule, team: str, now: datetime) -> Archived:
    latest = [versions[-1] for versions in await tx.rotations.of_schedule(schedule.id)]
    ahead = await tx.shifts.of_schedule(schedule.id, now)
    return Archived(
        schedule.id,
        schedule.name,
        team,
        schedule.archived_at or now,
        sum(rotation.until is None or rotation.until > now for rotation in latest),
        sum(shift.state is ShiftState.CONFIRMED for shift in ahead),
        await may_change(tx, actor, schedule.id),
    )


@run_again
async def restore_schedule(house: House, actor: Actor, schedule_id: int) -> tuple[ScheduleView, Extended]:
    """Bring a schedule back; its rotations go on from now. Raises NotAllowed, NotFound, or Refusal for a name that is
    another schedule's by now."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await tx.schedules.lock(schedule_id)
        schedule = await tx.schedules.get(schedule_id)
        if schedule is None or schedule.workspace_id != actor.workspace_id or schedule.archived_at is None:
            raise NotFound("That schedule is not archived any more.")
        await require_schedule_admin(tx, actor, schedule)
        team = await tx.schedules.team(schedule.team_id)
        name = escape(schedule.name)
        if team and await name_taken(tx, actor.workspace_id, team.name, schedule.name):
            raise Refusal(f"{escape(team.name)} has another schedule called *{name}* by now. Rename that one first.")
        schedule.archived_at = None
        tx.presence.mark([schedule.id], now)
        await tx.told.bring_forward([schedule.id])
        await tx.session.flush()
        extended = await extend_in(tx, schedule, now)
        note(tx, actor, now, "schedule.restored", f"brought the schedule {name} back", schedule_id=schedule.id)
        found = await view(tx, schedule, team)
    return found, extended
