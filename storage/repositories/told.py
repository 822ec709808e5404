"""What was last told of who is on call, and when each schedule has something to tell next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, Table, bindparam, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import UtcDateTime
from storage.inserting import insert_new
from storage.order import Place, missing
from storage.sorting import few
from storage.swift import swift
from storage.tables import Schedule, Told, WatchLook
from storage.tables.notices import AT_ONCE

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When an archived schedule is looked at: not before somebody brings it forward."""
TOLD, SCHEDULE, LOOK = (cast(Table, kind.__table__) for kind in (Told, Schedule, WatchLook))

_DUE = (
    select(TOLD, SCHEDULE.c.archived_at, LOOK.c.looked_at)
    .select_from(TOLD.join(SCHEDULE, SCHEDULE.c.id == TOLD.c.schedule_id).outerjoin(LOOK, LOOK.c.id == 1))
    .where(TOLD.c.look_at <= bindparam("now", type_=UtcDateTime))
    .order_by(few(TOLD.c.schedule_id))
    .with_for_update(of=TOLD, key_share=True)
)
_DUE_ALONE = _DUE.where(TOLD.c.schedule_id == bindparam("only"))
_LOOKED = (
    update(TOLD)
    .where(TOLD.c.schedule_id == bindparam("schedule"))
    .values({name: bindparam(f"new_{name}") for name in ("users", "told_at", "serial", "look_at")})
)
_LOOKED_UP_TO = update(LOOK).where(LOOK.c.id == 1).values(looked_at=bindparam("at"))
_NEXT = select(func.min(TOLD.c.look_at))
_HELD = (
    select(TOLD.c.schedule_id)
    .where(TOLD.c.schedule_id.in_(bindparam("new", expanding=True)))
    .order_by(TOLD.c.schedule_id)
    .with_for_update(key_share=True)
)
_BLANK = (
    select(SCHEDULE.c.id, literal({}, JSON()), SCHEDULE.c.created_at, literal(0), literal(AT_ONCE, UtcDateTime()))
    .where(SCHEDULE.c.id.in_(bindparam("wanted", expanding=True)))
    .order_by(SCHEDULE.c.id)
)
_FORWARD = {
    name: swift(
        insert(TOLD)
        .from_select(["schedule_id", "users", "told_at", "serial", "look_at"], _BLANK)
        .on_conflict_do_update(index_elements=["schedule_id"], set_={"look_at": AT_ONCE})
    )
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
"""By the name of the dialect."""


@dataclass(slots=True)
class Known:
    """What is known of one schedule's audience: who was on call per role as of ``told_at``, because they were told so.

    ``serial`` counts what was told.
    """

    users: dict[str, Any]
    told_at: datetime
    serial: int


class ToldSwitches:
    """What was last told of who is on call, and when each schedule has something to tell next.

    A schedule has a row from when its shifts are changed for the first time on; before, there is nothing to tell of it.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(
        self, now: datetime, only: int | None = None, most: int | None = None
    ) -> tuple[dict[int, Known], bool]:
        """What was told per schedule that is due, held against other processes until the transaction ends; and whether
        there may be more.

        ``only`` one of them, or all, at most so many. An archived one is put off until it is brought back. A schedule
        that is new is taken to have had nobody on call when it was made.
        """
        connection = await self._session.connection()
        only_one = {} if only is None else {"only": only}
        due = (_DUE_ALONE if only_one else _DUE).limit(most)
        rows = (await connection.execute(due, {"now": now, **only_one})).all()
        archived = [row.schedule_id for row in rows if row.archived_at is not None]
        if archived:
            await self.put_off(archived, NEVER)
        known = {row.schedule_id: Known(row.users, _since(row), row.serial) for row in rows if row.archived_at is None}
        return known, len(rows) == most

    async def due(self, now: datetime) -> list[int]:
        """The schedules that are due."""
        return list(await self._session.scalars(select(Told.schedule_id).where(Told.look_at <= now)))

    async def users(self, schedule_id: int) -> dict[int, list[str]]:
        """Who was on call per role when this was last told of; roles with nobody are left out."""
        row = await self._session.get(Told, schedule_id)
        return {int(role): list(users) for role, users in row.users.items()} if row else {}

    async def put_off(self, schedule_ids: Iterable[int], until: datetime) -> None:
        """Have these schedules left alone for a while."""
        wanted = Told.schedule_id.in_(sorted(set(schedule_ids)))
        await self._session.execute(update(Told).where(wanted).values(look_at=until))

    async def begin(self, schedule_id: int, users: Mapping[int, Sequence[str | None]], at: datetime) -> None:
        """A schedule that is new here and whose roles (by id) had these people on call before: no news."""
        known = {str(role): sorted(user for user in people if user) for role, people in users.items()}
        row = {"schedule_id": schedule_id, "users": known, "told_at": at, "serial": 0, "look_at": AT_ONCE}
        await insert_new(self._session, Told, [row])

    async def bring_forward(self, schedule_ids: Iterable[int]) -> None:
        """Have these schedules looked at once more, as soon as this transaction is committed."""
        wanted = sorted(set(schedule_ids))
        new = missing(self._session, Place.TOLD, wanted)
        connection = await self._session.connection()
        if len(new) > 1 and connection.dialect.name != "sqlite":  # one alone is locked by what follows
            await connection.execute(_HELD, {"new": new})
        await connection.execute(_FORWARD[connection.dialect.name], {"wanted": wanted})

    async def looked(
        self, told: Mapping[int, Known], next_looks: Mapping[int, datetime], at: datetime
    ) -> datetime | None:
        """Nothing that happened to these up to ``at`` is left to tell.

        Returns when somebody has something to tell next: ``at`` or before where not all were looked at that are due.
        """
        connection = await self._session.connection()
        rows = [
            {
                "schedule": schedule_id,
                "new_users": known.users,
                "new_told_at": at,
                "new_serial": known.serial,
                "new_look_at": next_looks[schedule_id],
            }
            for schedule_id, known in sorted(told.items())
        ]
        if rows:
            await connection.execute(_LOOKED, rows)
        found = (await connection.execute(_NEXT)).scalar()
        if found is not None and found <= at:
            return found
        if not (await connection.execute(_LOOKED_UP_TO, {"at": at})).rowcount:
            await insert_new(self._session, WatchLook, [{"id": 1, "looked_at": at}])
        return None if found == NEVER else found


def _since(row: Any) -> datetime:
    """One that was changed since was not due by itself until the last look: nothing up to then is left to tell."""
    if row.look_at == AT_ONCE and row.looked_at is not None:
        return max(row.told_at, row.looked_at)
    return row.told_at
