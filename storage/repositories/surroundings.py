"""A destination with what belongs to it, and whether there is more to be read of it, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.plain import Plain
from storage.repositories.journal import WATCHED
from storage.tables import (
    Connection,
    Destination,
    ExternalSchedule,
    Observation,
    Op,
    OwnedLayer,
    Presence,
    Progress,
    RemoteEdit,
    Role,
    Rotation,
    Schedule,
)

_AROUND = (
    select(Destination, Connection, Schedule, Role.name)
    .join(Connection, Connection.id == Destination.connection_id)
    .join(Schedule, Schedule.id == Destination.schedule_id)
    .join(Role, Role.id == Destination.role_id)
    .where(Destination.id == bindparam("wanted"), Destination.removed_at.is_(None))
)
_SURROUNDINGS = (
    _AROUND.add_columns(ExternalSchedule, Observation, Progress)
    .outerjoin(
        ExternalSchedule,
        and_(ExternalSchedule.connection_id == Connection.id, ExternalSchedule.external_id == Destination.external_id),
    )
    .outerjoin(Observation, Observation.destination_id == Destination.id)
    .outerjoin(Progress, Progress.destination_id == Destination.id)
)
_OTHER = aliased(Destination)
_BEYOND = (
    select(_OTHER.id).where(
        _OTHER.connection_id == Destination.connection_id,
        _OTHER.external_id == Destination.external_id,
        _OTHER.removed_at.is_(None),
        _OTHER.id != Destination.id,
    ),
    select(Rotation.id).where(Rotation.schedule_id == Destination.schedule_id),
    select(Presence.role_id).where(Presence.role_id == Destination.role_id, Presence.fallback_exported.is_(True)),
    select(RemoteEdit.destination_id).where(RemoteEdit.destination_id == Destination.id),
    select(OwnedLayer.layer_id).where(OwnedLayer.destination_id == Destination.id),
    select(Op.id).where(Op.destination_id == Destination.id, WATCHED),
)
"""In the order of :class:`Beyond`."""
_ALL_ABOUT = Plain(_AROUND.add_columns(*(one.correlate(Destination).exists() for one in _BEYOND)))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A destination and what belongs to it, in one statement. ``role`` is the role's name.

    ``listed`` is how its account last listed the external schedule, ``seen`` what the last refresh saw; storing a new
    observation in the same transaction then needs no look of its own. ``progress`` is what people are shown of a long
    export or import.
    """

    destination: Destination
    connection: Connection
    schedule: Schedule
    role: str
    listed: ExternalSchedule | None = None
    seen: Observation | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Beyond:
    """What else there is of a destination, which most have not: others on its external schedule, rotations of its
    schedule, somebody who stands in there, edits that may be taken back, layers of its own, operations that are
    watched."""

    others: bool
    rotations: bool
    stand_in: bool
    edits: bool
    layers: bool
    operations: bool


async def surroundings(session: AsyncSession, destination_id: int) -> Surroundings | None:
    """None of one that was removed."""
    row = (await session.execute(_SURROUNDINGS, {"wanted": destination_id})).one_or_none()
    return Surroundings(*row) if row is not None else None


async def all_about(session: AsyncSession, destination_id: int, since: datetime) -> tuple[Surroundings, Beyond] | None:
    """The same without what was listed and seen, to be looked at only; operations are watched that were done after
    ``since``."""
    row = await _ALL_ABOUT.first(session, {"wanted": destination_id, "since": since})
    if row is None:
        return None
    own = len(row) - len(_BEYOND)
    return Surroundings(*row[:own]), Beyond(*map(bool, row[own:]))
