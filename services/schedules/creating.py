"""Schedules: made, found by name, looked at."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from oncall.names import clean, is_visible, whole
from services.kit import permissions
from services.kit.audit import note
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import (
    Access,
    administered_schedule,
    require_creator,
    unfit_admins,
    visible_schedule,
)
from services.kit.wording import escape
from storage.again import run_again
from storage.repositories.schedules import name_key
from storage.tables import Member, Schedule, Team
from storage.unit import Unit
from zonedata import zone_names

MAX_ROLES = 5
MAX_HORIZON_DAYS = 365


class ConfirmMode(StrEnum):
    """Whether new shifts wait for an admin."""

    BY_HAND = "by_hand"
    AUTOMATICALLY = "automatically"


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """What a person typed to make a schedule; users and channel are Slack ids."""

    name: str
    team: str
    time_zone: str
    roles: Sequence[str]
    members: Sequence[str]
    admins: Sequence[str]
    channel_id: str | None = None
    horizon_days: str | int = 30
    confirm: ConfirmMode = ConfirmMode.BY_HAND


@dataclass(frozen=True, slots=True)
class RoleView:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class MemberView:
    user_id: str
    name: str
    access: Access
    assignable: bool
    gone: bool = False
    """Deactivated in Slack: shown, and offered nowhere."""


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule as it is shown. Members come in the order they were listed."""

    id: int
    public_id: str
    name: str
    team: str
    time_zone: str
    horizon_days: int
    confirm: ConfirmMode
    channel_id: str | None
    roles: tuple[RoleView, ...]
    members: tuple[MemberView, ...]

    @property
    def assignable(self) -> tuple[MemberView, ...]:
        return tuple(member for member in self.members if member.assignable and not member.gone)

    @property
    def admins(self) -> tuple[MemberView, ...]:
        return tuple(member for member in self.members if member.access is Access.ADMIN and not member.gone)

    def role(self, role_id: int) -> RoleView | None:
        return next((role for role in self.roles if role.id == role_id), None)


@dataclass(frozen=True, slots=True)
class ScheduleName:
    """Enough of a schedule to choose it from a list."""

    id: int
    name: str
    team: str
    channel_id: str | None = None


@run_again
async def create_schedule(house: House, actor: Actor, draft: ScheduleDraft) -> ScheduleView:
    """Raises NotAllowed as the workspace's admins have set it, and FieldErrors keyed by the draft's attributes."""
    now = house.clock.now()
    problems, roles = _problems(draft), _cleaned(draft.roles)
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await require_creator(tx, actor)
        if "name" not in problems and await name_taken(tx, actor.workspace_id, draft.team, draft.name):
            problems["name"] = f"{draft.team.strip()} has a schedule of this name already."
        problems |= await inactive(tx, actor.workspace_id, members=draft.members, admins=draft.admins)
        problems |= await outsiders(tx, actor.workspace_id, draft.admins)
        if problems:
            raise FieldErrors(problems)
        team = await tx.schedules.ensure_team(actor.workspace_id, draft.team)
        schedule = Schedule(
            workspace_id=actor.workspace_id,
            team_id=team.id,
            public_id=str(uuid.uuid4()),
            name=clean(draft.name),
            name_key=name_key(draft.name),
            time_zone=draft.time_zone,
            horizon_days=whole(str(draft.horizon_days), 1, MAX_HORIZON_DAYS) or 1,
            confirm_mode=draft.confirm,
            channel_id=draft.channel_id,
            created_at=now,
            created_by=actor.user_id,
        )
        await tx.schedules.add(schedule, roles, _members(draft))
        note(
            tx, actor, now, "schedule.created", f"created the schedule {escape(schedule.name)}", schedule_id=schedule.id
        )
        return await view(tx, schedule, team)


async def get_schedule(house: House, actor: Actor, schedule_id: int) -> ScheduleView:
    """Raises NotFound."""

    async def seen(tx: Unit) -> ScheduleView:
        return await view(tx, await visible_schedule(tx, actor, schedule_id))

    return await house.database.remembered(("schedule", actor.workspace_id, schedule_id), seen)


async def list_schedules(house: House, actor: Actor) -> list[ScheduleName]:
    """Every schedule of the workspace, by name."""
    return list(
        await house.database.remembered(("schedules", actor.workspace_id), lambda tx: _names(tx, actor.workspace_id))
    )


async def _names(tx: Unit, workspace_id: int) -> tuple[ScheduleName, ...]:
    rows = await tx.schedules.active(workspace_id)
    return tuple(ScheduleName(schedule.id, schedule.name, team.name, schedule.channel_id) for schedule, team in rows)


async def check_admin(house: House, actor: Actor, schedule_id: int) -> None:
    """Raises NotAllowed when the actor may not change the schedule, NotFound."""
    await house.database.remembered(
        ("administers", actor, schedule_id), lambda tx: administered_schedule(tx, actor, schedule_id)
    )


async def check_creator(house: House, actor: Actor) -> None:
    """Raises NotAllowed when the actor may not make schedules."""
    async with house.database.read() as tx:
        await require_creator(tx, actor)


async def may_change(house: House, actor: Actor, schedule_id: int) -> bool:
    """Whether changing the schedule is worth offering to the actor."""
    return await house.database.remembered(
        ("may change", actor, schedule_id), lambda tx: permissions.may_change(tx, actor, schedule_id)
    )


async def view(tx: Unit, schedule: Schedule, team: Team | None = None) -> ScheduleView:
    """The schedule as it is shown, read in the caller's transaction."""
    team = team or await tx.schedules.team(schedule.team_id)
    members = await tx.schedules.members(schedule.id)
    people = await tx.people.named(schedule.workspace_id, [member.user_id for member in members])
    names = {user: person.real_name or person.name for user, person in people.items()}
    gone = {user for user, person in people.items() if person.deleted}
    return ScheduleView(
        id=schedule.id,
        public_id=schedule.public_id,
        name=schedule.name,
        team=team.name if team else "",
        time_zone=schedule.time_zone,
        horizon_days=schedule.horizon_days,
        confirm=ConfirmMode(schedule.confirm_mode),
        channel_id=schedule.channel_id,
        roles=tuple(RoleView(role.id, role.name) for role in await tx.schedules.roles(schedule.id)),
        members=tuple(
            MemberView(m.user_id, names.get(m.user_id, m.user_id), Access(m.access), m.assignable, m.user_id in gone)
            for m in members
        ),
    )


def _cleaned(roles: Sequence[str]) -> list[str]:
    return [clean(role) for role in roles if clean(role)]


class Settings(Protocol):
    """What can be typed for a new schedule and changed later."""

    @property
    def name(self) -> str: ...

    @property
    def time_zone(self) -> str: ...

    @property
    def admins(self) -> Sequence[str]: ...

    @property
    def horizon_days(self) -> str | int: ...


def problems_of(draft: Settings) -> dict[str, str]:
    """What is wrong with what every schedule needs, by attribute."""
    checks = {
        "name": not is_visible(draft.name) and "A schedule needs a name that can be seen.",
        "time_zone": draft.time_zone not in zone_names() and "Choose a time zone from the list.",
        "admins": not draft.admins and "Choose at least one admin.",
        "horizon_days": _horizon_problem(str(draft.horizon_days)),
    }
    return {field: str(problem) for field, problem in checks.items() if problem}


def _problems(draft: ScheduleDraft) -> dict[str, str]:
    checks = {
        "team": not is_visible(draft.team) and "A schedule belongs to a team; type its name.",
        "roles": _role_problem(_cleaned(draft.roles)),
        "members": not draft.members and "Choose at least one member.",
    }
    return problems_of(draft) | {field: str(problem) for field, problem in checks.items() if problem}


async def inactive(tx: Unit, workspace_id: int, **chosen: Sequence[str]) -> dict[str, str]:
    """A problem for each field in which apps or people deactivated in Slack are chosen."""
    known = await tx.people.named(workspace_id, {user for users in chosen.values() for user in users})
    problems: dict[str, str] = {}
    for field, users in chosen.items():
        people = (known[user] for user in users if user in known)
        names = ", ".join(one.real_name or one.name for one in people if one.is_bot or one.deleted)
        if names:
            problems[field] = f"Choose people who are active in Slack. These are apps or were deactivated: {names}."
    return problems


async def outsiders(tx: Unit, workspace_id: int, admins: Sequence[str]) -> dict[str, str]:
    """A problem for ``admins`` where guests, people of other companies or deactivated ones are among them."""
    unfit = [person for person in await unfit_admins(tx, workspace_id, admins) if not person.is_bot]
    names = ", ".join(one.real_name or one.name for one in unfit)
    return {"admins": f"Guests and people of other companies can't be admins: {names}."} if names else {}


def _role_problem(roles: Sequence[str]) -> str:
    if not roles:
        return "Name at least one role, for example Primary."
    if len(roles) > MAX_ROLES:
        return f"A schedule has at most {MAX_ROLES} roles; these are {len(roles)}."
    if not all(is_visible(role) for role in roles):
        return "A role needs a name that can be seen."
    if len({name_key(role) for role in roles}) < len(roles):
        return "Each role needs a name of its own."
    return "A role's name has at most 75 characters." if any(len(role) > 75 for role in roles) else ""


def _horizon_problem(days: str) -> str:
    if whole(days, 1, MAX_HORIZON_DAYS) is not None:
        return ""
    return f"Type a number of days from 1 to {MAX_HORIZON_DAYS}."


def _members(draft: ScheduleDraft) -> list[Member]:
    """Members in the order chosen; admins who are no members administer without being assigned."""
    everyone = list(dict.fromkeys([*draft.members, *draft.admins]))
    return [
        Member(
            user_id=user,
            access=Access.ADMIN if user in draft.admins else Access.MEMBER,
            assignable=user in draft.members,
        )
        for user in everyone
    ]


async def name_taken(tx: Unit, workspace_id: int, team: str, name: str, *, but: int | None = None) -> bool:
    """Whether the team has a schedule of this name, other than ``but``."""
    wanted = (name_key(team), name_key(name))
    active = await tx.schedules.active(workspace_id)
    return any((team.name_key, s.name_key) == wanted and s.id != but for s, team in active)
