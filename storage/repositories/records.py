"""The outbox, the audit trail, installations, and events that were handled already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.notices import FANOUT, NoticeKind
from storage.tables import AuditLine, Installation, OutboxItem, Schedule, SeenEvent


class Outbox:
    """Notices on their way out."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def tell(self, schedule: Schedule, kind: NoticeKind, key: str, facts: dict[str, Any], now: datetime) -> None:
        """Put a fan-out item in: everybody whom ``kind`` concerns will hear of ``facts``, once per ``key``."""
        item = OutboxItem(
            workspace_id=schedule.workspace_id,
            key=f"{kind}:{key}",
            kind=kind,
            method=FANOUT,
            target=f"schedule:{schedule.id}",
            payload={"schedule_id": schedule.id, **facts},
            state="pending",
            due_at=now,
            created_at=now,
        )
        await self.put([item])

    async def put(self, items: Iterable[OutboxItem]) -> None:
        """Add what is not in the outbox yet; a key that was used before is left alone."""
        for item in items:
            known = await self._session.scalar(select(OutboxItem.id).where(OutboxItem.key == item.key))
            if known is None:
                self._session.add(item)
                await self._session.flush()

    async def claim(self, now: datetime, deadline: datetime, limit: int) -> list[OutboxItem]:
        """Take due notices for sending; whoever sends must settle each before ``deadline``."""
        rows = list(
            await self._session.scalars(
                select(OutboxItem)
                .where(OutboxItem.state == "pending", OutboxItem.due_at <= now)
                .order_by(OutboxItem.due_at, OutboxItem.id)
                .limit(limit)
            )
        )
        for row in rows:
            row.state, row.deadline, row.attempts = "sending", deadline, row.attempts + 1
        return rows

    async def overdue(self, now: datetime) -> list[OutboxItem]:
        """Notices whose sender never came back."""
        query = select(OutboxItem).where(OutboxItem.state == "sending", OutboxItem.deadline < now)
        return list(await self._session.scalars(query.order_by(OutboxItem.id)))

    async def get(self, item_id: int) -> OutboxItem | None:
        return await self._session.get(OutboxItem, item_id)

    async def settle(self, item_id: int, **values: Any) -> None:
        await self._session.execute(update(OutboxItem).where(OutboxItem.id == item_id).values(**values))

    async def next_due(self) -> datetime | None:
        return await self._session.scalar(
            select(OutboxItem.due_at).where(OutboxItem.state == "pending").order_by(OutboxItem.due_at).limit(1)
        )


class Audit:
    """Who did what."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, line: AuditLine) -> None:
        self._session.add(line)

    async def of_schedule(self, schedule_id: int, limit: int) -> list[AuditLine]:
        """The newest lines first."""
        query = select(AuditLine).where(AuditLine.schedule_id == schedule_id)
        return list(await self._session.scalars(query.order_by(AuditLine.id.desc()).limit(limit)))


class Installations:
    """OAuth installations; ``data`` is sealed before it gets here."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, enterprise_id: str, team_id: str, user_id: str | None = None) -> Installation | None:
        """The newest installation, of one user where given."""
        query = select(Installation).where(Installation.enterprise_id == enterprise_id, Installation.team_id == team_id)
        if user_id is not None:
            query = query.where(Installation.user_id == user_id)
        return await self._session.scalar(query.order_by(Installation.installed_at.desc()).limit(1))

    async def put(self, row: Installation) -> None:
        await self.remove(row.enterprise_id, row.team_id, row.user_id)
        self._session.add(row)

    async def remove(self, enterprise_id: str, team_id: str, user_id: str | None = None) -> None:
        query = delete(Installation).where(Installation.enterprise_id == enterprise_id, Installation.team_id == team_id)
        if user_id is not None:
            query = query.where(Installation.user_id == user_id)
        await self._session.execute(query)

    async def all(self) -> list[Installation]:
        return list(await self._session.scalars(select(Installation)))


class SeenEvents:
    """Deliveries of Slack that were handled already."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def first_time(self, key: str, now: datetime) -> bool:
        """Whether ``key`` is new; from now on it isn't."""
        if await self._session.get(SeenEvent, key) is not None:
            return False
        self._session.add(SeenEvent(key=key, at=now))
        return True

    async def forget_before(self, instant: datetime) -> None:
        await self._session.execute(delete(SeenEvent).where(SeenEvent.at < instant))
