"""Requests for cover."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.timeline import Interval
from storage.tables import CoverRequest
from storage.touched import Touched, touch


class CoverState(StrEnum):
    """open → taken by somebody, withdrawn by who asked, or void because the shift changed hands another way."""

    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class Covers:
    """Reads and settles requests; each is settled once."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: CoverRequest) -> CoverRequest:
        self._session.add(request)
        await self._session.flush()
        return request

    async def get(self, request_id: int) -> CoverRequest | None:
        return await self._session.get(CoverRequest, request_id)

    async def open(self, schedule_id: int, now: datetime) -> list[CoverRequest]:
        """Requests that somebody can still take, soonest first."""
        query = select(CoverRequest).where(
            CoverRequest.schedule_id == schedule_id,
            CoverRequest.state == CoverState.OPEN,
            CoverRequest.ends_at > now,
        )
        return list(await self._session.scalars(query.order_by(CoverRequest.starts_at, CoverRequest.id)))

    async def open_within(self, role_id: int, within: Interval) -> list[CoverRequest]:
        """Open requests of a role that touch ``within``."""
        query = select(CoverRequest).where(
            CoverRequest.role_id == role_id,
            CoverRequest.state == CoverState.OPEN,
            CoverRequest.starts_at < within.end,
            CoverRequest.ends_at > within.start,
        )
        return list(await self._session.scalars(query.order_by(CoverRequest.starts_at, CoverRequest.id)))

    async def settle(self, request_id: int, state: CoverState, now: datetime, taker: str | None = None) -> bool:
        """Close an open request; False when it was closed already, so that of two takers one wins."""
        result = await self._session.execute(
            update(CoverRequest)
            .where(CoverRequest.id == request_id, CoverRequest.state == CoverState.OPEN)
            .values(state=state, settled_at=now, taker=taker)
            .returning(CoverRequest.schedule_id)
        )
        schedule = result.scalar_one_or_none()
        if schedule is not None:
            touch(self._session, Touched(schedule_id=schedule))
        return schedule is not None
