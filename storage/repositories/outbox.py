"""The outbox: notices on their way out, each with a key that is used once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.inserting import insert_new, insert_returning
from storage.notices import FANOUT, NoticeKind
from storage.outgoing import Item, NewItem
from storage.plain import rows_of
from storage.repositories.duties import batched
from storage.sorting import few
from storage.swift import swift
from storage.tables import OutboxItem, Schedule

MOST_KEY = 128
LAST = chr(0x10FFFF)
"""Sorts behind every character that a key has."""
ITEMS = cast(Table, OutboxItem.__table__)
COLUMNS = tuple(column.key for column in OutboxItem.__table__.columns if column.key != "id")
_WAITING = swift(
    select(ITEMS.c.workspace_id, ITEMS.c.target)
    .where(ITEMS.c.state == "pending", ITEMS.c.method == bindparam("method"), ITEMS.c.due_at <= bindparam("now"))
    .limit(bindparam("most"))
)
_KNOWN = swift(select(ITEMS.c.key).where(ITEMS.c.key.in_(bindparam("keys", expanding=True))))
DEFAULTS: dict[str, Any] = {**dict.fromkeys(COLUMNS), "attempts": 0, "error": "", "receipt": ""}

Target = tuple[int, str]
"""A workspace, and who or what in it is told."""


class Taken(Protocol):
    """What a sender has to know of an item."""

    id: int
    workspace_id: int
    kind: str
    target: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime


@dataclass(slots=True)
class Handed:
    """What was taken for sending by the statement that put it in; as :class:`Taken`."""

    id: int
    workspace_id: int
    method: str
    kind: str
    target: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime


def _short(key: str) -> str:
    """What leaves room for whom it is told; ids of calendars and their events may be long."""
    return key if len(key) <= MOST_KEY else sha256(key.encode()).hexdigest()


class Outbox:
    """Notices on their way out."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.has_grown = False
        self.sent = False
        self.handed: list[Handed] = []
        """What whoever put it in sends as soon as this transaction is committed."""

    async def tell(
        self,
        schedule: Schedule,
        kind: NoticeKind,
        key: str,
        facts: dict[str, Any],
        now: datetime,
        *,
        due: datetime | None = None,
    ) -> None:
        """Put a fan-out item in: everybody whom ``kind`` concerns will hear of ``facts``, once per ``key``.

        ``due`` is when, at once by default.
        """
        item = NewItem(
            workspace_id=schedule.workspace_id,
            key=f"{kind}:{_short(key)}",
            kind=kind,
            method=FANOUT,
            target=f"schedule:{schedule.id}",
            payload={"schedule_id": schedule.id, **facts},
            due_at=due or now,
            created_at=now,
        )
        await self.put([item])

    async def put(self, items: Iterable[Item]) -> None:
        """Add what is not in the outbox yet; a key that was used before is left alone."""
        new = list({item.key: _values(item) for item in items}.values())
        await insert_new(self._session, OutboxItem, new)
        self.has_grown = self.has_grown or any(row["state"] == "pending" for row in new)

    async def put_taken(self, items: Iterable[Item], now: datetime, deadline: datetime) -> None:
        """The same, taken for sending already and :attr:`handed`; settle each before ``deadline``."""
        taken = {"state": "sending", "due_at": now, "deadline": deadline, "attempts": 1}
        new = {item.key: {**_values(item), **taken} for item in items}
        for key, item_id in await insert_returning(self._session, OutboxItem, list(new.values()), "key", "id"):
            row = new[key]
            named = (row[name] for name in ("workspace_id", "method", "kind", "target", "payload"))
            self.handed.append(Handed(item_id, *named, attempts=1, created_at=row["created_at"]))

    async def waiting(self, method: str, now: datetime, limit: int) -> set[Target]:
        """Who is to be told something that is due and that nobody has taken; of at most so many notices."""
        rows = await rows_of(self._session, _WAITING, {"method": method, "now": now, "most": limit})
        return {(workspace, target) for workspace, target in rows}

    async def known(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that were used before."""
        found = set[str]()
        for some in batched(keys):
            rows = await rows_of(self._session, _KNOWN, {"keys": some})
            found.update(key for [key] in rows)
        return found

    async def to_fan_out(self, now: datetime, limit: int) -> list[OutboxItem]:
        """Due fan-out items, oldest first, held against other processes until the transaction ends."""
        query = select(OutboxItem).where(
            OutboxItem.state == "pending", OutboxItem.method == FANOUT, OutboxItem.due_at <= now
        )
        query = (
            query.order_by(OutboxItem.due_at, OutboxItem.id)
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
        )
        return list(await self._session.scalars(query))

    async def due(
        self, method: str, now: datetime, limit: int, without: Collection[int] = ()
    ) -> list[tuple[int, int, str]]:
        """The oldest due notice of each target: its id, workspace and target.

        Workspaces take turns, so that none comes late because another has much to tell; those that are ``without`` are
        left out.
        """
        oldest = select(
            func.min(ITEMS.c.id).label("id"), ITEMS.c.workspace_id, ITEMS.c.target, func.min(ITEMS.c.due_at).label("at")
        ).where(ITEMS.c.state == "pending", ITEMS.c.method == method, ITEMS.c.due_at <= now)
        if without:
            oldest = oldest.where(ITEMS.c.workspace_id.not_in(sorted(without)))
        one = oldest.group_by(ITEMS.c.workspace_id, ITEMS.c.target).subquery()
        turn = func.row_number().over(partition_by=one.c.workspace_id, order_by=(one.c.at, one.c.id))
        query = select(one.c.id, one.c.workspace_id, one.c.target).order_by(turn, one.c.at, one.c.id).limit(limit)
        return [(item_id, workspace, target) for item_id, workspace, target in await self._session.execute(query)]

    async def split(self, item_ids: Iterable[int], now: datetime) -> None:
        """These fan-out items are done with."""
        await self._session.execute(
            update(OutboxItem)
            .where(OutboxItem.id.in_(sorted(item_ids)), OutboxItem.state == "pending")
            .values(state="sent", sent_at=now)
        )

    async def take_turns(self, method: str) -> bool:
        """Until the transaction ends, no other process chooses what to send by this method; False if there is none."""
        connection = await self._session.connection()
        if connection.dialect.name != "postgresql":
            return False
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"outbox {method}"})
        return True

    async def under_way(self, method: str, since: datetime, paced: datetime) -> dict[Target, datetime | None]:
        """Whom something is being sent to (None), or was after ``paced`` (then); of what was taken after ``since``."""
        sent = and_(ITEMS.c.state == "sent", ITEMS.c.due_at > since, ITEMS.c.sent_at > paced)
        query = select(ITEMS.c.workspace_id, ITEMS.c.target, ITEMS.c.state, ITEMS.c.sent_at).where(
            ITEMS.c.method == method, or_(ITEMS.c.state == "sending", sent)
        )
        found: dict[Target, datetime | None] = {}
        for workspace, target, state, at in await self._session.execute(query.order_by(ITEMS.c.sent_at.nulls_last())):
            found[(workspace, target)] = at if state == "sent" else None
        return found

    async def claim(self, item_ids: Iterable[int], now: datetime, deadline: datetime) -> list[Taken]:
        """Take these for sending, unless somebody else did; settle each before ``deadline``.

        From now on ``due_at`` says when it was taken.
        """
        mine = await self._held(ITEMS.c.id.in_(sorted(item_ids)), ITEMS.c.state == "pending")
        claimed = await self._session.execute(
            update(ITEMS)
            .where(ITEMS.c.id.in_(mine))
            .values(state="sending", due_at=now, deadline=deadline, attempts=ITEMS.c.attempts + 1)
            .returning(*(ITEMS.c[name] for name in Taken.__annotations__))
        )
        return sorted((cast(Taken, row) for row in claimed), key=lambda item: item.id)

    async def prolong(self, item_ids: Collection[int], deadline: datetime) -> None:
        """These are still being sent."""
        mine = await self._held(ITEMS.c.id.in_(sorted(item_ids)), ITEMS.c.state == "sending")
        await self._session.execute(update(ITEMS).where(ITEMS.c.id.in_(mine)).values(deadline=deadline))

    async def reclaim(self, now: datetime, but: Collection[int] = ()) -> None:
        """Send again what a sender took and never settled: whether it arrived is not known. ``but`` are one's own."""
        overdue = await self._held(ITEMS.c.state == "sending", ITEMS.c.deadline < now)
        unsettled = [item_id for item_id in overdue if item_id not in but]
        if not unsettled:
            return
        await self._session.execute(
            update(OutboxItem).where(OutboxItem.id.in_(unsettled)).values(state="pending", due_at=now, deadline=None)
        )

    async def _held(self, *conditions: ColumnElement[bool]) -> list[int]:
        """Lock the items that meet the conditions, by id; what another process is at already is left to that one."""
        query = select(ITEMS.c.id).where(*conditions).order_by(ITEMS.c.id)
        return list(await self._session.scalars(query.with_for_update(skip_locked=True, key_share=True)))

    async def reclaim_all(self, now: datetime) -> None:
        """The same of everything that was taken: for a process that knows that nobody else is sending."""
        await self._session.execute(
            update(OutboxItem).where(OutboxItem.state == "sending").values(state="pending", due_at=now, deadline=None)
        )

    async def get(self, item_id: int) -> OutboxItem | None:
        return await self._session.get(OutboxItem, item_id)

    async def beginning_with(self, key: str) -> list[OutboxItem]:
        """Items whose keys begin like this."""
        query = select(OutboxItem).where(*_begins(key))
        return list(await self._session.scalars(query.order_by(OutboxItem.id)))

    async def reword(self, item_id: int, payload: dict[str, Any]) -> bool:
        """Put other words into a notice that has not gone out; False when it has, or is on its way."""
        waiting = await self._held(ITEMS.c.id == item_id, ITEMS.c.state == "pending")
        await self._session.execute(update(ITEMS).where(ITEMS.c.id.in_(waiting)).values(payload=payload))
        return bool(waiting)

    async def withhold(self, key: str, now: datetime) -> None:
        """What begins like this and has not gone out is done with: it is no longer true."""
        waiting = await self._held(*_begins(key), ITEMS.c.state == "pending")
        await self._session.execute(update(ITEMS).where(ITEMS.c.id.in_(waiting)).values(state="sent", sent_at=now))

    async def withhold_all(self, before: datetime, why: str) -> int:
        """What was put in before and has not gone out is not sent by itself any more; says how many that are."""
        waiting = ITEMS.c.state.in_(("pending", "sending"))
        withheld = await self._session.execute(
            update(ITEMS)
            .where(waiting, ITEMS.c.created_at <= before)
            .values(state="dead", deadline=None, error=why)
            .returning(ITEMS.c.id)
        )
        return len(withheld.all())

    async def settle(self, item_id: int, **values: Any) -> None:
        settled = update(OutboxItem).where(OutboxItem.id == item_id).values(**values)
        await self._session.execute(settled.execution_options(synchronize_session=False))

    async def settle_attempt(self, item_id: int, attempt: int, values: Mapping[str, Any]) -> bool:
        """Write down how an attempt went; False when it was taken from us meanwhile."""
        self.sent = self.sent or values.get("state") == "sent"
        settled = await self._session.execute(
            update(ITEMS)
            .where(ITEMS.c.id == item_id, ITEMS.c.state == "sending", ITEMS.c.attempts == attempt)
            .values(deadline=None, **values)
            .returning(ITEMS.c.id)
        )
        return settled.first() is not None

    async def arrived(self, receipts: Mapping[int, str], now: datetime) -> None:
        """These notices are sent, each with its receipt."""
        self.sent = True
        statement = (
            update(ITEMS)
            .where(ITEMS.c.id == bindparam("item"))
            .values(state="sent", sent_at=now, deadline=None, error="", receipt=bindparam("where"))
        )
        rows = [{"item": item_id, "where": receipt[:255]} for item_id, receipt in receipts.items()]
        await (await self._session.connection()).execute(statement, rows)

    async def next_due(self, *methods: str, without: Collection[int] = ()) -> datetime | None:
        """When something is to be done for these methods: due, or taken and not settled; not in workspaces ``without``
        which it goes."""
        due = select(func.min(OutboxItem.due_at)).where(OutboxItem.state == "pending", OutboxItem.method.in_(methods))
        overdue = select(func.min(OutboxItem.deadline)).where(
            OutboxItem.state == "sending", OutboxItem.method.in_(methods)
        )
        if without:
            due, overdue = (one.where(OutboxItem.workspace_id.not_in(sorted(without))) for one in (due, overdue))
        found = [await self._session.scalar(due), await self._session.scalar(overdue)]
        return min((instant for instant in found if instant is not None), default=None)

    async def send_again(self, item_id: int, now: datetime) -> bool:
        """Have it sent once more and at once, with as much patience as a new one; False while it is being sent."""
        result = await self._session.execute(
            update(OutboxItem)
            .where(OutboxItem.id == item_id, OutboxItem.state != "sending")
            .values(state="pending", due_at=now, created_at=now, attempts=0, error="")
            .returning(OutboxItem.id)
        )
        self.has_grown = True
        return result.scalar_one_or_none() is not None

    async def send_dead_again(self, workspace_id: int, now: datetime) -> int:
        """The same of everything that could not be delivered; says how many that are."""
        result = await self._session.execute(
            update(ITEMS)
            .where(ITEMS.c.state == "dead", ITEMS.c.workspace_id == workspace_id)
            .values(state="pending", due_at=now, created_at=now, attempts=0, error="")
            .returning(ITEMS.c.id)
        )
        self.has_grown = True
        return len(result.all())

    async def failed(
        self, workspace_ids: Collection[int], reasons: Collection[str], since: datetime
    ) -> list[OutboxItem]:
        """What could not be delivered for one of these reasons, of what was put in since then, in order."""
        query = select(OutboxItem).where(
            OutboxItem.state == "dead",
            OutboxItem.error.in_(sorted(reasons)),
            OutboxItem.workspace_id.in_(sorted(workspace_ids)),
            OutboxItem.created_at >= since,
        )
        return list(await self._session.scalars(query.order_by(OutboxItem.id)))

    async def facts(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What these fan-out items tell, by key."""
        found = dict[str, dict[str, Any]]()
        for some in batched(keys):
            part = ITEMS.c.key.in_(some)
            rows = await self._session.execute(select(ITEMS.c.key, ITEMS.c.payload).where(part))
            found.update((key, payload) for key, payload in rows)
        return found

    async def revive(self, item_ids: Collection[int], now: datetime) -> int:
        """Have these that could not be delivered sent at once, with no more patience than they had left; says how many
        there are."""
        for some in batched(item_ids):
            given_up = ITEMS.c.id.in_(some), ITEMS.c.state == "dead"
            await self._session.execute(
                update(ITEMS).where(*given_up).values(state="pending", due_at=now, attempts=0, error="")
            )
        self.has_grown = self.has_grown or bool(item_ids)
        return len(item_ids)

    async def count_dead(self, workspace_id: int) -> int:
        query = select(func.count()).where(ITEMS.c.state == "dead", ITEMS.c.workspace_id == workspace_id)
        return await self._session.scalar(query) or 0

    async def dead(self, workspace_id: int, limit: int) -> list[OutboxItem]:
        """What could not be delivered, the newest first."""
        query = select(OutboxItem).where(OutboxItem.state == "dead", OutboxItem.workspace_id == workspace_id)
        return list(await self._session.scalars(query.order_by(OutboxItem.id.desc()).limit(limit)))

    async def forget_before(self, instant: datetime) -> None:
        """Drop what was sent or given up before ``instant``."""
        await self._session.execute(
            delete(OutboxItem).where(OutboxItem.created_at < instant, few(OutboxItem.state).in_(("sent", "dead")))
        )


def _begins(key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Keys that begin like this, as a range: what is sorted by bytes has them side by side, and LIKE uses no index."""
    return (ITEMS.c.key >= key, ITEMS.c.key < key + LAST)


def _values(item: Item) -> dict[str, Any]:
    """What was said of it, read past the bookkeeping of attributes: there may be thousands at once."""
    said = vars(item)
    return {**DEFAULTS, **{name: said[name] for name in COLUMNS if said.get(name) is not None}}
