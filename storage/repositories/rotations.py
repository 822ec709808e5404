"""Rotations as stored; values in and out are the versions of a rotation, :class:`oncall.rotations.Rotation`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time

from sqlalchemy import Select, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.order import Stint
from oncall.pace import Counts
from oncall.rotations import Backup, Rotation, Unit
from oncall.windows import Coverage, Daily, Weekly
from storage.tables import Rotation as RotationRow
from storage.tables import RotationMember, RotationVersion

_VERSIONS = (
    select(RotationVersion)
    .join(RotationRow, RotationRow.id == RotationVersion.rotation_id)
    .order_by(RotationVersion.rotation_id, RotationVersion.position)
)
_OF_SCHEDULE = _VERSIONS.where(RotationRow.schedule_id == bindparam("schedule_id"))
"""Asked at every refresh, so built once."""

Versions = tuple[Rotation, ...]
"""Every version of one rotation, oldest first."""


class Rotations:
    """Reads rotations and replaces what they say."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def row(self, rotation_id: int) -> RotationRow | None:
        return await self._session.get(RotationRow, rotation_id)

    async def forget_role(self, role_id: int, now: datetime) -> None:
        """Rotations that fill a role now or later go; those that it only backs up go on without, and those that filled
        it once stay."""
        goes_on = or_(RotationVersion.until.is_(None), RotationVersion.until > now)
        filling = select(RotationVersion.rotation_id).where(RotationVersion.role_id == role_id, goes_on)
        await self._session.execute(delete(RotationRow).where(RotationRow.id.in_(filling)))
        await self._session.execute(
            update(RotationVersion).where(RotationVersion.backup_role_id == role_id).values(backup_role_id=None)
        )

    async def versions(self, rotation_id: int) -> Versions:
        return next(iter(await self._read(_VERSIONS.where(RotationRow.id == rotation_id))), ())

    async def of_schedule(self, schedule_id: int) -> list[Versions]:
        """Every rotation of a schedule, ended ones included, in the order they were made."""
        return await self._read(_OF_SCHEDULE, {"schedule_id": schedule_id})

    async def of_schedules(self, schedule_ids: Iterable[int]) -> list[Versions]:
        """Every rotation of these schedules."""
        return await self._read(_VERSIONS.where(RotationRow.schedule_id.in_(sorted(set(schedule_ids)))))

    async def save(self, schedule_id: int, versions: Sequence[Rotation], now: datetime) -> int:
        """Store what a rotation says now in place of what it said; returns its id, a new one if it had none."""
        row = await self._session.get(RotationRow, versions[0].id) if versions[0].id is not None else None
        if row is None:
            row = RotationRow(schedule_id=schedule_id, created_at=now)
            self._session.add(row)
            await self._session.flush()
        else:
            row.revision += 1
            await self._session.execute(delete(RotationVersion).where(RotationVersion.rotation_id == row.id))
        for position, version in enumerate(versions):
            await self._add(row.id, position, version)
        return row.id

    async def _add(self, rotation_id: int, position: int, version: Rotation) -> None:
        row = _version_row(rotation_id, position, version)
        self._session.add(row)
        await self._session.flush()
        self._session.add_all(
            RotationMember(version_id=row.id, position=place, user_id=stint.user, since=stint.since, until=stint.until)
            for place, stint in enumerate(version.members)
        )
        await self._session.flush()

    async def _read(self, query: Select[RotationVersion], wanted: Mapping[str, object] | None = None) -> list[Versions]:
        rows = await self._session.scalars(query, wanted)
        listed = list(rows)
        circles = await self._circles([row.id for row in listed]) if listed else {}
        found: dict[int, list[Rotation]] = {}
        for row in listed:
            found.setdefault(row.rotation_id, []).append(_value(row, circles.get(row.id, ())))
        return [tuple(versions) for versions in found.values()]

    async def _circles(self, version_ids: Sequence[int]) -> dict[int, tuple[Stint, ...]]:
        rows = await self._session.scalars(
            select(RotationMember)
            .where(RotationMember.version_id.in_(version_ids))
            .order_by(RotationMember.version_id, RotationMember.position)
        )
        found: dict[int, tuple[Stint, ...]] = {}
        for row in rows:
            found[row.version_id] = (*found.get(row.version_id, ()), Stint(row.user_id, row.since, row.until))
        return found


def _value(row: RotationVersion, circle: tuple[Stint, ...]) -> Rotation:
    return Rotation(
        role_id=row.role_id,
        zone=row.time_zone,
        first_handoff=datetime.fromisoformat(row.first_handoff),
        members=circle,
        every=row.every,
        unit=Unit(row.unit),
        coverage=_coverage(row),
        backup=Backup(row.backup_role_id, row.backup_offset) if row.backup_role_id is not None else None,
        name=row.name,
        id=row.rotation_id,
        lead=row.lead,
        since=row.since,
        until=row.until,
        counts=Counts(row.counts),
    )


def _coverage(row: RotationVersion) -> Coverage | None:
    if row.covers_from is None or row.covers_to is None:
        return None
    days = frozenset(int(day) - 1 for day in row.days)
    opens, closes = time.fromisoformat(row.covers_from), time.fromisoformat(row.covers_to)
    if row.covers_until_day is not None:
        return Weekly(min(days), opens, row.covers_until_day - 1, closes)
    return Daily(opens, closes, days)


def _version_row(rotation_id: int, position: int, version: Rotation) -> RotationVersion:
    coverage, backup = version.coverage, version.backup
    return RotationVersion(
        rotation_id=rotation_id,
        position=position,
        role_id=version.role_id,
        name=version.name,
        time_zone=version.zone,
        first_handoff=version.first_handoff.isoformat(timespec="minutes"),
        every=version.every,
        unit=version.unit,
        covers_from=coverage.opens.strftime("%H:%M") if coverage else None,
        covers_to=coverage.closes.strftime("%H:%M") if coverage else None,
        days="".join(str(day + 1) for day in sorted(coverage.days)) if coverage else "1234567",
        covers_until_day=coverage.closes_on + 1 if isinstance(coverage, Weekly) else None,
        counts=version.counts,
        backup_role_id=backup.role_id if backup else None,
        backup_offset=backup.offset if backup else 1,
        lead=version.lead,
        since=version.since,
        until=version.until,
    )
