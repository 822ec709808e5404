"""Teams, schedules, roles and members."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.order import Place, made, missing
from storage.plain import Plain
from storage.repositories.duties import batched
from storage.repositories.holding import hold_of_schedules
from storage.swift import swift
from storage.tables import Member, Person, Role, Schedule, Team

EXTENDED_ENOUGH = timedelta(hours=20)
"""What has been within the horizon for less is left for the next time."""
_MEMBERS = (
    select(Member).where(Member.schedule_id == bindparam("schedule_id")).order_by(Member.position, Member.user_id)
)
_USER = bindparam("user_id")
_SEEN = Plain(select(Schedule).where(Schedule.id == bindparam("schedule_id")))
_PART = Plain(
    select(Schedule, Member, Person)
    .outerjoin(Member, and_(Member.schedule_id == Schedule.id, Member.user_id == _USER))
    .outerjoin(Person, and_(Person.workspace_id == Schedule.workspace_id, Person.user_id == _USER))
    .where(Schedule.id == bindparam("schedule_id"))
)
_ROLES = (
    select(Role).where(Role.schedule_id == bindparam("schedule_id"), Role.removed_at.is_(None)).order_by(Role.position)
)
_ROLES_SEEN = Plain(_ROLES)
_LOCKED = swift(
    select(Schedule.id)
    .where(Schedule.id.in_(bindparam("wanted", expanding=True)))
    .order_by(Schedule.id)
    .with_for_update(key_share=True)
)


_NAMES = select(Schedule.id, Schedule.name).where(
    Schedule.workspace_id == bindparam("workspace_id"),
    Schedule.archived_at.is_(None),
    Schedule.id.in_(bindparam("schedule_ids", expanding=True)),
)


def name_key(name: str) -> str:
    """How names are compared: without case and outer or repeated blanks."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Part:
    """A schedule, what somebody is in it, and who they are, as far as Slack has told."""

    schedule: Schedule
    member: Member | None
    person: Person | None

    @property
    def is_gone(self) -> bool:
        """Whether they were deactivated in Slack."""
        return self.person is not None and self.person.deleted


class Schedules:
    """Schedules and what belongs to them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._parts: dict[tuple[int, str], Part | None] = {}
        """Those that were asked for since somebody may have changed a schedule or a member."""

    async def ensure_team(self, workspace_id: int, name: str) -> Team:
        """The team of that name, made when there is none."""
        key = name_key(name)
        found = await self._session.scalar(select(Team).where(Team.workspace_id == workspace_id, Team.name_key == key))
        if found is None:
            found = Team(
                workspace_id=workspace_id, public_id=str(uuid.uuid4()), name=" ".join(name.split()), name_key=key
            )
            self._session.add(found)
            await self._session.flush()
        return found

    async def team(self, team_id: int) -> Team | None:
        return await self._session.get(Team, team_id)

    async def add(self, schedule: Schedule, roles: Sequence[str], members: Iterable[Member]) -> Schedule:
        """Store a schedule with its roles, in order, and its members (their ``schedule_id`` is filled in here)."""
        self._session.add(schedule)
        await self._session.flush()
        made(self._session, Place.SCHEDULE, schedule.id)
        for position, role in enumerate(roles):
            self._session.add(Role(schedule_id=schedule.id, position=position, name=role))
        for position, member in enumerate(members):
            member.schedule_id = schedule.id
            member.position = position
            self._session.add(member)
        await self._session.flush()
        return schedule

    async def get(self, schedule_id: int) -> Schedule | None:
        """To be changed, or to be looked at."""
        self._parts.clear()
        return await self._session.get(Schedule, schedule_id)

    async def seen(self, schedule_id: int) -> Schedule | None:
        """To be looked at only."""
        row = await _SEEN.first(self._session, {"schedule_id": schedule_id})
        return row[0] if row is not None else None

    async def part(self, schedule_id: int, user_id: str) -> Part | None:
        """Somebody's part in a schedule, to be looked at only; None where there is no such schedule."""
        if (schedule_id, user_id) not in self._parts:
            row = await _PART.first(self._session, {"schedule_id": schedule_id, "user_id": user_id})
            self._parts[schedule_id, user_id] = Part(*row) if row is not None else None
        return self._parts[schedule_id, user_id]

    async def lock(self, *schedule_ids: int) -> None:
        """Nobody else changes these schedules, their destinations, or those that share external schedules with them.

        All that a transaction changes are locked at once. SQLite has one writer anyway.
        """
        new = missing(self._session, Place.SCHEDULE, schedule_ids)
        if new:
            if self._session.get_bind().dialect.name != "sqlite":
                await self._session.flush()
                await (await self._session.connection()).execute(_LOCKED, {"wanted": new})
            await hold_of_schedules(self._session, new)

    async def active(self, workspace_id: int) -> list[tuple[Schedule, Team]]:
        """Every schedule that is not archived, with its team, by name."""
        rows = await self._session.execute(
            select(Schedule, Team)
            .join(Team, Team.id == Schedule.team_id)
            .where(Schedule.workspace_id == workspace_id, Schedule.archived_at.is_(None))
            .order_by(Schedule.name_key, Schedule.id)
        )
        return [(schedule, team) for schedule, team in rows]

    async def archived(self, workspace_id: int) -> list[tuple[Schedule, Team]]:
        """Every schedule that was put away, with its team, the newest first."""
        rows = await self._session.execute(
            select(Schedule, Team)
            .join(Team, Team.id == Schedule.team_id)
            .where(Schedule.workspace_id == workspace_id, Schedule.archived_at.is_not(None))
            .order_by(Schedule.archived_at.desc(), Schedule.id.desc())
        )
        return [(schedule, team) for schedule, team in rows]

    async def to_extend(self, now: datetime, release: str) -> list[int]:
        """Schedules that are not archived and into whose horizon a turn has come since they were extended.

        As well those that were extended under another ``release`` of the zone rules, or could not be extended.
        """
        ids = select(Schedule.id).where(Schedule.archived_at.is_(None))
        found = set(await self._session.scalars(ids.where(Schedule.extended_with < release)))
        found |= set(await self._session.scalars(ids.where(Schedule.extended_with > release)))
        for days in await self._horizons():
            same, far = Schedule.horizon_days == days, now + timedelta(days=days) - EXTENDED_ENOUGH
            found |= set(await self._session.scalars(ids.where(same, Schedule.extended_until.is_(None))))
            found |= set(await self._session.scalars(ids.where(same, Schedule.extended_until <= far)))
        return sorted(found)

    async def _horizons(self) -> list[int]:
        """The horizons that there are, in days: one look at the index for each, however many schedules have it."""
        found: list[int] = []
        query = select(func.min(Schedule.horizon_days)).where(Schedule.archived_at.is_(None))
        days = await self._session.scalar(query)
        while days is not None:
            found.append(days)
            days = await self._session.scalar(query.where(Schedule.horizon_days > days))
        return found

    async def failing_to_extend(self, schedule_ids: Iterable[int] | None = None) -> list[Schedule]:
        """Schedules that are not archived and could not be extended the last time; of these ids, or of all."""
        query = select(Schedule).where(Schedule.archived_at.is_(None), Schedule.extending_fails != "")
        if schedule_ids is not None:
            query = query.where(Schedule.id.in_(sorted(set(schedule_ids))))
        return list(await self._session.scalars(query.order_by(Schedule.id)))

    async def all_ids(self) -> list[int]:
        """Every schedule that is not archived, whatever workspace it is of."""
        return list(
            await self._session.scalars(select(Schedule.id).where(Schedule.archived_at.is_(None)).order_by(Schedule.id))
        )

    async def roles(self, schedule_id: int) -> list[Role]:
        """In order, without those that were removed; to be looked at only."""
        return [role for [role] in await _ROLES_SEEN.rows(self._session, {"schedule_id": schedule_id})]

    async def roles_to_change(self, schedule_id: int) -> list[Role]:
        """The same, as objects of the session."""
        return list(await self._session.scalars(_ROLES, {"schedule_id": schedule_id}))

    async def all_roles(self, schedule_id: int) -> list[Role]:
        """Those that were removed as well: their past shifts stay."""
        query = select(Role).where(Role.schedule_id == schedule_id)
        return list(await self._session.scalars(query.order_by(Role.position)))

    async def add_role(self, schedule_id: int, name: str) -> Role:
        """A role below all that there are or were."""
        query = select(func.max(Role.position)).where(Role.schedule_id == schedule_id)
        last = await self._session.scalar(query)
        role = Role(schedule_id=schedule_id, position=(-1 if last is None else last) + 1, name=name)
        self._session.add(role)
        await self._session.flush()
        return role

    async def team_called(self, workspace_id: int, name: str) -> Team | None:
        query = select(Team).where(Team.workspace_id == workspace_id, Team.name_key == name_key(name))
        return await self._session.scalar(query)

    async def names_of_active(self, workspace_id: int, schedule_ids: Iterable[int]) -> dict[int, str]:
        """The names of those of these schedules of a workspace that are not archived, by id."""
        wanted = {"workspace_id": workspace_id, "schedule_ids": sorted(set(schedule_ids))}
        return {number: name for number, name in await self._session.execute(_NAMES, wanted)}

    async def alone_in_team(self, schedule: Schedule) -> bool:
        """Whether no other schedule, archived ones included, is of this one's team."""
        query = select(Schedule.id).where(Schedule.team_id == schedule.team_id, Schedule.id != schedule.id)
        return await self._session.scalar(query.limit(1)) is None

    async def some(self, schedule_ids: Iterable[int]) -> list[Schedule]:
        """Those of these that there are, archived ones too."""
        return list(await self._session.scalars(select(Schedule).where(Schedule.id.in_(sorted(set(schedule_ids))))))

    async def put_away(self, schedule_ids: Iterable[int]) -> list[Schedule]:
        """Those of these that are archived."""
        found: list[Schedule] = []
        for ids in batched(schedule_ids):
            gone = select(Schedule).where(Schedule.id.in_(ids), Schedule.archived_at.is_not(None))
            found += await self._session.scalars(gone)
        return found

    async def roles_of(self, schedule_ids: Iterable[int]) -> dict[int, list[Role]]:
        """All roles of these schedules in order, removed ones too, by the schedule's id."""
        query = select(Role).where(Role.schedule_id.in_(sorted(set(schedule_ids))))
        found: dict[int, list[Role]] = {}
        for role in await self._session.scalars(query.order_by(Role.position)):
            found.setdefault(role.schedule_id, []).append(role)
        return found

    async def role(self, role_id: int) -> Role | None:
        return await self._session.get(Role, role_id)

    async def members(self, schedule_id: int) -> list[Member]:
        self._parts.clear()
        return list(await self._session.scalars(_MEMBERS, {"schedule_id": schedule_id}))

    async def member(self, schedule_id: int, user_id: str) -> Member | None:
        self._parts.clear()
        return await self._session.get(Member, (schedule_id, user_id))

    async def add_member(self, member: Member) -> None:
        self._parts.clear()
        self._session.add(member)
        await self._session.flush()

    async def remove_member(self, schedule_id: int, user_id: str) -> None:
        self._parts.clear()
        await self._session.execute(delete(Member).where(Member.schedule_id == schedule_id, Member.user_id == user_id))

    async def administered_by(self, workspace_id: int, user_id: str) -> list[int]:
        """The schedules that somebody is an admin of, archived ones left out."""
        return list(
            await self._session.scalars(
                select(Schedule.id)
                .join(Member, Member.schedule_id == Schedule.id)
                .where(
                    Schedule.workspace_id == workspace_id,
                    Schedule.archived_at.is_(None),
                    Member.user_id == user_id,
                    Member.access == "admin",
                )
            )
        )

    async def parts_of(self, workspace_id: int, user_id: str) -> list[tuple[int, Member]]:
        """Somebody's part in each schedule that is not archived, by the schedule's id."""
        rows = await self._session.execute(
            select(Schedule.id, Member)
            .join(Member, Member.schedule_id == Schedule.id)
            .where(Schedule.workspace_id == workspace_id, Schedule.archived_at.is_(None), Member.user_id == user_id)
            .order_by(Schedule.id)
        )
        return [(schedule, member) for schedule, member in rows]

    async def missing_somebody(self, workspace_id: int) -> list[int]:
        """Schedules that are not archived with a member who is gone from Slack, or was when their admins were told."""
        gone = or_(Person.deleted.is_(True), Member.gone_at.is_not(None))
        query = (
            select(Schedule.id)
            .join(Member, Member.schedule_id == Schedule.id)
            .join(Person, (Person.workspace_id == Schedule.workspace_id) & (Person.user_id == Member.user_id))
            .where(Schedule.workspace_id == workspace_id, Schedule.archived_at.is_(None), gone)
        )
        return list(await self._session.scalars(query.distinct().order_by(Schedule.id)))

    async def memberships(self, schedule_ids: Iterable[int]) -> list[tuple[Schedule, Member]]:
        """Everybody's part in those of these schedules that are not archived."""
        found: list[tuple[Schedule, Member]] = []
        for some in batched(schedule_ids):
            rows = await self._session.execute(
                select(Schedule, Member)
                .join(Member, Member.schedule_id == Schedule.id)
                .where(Schedule.id.in_(some), Schedule.archived_at.is_(None))
                .order_by(Schedule.id, Member.position, Member.user_id)
            )
            found += [(schedule, member) for schedule, member in rows]
        return found
