"""Requests to swap shifts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import SwapRequest
from storage.touched import Touched, touch


class SwapState(StrEnum):
    """open → accepted, declined, withdrawn by who asked, or lapsed; accepted → undone."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    UNDONE = "undone"


class Swaps:
    """Reads and settles requests; each step is taken once, whoever presses twice or at the same time."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: SwapRequest) -> SwapRequest:
        self._session.add(request)
        await self._session.flush()
        return request

    async def get(self, request_id: int) -> SwapRequest | None:
        return await self._session.get(SwapRequest, request_id)

    async def open(self, schedule_id: int | None = None) -> list[SwapRequest]:
        """Requests that wait for an answer, of one schedule or of all."""
        query = select(SwapRequest).where(SwapRequest.state == SwapState.OPEN).order_by(SwapRequest.id)
        if schedule_id is not None:
            query = query.where(SwapRequest.schedule_id == schedule_id)
        return list(await self._session.scalars(query))

    async def settle(
        self, request: SwapRequest, state: SwapState, by: str, now: datetime, placed: Iterable[Any] | None = None
    ) -> bool:
        """Take a request from the state it was read in to another; False when somebody else was quicker."""
        values: dict[str, Any] = {"state": state, "settled_by": by, "settled_at": now}
        if placed is not None:
            values["placed"] = list(placed)
        was = SwapState.ACCEPTED if state is SwapState.UNDONE else SwapState.OPEN
        result = await self._session.execute(
            update(SwapRequest)
            .where(SwapRequest.id == request.id, SwapRequest.state == was)
            .values(**values)
            .returning(SwapRequest.id)
        )
        settled = result.scalar_one_or_none() is not None
        if settled:
            touch(self._session, Touched(schedule_id=request.schedule_id))
        await self._session.refresh(request)
        return settled
