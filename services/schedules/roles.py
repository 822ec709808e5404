"""Roles and the team of a schedule that exists: added, renamed, moved, removed.

A role that is removed takes along what lies ahead of it: shifts, the rotations that fill it, its exports and requests
for cover. What is over stays, so its row stays as well. Whoever loses a shift by that is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.names import clean, is_visible
from oncall.shifts import Shift, ShiftState, covered
from oncall.timeline import Interval
from services.destinations.configuring import retire
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.schedules.creating import MAX_ROLES
from services.shifts.gains_and_losses import Move, tell_moves
from storage.repositories.covers import CoverState
from storage.repositories.schedules import name_key
from storage.tables import Role, Schedule, Team
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class RoleEdits:
    """``names`` of the roles there are, by id, where an empty one removes; and ``new`` ones."""

    names: Mapping[int, str]
    new: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with a role: confirmed shifts ahead and whose, rotations, those that lose a backup by it, exports."""

    role: str
    shifts: int
    users: tuple[str, ...]
    rotations: tuple[str, ...]
    backups: tuple[str, ...]
    destinations: tuple[str, ...]
    times: tuple[Interval, ...] = ()
    """When nobody is on call for it any more: the stretches that those shifts cover."""


async def losses(house: House, actor: Actor, schedule_id: int, edits: RoleEdits) -> list[Loss]:
    """What removing would take along, for each role that goes. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        return [await _loss(tx, schedule, role, now) for role in await _removed(tx, schedule, edits)]


async def problems_of_roles(tx: Unit, schedule: Schedule, edits: RoleEdits) -> dict[str, str]:
    """What is wrong, by the field: ``role-7`` for the role with that id, else ``new_roles``."""
    problems: dict[str, str] = {}
    kept: dict[str, str] = {}
    for role in await tx.schedules.roles(schedule.id):
        name = clean(edits.names.get(role.id, role.name))
        if name:
            kept[f"role-{role.id}"] = name
    kept |= {f"new-{number}": clean(name) for number, name in enumerate(edits.new) if clean(name)}
    names = [name_key(name) for name in kept.values()]
    for field, name in kept.items():
        place = field if field.startswith("role-") else "new_roles"
        if not is_visible(name) or len(name) > 75:
            problems[place] = "A role needs a name that can be seen, of at most 75 characters."
        elif names.count(name_key(name)) > 1:
            problems[place] = "Each role needs a name of its own."
    if not kept:
        problems["new_roles"] = "A schedule needs at least one role."
    if len(kept) > MAX_ROLES:
        problems["new_roles"] = f"A schedule has at most {MAX_ROLES} roles; these are {len(kept)}."
    return problems


async def change_roles(tx: Unit, actor: Actor, schedule: Schedule, edits: RoleEdits, now: datetime) -> list[Loss]:
    """Rename, remove and add; to be called with what :func:`problems_of_roles` finds nothing wrong with. Returns what
    went with each role that was removed."""
    lost: list[Loss] = []
    for role in await _removed(tx, schedule, edits):
        lost.append(await _loss(tx, schedule, role, now))
        await _remove(tx, actor, schedule, role, now)
    for role in await tx.schedules.roles_to_change(schedule.id):
        role.name = clean(edits.names.get(role.id, role.name)) or role.name
    for name in edits.new:
        if clean(name):
            await tx.schedules.add_role(schedule.id, clean(name))
    return lost


async def move_to_team(tx: Unit, schedule: Schedule, name: str) -> Team | None:
    """Give the schedule this team. One that has no other schedule is renamed, and stays the same for webhooks."""
    team = await tx.schedules.team(schedule.team_id)
    if team is None or not is_visible(name) or name_key(team.name) == name_key(name):
        return team
    found = await tx.schedules.team_called(schedule.workspace_id, name)
    if found is None and await tx.schedules.alone_in_team(schedule):
        team.name, team.name_key = clean(name), name_key(clean(name))
        return team
    other = await tx.schedules.ensure_team(schedule.workspace_id, clean(name))
    schedule.team_id = other.id
    return other


async def _removed(tx: Unit, schedule: Schedule, edits: RoleEdits) -> list[Role]:
    roles = await tx.schedules.roles_to_change(schedule.id)
    return [role for role in roles if role.id in edits.names and not clean(edits.names[role.id])]


async def _ahead(tx: Unit, role: Role, now: datetime) -> list[Shift]:
    return [shift for shift in await tx.shifts.of_role(role.id, now) if shift.end > now]


async def _loss(tx: Unit, schedule: Schedule, role: Role, now: datetime) -> Loss:
    confirmed = [shift for shift in await _ahead(tx, role, now) if shift.state is ShiftState.CONFIRMED]
    known = await tx.rotations.of_schedule(schedule.id)
    live = [one for versions in known for one in versions if one.until is None or one.until > now]
    return Loss(
        role=role.name,
        shifts=len(confirmed),
        users=tuple(dict.fromkeys(shift.user for shift in confirmed if shift.user)),
        rotations=tuple(dict.fromkeys(one.name for one in live if one.role_id == role.id)),
        backups=tuple(
            dict.fromkeys(one.name for one in live if one.backup is not None and one.backup.role_id == role.id)
        ),
        destinations=tuple(
            row.external_name for row in await tx.destinations.of_schedule(schedule.id) if row.role_id == role.id
        ),
        times=covered(confirmed, now),
    )


async def _remove(tx: Unit, actor: Actor, schedule: Schedule, role: Role, now: datetime) -> None:
    shifts = await _ahead(tx, role, now)
    lost = [
        Move(role.name, max(shift.start, now), shift.end, shift.user, None)
        for shift in shifts
        if shift.state is ShiftState.CONFIRMED and shift.user
    ]
    for row in await tx.destinations.of_schedule(schedule.id):
        if row.role_id == role.id:
            await retire(tx, row, now)
    for request in await tx.covers.open(schedule.id, now):
        if request.role_id == role.id:
            await tx.covers.settle(request.id, CoverState.VOID, now)
    await tx.rotations.forget_role(role.id, now)
    await tx.fairness.forget_role(role.id)
    await tx.shifts.remove([shift for shift in shifts if shift.start >= now], now)
    await tx.shifts.end_running(role.id, now)
    role.removed_at = now
    await tx.session.flush()
    key = f"role:{role.id}:{now.isoformat()}"
    await tell_moves(tx, schedule, lost, action="removed", by=actor.user_id, key=key, now=now)
