"""The journal of a destination: ledger, operations, base, and what was last observed.

Every refresh asks the same few things. Those statements are built once, below: putting a statement together takes
longer than carrying it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.timeline import Segment, Timeline, alone
from storage.inserting import insert_returning
from storage.ledger import ENTRIES, NAMES, Entry
from storage.plain import rows_of
from storage.swift import swift
from storage.tables import BaseSegment, Destination, LedgerItem, Observation, Op, OwnedLayer, PendingChange, RemoteEdit

CREATE = "1-create"
FEW = 8
"""Operations that are stored one by one: a press on a button brings one or two."""
_OF_DESTINATION = bindparam("destination_id")
_SINCE = bindparam("since")
_OP = cast(Table, Op.__table__)
_OP_COLUMNS = tuple(column.key for column in _OP.columns if not column.primary_key)
_ADDED_OP = swift(insert(_OP).returning(_OP.c.id))
_LAYERS = select(OwnedLayer.layer_id).where(OwnedLayer.destination_id == _OF_DESTINATION)
_OPS = select(Op).where(Op.destination_id == _OF_DESTINATION).order_by(Op.id)
_OPS_IN = _OPS.where(Op.state.in_(bindparam("states", expanding=True)))
_BASE = select(BaseSegment).where(BaseSegment.destination_id == _OF_DESTINATION).order_by(BaseSegment.starts_at)
_BASE_VALUES = swift(_BASE.with_only_columns(BaseSegment.starts_at, BaseSegment.ends_at, BaseSegment.user))
_EDITS = select(RemoteEdit).where(RemoteEdit.destination_id == _OF_DESTINATION).order_by(RemoteEdit.starts_at)


class OpState(StrEnum):
    """planned → in_flight → done or failed; lost when the reply never came and the item was not found."""

    PLANNED = "planned"
    IN_FLIGHT = "in_flight"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


_TELLS = Op.shown_at.is_(None) | (Op.action != CREATE)
WATCHED = or_(
    Op.state == OpState.PLANNED,
    Op.state == OpState.IN_FLIGHT,
    Op.state == OpState.LOST,
    (Op.state == OpState.DONE) & (Op.settled_at > _SINCE) & _TELLS,
)
"""Operations without an outcome, begun or not, and those done after ``since``. What created an item that showed says
nothing more."""
_OPS_LATELY = _OPS.where(WATCHED)
_UNPLANNED = swift(delete(Op).where(Op.destination_id == _OF_DESTINATION, Op.state == OpState.PLANNED))


class Journal:
    """What Baton wrote to external schedules, means to write, and last saw there."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.wrote = False
        """Whether a write to an external schedule was confirmed."""

    # The ledger

    async def ledger(self, connection_id: int, external_id: str, since: datetime) -> list[Entry]:
        """Everything ever written to an external schedule that ends after ``since``, removed or not."""
        wanted = {"connection_id": connection_id, "external_id": external_id, "since": since}
        return [Entry(*row) for row in await rows_of(self._session, ENTRIES, wanted)]

    async def ever_exported(self, destination_id: int) -> bool:
        """Whether anything was ever written for a destination."""
        items = select(LedgerItem.id).where(LedgerItem.destination_id == destination_id)
        layers = select(OwnedLayer.layer_id).where(OwnedLayer.destination_id == destination_id)
        return bool(await self._session.scalar(select(or_(items.exists(), layers.exists()))))

    async def record(self, entry: Entry) -> None:
        """Enter an item; one that is there already (it was adopted twice) is left as it is."""
        values = {name: getattr(entry, name) for name in NAMES if name != "id"}
        for row in await insert_returning(self._session, LedgerItem, [values], "id"):
            entry.id = row.id

    async def change_item(self, connection_id: int, external_id: str, remote_id: str, **values: Any) -> None:
        await self._session.execute(
            update(LedgerItem)
            .where(
                LedgerItem.connection_id == connection_id,
                LedgerItem.external_schedule_id == external_id,
                LedgerItem.remote_id == remote_id,
            )
            .values(**values)
        )

    async def mark_removed(
        self, connection_id: int, external_id: str, remote_ids: Iterable[str], now: datetime, *, by_us: bool = False
    ) -> None:
        """Items that are there no more; ``by_us`` when we took them away."""
        await self._session.execute(
            update(LedgerItem)
            .where(
                LedgerItem.connection_id == connection_id,
                LedgerItem.external_schedule_id == external_id,
                LedgerItem.remote_id.in_(list(remote_ids)),
                LedgerItem.removed_at.is_(None),
            )
            .values(removed_at=now, taken_back=by_us)
        )

    async def never_shown(self, destination_id: int, remote_ids: Iterable[str]) -> set[str]:
        """Which of these items, made by this destination, no look has shown yet as they were made."""
        query = select(Op.remote_id).where(
            Op.destination_id == destination_id,
            Op.remote_id.in_(list(remote_ids)),
            Op.action == CREATE,
            Op.shown_at.is_(None),
        )
        return {remote_id for remote_id in await self._session.scalars(query) if remote_id is not None}

    async def mark_taken_out(self, ids: Iterable[int]) -> None:
        """Somebody else removed these items of ours, which were seen to show before."""
        await self._session.execute(update(LedgerItem).where(LedgerItem.id.in_(list(ids))).values(taken_out=True))

    async def make_up(self, ids: Iterable[int]) -> None:
        """What these items of ours showed is confirmed by other means, or is wanted no more."""
        settled = {"taken_back": False, "taken_out": False}
        await self._session.execute(update(LedgerItem).where(LedgerItem.id.in_(list(ids))).values(settled))

    async def left_behind(self, connection_id: int, external_id: str, since: datetime) -> list[LedgerItem]:
        """What removed destinations left in an external schedule that ends after ``since``."""
        query = (
            select(LedgerItem)
            .join(Destination, Destination.id == LedgerItem.destination_id)
            .where(
                LedgerItem.connection_id == connection_id,
                LedgerItem.external_schedule_id == external_id,
                LedgerItem.ends_at > since,
                LedgerItem.removed_at.is_(None),
                Destination.removed_at.is_not(None),
            )
        )
        return list(await self._session.scalars(query.order_by(LedgerItem.id)))

    async def left_open(self, connection_id: int, external_id: str, since: datetime) -> list[Op]:
        """Calls of removed destinations whose end nobody saw, about items that end after ``since``."""
        query = (
            select(Op)
            .join(Destination, Destination.id == Op.destination_id)
            .where(
                Destination.connection_id == connection_id,
                Destination.external_id == external_id,
                Destination.removed_at.is_not(None),
                Op.state.in_([OpState.IN_FLIGHT, OpState.LOST]),
                Op.ends_at > since,
            )
        )
        return list(await self._session.scalars(query.order_by(Op.id)))

    async def layers(self, destination_id: int) -> frozenset[str]:
        """The layers that were made for a destination, ended ones included."""
        return frozenset(await self._session.scalars(_LAYERS, {"destination_id": destination_id}))

    async def keep_layers(self, destination_id: int, layer_ids: Iterable[str]) -> None:
        self.wrote = True
        for layer_id in layer_ids:
            await self._session.merge(OwnedLayer(destination_id=destination_id, layer_id=layer_id))

    # Operations

    async def add_ops(self, ops: Iterable[Op]) -> list[Op]:
        """Store them; returns them with their ids, as objects that no transaction keeps."""
        rows = list(ops)
        if len(rows) > FEW:
            self._session.add_all(rows)
            await self._session.flush()
            return rows
        connection = await self._session.connection()
        for row in rows:
            values = {name: getattr(row, name) for name in _OP_COLUMNS}
            row.id = (await connection.execute(_ADDED_OP, values)).scalar_one()
        return rows

    async def ops(self, destination_id: int, states: Iterable[OpState]) -> list[Op]:
        """Operations in these states, in the order they were planned."""
        wanted = {"destination_id": destination_id, "states": list(states)}
        return list(await self._session.scalars(_OPS_IN, wanted))

    async def watched(self, destination_id: int, since: datetime) -> list[Op]:
        """Those operations that are :data:`WATCHED`, in the order they were planned."""
        wanted = {"destination_id": destination_id, "since": since}
        return list(await self._session.scalars(_OPS_LATELY, wanted))

    async def update_op(self, op_id: int, **values: Any) -> None:
        self.wrote = self.wrote or values.get("state") == OpState.DONE
        await self._session.execute(update(Op).where(Op.id == op_id).values(**values))

    async def mark_shown(self, op_ids: Sequence[int], now: datetime) -> None:
        await self._session.execute(update(Op).where(Op.id.in_(op_ids)).values(shown_at=now))

    async def give_up_changes(self, destination_id: int, why: str, now: datetime) -> None:
        """Changes whose end nobody saw count as lost: they would be made again, which others are not."""
        wanted = (Op.destination_id == destination_id, Op.state == OpState.IN_FLIGHT, Op.action == "1-update")
        await self._session.execute(update(Op).where(*wanted).values(state=OpState.LOST, error=why, settled_at=now))

    async def drop_planned(self, destination_id: int) -> None:
        """Forget what was planned and never begun."""
        await (await self._session.connection()).execute(_UNPLANNED, {"destination_id": destination_id})

    async def forget_ops(self, before: datetime) -> None:
        """Drop settled operations older than ``before``; the ledger keeps what has to be known."""
        await self._session.execute(
            delete(Op).where(Op.created_at < before, Op.state.not_in([OpState.PLANNED, OpState.IN_FLIGHT]))
        )

    # What waits for a person

    async def pending(self, destination_id: int) -> list[PendingChange]:
        query = select(PendingChange).where(PendingChange.destination_id == destination_id)
        return list(await self._session.scalars(query.order_by(PendingChange.position)))

    async def set_pending(self, destination_id: int, rows: Iterable[PendingChange]) -> None:
        """``rows`` take the place of what waited before."""
        await self._session.execute(delete(PendingChange).where(PendingChange.destination_id == destination_id))
        self._session.add_all(rows)
        await self._session.flush()

    # Base and observation

    async def base(self, destination_id: int) -> Timeline:
        rows = await rows_of(self._session, _BASE_VALUES, {"destination_id": destination_id})
        return Timeline.union(Segment(start, end, alone(user)) for start, end, user in rows)

    async def set_base(self, destination_id: int, base: Timeline) -> None:
        """Make ``base`` the stored one, touching only the rows that differ."""
        rows = await self._session.scalars(_BASE, {"destination_id": destination_id})
        wanted = {(s.start, s.end, s.users[0]) for s in base.segments}
        for row in rows:
            key = (row.starts_at, row.ends_at, row.user)
            if key in wanted:
                wanted.discard(key)
            else:
                await self._session.delete(row)
        await self._session.flush()
        self._session.add_all(
            BaseSegment(destination_id=destination_id, starts_at=start, ends_at=end, user=user)
            for start, end, user in sorted(wanted)
        )

    async def edits(self, destination_id: int) -> list[RemoteEdit]:
        """What people changed there and may take back."""
        return list(await self._session.scalars(_EDITS, {"destination_id": destination_id}))

    async def set_edits(self, destination_id: int, rows: Iterable[RemoteEdit]) -> None:
        """``rows`` take the place of what was remembered before."""
        await self._session.execute(delete(RemoteEdit).where(RemoteEdit.destination_id == destination_id))
        self._session.add_all(rows)
        await self._session.flush()

    async def observation(self, destination_id: int) -> Observation | None:
        return await self._session.get(Observation, destination_id)

    async def observations(self, destination_ids: Iterable[int]) -> Mapping[int, Observation]:
        """What was last seen at each of these destinations."""
        wanted = Observation.destination_id.in_(list(destination_ids))
        return {row.destination_id: row for row in await self._session.scalars(select(Observation).where(wanted))}

    async def fingerprint(self, names: Mapping[int, str]) -> None:
        """Keep what names the last bulk look at each of these destinations."""
        if names:
            connection = await self._session.connection()
            chosen = update(Observation).where(Observation.destination_id == bindparam("known_id"))
            statement = chosen.values(fingerprint=bindparam("named"))
            await connection.execute(statement, [{"known_id": one, "named": name} for one, name in names.items()])

    async def observe(self, observation: Observation) -> None:
        await self._session.merge(observation)
