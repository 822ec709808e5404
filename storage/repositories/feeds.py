"""Calendar feeds: their links, what tells whether one has changed, and the shifts that are in it.

Whoever changes shifts raises the schedule's mark in the same transaction (:meth:`Feeds.mark`); that somebody holds
shifts in a schedule is kept beside the shifts. So whether a feed has changed is known without looking at any shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.swift import swift
from storage.tables import (
    CancelledShift,
    Feed,
    Person,
    Role,
    Schedule,
    ShiftHolder,
    ShiftMark,
    ShiftRow,
    Workspace,
)


class FeedOf(NamedTuple):
    """A feed, the Slack team of its workspace, and whether its person was deactivated."""

    id: int
    digest: str
    workspace_id: int
    user_id: str
    schedule_id: int | None
    role_id: int | None
    team_id: str
    owner_gone: bool


class ScheduleOf(NamedTuple):
    """A schedule as feeds name it; ``serial`` is its mark's."""

    id: int
    public_id: str
    name: str
    channel_id: str | None
    archived_at: datetime | None
    serial: int | None


class RoleOf(NamedTuple):
    """A role of one of the schedules, removed ones included."""

    id: int
    schedule_id: int
    name: str
    position: int


class PersonOf(NamedTuple):
    """Somebody who holds, or held, shifts there."""

    user_id: str
    name: str
    email: str


class KeptShift(NamedTuple):
    """A shift of somebody's, or one that was cancelled."""

    id: int
    schedule_id: int
    role_id: int
    user_id: str
    start: datetime
    end: datetime
    revision: int
    created_at: datetime
    changed_at: datetime | None
    state: str


MARKS = cast(Table, ShiftMark.__table__)
_MARKED = {
    name: swift(
        insert(MARKS).on_conflict_do_update(index_elements=["schedule_id"], set_={"serial": MARKS.c.serial + 1})
    )
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
"""By the name of the dialect."""
_FEED = (
    select(
        *(Feed.id, Feed.digest, Feed.workspace_id, Feed.user_id, Feed.schedule_id, Feed.role_id),
        *(Workspace.team_id, Person.deleted),
    )
    .join(Workspace, Workspace.id == Feed.workspace_id)
    .outerjoin(Person, (Person.workspace_id == Feed.workspace_id) & (Person.user_id == Feed.user_id))
    .where(Feed.digest == bindparam("digest"))
)
_SCHEDULES = (
    select(
        *(Schedule.id, Schedule.public_id, Schedule.name, Schedule.channel_id, Schedule.archived_at),
        ShiftMark.serial,
    )
    .outerjoin(ShiftMark, ShiftMark.schedule_id == Schedule.id)
    .where(Schedule.workspace_id == bindparam("workspace"))
    .order_by(Schedule.id)
)
_HELD = _SCHEDULES.where(
    Schedule.id.in_(select(ShiftHolder.schedule_id).where(ShiftHolder.user_id == bindparam("user")))
)
_ONE = _SCHEDULES.where(Schedule.id == bindparam("schedule"))
_ROLES = (
    select(Role.id, Role.schedule_id, Role.name, Role.position)
    .where(Role.schedule_id.in_(bindparam("schedules", expanding=True)))
    .order_by(Role.schedule_id, Role.position)
)
_PEOPLE = (
    select(Person.user_id, Person.real_name, Person.name, Person.email)
    .where(
        Person.workspace_id == bindparam("workspace"),
        Person.user_id.in_(
            select(ShiftHolder.user_id).where(ShiftHolder.schedule_id.in_(bindparam("schedules", expanding=True)))
        ),
    )
    .order_by(Person.user_id)
)
_SHIFTS = (
    select(
        *(ShiftRow.id, ShiftRow.schedule_id, ShiftRow.role_id, ShiftRow.user_id, ShiftRow.starts_at),
        *(ShiftRow.ends_at, ShiftRow.revision, ShiftRow.created_at, ShiftRow.changed_at, ShiftRow.state),
    )
    .where(
        ShiftRow.schedule_id.in_(bindparam("schedules", expanding=True)),
        ShiftRow.ends_at > bindparam("since"),
        ShiftRow.user_id.is_not(None),
        ShiftRow.state.in_(bindparam("states", expanding=True)),
    )
    .order_by(ShiftRow.starts_at, ShiftRow.id)
)
_CANCELLED = (
    select(
        *(CancelledShift.id, CancelledShift.schedule_id, CancelledShift.role_id, CancelledShift.user_id),
        *(CancelledShift.starts_at, CancelledShift.ends_at, CancelledShift.revision, CancelledShift.created_at),
        CancelledShift.cancelled_at,
    )
    .where(
        CancelledShift.schedule_id.in_(bindparam("schedules", expanding=True)),
        CancelledShift.ends_at > bindparam("since"),
        CancelledShift.cancelled_at >= bindparam("since"),
    )
    .order_by(CancelledShift.starts_at, CancelledShift.id)
)
"""Asked by every reader, so built once."""


class Feeds:
    """Links, marks and what is in feeds."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def mark(self, schedule_ids: Iterable[int]) -> None:
        """Shifts of these schedules have changed."""
        rows = [{"schedule_id": one, "serial": 1} for one in sorted(set(schedule_ids))]
        if not rows:
            return
        connection = await self._session.connection()
        await connection.execute(_MARKED[connection.dialect.name], rows)

    async def by_digest(self, digest: str) -> FeedOf | None:
        row = (await self._session.execute(_FEED, {"digest": digest})).first()
        return FeedOf(*row[:7], bool(row[7])) if row else None

    async def of_scope(self, workspace_id: int, scope: str) -> Feed | None:
        query = select(Feed).where(Feed.workspace_id == workspace_id, Feed.scope == scope)
        return await self._session.scalar(query)

    async def add(self, feed: Feed) -> None:
        self._session.add(feed)
        await self._session.flush()

    async def forget_workspace(self, team_id: str, enterprise_id: str) -> None:
        """Every link of a workspace, or of an organisation, whose ``team_id`` is empty."""
        ours = select(Workspace.id).where(Workspace.team_id == team_id, Workspace.enterprise_id == enterprise_id)
        await self._session.execute(delete(Feed).where(Feed.workspace_id.in_(ours)))

    async def schedules(self, workspace_id: int, *, schedule_id: int | None, user_id: str) -> list[ScheduleOf]:
        """The one schedule, or where it is None all in which the person has, or had, shifts."""
        query, wanted = (_ONE, {"schedule": schedule_id}) if schedule_id is not None else (_HELD, {"user": user_id})
        rows = await self._session.execute(query, {"workspace": workspace_id, **wanted})
        return [ScheduleOf(*row) for row in rows]

    async def roles(self, schedule_ids: Sequence[int]) -> list[RoleOf]:
        return [RoleOf(*row) for row in await self._session.execute(_ROLES, {"schedules": list(schedule_ids)})]

    async def people(self, workspace_id: int, schedule_ids: Sequence[int]) -> list[PersonOf]:
        wanted = {"workspace": workspace_id, "schedules": list(schedule_ids)}
        rows = await self._session.execute(_PEOPLE, wanted)
        return [PersonOf(user, real_name or name, email) for user, real_name, name, email in rows]

    async def shifts(self, schedule_ids: Sequence[int], since: datetime, *, proposed: bool) -> list[KeptShift]:
        """What somebody has in these schedules and ends after ``since``, in order."""
        states = ["confirmed", "proposed"] if proposed else ["confirmed"]
        wanted: dict[str, Any] = {"schedules": list(schedule_ids), "since": since, "states": states}
        return [KeptShift(*row) for row in await self._session.execute(_SHIFTS, wanted)]

    async def cancelled(self, schedule_ids: Sequence[int], since: datetime) -> list[KeptShift]:
        """What was taken away since then, of what would have ended after it."""
        rows = await self._session.execute(_CANCELLED, {"schedules": list(schedule_ids), "since": since})
        return [KeptShift(*row[:9], "cancelled") for row in rows]

    async def forget_cancelled(self, before: datetime) -> None:
        await self._session.execute(delete(CancelledShift).where(CancelledShift.cancelled_at < before))
