"""Requests for cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.covering import Answer
from oncall.timeline import Interval
from storage.repositories.duties import batched
from storage.swift import swift
from storage.tables import CoverAsked, CoverRequest
from storage.touched import Touched, touch


class CoverState(StrEnum):
    """open → taken by somebody, withdrawn by who asked, or void because the shift changed hands another way."""

    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"
    VOID = "void"


_OPEN_WITHIN = (
    select(CoverRequest)
    .where(
        CoverRequest.role_id == bindparam("role_id"),
        CoverRequest.state == CoverState.OPEN,
        CoverRequest.starts_at < bindparam("until"),
        CoverRequest.ends_at > bindparam("since"),
    )
    .order_by(CoverRequest.starts_at, CoverRequest.id)
)
_ANY_OPEN_WITHIN = swift(_OPEN_WITHIN.with_only_columns(CoverRequest.id).order_by(None).limit(1))
"""Asked with each change of a shift, so built once."""


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
        wanted = {"role_id": role_id, "since": within.start, "until": within.end}
        await self._session.flush()
        if (await (await self._session.connection()).execute(_ANY_OPEN_WITHIN, wanted)).first() is None:
            return []
        return list(await self._session.scalars(_OPEN_WITHIN, wanted))

    async def to_move(self, now: datetime) -> list[int]:
        """Open requests for which it is time to ask the next one, by id."""
        query = select(CoverRequest.id).where(CoverRequest.state == CoverState.OPEN, CoverRequest.moves_at <= now)
        return list(await self._session.scalars(query.order_by(CoverRequest.moves_at, CoverRequest.id)))

    async def asked(self, request_id: int) -> list[CoverAsked]:
        """Who was asked, in the order in which they were."""
        return (await self.asked_of([request_id])).get(request_id, [])

    async def asked_of(self, request_ids: Iterable[int]) -> dict[int, list[CoverAsked]]:
        """The same of several requests, by the request's id."""
        found: dict[int, list[CoverAsked]] = {}
        for some in batched(request_ids):
            query = select(CoverAsked).where(CoverAsked.request_id.in_(some))
            for row in await self._session.scalars(query.order_by(CoverAsked.number)):
                found.setdefault(row.request_id, []).append(row)
        return found

    async def ask(self, request: CoverRequest, users: Sequence[str], now: datetime) -> None:
        """Write down that these are asked now; of whoever was asked before the answer is open again."""
        known = {row.user_id: row for row in await self.asked(request.id)}
        for user in users:
            row = known.get(user)
            if row is None:
                row = known[user] = CoverAsked(request_id=request.id, user_id=user, number=len(known) + 1)
                self._session.add(row)
            row.answer, row.asked_at, row.answered_at = Answer.NONE, now, None
        await self._session.flush()
        touch(self._session, Touched(schedule_id=request.schedule_id))

    async def answer(self, request: CoverRequest, user: str, answer: Answer, now: datetime) -> None:
        """Write down what somebody says, asked or not."""
        if user not in {row.user_id for row in await self.asked(request.id)}:
            await self.ask(request, [user], now)
        row = await self._session.get_one(CoverAsked, (request.id, user))
        row.answer, row.answered_at = answer, now
        await self._session.flush()

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
