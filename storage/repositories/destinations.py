"""Destinations, and the leases that let one worker at a time reconcile each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.order import Place, made, missing
from storage.repositories.holding import dirtied, hold_destinations, sharing
from storage.repositories.journal import OpState
from storage.repositories.surroundings import Beyond, Surroundings, all_about, surroundings
from storage.swift import swift
from storage.tables import (
    Destination,
    ExternalSchedule,
    LedgerItem,
    Observation,
    Op,
    Presence,
    ShiftRow,
)

_DIRTIER = Destination.dirty + 1
_IS_LIVE = Destination.removed_at.is_(None)
_IS_DIRTY = Destination.dirty > literal_column("0")  # as the index has it
_ID = bindparam("wanted")
_ACCOUNT = bindparam("account")
_LIVE = select(Destination).where(Destination.removed_at.is_(None)).order_by(Destination.id)
_ONE = _LIVE.where(Destination.id == _ID)
_ON_EXTERNAL = _LIVE.where(Destination.connection_id == _ACCOUNT, Destination.external_id == bindparam("external_id"))
_HELD = update(Destination).where(Destination.id == _ID, Destination.fence == bindparam("held"))
_PROLONGED = swift(_HELD.values(lease_until=bindparam("until")).returning(Destination.id))
_TOUCHED = swift(_HELD.values(fence=bindparam("held")).returning(Destination.id))
_LEASED = swift(
    update(Destination)
    .where(
        Destination.id == _ID,
        Destination.removed_at.is_(None),
        or_(
            Destination.lease_until.is_(None),
            Destination.lease_until <= bindparam("now"),
            Destination.lease_owner == bindparam("owner"),
        ),
    )
    .values(fence=Destination.fence + 1, lease_owner=bindparam("owner"), lease_until=bindparam("until"))
    .returning(Destination.fence)
)
"""What every refresh asks is built once: putting a statement together takes longer than carrying it out."""


class LeaseLost(Exception):
    """Another worker took the destination over; nothing may be confirmed any more."""


@dataclass(frozen=True, slots=True)
class Resting:
    """A destination on which nothing was left to do, and what names what was seen there last."""

    id: int
    external_id: str
    external_name: str
    fence: int
    window_start: datetime
    window_end: datetime
    fingerprint: str
    last_shift_ends: datetime | None
    layered_since: datetime | None
    """When it was last looked at by itself, where Baton keeps its layers."""


class Destinations:
    """Destinations and the leases that let one worker at a time reconcile each."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.to_reconcile: set[int] = set()
        """What this transaction marked: jobs for it are left with the commit."""
        self._unpaused: set[int] = set()
        """What was seen not to be paused."""

    async def add(self, destination: Destination) -> Destination:
        self._session.add(destination)
        await self._session.flush()
        made(self._session, Place.DESTINATION, destination.id)
        return destination

    async def get(self, destination_id: int) -> Destination | None:
        """The destination, unless it was removed."""
        return await self._session.scalar(_ONE, {"wanted": destination_id})

    async def surroundings(self, destination_id: int) -> Surroundings | None:
        """The destination with what belongs to it, unless it was removed."""
        return await surroundings(self._session, destination_id)

    async def all_about(self, destination_id: int, since: datetime) -> tuple[Surroundings, Beyond] | None:
        """The same without what was listed and seen, and whether there is more to be read of it."""
        return await all_about(self._session, destination_id, since)

    async def of_schedule(self, schedule_id: int) -> list[Destination]:
        return await self._live(Destination.schedule_id == schedule_id)

    async def of_role(self, role_id: int) -> list[Destination]:
        return await self._live(Destination.role_id == role_id)

    async def of_connection(self, connection_id: int) -> list[Destination]:
        return await self._live(Destination.connection_id == connection_id)

    async def on_external(self, connection_id: int, external_id: str) -> list[Destination]:
        wanted = {"account": connection_id, "external_id": external_id}
        return list(await self._session.scalars(_ON_EXTERNAL, wanted))

    async def hold(self, destination_id: int) -> None:
        """Nobody else changes this destination or those that share its external schedule until the transaction ends.

        To be called before anything of them is changed, unless their schedules are locked.
        """
        await hold_destinations(self._session, sharing(destination_id))

    async def hold_all(self) -> None:
        """The same for every destination there is."""
        await hold_destinations(self._session, true())

    async def mark_copied(self, now: datetime, but: Collection[str]) -> None:
        """Baton was started on a copy of its database: those that are paused already, ``but`` those paused by these,
        don't go on without a choice."""
        await self._change(and_(Destination.paused.is_(True), Destination.paused_by.not_in(but)), restored_at=now)

    async def hold_account(self, connection_id: int) -> None:
        """The same for every destination of a connection."""
        await hold_destinations(self._session, Destination.connection_id == connection_id)

    async def hold_external(self, connection_id: int, external_ids: Collection[str]) -> None:
        """The same for every destination on these external schedules of a connection."""
        on = (Destination.connection_id == connection_id, Destination.external_id.in_(external_ids))
        await hold_destinations(self._session, and_(*on))

    async def change_kind(self, connection_id: int, external_id: str, kind: str) -> None:
        """The external schedule is of another kind by now."""
        same = (Destination.connection_id == connection_id, Destination.external_id == external_id)
        await self._change(and_(*same), external_kind=kind)
        listed = (ExternalSchedule.connection_id == connection_id, ExternalSchedule.external_id == external_id)
        await self._session.execute(update(ExternalSchedule).where(*listed).values(kind=kind))

    async def _change(self, condition: ColumnElement[bool], **values: Any) -> Sequence[int]:
        """Change every live destination that meets ``condition``; returns which those are."""
        return await self._change_these(await hold_destinations(self._session, condition), **values)

    async def _change_these(self, chosen: Sequence[int], **values: Any) -> Sequence[int]:
        if chosen:
            await self._session.execute(update(Destination).where(Destination.id.in_(chosen)).values(**values))
        if "dirty" in values:
            self.to_reconcile.update(chosen)
        return chosen

    async def _live(self, condition: ColumnElement[bool]) -> list[Destination]:
        return list(await self._session.scalars(_LIVE.where(condition)))

    async def due(self, now: datetime) -> Sequence[tuple[int, int]]:
        """Destinations whose refresh is due or that hold something not looked at yet, each with its connection."""
        query = select(Destination.id, Destination.connection_id).where(Destination.id.in_(_due(now, Destination.id)))
        rows = await self._session.execute(query.order_by(Destination.refresh_due_at, Destination.id))
        return list(rows)

    async def due_accounts(self, now: datetime) -> Sequence[tuple[int, int, int]]:
        """Connections with destinations that are due, the longest waiting first: how many, and the first of them."""
        due = _due(now, Destination.id, Destination.connection_id, Destination.refresh_due_at).subquery()
        query = select(due.c.connection_id, func.count(), func.min(due.c.id)).group_by(due.c.connection_id)
        rows = await self._session.execute(query.order_by(func.min(due.c.refresh_due_at)))
        return [(connection, count, first) for connection, count, first in rows]

    async def due_on(self, connection_id: int, now: datetime) -> Sequence[int]:
        """The due destinations of one connection."""
        query = select(Destination.id).where(
            Destination.connection_id == connection_id,
            Destination.removed_at.is_(None),
            or_(Destination.refresh_due_at <= now, Destination.dirty > 0),
        )
        return list(await self._session.scalars(query.order_by(Destination.id)))

    async def resting(self, connection_id: int, now: datetime) -> list[Resting]:
        """Destinations of a connection on which nothing was left to do and nothing changed here since."""
        ends = select(func.max(ShiftRow.ends_at)).where(ShiftRow.role_id == Destination.role_id, ShiftRow.ends_at > now)
        sought = or_(Op.state == OpState.IN_FLIGHT, and_(Op.state == OpState.LOST, Op.shown_at.is_(None)))
        under_way = Op.state.in_((OpState.IN_FLIGHT, OpState.LOST))
        busy = select(Op.id).where(Op.destination_id == Destination.id, under_way, sought).exists()
        exported = Presence.fallback_exported.is_(True)
        stood_in = select(Presence.role_id).where(Presence.role_id == Destination.role_id, exported).exists()
        rows = await self._session.execute(
            select(
                Destination.id,
                Destination.external_id,
                Destination.external_name,
                Destination.fence,
                Observation.window_start,
                Observation.window_end,
                Observation.fingerprint,
                ends.scalar_subquery(),
                case((and_(Destination.made, Destination.external_kind == "v2"), Observation.observed_at)),
            )
            .join(Observation, Observation.destination_id == Destination.id)
            .where(
                Destination.connection_id == connection_id,
                Destination.removed_at.is_(None),
                Destination.dirty == 0,
                Destination.reconfigured.is_(False),
                Destination.approved_digest == "",
                or_(Destination.lease_until.is_(None), Destination.lease_until <= now),
                Observation.clean.is_(True),
                ~busy,
                ~stood_in,
            )
        )
        return [Resting(*row) for row in rows]

    async def mark_refreshed(self, rows: Iterable[tuple[int, int]], now: datetime, due: datetime) -> None:
        """Note a refresh that found nothing, for each (id, fence) that nobody took over or changed meanwhile."""
        known = sorted(rows)
        await hold_destinations(self._session, Destination.id.in_([one for one, _fence in known]))
        unchanged = and_(
            Destination.id == bindparam("known_id"),
            Destination.fence == bindparam("known_fence"),
            Destination.dirty == 0,
        )
        statement = update(Destination).where(unchanged).values(refreshed_at=now, refresh_due_at=due)
        connection = await self._session.connection()
        await connection.execute(statement, [{"known_id": one, "known_fence": fence} for one, fence in known])

    async def mark_dirty(self, role_ids: Iterable[int]) -> Sequence[int]:
        """Something confirmed changed in these roles; returns the destinations to reconcile."""
        marked = await dirtied(self._session, role_ids)
        self.to_reconcile.update(one for one, _ in marked)
        self._unpaused.update(one for one, paused in marked if not paused)
        return [one for one, _ in marked]

    async def mark_account_dirty(self, connection_id: int) -> Sequence[int]:
        """Something was learned about an account; returns its destinations, which have to be looked at anew."""
        return await self._change(Destination.connection_id == connection_id, dirty=_DIRTIER)

    async def mark_sharing_dirty(self, row: Destination, *, reconfigured: bool = False) -> Sequence[int]:
        """What others see on the same external schedule may have changed; returns the destinations to reconcile.

        With ``reconfigured`` that is meant, so that the guard need not ask.
        """
        same = (Destination.connection_id == row.connection_id, Destination.external_id == row.external_id)
        meant = {"reconfigured": True} if reconfigured else {}
        return await self._change(and_(*same, Destination.id != row.id), dirty=_DIRTIER, **meant)

    async def expect_changes(self, role_ids: Iterable[int]) -> None:
        """Much of what these roles export is about to change, and is meant to: the guard need not ask."""
        await self._change(Destination.role_id.in_(sorted(set(role_ids))), reconfigured=True)

    async def mark_made_dirty(self, schedule_id: int) -> None:
        """Rotations of a schedule may have changed: external schedules that Baton made show them as layers."""
        await self._change(and_(Destination.schedule_id == schedule_id, Destination.made.is_(True)), dirty=_DIRTIER)

    async def unpause_unexported(self, destination_ids: Iterable[int]) -> None:
        """Let those of the destinations be written to that wait for their first export."""
        asked = set(destination_ids) - self._unpaused
        if not asked:
            return
        made = (LedgerItem.destination_id == Destination.id, LedgerItem.created_at >= Destination.created_at)
        exported = select(LedgerItem.id).where(*made).exists()
        waiting = (Destination.id.in_(sorted(asked)), Destination.paused_by == "", ~exported)
        await self._change(and_(*waiting), paused=False)

    async def take_lease(self, destination_id: int, owner: str, now: datetime, length: timedelta) -> int | None:
        """A new fence when the lease is free, run out or ours already; None while somebody else holds it."""
        missing(self._session, Place.DESTINATION, [destination_id])
        wanted = {"wanted": destination_id, "owner": owner, "now": now, "until": now + length}
        return (await (await self._session.connection()).execute(_LEASED, wanted)).scalar_one_or_none()

    async def check_fence(self, destination_id: int, fence: int, lease_until: datetime | None = None) -> None:
        """Raise LeaseLost unless ``fence`` is the newest; extends the lease when ``lease_until`` is given."""
        missing(self._session, Place.DESTINATION, [destination_id])
        wanted = {"wanted": destination_id, "held": fence, "until": lease_until}
        statement = _PROLONGED if lease_until else _TOUCHED
        result = await (await self._session.connection()).execute(statement, wanted)
        if result.scalar_one_or_none() is None:
            raise LeaseLost(f"destination {destination_id} was taken over")

    async def release(self, destination_id: int, fence: int) -> None:
        missing(self._session, Place.DESTINATION, [destination_id])
        await self._session.execute(
            update(Destination)
            .where(Destination.id == destination_id, Destination.fence == fence)
            .values(lease_until=None, lease_owner="")
        )

    async def interrupt(self, destination_id: int) -> None:
        """Outdate the fence: whoever is at work there began with what is no longer so, and confirms nothing more."""
        missing(self._session, Place.DESTINATION, [destination_id])
        await self._session.execute(
            update(Destination)
            .where(Destination.id == destination_id)
            .values(lease_until=None, lease_owner="", fence=Destination.fence + 1)
        )

    async def break_leases(self, destination_ids: Iterable[int]) -> None:
        """Whoever holds these is known to be gone, so that others need not wait until their leases run out."""
        chosen = and_(Destination.id.in_(sorted(set(destination_ids))), Destination.lease_until.is_not(None))
        await self._change(chosen, lease_until=None, lease_owner="", fence=Destination.fence + 1)

    async def all_at_work(self) -> list[Destination]:
        """Every destination, of every workspace, that is not paused."""
        return await self._live(Destination.paused.is_(False))

    async def release_all(self) -> None:
        """Drop every lease and outdate every fence; only for the one process that owns the database."""
        await self._session.execute(
            update(Destination)
            .where(Destination.lease_until.is_not(None))
            .values(lease_until=None, lease_owner="", fence=Destination.fence + 1)
        )


def _due(now: datetime, *columns: InstrumentedAttribute[Any]) -> Any:
    """What is due, and what holds something not looked at yet, each by its index."""
    live = select(*columns).where(_IS_LIVE)
    return union(live.where(Destination.refresh_due_at <= now), live.where(_IS_DIRTY))
