"""Confirmed shifts of many schedules at once, and what surrounds them, as plain rows: for telling who is on call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import Executable, Table, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import UtcDateTime
from storage.plain import Plain, rows_of
from storage.swift import swift
from storage.tables import (
    Connection,
    Destination,
    ExternalSchedule,
    ExternalUser,
    Member,
    Person,
    Role,
    Schedule,
    ShiftRow,
    Team,
)

CONFIRMED = ShiftRow.state == "confirmed"
TAKEN = ShiftRow.user_id.is_not(None)
IDS_AT_ONCE = 512
Key = TypeVar("Key", int, str)
SHIFT = cast(Table, ShiftRow.__table__)
_NOW, _AHEAD, _SINCE, _UNTIL = (bindparam(name, type_=UtcDateTime) for name in ("now", "ahead", "since", "until"))
_WANTED = bindparam("wanted", expanding=True)
_USERS, _WORKSPACES = (bindparam(name, expanding=True) for name in ("users", "workspaces"))
_NEXT_INSTANTS = swift(
    select(
        SHIFT.c.schedule_id,
        func.min(case((SHIFT.c.starts_at > _NOW, SHIFT.c.starts_at))),
        func.min(SHIFT.c.ends_at),
        func.min(case((SHIFT.c.starts_at > _AHEAD, SHIFT.c.starts_at))),
    )
    .where(SHIFT.c.schedule_id.in_(_WANTED), SHIFT.c.state == "confirmed", SHIFT.c.ends_at > _NOW)
    .group_by(SHIFT.c.schedule_id)
)
_CONFIRMED = (
    select(
        ShiftRow.schedule_id, ShiftRow.role_id, ShiftRow.user_id, ShiftRow.starts_at, ShiftRow.ends_at, ShiftRow.source
    )
    .join(Schedule, Schedule.id == ShiftRow.schedule_id)
    .where(Schedule.archived_at.is_(None), CONFIRMED, ShiftRow.schedule_id.in_(_WANTED))
    .where(ShiftRow.ends_at > _SINCE)
    .order_by(ShiftRow.schedule_id, ShiftRow.starts_at, ShiftRow.id)
)
_STANDING = swift(_CONFIRMED.where(ShiftRow.starts_at <= _UNTIL))
_TAKEN = _CONFIRMED.where(TAKEN)
_TOUCHING, _BEFORE = swift(_TAKEN.where(ShiftRow.starts_at <= _UNTIL)), swift(_TAKEN.where(ShiftRow.starts_at < _UNTIL))
_ONWARDS = swift(_TAKEN)
_SCHEDULES = Plain(select(Schedule, Team).join(Team, Team.id == Schedule.team_id).where(Schedule.id.in_(_WANTED)))
_ROLES = Plain(select(Role).where(Role.schedule_id.in_(_WANTED)).order_by(Role.schedule_id, Role.position))
_MEMBERS = swift(
    select(Member.schedule_id, Member.user_id, Member.access, Member.assignable)
    .where(Member.schedule_id.in_(_WANTED))
    .order_by(Member.schedule_id, Member.position, Member.user_id)
)
_PEOPLE = Plain(select(Person).where(Person.workspace_id.in_(_WORKSPACES), Person.user_id.in_(_USERS)))
_MATCHED = Plain(
    select(Connection.workspace_id, ExternalUser)
    .join(Connection, Connection.id == ExternalUser.connection_id)
    .where(Connection.workspace_id.in_(_WORKSPACES), ExternalUser.external_id.in_(_USERS))
)
_LINKS = swift(
    select(
        Destination.schedule_id,
        Destination.role_id,
        Destination.external_name,
        Destination.external_url,
        Destination.connection_id,
        ExternalSchedule.escalation_policies,
    )
    .outerjoin(
        ExternalSchedule,
        (ExternalSchedule.connection_id == Destination.connection_id)
        & (ExternalSchedule.external_id == Destination.external_id),
    )
    .where(Destination.removed_at.is_(None), Destination.schedule_id.in_(_WANTED))
    .order_by(Destination.id)
)
"""Asked for each hundred of thousands of handoffs at one instant, so built once."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A confirmed shift; ``user`` empty is a stretch that was left unassigned on purpose."""

    schedule_id: int
    role_id: int
    user: str
    start: datetime
    end: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody on a schedule, and what they may do there."""

    user: str
    access: str
    assignable: bool


@dataclass(frozen=True, slots=True)
class Link:
    """An external schedule that shows a role; ``policies`` are the escalation policies that use it."""

    schedule_id: int
    role_id: int
    name: str
    url: str
    connection_id: int
    policies: list[Any]


def batched(ids: Iterable[Key]) -> Iterator[list[Key]]:
    """A few hundred at a time, in order: a statement takes only so many values."""
    known = sorted(set(ids))
    return (known[first : first + IDS_AT_ONCE] for first in range(0, len(known), IDS_AT_ONCE))


class Duties:
    """Reads over all schedules that are not archived, or over some."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def touching(self, schedule_ids: Iterable[int], since: datetime, until: datetime) -> list[Duty]:
        """The shifts of these schedules that end after ``since`` and start by ``until``."""
        return await self._duties(_TOUCHING, schedule_ids, since, until)

    async def onwards(self, schedule_ids: Iterable[int], since: datetime, until: datetime | None = None) -> list[Duty]:
        """The shifts of these schedules that end after ``since`` and start before ``until``; None is for ever."""
        return await self._duties(_ONWARDS if until is None else _BEFORE, schedule_ids, since, until)

    async def standing(self, schedule_ids: Iterable[int], since: datetime, until: datetime) -> list[Duty]:
        """What stands in these schedules between two instants, both included; what was left unassigned as well."""
        return await self._duties(_STANDING, schedule_ids, since, until)

    async def _duties(
        self, statement: Executable, schedule_ids: Iterable[int], since: datetime, until: datetime | None
    ) -> list[Duty]:
        span = {"since": since} if until is None else {"since": since, "until": until}
        return [
            Duty(schedule, role, user or "", start, end, source)
            for schedule, role, user, start, end, source in await self._of(statement, schedule_ids, **span)
        ]

    async def _of(self, statement: Executable, schedule_ids: Iterable[int], **values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for some in batched(schedule_ids):
            found += await rows_of(self._session, statement, {"wanted": some, **values})
        return found

    async def next_instants(
        self, schedule_ids: Iterable[int], now: datetime, lead: timedelta
    ) -> list[tuple[int, list[datetime]]]:
        """Per schedule the next instants at which a confirmed shift starts, at which one ends, and ``lead`` before the
        next one starts of which that is to come; those that there are."""
        found: list[tuple[int, list[datetime]]] = []
        for schedule_id, *known in await self._of(_NEXT_INSTANTS, schedule_ids, now=now, ahead=now + lead):
            start, end, ahead = known
            found.append((schedule_id, [at for at in (start, end, ahead and ahead - lead) if at is not None]))
        return found

    async def schedules(self, schedule_ids: Iterable[int]) -> dict[int, tuple[Schedule, Team]]:
        """With their teams, to be looked at only."""
        found: dict[int, tuple[Schedule, Team]] = {}
        for some in batched(schedule_ids):
            rows = await _SCHEDULES.rows(self._session, {"wanted": some})
            found |= {schedule.id: (schedule, team) for schedule, team in rows}
        return found

    async def roles(self, schedule_ids: Iterable[int]) -> dict[int, list[Role]]:
        """The roles of each schedule, in order, to be looked at only."""
        found: dict[int, list[Role]] = {}
        for some in batched(schedule_ids):
            for [role] in await _ROLES.rows(self._session, {"wanted": some}):
                found.setdefault(role.schedule_id, []).append(role)
        return found

    async def members(self, schedule_ids: Iterable[int]) -> dict[int, list[Membership]]:
        """Who belongs to each schedule, in order."""
        found: dict[int, list[Membership]] = {}
        for schedule_id, user, access, assignable in await self._of(_MEMBERS, schedule_ids):
            found.setdefault(schedule_id, []).append(Membership(user, access, assignable))
        return found

    async def people(self, workspace_ids: Iterable[int], user_ids: Iterable[str]) -> dict[tuple[int, str], Person]:
        """These people, as far as they are known, by workspace and id, to be looked at only."""
        rows = await self._named(_PEOPLE, workspace_ids, user_ids)
        return {(person.workspace_id, person.user_id): person for [person] in rows}

    async def matched(
        self, workspace_ids: Iterable[int], external_ids: Iterable[str]
    ) -> dict[tuple[int, str], ExternalUser]:
        """These people of external systems, as far as they are known, by workspace and id, to be looked at only."""
        rows = await self._named(_MATCHED, workspace_ids, external_ids)
        return {(workspace, user.external_id): user for workspace, user in rows}

    async def _named(self, statement: Plain, workspace_ids: Iterable[int], names: Iterable[str]) -> list[list[Any]]:
        workspaces, found = sorted(set(workspace_ids)), list[list[Any]]()
        for some in batched(names):
            found += await statement.rows(self._session, {"workspaces": workspaces, "users": some})
        return found

    async def links(self, schedule_ids: Iterable[int]) -> list[Link]:
        """The external schedules of these schedules' destinations, as last listed."""
        return [
            Link(schedule, role, name, url, connection, policies or [])
            for schedule, role, name, url, connection, policies in await self._of(_LINKS, schedule_ids)
        ]
