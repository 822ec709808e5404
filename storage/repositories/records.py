"""The outbox, the audit trail, installations, and events that were handled already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.inserting import insert_new
from storage.notices import FANOUT, NoticeKind
from storage.tables import AuditLine, Installation, OutboxItem, Schedule, SeenEvent

LOOK_BACK = 500
"""How many lines of the audit trail are searched for what became of something."""

KEYS_AT_ONCE = 500


class Outbox:
    """Notices on their way out."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.has_grown = False

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
        wanted = {item.key: item for item in items}
        known = await self.known(wanted)
        new = [_values(item) for key, item in wanted.items() if key not in known]
        await insert_new(self._session, OutboxItem, new)
        self.has_grown = self.has_grown or bool(new)

    async def known(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that were used before."""
        asked, found = sorted(set(keys)), set[str]()
        for first in range(0, len(asked), KEYS_AT_ONCE):
            part = asked[first : first + KEYS_AT_ONCE]
            found.update(await self._session.scalars(select(OutboxItem.key).where(OutboxItem.key.in_(part))))
        return found

    async def to_fan_out(self, now: datetime, limit: int) -> list[OutboxItem]:
        """Due fan-out items, oldest first, held against other processes until the transaction ends."""
        query = select(OutboxItem).where(
            OutboxItem.state == "pending", OutboxItem.method == FANOUT, OutboxItem.due_at <= now
        )
        query = query.order_by(OutboxItem.due_at, OutboxItem.id).limit(limit).with_for_update(skip_locked=True)
        return list(await self._session.scalars(query))

    async def due(self, method: str, now: datetime, limit: int) -> list[tuple[int, int, str]]:
        """The oldest due notice of each target: its id, workspace and target."""
        query = select(func.min(OutboxItem.id), OutboxItem.workspace_id, OutboxItem.target).where(
            OutboxItem.state == "pending", OutboxItem.method == method, OutboxItem.due_at <= now
        )
        query = query.group_by(OutboxItem.workspace_id, OutboxItem.target).order_by(func.min(OutboxItem.due_at))
        found = await self._session.execute(query.limit(limit))
        return [(item_id, workspace, target) for item_id, workspace, target in found]

    async def split(self, item_ids: Iterable[int], now: datetime) -> None:
        """These fan-out items are done with."""
        await self._session.execute(
            update(OutboxItem)
            .where(OutboxItem.id.in_(sorted(item_ids)), OutboxItem.state == "pending")
            .values(state="sent", sent_at=now)
        )

    async def claim(self, item_ids: Iterable[int], deadline: datetime) -> list[OutboxItem]:
        """Take these for sending, unless somebody else did; settle each before ``deadline``."""
        claimed = await self._session.scalars(
            update(OutboxItem)
            .where(OutboxItem.id.in_(sorted(item_ids)), OutboxItem.state == "pending")
            .values(state="sending", deadline=deadline, attempts=OutboxItem.attempts + 1)
            .returning(OutboxItem)
        )
        return sorted(claimed, key=lambda item: item.id)

    async def reclaim(self, now: datetime) -> None:
        """Send again what a sender took and never settled: whether it arrived is not known."""
        await self._session.execute(
            update(OutboxItem)
            .where(OutboxItem.state == "sending", OutboxItem.deadline < now)
            .values(state="pending", due_at=now, deadline=None)
        )

    async def get(self, item_id: int) -> OutboxItem | None:
        return await self._session.get(OutboxItem, item_id)

    async def settle(self, item_id: int, **values: Any) -> None:
        await self._session.execute(
            update(OutboxItem).where(OutboxItem.id == item_id).values(**values),
            execution_options={"synchronize_session": False},
        )

    async def arrived(self, receipts: Mapping[int, str], now: datetime) -> None:
        """These notices are sent, each with its receipt."""
        outbox = cast(Table, OutboxItem.__table__)
        statement = (
            update(outbox)
            .where(outbox.c.id == bindparam("item"))
            .values(state="sent", sent_at=now, deadline=None, error="", receipt=bindparam("where"))
        )
        rows = [{"item": item_id, "where": receipt[:255]} for item_id, receipt in receipts.items()]
        await (await self._session.connection()).execute(statement, rows)

    async def next_due(self, *methods: str) -> datetime | None:
        """When something is to be done for these methods: due, or taken and not settled."""
        due = select(func.min(OutboxItem.due_at)).where(OutboxItem.state == "pending", OutboxItem.method.in_(methods))
        overdue = select(func.min(OutboxItem.deadline)).where(
            OutboxItem.state == "sending", OutboxItem.method.in_(methods)
        )
        found = [await self._session.scalar(due), await self._session.scalar(overdue)]
        return min((instant for instant in found if instant is not None), default=None)

    async def send_again(self, item_id: int, now: datetime) -> bool:
        """Have it sent once more, with as much patience as a new one; False when it is not done with yet."""
        result = await self._session.execute(
            update(OutboxItem)
            .where(OutboxItem.id == item_id, OutboxItem.state.in_(("sent", "dead")))
            .values(state="pending", due_at=now, created_at=now, attempts=0, error="")
            .returning(OutboxItem.id)
        )
        self.has_grown = True
        return result.scalar_one_or_none() is not None

    async def dead(self, workspace_id: int, limit: int) -> list[OutboxItem]:
        """What could not be delivered, the newest first."""
        query = select(OutboxItem).where(OutboxItem.state == "dead", OutboxItem.workspace_id == workspace_id)
        return list(await self._session.scalars(query.order_by(OutboxItem.id.desc()).limit(limit)))

    async def forget_before(self, instant: datetime) -> None:
        """Drop what was sent or given up before ``instant``."""
        await self._session.execute(
            delete(OutboxItem).where(OutboxItem.state.in_(("sent", "dead")), OutboxItem.created_at < instant)
        )


def _values(item: OutboxItem) -> dict[str, Any]:
    values = {column.key: getattr(item, column.key) for column in OutboxItem.__table__.columns if column.key != "id"}
    return {**values, "attempts": item.attempts or 0, "error": item.error or "", "receipt": item.receipt or ""}


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
