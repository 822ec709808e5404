"""Requests for the use of connections."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import AccessRequest
from storage.touched import Touched, touch


class AccessState(StrEnum):
    """open → allowed → done or failed; or refused by an admin, or lapsed."""

    OPEN = "open"
    ALLOWED = "allowed"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    LAPSED = "lapsed"


class AccessRequests:
    """Reads requests and moves them on; of two who do so, one wins."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: AccessRequest) -> AccessRequest:
        self._session.add(request)
        await self._session.flush()
        return request

    async def get(self, request_id: int) -> AccessRequest | None:
        return await self._session.get(AccessRequest, request_id)

    async def asked_by(self, user: str, connection_id: int, now: datetime) -> list[AccessRequest]:
        """Somebody's requests about a connection that nobody has answered yet."""
        query = select(AccessRequest).where(
            AccessRequest.asked_by == user,
            AccessRequest.connection_id == connection_id,
            AccessRequest.state == AccessState.OPEN,
            AccessRequest.expires_at > now,
        )
        return list(await self._session.scalars(query.order_by(AccessRequest.id)))

    async def in_state(self, state: AccessState) -> list[AccessRequest]:
        query = select(AccessRequest).where(AccessRequest.state == state)
        return list(await self._session.scalars(query.order_by(AccessRequest.id)))

    async def move(
        self, request: AccessRequest, before: AccessState, after: AccessState, now: datetime, by: str = ""
    ) -> bool:
        """Go from one state to the next; False when somebody else was quicker. ``request`` shows how it is then."""
        values = {"state": after, "settled_at": now} | ({"settled_by": by} if by else {})
        moved = await self._session.execute(
            update(AccessRequest)
            .where(AccessRequest.id == request.id, AccessRequest.state == before)
            .values(**values)
            .returning(AccessRequest.id)
        )
        found = moved.scalar_one_or_none() is not None
        if found:
            touch(self._session, Touched(workspace_id=request.workspace_id))
        await self._session.refresh(request)
        return found
