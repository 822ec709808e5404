"""The audit trail, installations, and events that were handled already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, delete, false, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.systems import SYSTEMS
from storage.inserting import insert_first, insert_or_replace
from storage.outgoing import NewLine
from storage.swift import swift
from storage.tables import AuditLine, Carried, Installation, SeenEvent
from storage.touched import Touched, touch

LOOK_BACK = 500
"""How many lines of the audit trail are searched for what became of something."""

_ADDED = swift(insert(cast(Table, AuditLine.__table__)))


class Audit:
    """Who did what."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._new: list[NewLine] = []

    def add(self, line: NewLine) -> None:
        """To be stored with the next look at the trail, or at the end of the transaction."""
        self._new.append(line)
        whole = Touched(workspace_id=line.workspace_id)
        touch(self._session, whole if line.schedule_id is None else Touched(schedule_id=line.schedule_id))

    async def write(self) -> None:
        """Store what was added, after what it is about."""
        await self._session.flush()
        new, self._new = self._new, []
        for line in new:
            values = {name: getattr(line, name) for name in NewLine.__slots__}
            await (await self._session.connection()).execute(_ADDED, values)

    async def of_schedule(self, schedule_id: int, limit: int) -> list[AuditLine]:
        """The newest lines first."""
        await self.write()
        query = select(AuditLine).where(AuditLine.schedule_id == schedule_id)
        return list(await self._session.scalars(query.order_by(AuditLine.id.desc()).limit(limit)))

    async def joined(self, schedule_id: int) -> dict[str, datetime]:
        """When those who were added to a schedule later were added last, by user."""
        await self.write()
        query = select(AuditLine).where(AuditLine.schedule_id == schedule_id, AuditLine.action == "member.added")
        rows = await self._session.scalars(query.order_by(AuditLine.id))
        return {str(row.details.get("user")): row.at for row in rows}

    async def asked_lately(self, schedule_id: int, actions: Sequence[str], since: datetime) -> str:
        """The Slack user who last did something here that begins like one of ``actions``; empty for nobody."""
        await self.write()
        query = select(AuditLine.actor).where(
            AuditLine.schedule_id == schedule_id,
            AuditLine.at >= since,
            AuditLine.actor.not_in(["baton", *SYSTEMS]),
            or_(*(AuditLine.action.startswith(action) for action in actions)),
        )
        return await self._session.scalar(query.order_by(AuditLine.id.desc()).limit(1)) or ""

    async def of_shift(self, schedule_id: int, shift_id: int) -> AuditLine | None:
        """The newest line that says what became of a shift; its details list the ids under ``shifts``."""
        lines = await self.of_schedule(schedule_id, LOOK_BACK)
        return next((line for line in lines if shift_id in line.details.get("shifts", ())), None)

    async def newest(self, schedule_id: int, detail: str, value: Any) -> AuditLine | None:
        """The newest line whose details hold this value."""
        lines = await self.of_schedule(schedule_id, LOOK_BACK)
        return next((line for line in lines if line.details.get(detail) == value), None)


class Installations:
    """OAuth installations; ``data`` is sealed before it gets here."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, enterprise_id: str, team_id: str, user_id: str | None = None) -> Installation | None:
        """The newest installation that serves this team, of one user where given.

        A team's own serves it before the one of its whole organisation, whether or not it was in one then. Without a
        team, the organisation's.
        """
        serving = [_whose(enterprise_id, team_id)] if team_id else []
        serving += [_whose(enterprise_id, "")] if enterprise_id else []
        query = select(Installation).where(or_(false(), *serving))
        if user_id is not None:
            query = query.where(Installation.user_id == user_id)
        newest = query.order_by(Installation.team_id.desc(), Installation.installed_at.desc())
        return await self._session.scalar(newest.limit(1))

    async def put(self, row: Installation) -> None:
        """In the place of the same person's. Former ones' tokens are renewed no more: the newest is used."""
        await self.remove(row.enterprise_id, row.team_id, row.user_id)
        former = update(Installation).where(_whose(row.enterprise_id, row.team_id))
        await self._session.execute(former.values(renew_at=None))
        self._session.add(row)

    async def remove(self, enterprise_id: str, team_id: str, user_id: str | None = None) -> None:
        """The team's, whichever organisation it was in; without a team, the organisation's."""
        query = delete(Installation).where(_whose(enterprise_id, team_id))
        if user_id is not None:
            query = query.where(Installation.user_id == user_id)
        await self._session.execute(query)

    async def all(self) -> list[Installation]:
        return list(await self._session.scalars(select(Installation)))

    async def to_renew(self, now: datetime, limit: int) -> list[Installation]:
        """Those whose tokens are to be renewed by now, the most urgent first."""
        query = select(Installation).where(Installation.renew_at <= now)
        return list(await self._session.scalars(query.order_by(Installation.renew_at).limit(limit)))

    async def put_off(self, row: Installation, seen: datetime, until: datetime) -> bool:
        """Have nobody else renew what is due as ``seen`` before; False when somebody has, or is about to."""
        mine = and_(Installation.id == row.id, Installation.renew_at == seen, Installation.data == row.data)
        put_off = update(Installation).where(mine).values(renew_at=until).returning(Installation.id)
        return await self._session.scalar(put_off) is not None

    async def renewed(self, row: Installation, data: str, renew_at: datetime | None) -> bool:
        """Keep new tokens; False when the app was installed anew or removed meanwhile."""
        still = and_(Installation.id == row.id, Installation.data == row.data)
        kept = update(Installation).where(still).values(data=data, renew_at=renew_at).returning(Installation.id)
        return await self._session.scalar(kept) is not None


def _whose(enterprise_id: str, team_id: str) -> ColumnElement[bool]:
    """A team keeps its id when it joins an organisation."""
    if team_id:
        return Installation.team_id == team_id
    return and_(Installation.enterprise_id == enterprise_id, Installation.team_id == "")


class SeenEvents:
    """Deliveries of Slack that were handled already."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def first_time(self, key: str, now: datetime) -> bool:
        """Whether ``key`` is new; from now on it isn't."""
        return await insert_first(self._session, SeenEvent, {"key": key, "at": now})

    async def forget_before(self, instant: datetime) -> None:
        await self._session.execute(delete(SeenEvent).where(SeenEvent.at < instant))


class CarriedOver:
    """What requests leave for each other; ``data`` is sealed before it gets here."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def first_time(self, key: str, now: datetime) -> bool:
        """Whether nothing was left under ``key``; from now on there is an empty note."""
        return await insert_first(self._session, Carried, {"key": key, "at": now, "data": ""})

    async def find(self, key: str) -> Carried | None:
        return await self._session.get(Carried, key)

    async def put(self, key: str, data: str, now: datetime) -> None:
        await insert_or_replace(self._session, Carried, {"key": key, "at": now, "data": data})

    async def take_over(self, seen: Carried, now: datetime) -> bool:
        """Begin anew what was ``seen``; False when somebody else has."""
        same = and_(Carried.key == seen.key, Carried.at == seen.at, Carried.data == seen.data)
        taken = update(Carried).where(same).values(at=now, data="").returning(Carried.key)
        return await self._session.scalar(taken) is not None

    async def forget_before(self, instant: datetime) -> None:
        await self._session.execute(delete(Carried).where(Carried.at < instant))
