"""What waits for people on many schedules at once, counted where it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.repositories.access import AccessState
from storage.repositories.covers import CoverState
from storage.repositories.duties import CONFIRMED, TAKEN, batched
from storage.repositories.swaps import SwapState
from storage.tables import (
    AccessRequest,
    ConnectionAdmin,
    CoverRequest,
    Destination,
    ExternalUser,
    PendingChange,
    ShiftRow,
    SwapRequest,
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """How many shifts of a schedule wait to be confirmed, and when the first of them is over."""

    schedule_id: int
    count: int
    first_ends: datetime


class WaitingOn:
    """Reads over some schedules, given by id."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def proposed(self, schedule_ids: Iterable[int], now: datetime) -> list[Proposed]:
        """Schedules with shifts that somebody has to confirm."""
        found: list[Proposed] = []
        for some in batched(schedule_ids):
            query = select(ShiftRow.schedule_id, func.count(), func.min(ShiftRow.ends_at)).where(
                ShiftRow.schedule_id.in_(some), ShiftRow.state == "proposed", ShiftRow.ends_at > now
            )
            rows = await self._session.execute(query.group_by(ShiftRow.schedule_id).order_by(ShiftRow.schedule_id))
            found += [Proposed(*row) for row in rows]
        return found

    async def destinations(self, schedule_ids: Iterable[int]) -> list[Destination]:
        """Where these schedules are exported to."""
        found: list[Destination] = []
        for some in batched(schedule_ids):
            query = select(Destination).where(Destination.removed_at.is_(None), Destination.schedule_id.in_(some))
            found += await self._session.scalars(query.order_by(Destination.id))
        return found

    async def changes(self, destination_ids: Iterable[int]) -> dict[int, int]:
        """How many changes wait for a person at each of these destinations."""
        found: dict[int, int] = {}
        for some in batched(destination_ids):
            query = select(PendingChange.destination_id, func.count()).where(PendingChange.destination_id.in_(some))
            rows = await self._session.execute(query.group_by(PendingChange.destination_id))
            found |= dict((destination, count) for destination, count in rows)
        return found

    async def unmatched(self, schedule_ids: Iterable[int], now: datetime) -> dict[int, list[str]]:
        """By schedule: who has shifts ahead and is not found in an account that they are exported to."""
        found: dict[int, list[str]] = {}
        known = select(ExternalUser.external_id).where(
            ExternalUser.connection_id == Destination.connection_id, ExternalUser.user_id == ShiftRow.user_id
        )
        for some in batched(schedule_ids):
            query = (
                select(Destination.schedule_id, ShiftRow.user_id)
                .join(ShiftRow, ShiftRow.role_id == Destination.role_id)
                .where(
                    Destination.schedule_id.in_(some),
                    Destination.removed_at.is_(None),
                    Destination.refreshed_at.is_not(None),
                    CONFIRMED,
                    TAKEN,
                    ShiftRow.ends_at > now,
                    ~known.exists(),
                )
                .distinct()
                .order_by(Destination.schedule_id, ShiftRow.user_id)
            )
            for schedule, user in await self._session.execute(query):
                found.setdefault(schedule, []).append(user or "")
        return found

    async def covers(self, schedule_ids: Iterable[int], now: datetime) -> list[CoverRequest]:
        """Requests for cover that somebody can still take, soonest first."""
        found: list[CoverRequest] = []
        for some in batched(schedule_ids):
            query = select(CoverRequest).where(
                CoverRequest.schedule_id.in_(some), CoverRequest.state == CoverState.OPEN, CoverRequest.ends_at > now
            )
            found += await self._session.scalars(query)
        return sorted(found, key=lambda one: (one.starts_at, one.id))

    async def swaps(self, schedule_ids: Iterable[int]) -> list[SwapRequest]:
        """Requests to swap that wait for somebody's answer."""
        found: list[SwapRequest] = []
        for some in batched(schedule_ids):
            query = select(SwapRequest).where(SwapRequest.schedule_id.in_(some), SwapRequest.state == SwapState.OPEN)
            found += await self._session.scalars(query)
        return sorted(found, key=lambda one: one.id)

    async def access(self, workspace_id: int, user_id: str, now: datetime, *, everything: bool) -> list[AccessRequest]:
        """Requests to use connections that somebody administers, of all the workspace's with ``everything``."""
        mine = select(ConnectionAdmin.connection_id).where(ConnectionAdmin.user_id == user_id)
        query = select(AccessRequest).where(
            AccessRequest.workspace_id == workspace_id,
            AccessRequest.state == AccessState.OPEN,
            AccessRequest.expires_at > now,
        )
        if not everything:
            query = query.where(AccessRequest.connection_id.in_(mine))
        return list(await self._session.scalars(query.order_by(AccessRequest.id)))
