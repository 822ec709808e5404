"""Confirmed shifts of many schedules at once, and what surrounds them, as plain rows: for telling who is on call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import UtcDateTime
from storage.tables import (
    Destination,
    ExternalSchedule,
    Member,
    Person,
    Role,
    Schedule,
    ShiftRow,
    Team,
)

CONFIRMED = ShiftRow.state == "confirmed"
TAKEN = ShiftRow.user_id.is_not(None)
IDS_AT_ONCE = 500
SHIFT = cast(Table, ShiftRow.__table__)
_NOW, _AHEAD = (bindparam(name, type_=UtcDateTime) for name in ("now", "ahead"))
_NEXT_INSTANTS = (
    select(
        SHIFT.c.schedule_id,
        func.min(case((SHIFT.c.starts_at > _NOW, SHIFT.c.starts_at))),
        func.min(SHIFT.c.ends_at),
        func.min(case((SHIFT.c.starts_at > _AHEAD, SHIFT.c.starts_at))),
    )
    .where(
        SHIFT.c.schedule_id.in_(bindparam("wanted", expanding=True)),
        SHIFT.c.state == "confirmed",
        SHIFT.c.ends_at > _NOW,
    )
    .group_by(SHIFT.c.schedule_id)
)


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


def batched(ids: Iterable[int]) -> Iterator[list[int]]:
    """A few hundred at a time, in order: a statement takes only so many values."""
    known = sorted(set(ids))
    return (known[first : first + IDS_AT_ONCE] for first in range(0, len(known), IDS_AT_ONCE))


class Duties:
    """Reads over all schedules that are not archived, or over some."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def touching(self, schedule_ids: Iterable[int], since: datetime, until: datetime) -> list[Duty]:
        """The shifts of these schedules that end after ``since`` and start by ``until``."""
        found: list[Duty] = []
        for some in batched(schedule_ids):
            ours = ShiftRow.schedule_id.in_(some)
            found += await self._duties(TAKEN, ours, ShiftRow.ends_at > since, ShiftRow.starts_at <= until)
        return found

    async def onwards(self, schedule_ids: Iterable[int], since: datetime, until: datetime | None = None) -> list[Duty]:
        """The shifts of these schedules that end after ``since`` and start before ``until``; None is for ever."""
        conditions = [TAKEN, ShiftRow.schedule_id.in_(sorted(set(schedule_ids))), ShiftRow.ends_at > since]
        return await self._duties(*conditions, *([ShiftRow.starts_at < until] if until else []))

    async def standing(self, schedule_ids: Iterable[int], since: datetime, until: datetime) -> list[Duty]:
        """What stands in these schedules between two instants, both included; what was left unassigned as well."""
        ours = ShiftRow.schedule_id.in_(sorted(set(schedule_ids)))
        return await self._duties(ours, ShiftRow.ends_at > since, ShiftRow.starts_at <= until)

    async def _duties(self, *conditions: ColumnElement[bool]) -> list[Duty]:
        query = (
            select(
                ShiftRow.schedule_id,
                ShiftRow.role_id,
                ShiftRow.user_id,
                ShiftRow.starts_at,
                ShiftRow.ends_at,
                ShiftRow.source,
            )
            .join(Schedule, Schedule.id == ShiftRow.schedule_id)
            .where(Schedule.archived_at.is_(None), CONFIRMED, *conditions)
            .order_by(ShiftRow.schedule_id, ShiftRow.starts_at, ShiftRow.id)
        )
        rows = await self._session.execute(query)
        return [
            Duty(schedule, role, user or "", start, end, source) for schedule, role, user, start, end, source in rows
        ]

    async def next_instants(
        self, schedule_ids: Iterable[int], now: datetime, lead: timedelta
    ) -> list[tuple[int, list[datetime]]]:
        """Per schedule the next instants at which a confirmed shift starts, at which one ends, and ``lead`` before the
        next one starts of which that is to come; those that there are."""
        found: list[tuple[int, list[datetime]]] = []
        connection = await self._session.connection()
        for some in batched(schedule_ids):
            rows = await connection.execute(_NEXT_INSTANTS, {"wanted": some, "now": now, "ahead": now + lead})
            for schedule_id, start, end, ahead in rows:
                instants = (start, end, ahead and ahead - lead)
                found.append((schedule_id, [at for at in instants if at is not None]))
        return found

    async def schedules(self, schedule_ids: Iterable[int]) -> dict[int, tuple[Schedule, Team]]:
        rows = await self._session.execute(
            select(Schedule, Team)
            .join(Team, Team.id == Schedule.team_id)
            .where(Schedule.id.in_(sorted(set(schedule_ids))))
        )
        return {schedule.id: (schedule, team) for schedule, team in rows}

    async def roles(self, schedule_ids: Iterable[int]) -> dict[int, list[Role]]:
        """The roles of each schedule, in order."""
        query = select(Role).where(Role.schedule_id.in_(sorted(set(schedule_ids))))
        found: dict[int, list[Role]] = {}
        for role in await self._session.scalars(query.order_by(Role.schedule_id, Role.position)):
            found.setdefault(role.schedule_id, []).append(role)
        return found

    async def members(self, schedule_ids: Iterable[int]) -> dict[int, list[Membership]]:
        """Who belongs to each schedule, in order."""
        rows = await self._session.execute(
            select(Member.schedule_id, Member.user_id, Member.access, Member.assignable)
            .where(Member.schedule_id.in_(sorted(set(schedule_ids))))
            .order_by(Member.position, Member.user_id)
        )
        found: dict[int, list[Membership]] = {}
        for schedule_id, user, access, assignable in rows:
            found.setdefault(schedule_id, []).append(Membership(user, access, assignable))
        return found

    async def people(self, workspace_ids: Iterable[int], user_ids: Iterable[str]) -> dict[tuple[int, str], Person]:
        """These people, as far as they are known, by workspace and id."""
        workspaces, users = sorted(set(workspace_ids)), sorted(set(user_ids))
        found: dict[tuple[int, str], Person] = {}
        for first in range(0, len(users), IDS_AT_ONCE):
            asked = Person.user_id.in_(users[first : first + IDS_AT_ONCE])
            rows = await self._session.scalars(select(Person).where(Person.workspace_id.in_(workspaces), asked))
            found |= {(person.workspace_id, person.user_id): person for person in rows}
        return found

    async def links(self, schedule_ids: Iterable[int]) -> list[Link]:
        """The external schedules of these schedules' destinations, as last listed."""
        query = (
            select(Destination, ExternalSchedule.escalation_policies)
            .outerjoin(
                ExternalSchedule,
                (ExternalSchedule.connection_id == Destination.connection_id)
                & (ExternalSchedule.external_id == Destination.external_id),
            )
            .where(
                Destination.removed_at.is_(None),
                Destination.schedule_id.in_(sorted(set(schedule_ids))),
            )
            .order_by(Destination.id)
        )
        return [
            Link(d.schedule_id, d.role_id, d.external_name, d.external_url, d.connection_id, policies or [])
            for d, policies in (await self._session.execute(query))
        ]
