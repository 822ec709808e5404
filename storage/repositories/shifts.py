"""Shifts as stored; values in and out are :class:`oncall.shifts.Shift`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, delete, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.shifts import Shift, ShiftChange, ShiftSource, ShiftState
from storage.columns import UtcDateTime
from storage.inserting import insert_new
from storage.plain import rows_of
from storage.repositories.duties import batched
from storage.swift import swift
from storage.tables import CancelledShift, Person, Role, Schedule, ShiftHolder, ShiftRow

SHIFT = cast(Table, ShiftRow.__table__)
_COLUMNS = (
    *(ShiftRow.id, ShiftRow.schedule_id, ShiftRow.role_id, ShiftRow.user_id, ShiftRow.starts_at, ShiftRow.ends_at),
    *(ShiftRow.state, ShiftRow.source, ShiftRow.revision),
)
_TOUCHING = (
    select(*_COLUMNS)
    .where(ShiftRow.ends_at > bindparam("since"), ShiftRow.starts_at < bindparam("until"))
    .order_by(ShiftRow.starts_at, ShiftRow.id)
)
_OF_ROLE = swift(_TOUCHING.where(ShiftRow.role_id == bindparam("role_id")))
_OF_SCHEDULE = swift(_TOUCHING.where(ShiftRow.schedule_id == bindparam("schedule_id")))
_OF_SCHEDULES = swift(_TOUCHING.where(ShiftRow.schedule_id.in_(bindparam("schedule_ids", expanding=True))))
_OF_USER = swift(_TOUCHING.where(ShiftRow.user_id == bindparam("user_id")))
_ADDED = swift(insert(SHIFT).returning(SHIFT.c.id))
_ALL_ADDED = insert(SHIFT).returning(SHIFT.c.id, sort_by_parameter_order=True)
_SCHEDULES_OF_ROLES = select(Role.schedule_id).where(Role.id.in_(bindparam("roles", expanding=True))).distinct()
"""Asked all the time; putting a statement together takes longer than carrying it out, so these are built once."""

CANCELLED_COLUMNS = (
    *("id", "schedule_id", "role_id", "user_id", "starts_at", "ends_at"),
    *("revision", "created_at", "cancelled_at"),
)
_STATES = {one.value: one for one in ShiftState}
_SOURCES = {one.value: one for one in ShiftSource}
FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Shifts:
    """Reads and changes shifts of one schedule or role."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.changed_roles: set[int] = set()
        """Whose shifts this transaction has changed."""
        self._schedules: dict[int, int] = {}
        """Of roles of which shifts were read or written."""

    async def changed_schedules(self) -> list[int]:
        """The schedules of the roles whose shifts this transaction has changed, in order."""
        found = {self._schedules[role] for role in self.changed_roles if role in self._schedules}
        if left := self.changed_roles - self._schedules.keys():
            found.update(await self._session.scalars(_SCHEDULES_OF_ROLES, {"roles": sorted(left)}))
        return sorted(found)

    async def get(self, shift_id: int) -> Shift | None:
        row = await self._session.get(ShiftRow, shift_id)
        return _value(row) if row else None

    async def some(self, shift_ids: Iterable[int]) -> dict[int, Shift]:
        """Those of these shifts that there are, by id."""
        found: dict[int, Shift] = {}
        for ids in batched(shift_ids):
            rows = await self._session.scalars(select(ShiftRow).where(ShiftRow.id.in_(ids)))
            found |= {row.id: _value(row) for row in rows}
        return found

    async def of_role(self, role_id: int, since: datetime, until: datetime = FOR_EVER) -> list[Shift]:
        """Shifts of a role that touch ``[since, until)``, in order."""
        return await self._list(_OF_ROLE, {"role_id": role_id, "since": since, "until": until})

    async def decided(self, role_id: int, made_since: datetime, after: datetime) -> list[Shift]:
        """Confirmed shifts of a role that end after ``after`` and that people made since ``made_since``, in order."""
        query = select(*_COLUMNS).where(
            ShiftRow.role_id == role_id,
            ShiftRow.ends_at > after,
            ShiftRow.created_at > made_since,
            ShiftRow.source == ShiftSource.PERSON,
            ShiftRow.state == ShiftState.CONFIRMED,
        )
        rows = await self._session.execute(query.order_by(ShiftRow.starts_at, ShiftRow.id))
        return [_shift(*row) for row in rows]

    async def made_since(self, role_id: int, since: datetime) -> tuple[tuple[datetime, datetime, datetime], ...]:
        """Start, end and making of the confirmed shifts of a role that were made after ``since``."""
        query = select(ShiftRow).where(
            ShiftRow.role_id == role_id, ShiftRow.created_at > since, ShiftRow.state == ShiftState.CONFIRMED
        )
        return tuple((row.starts_at, row.ends_at, row.created_at) for row in await self._session.scalars(query))

    async def of_schedule(self, schedule_id: int, since: datetime, until: datetime = FOR_EVER) -> list[Shift]:
        """Shifts of every role of a schedule that touch ``[since, until)``, in order."""
        return await self._list(_OF_SCHEDULE, {"schedule_id": schedule_id, "since": since, "until": until})

    async def of_schedules(self, schedule_ids: Iterable[int], since: datetime) -> dict[int, list[Shift]]:
        """Shifts of these schedules that end after ``since``, in order, by the schedule's id."""
        wanted = {"schedule_ids": sorted(set(schedule_ids)), "since": since, "until": FOR_EVER}
        found: dict[int, list[Shift]] = {}
        for row in await rows_of(self._session, _OF_SCHEDULES, wanted):
            found.setdefault(row[1], []).append(_shift(*row))
        return found

    async def of_user(self, user: str, since: datetime, until: datetime = FOR_EVER) -> list[tuple[int, Shift]]:
        """Shifts of a person that touch ``[since, until)``, each with its schedule's id, in order."""
        rows = await rows_of(self._session, _OF_USER, {"user_id": user, "since": since, "until": until})
        return [(row[1], _shift(*row)) for row in rows]

    async def of_users(
        self, workspace_id: int, users: Iterable[str], since: datetime, until: datetime
    ) -> dict[str, list[Shift]]:
        """Shifts of these people that touch ``[since, until)``, of any schedule that is not archived, by person."""
        wanted = sorted(set(users))
        query = (
            select(ShiftRow)
            .join(Schedule, Schedule.id == ShiftRow.schedule_id)
            .where(
                Schedule.workspace_id == workspace_id,
                Schedule.archived_at.is_(None),
                ShiftRow.user_id.in_(wanted),
                ShiftRow.ends_at > since,
                ShiftRow.starts_at < until,
            )
        )
        found: dict[str, list[Shift]] = {user: [] for user in wanted}
        for row in await self._session.scalars(query.order_by(ShiftRow.starts_at, ShiftRow.id)):
            found[row.user_id or ""].append(_value(row))
        return found

    async def anywhere(self, users: Iterable[str], since: datetime) -> list[tuple[int, Shift]]:
        """Shifts of these people that end after ``since``, each with its schedule's id, in order."""
        query = select(ShiftRow).where(ShiftRow.user_id.in_(sorted(set(users))), ShiftRow.ends_at > since)
        rows = await self._session.scalars(query.order_by(ShiftRow.starts_at, ShiftRow.id))
        return [(row.schedule_id, _value(row)) for row in rows]

    async def _list(self, query: Select[*tuple[Any, ...]], wanted: Mapping[str, object]) -> list[Shift]:
        rows = await rows_of(self._session, query, wanted)
        self._schedules.update((row[2], row[1]) for row in rows)
        return [_shift(*row) for row in rows]

    async def of_the_gone(self, workspace_id: int, since: datetime) -> list[tuple[int, str, int, datetime]]:
        """Confirmed shifts that end after ``since`` and are of people who were deactivated in Slack.

        Each as its schedule, its person, its id and when it was made; those of archived schedules are left out.
        """
        somebody = select(Person.user_id).where(Person.workspace_id == workspace_id, Person.deleted.is_(True)).limit(1)
        if await self._session.scalar(somebody) is None:
            return []
        query = (
            select(ShiftRow.schedule_id, ShiftRow.user_id, ShiftRow.id, ShiftRow.created_at)
            .join(Schedule, Schedule.id == ShiftRow.schedule_id)
            .join(Person, (Person.workspace_id == Schedule.workspace_id) & (Person.user_id == ShiftRow.user_id))
            .where(
                Schedule.workspace_id == workspace_id,
                Schedule.archived_at.is_(None),
                Person.deleted.is_(True),
                ShiftRow.ends_at > since,
                ShiftRow.state == ShiftState.CONFIRMED,
            )
        )
        rows = await self._session.execute(query.order_by(ShiftRow.id))
        return [(schedule, user or "", shift, at) for schedule, user, shift, at in rows]

    async def apply(self, schedule_id: int, change: ShiftChange, now: datetime) -> list[Shift]:
        """Write what an assignment does; returns the added shifts with their ids."""
        await self.remove(change.removed, now)
        self._changes(change.resized)
        for shift in change.resized:
            await self._session.execute(
                update(ShiftRow)
                .where(ShiftRow.id == shift.id)
                .values(starts_at=shift.start, ends_at=shift.end, revision=shift.revision, changed_at=now)
            )
        return await self.add(schedule_id, change.added, now)

    async def confirm(self, shift: Shift, now: datetime) -> Shift:
        """Confirm a stored shift with the bounds it is given with; returns it as it is from now on."""
        self._changes([shift])
        values = {"state": ShiftState.CONFIRMED, "starts_at": shift.start, "ends_at": shift.end, "changed_at": now}
        result = await self._session.execute(
            update(ShiftRow)
            .where(ShiftRow.id == shift.id)
            .values(revision=ShiftRow.revision + 1, **values)
            .returning(ShiftRow.revision)
        )
        return replace(shift, state=ShiftState.CONFIRMED, revision=result.scalar_one())

    async def remove(self, shifts: Iterable[Shift], now: datetime) -> None:
        """Delete them; those that somebody had, confirmed, are kept among the cancelled ones."""
        shifts = list(shifts)
        self._changes(shifts)
        gone = [shift.id for shift in shifts]
        if any(shift.user and shift.state is ShiftState.CONFIRMED for shift in shifts):
            await self._keep_cancelled(gone, now)
        if gone:
            await self._session.execute(delete(ShiftRow).where(ShiftRow.id.in_(gone)))

    async def _keep_cancelled(self, ids: Iterable[int | None], now: datetime) -> None:
        row = ShiftRow
        kept = select(
            *(row.id, row.schedule_id, row.role_id, row.user_id, row.starts_at, row.ends_at),
            *(row.revision, row.created_at, literal(now, UtcDateTime())),
        ).where(row.id.in_(list(ids)), row.state == ShiftState.CONFIRMED, row.user_id.is_not(None))
        await self._session.execute(insert(CancelledShift).from_select(CANCELLED_COLUMNS, kept))

    async def end_running(self, role_id: int, now: datetime) -> None:
        """What runs in a role ends now."""
        self.changed_roles.add(role_id)
        await self._session.execute(
            update(ShiftRow)
            .where(ShiftRow.role_id == role_id, ShiftRow.starts_at < now, ShiftRow.ends_at > now)
            .values(ends_at=now, revision=ShiftRow.revision + 1, changed_at=now)
        )

    async def forget_proposed(self, schedule_id: int, before: datetime) -> None:
        """Proposals that were over before anybody confirmed them never took place."""
        gone = await self._session.scalars(
            delete(ShiftRow)
            .where(
                ShiftRow.schedule_id == schedule_id,
                ShiftRow.state == ShiftState.PROPOSED,
                ShiftRow.ends_at <= before,
            )
            .returning(ShiftRow.role_id)
        )
        self.changed_roles.update(gone)

    async def made_at(self, schedule_id: int, instant: datetime, source: ShiftSource) -> set[int]:
        """Ids of the shifts of a schedule that were stored at ``instant``."""
        query = select(ShiftRow.id).where(
            ShiftRow.schedule_id == schedule_id, ShiftRow.created_at == instant, ShiftRow.source == source
        )
        return set(await self._session.scalars(query))

    async def add(self, schedule_id: int, shifts: Iterable[Shift], now: datetime) -> list[Shift]:
        """Store new shifts; returns them with their ids."""
        shifts = list(shifts)
        self._changes(shifts)
        self._schedules.update((shift.role_id, schedule_id) for shift in shifts)
        ids = await self._added([_row(schedule_id, shift, now) for shift in shifts])
        stored = [replace(shift, id=number) for shift, number in zip(shifts, ids, strict=True)]
        holders = sorted({shift.user for shift in shifts if shift.user})
        await insert_new(self._session, ShiftHolder, [{"schedule_id": schedule_id, "user_id": one} for one in holders])
        return stored

    async def _added(self, rows: list[dict[str, Any]]) -> Sequence[int]:
        """Insert them; returns their ids, in order."""
        if not rows:
            return []
        await self._session.flush()
        connection = await self._session.connection()
        return (await connection.execute(_ADDED if len(rows) == 1 else _ALL_ADDED, rows)).scalars().all()

    def _changes(self, shifts: Iterable[Shift]) -> None:
        self.changed_roles.update(shift.role_id for shift in shifts)


def _shift(
    number: int,
    _schedule_id: int,
    role_id: int,
    user: str | None,
    start: datetime,
    end: datetime,
    state: str,
    source: str,
    revision: int,
) -> Shift:
    """Of :data:`_COLUMNS`."""
    return Shift(role_id, user, start, end, _STATES[state], _SOURCES[source], number, revision)


def _value(row: ShiftRow) -> Shift:
    return Shift(
        role_id=row.role_id,
        user=row.user_id,
        start=row.starts_at,
        end=row.ends_at,
        state=ShiftState(row.state),
        source=ShiftSource(row.source),
        id=row.id,
        revision=row.revision,
    )


def _row(schedule_id: int, shift: Shift, now: datetime) -> dict[str, Any]:
    return {
        "schedule_id": schedule_id,
        "role_id": shift.role_id,
        "user_id": shift.user,
        "starts_at": shift.start,
        "ends_at": shift.end,
        "state": shift.state,
        "source": shift.source,
        "revision": shift.revision,
        "created_at": now,
    }
