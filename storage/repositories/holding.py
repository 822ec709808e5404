"""Locking destinations, all that a transaction changes at once and in the order of their ids (:mod:`storage.order`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import ColumnElement, Select, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.late_session import keeps_objects
from storage.order import Place, missing
from storage.swift import swift
from storage.tables import Destination


async def hold_destinations(session: AsyncSession, condition: ColumnElement[bool]) -> Sequence[int]:
    """Lock the live destinations that meet ``condition``; returns their ids, in order.

    What was read of them before is read anew: it may have changed while the locks were waited for.
    """
    return await _hold(session, list(await session.scalars(_chosen(condition))))


async def hold_of_schedules(session: AsyncSession, schedule_ids: Iterable[int]) -> Sequence[int]:
    """The same for those of these schedules, and whatever shares an external schedule with one of them."""
    await session.flush()
    wanted = {"wanted": list(schedule_ids)}
    if session.get_bind().dialect.name == "sqlite":  # which has one writer
        found = list((await (await session.connection()).execute(_OF_SCHEDULES, wanted)).scalars())
    elif keeps_objects(session):
        found = [row.id for row in await session.scalars(_READ_OF_SCHEDULES, wanted)]
    else:
        found = list((await (await session.connection()).execute(_LOCKED_OF_SCHEDULES, wanted)).scalars())
    missing(session, Place.DESTINATION, found)
    return found


async def dirtied(session: AsyncSession, role_ids: Iterable[int]) -> Sequence[tuple[int, bool]]:
    """Mark the live destinations that these roles are exported to, which are locked in order by the same statement;
    returns their ids in order, each with whether it is paused."""
    await session.flush()
    connection = await session.connection()
    rows = (await connection.execute(_DIRTIED, {"wanted": sorted(set(role_ids))})).all()
    marked = sorted((number, paused) for number, paused in rows)
    missing(session, Place.DESTINATION, [number for number, _ in marked])
    return marked


async def _hold(session: AsyncSession, found: Sequence[int]) -> Sequence[int]:
    new = missing(session, Place.DESTINATION, found)
    if new and session.get_bind().dialect.name != "sqlite":
        (await session.scalars(_locked(Destination.id.in_(new)))).all()
    return found


def sharing(destination_id: int) -> ColumnElement[bool]:
    """A destination, and whatever shares its external schedule."""
    return _beside(lambda own: own.id == destination_id)


def _beside(chosen: Callable[[type[Destination]], ColumnElement[bool]]) -> ColumnElement[bool]:
    """What is on the external schedules of the chosen ones, these included: found by index, from these on."""
    own, other = aliased(Destination), aliased(Destination)
    same = and_(own.connection_id == other.connection_id, own.external_id == other.external_id)
    return Destination.id.in_(select(other.id).join(own, same).where(chosen(own)))


def _chosen(condition: ColumnElement[bool]) -> Select[int]:
    return select(Destination.id).where(condition, Destination.removed_at.is_(None)).order_by(Destination.id)


def _locked(condition: ColumnElement[bool]) -> Select[Destination]:
    rows = select(Destination).where(condition).order_by(Destination.id)
    return rows.with_for_update(key_share=True).execution_options(populate_existing=True)


_WANTED = bindparam("wanted", expanding=True)
_BESIDE_SCHEDULES = _beside(lambda own: and_(own.schedule_id.in_(_WANTED), own.removed_at.is_(None)))
_OF_SCHEDULES = swift(_chosen(_BESIDE_SCHEDULES))
_READ_OF_SCHEDULES = _locked(and_(_BESIDE_SCHEDULES, Destination.removed_at.is_(None)))
_LOCKED_OF_SCHEDULES = swift(_chosen(_BESIDE_SCHEDULES).with_for_update(key_share=True))
_ROLES_OWN = aliased(Destination)
_OF_ROLES = (
    select(_ROLES_OWN.id)
    .where(_ROLES_OWN.role_id.in_(_WANTED), _ROLES_OWN.removed_at.is_(None))
    .order_by(_ROLES_OWN.id)
    .with_for_update(key_share=True)
)
_DIRTIED = swift(
    update(Destination)
    .where(Destination.id.in_(_OF_ROLES))
    .values(dirty=Destination.dirty + 1)
    .returning(Destination.id, Destination.paused)
)
"""Built once: each change of a shift asks for them, and building them costs more than their answers."""
