"""How far long exports and imports are; see :class:`storage.tables.Progress`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.repositories.journal import OpState
from storage.tables import Destination, Op, Progress, Schedule


def key_of(row: Progress) -> str:
    """What the notice about this is called in the outbox."""
    return f"{row.destination_id}:{row.started_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Counted:
    """A progress with the destination and schedule it is about, and how many changes are done of how many."""

    row: Progress
    destination: Destination
    schedule: Schedule
    done: int
    total: int


class Progresses:
    """At most one per destination."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, destination_id: int) -> Progress | None:
        return await self._session.get(Progress, destination_id)

    async def begin(self, row: Progress) -> None:
        """In the place of a former one, of which no more is told."""
        await self._session.execute(delete(Progress).where(Progress.destination_id == row.destination_id))
        self._session.add(row)
        await self._session.flush()

    async def all(self) -> list[Counted]:
        """Everything that goes on, or whose end was not shown yet."""
        found = await self._session.execute(
            select(Progress, Destination, Schedule)
            .join(Destination, Destination.id == Progress.destination_id)
            .join(Schedule, Schedule.id == Destination.schedule_id)
            .order_by(Progress.destination_id)
        )
        counted: list[Counted] = []
        for row, destination, schedule in found:
            states = await self._states(row)
            done = states.get(OpState.DONE, 0)
            open_ = states.get(OpState.PLANNED, 0) + states.get(OpState.IN_FLIGHT, 0)
            counted.append(Counted(row, destination, schedule, done, max(row.total, done + open_)))
        return counted

    async def _states(self, row: Progress) -> Mapping[str, int]:
        query = select(Op.state, func.count()).where(
            Op.destination_id == row.destination_id, Op.created_at >= row.started_at
        )
        return {state: count for state, count in await self._session.execute(query.group_by(Op.state))}

    async def claim(self, row: Progress, now: datetime, until: datetime) -> bool:
        """Have the message for oneself ``until`` then; False where somebody else has, or it is too early."""
        free = or_(Progress.not_before.is_(None), Progress.not_before <= now)
        return await self._set(row, free, not_before=until)

    async def settle(self, row: Progress, **values: Any) -> None:
        await self._set(row, Progress.destination_id == row.destination_id, **values)

    async def _set(self, row: Progress, condition: Any, **values: Any) -> bool:
        changed = await self._session.execute(
            update(Progress)
            .where(Progress.destination_id == row.destination_id, Progress.started_at == row.started_at, condition)
            .values(**values)
            .returning(Progress.destination_id)
        )
        return changed.first() is not None

    async def forget(self, row: Progress) -> None:
        await self._session.execute(
            delete(Progress).where(Progress.destination_id == row.destination_id, Progress.started_at == row.started_at)
        )
