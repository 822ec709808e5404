"""Changing a schedule itself, and archiving it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from oncall.names import clean, is_visible, whole
from oncall.shifts import ShiftState, covered
from oncall.timeline import Interval
from services.destinations.configuring import retire
from services.kit.audit import note
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import Access, administered_schedule
from services.kit.wording import escape
from services.schedules.creating import (
    MAX_HORIZON_DAYS,
    ConfirmMode,
    ScheduleView,
    inactive,
    name_taken,
    outsiders,
    problems_of,
    view,
)
from services.schedules.horizon import Extended, extend_in
from services.schedules.roles import Loss, RoleEdits, change_roles, move_to_team, problems_of_roles
from storage.again import run_again
from storage.repositories.covers import CoverState
from storage.repositories.schedules import name_key
from storage.tables import Member, Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class EditDraft:
    """What a person typed for a schedule that exists; users and channel are Slack ids, an empty team leaves it."""

    schedule_id: int
    name: str
    time_zone: str
    admins: Sequence[str]
    channel_id: str | None = None
    horizon_days: str | int = 30
    confirm: ConfirmMode = ConfirmMode.BY_HAND
    team: str = ""
    roles: RoleEdits = field(default_factory=lambda: RoleEdits({}))


@dataclass(frozen=True, slots=True)
class Edited:
    """A changed schedule, what its new horizon or confirm mode led to, and what went with roles that were removed."""

    schedule: ScheduleView
    extended: Extended
    lost: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Archiving:
    """What stops with a schedule: rotations, exports to external schedules, coming shifts, requests for cover."""

    schedule: ScheduleView
    rotations: tuple[str, ...]
    destinations: tuple[str, ...]
    shifts: int
    times: tuple[Interval, ...] = ()
    """When somebody is on call for any role, as it stands: that is told to nobody any more."""


@run_again
async def edit_schedule(house: House, actor: Actor, draft: EditDraft) -> Edited:
    """Raises FieldErrors keyed by the draft's attributes, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await tx.schedules.lock(draft.schedule_id)
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        former = await tx.schedules.team(schedule.team_id)
        team_was = former.name if former else ""
        team = await move_to_team(tx, schedule, draft.team)
        problems = problems_of(draft) | await problems_of_roles(tx, schedule, draft.roles)
        if draft.team.strip() and not is_visible(draft.team):
            problems["team"] = "A schedule belongs to a team; type its name."
        if team and await name_taken(tx, actor.workspace_id, team.name, draft.name, but=schedule.id):
            problems.setdefault("name", f"{team.name} has another schedule of this name.")
        problems |= await inactive(tx, actor.workspace_id, admins=draft.admins)
        problems |= await outsiders(tx, actor.workspace_id, draft.admins)
        if problems:
            raise FieldErrors(problems)
        what = await _what_changes(tx, schedule, draft, team_was, team.name if team else team_was)
        _apply(schedule, draft)
        await _set_admins(tx, schedule, draft.admins)
        lost = await change_roles(tx, actor, schedule, draft.roles, now)
        extended = await extend_in(tx, schedule, now, by=actor.user_id)
        tx.presence.mark([schedule.id], now)  # topics name the schedule and its roles
        await tx.told.bring_forward([schedule.id])  # by another clock a digest is due at another instant
        summary = f"changed the schedule {escape(schedule.name)}{what}"
        note(tx, actor, now, "schedule.edited", summary, schedule_id=schedule.id)
        found = await view(tx, schedule, team)
    return Edited(found, extended, tuple(lost))


async def archiving(house: House, actor: Actor, schedule_id: int) -> Archiving:
    """What would stop if the schedule were archived. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        return await _stops(tx, schedule, house.clock.now())


@run_again
async def archive_schedule(house: House, actor: Actor, schedule_id: int) -> Archiving:
    """Put a schedule away with its history. What was exported stays in the external schedules. Raises as above."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.schedules.lock(schedule_id)
        schedule = await administered_schedule(tx, actor, schedule_id)
        stopped = await _stops(tx, schedule, now)
        for destination in await tx.destinations.of_schedule(schedule.id):
            await retire(tx, destination, now)
        for request in await tx.covers.open(schedule.id, now):
            await tx.covers.settle(request.id, CoverState.VOID, now)
        schedule.archived_at = now
        tx.presence.mark([schedule.id], now)
        summary = f"archived the schedule {escape(schedule.name)}"
        note(tx, actor, now, "schedule.archived", summary, schedule_id=schedule.id)
    return stopped


async def _stops(tx: Unit, schedule: Schedule, now: datetime) -> Archiving:
    shifts = await tx.shifts.of_schedule(schedule.id, now)
    confirmed = [shift for shift in shifts if shift.state is ShiftState.CONFIRMED]
    latest = [versions[-1] for versions in await tx.rotations.of_schedule(schedule.id)]
    return Archiving(
        schedule=await view(tx, schedule),
        rotations=tuple(rotation.name for rotation in latest if rotation.until is None or rotation.until > now),
        destinations=tuple(row.external_name for row in await tx.destinations.of_schedule(schedule.id)),
        shifts=len(confirmed),
        times=covered(confirmed, now),
    )


async def _what_changes(tx: Unit, schedule: Schedule, draft: EditDraft, team_was: str, team: str) -> str:
    """What is new about it, for its history; to be asked before it is applied."""
    roles = await tx.schedules.roles(schedule.id)
    names = {role.id: role.name for role in roles}
    typed = {number: clean(name) for number, name in draft.roles.names.items() if number in names}
    removed = [names[number] for number, name in typed.items() if not name]
    renamed = [f"{names[number]} to {name}" for number, name in typed.items() if name and name != names[number]]
    added = [clean(name) for name in draft.roles.new if clean(name)]
    admins = {one.user_id for one in await tx.schedules.members(schedule.id) if one.access == Access.ADMIN}
    parts = [
        f"name, was {schedule.name}" if clean(draft.name) != schedule.name else "",
        f"team {team}, was {team_was}" if team != team_was else "",
        f"time zone {draft.time_zone}" if draft.time_zone != schedule.time_zone else "",
        f"horizon {draft.horizon_days} days" if str(draft.horizon_days) != str(schedule.horizon_days) else "",
        "notice channel" if draft.channel_id != schedule.channel_id else "",
        f"confirms {draft.confirm.replace('_', ' ')}" if draft.confirm != schedule.confirm_mode else "",
        "admins" if set(draft.admins) != admins else "",
        f"roles removed: {', '.join(removed)}" if removed else "",
        f"roles renamed: {', '.join(renamed)}" if renamed else "",
        f"roles added: {', '.join(added)}" if added else "",
    ]
    told = "; ".join(escape(part) for part in parts if part)
    return f" ({told})" if told else ""


def _apply(schedule: Schedule, draft: EditDraft) -> None:
    schedule.name, schedule.name_key = clean(draft.name), name_key(draft.name)
    schedule.time_zone, schedule.channel_id = draft.time_zone, draft.channel_id
    schedule.horizon_days, schedule.confirm_mode = (
        whole(str(draft.horizon_days), 1, MAX_HORIZON_DAYS) or 1,
        draft.confirm,
    )


async def _set_admins(tx: Unit, schedule: Schedule, admins: Sequence[str]) -> None:
    """These are the admins from now on; who was one stays a member, who was none administers without being assigned."""
    members = {member.user_id: member for member in await tx.schedules.members(schedule.id)}
    for member in members.values():
        if member.user_id in admins:
            member.access = Access.ADMIN
        elif member.access == Access.ADMIN:
            member.access = Access.MEMBER if member.assignable else Access.VIEWER
    last = max((member.position for member in members.values()), default=-1)
    for position, user in enumerate((user for user in admins if user not in members), last + 1):
        await tx.schedules.add_member(
            Member(schedule_id=schedule.id, user_id=user, access=Access.ADMIN, assignable=False, position=position)
        )
