"""One schedule as people work with it: a real database, the sandbox's PagerDuty, a clock that tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from oncall.shifts import Shift, ShiftState
from services.kit.house import Actor, House
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft, Saved
from services.shifts import confirming
from services.shifts.changing import ShiftRef
from storage.notices import NoticeKind
from storage.tables import AuditLine, OutboxItem
from tests.support.engine_house import START, EngineWorld, engine_world

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MONDAY = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - a wall time, as people type it
ROLES = ("Primary", "Secondary")


@dataclass(slots=True)
class Desk:
    """Alice administers the schedule, Bob, Carol and Zoe are members; it is Monday 2 March 2026, 09:00 UTC."""

    world: EngineWorld
    workspace: int
    roles: tuple[int, int]

    @classmethod
    @asynccontextmanager
    async def at(cls, folder: Path | None = None, **options: Any) -> AsyncIterator[Desk]:
        async with engine_world(folder, **options) as world:
            async with world.database.read() as tx:
                schedule = await tx.schedules.get(world.schedule_id)
                assert schedule is not None
                primary, secondary = [role.id for role in await tx.schedules.roles(schedule.id)]
            yield cls(world, schedule.workspace_id, (primary, secondary))

    @property
    def house(self) -> House:
        return self.world.house

    @property
    def id(self) -> int:
        return self.world.schedule_id

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def alice(self) -> Actor:
        return self.actor("UALICE")

    @property
    def bob(self) -> Actor:
        return self.actor("UBOB")

    @property
    def carol(self) -> Actor:
        return self.actor("UCAROL")

    def actor(self, user: str, **options: Any) -> Actor:
        return Actor(self.workspace, user, **options)

    def pass_time(self, length: timedelta) -> None:
        self.world.pass_hours(length / HOUR)

    def draft(self, *members: str, **options: Any) -> RotationDraft:
        """A weekly rotation of these members from Monday 09:00 on, around the clock."""
        plain = RotationDraft(
            schedule_id=self.id,
            name="Weekly",
            role=self.roles[0],
            members=members or ("UALICE", "UBOB"),
            first_handoff=MONDAY,
            zone="UTC",
        )
        return replace(plain, **options)

    async def rotate(self, *members: str, **options: Any) -> Saved:
        return await rotations.save_rotation(self.house, self.alice, self.draft(*members, **options))

    async def confirm_all(self) -> None:
        await confirming.confirm(self.house, self.alice, self.id)

    async def put(self, user: str | None, start: float, end: float, role: int = 0, **options: Any) -> ShiftRef:
        """Store a confirmed shift, in hours from the beginning."""
        shift = Shift(self.roles[role], user, self.world.at(start), self.world.at(end), **options)
        async with self.world.database.transaction() as tx:
            stored = (await tx.shifts.add(self.id, [shift], self.now))[0]
        return ShiftRef(stored.id or 0, stored.revision)

    async def set_schedule(self, **values: Any) -> None:
        async with self.world.database.transaction() as tx:
            schedule = await tx.schedules.get(self.id)
            for name, value in values.items():
                setattr(schedule, name, value)

    async def shifts(self, state: ShiftState | None = None, role: int | None = None) -> list[Shift]:
        async with self.world.database.read() as tx:
            found = await tx.shifts.of_schedule(self.id, START - 400 * DAY)
        wanted = None if role is None else self.roles[role]
        return [s for s in found if (state is None or s.state is state) and wanted in (None, s.role_id)]

    async def rows(
        self, state: ShiftState | None = None, role: int | None = None
    ) -> list[tuple[str | None, float, float]]:
        """Shifts in hours from the beginning."""
        return [(s.user, hours(s.start), hours(s.end)) for s in await self.shifts(state, role)]

    async def ref(self, user: str, number: int = 0) -> ShiftRef:
        """The shift of this user, by order."""
        shift = [shift for shift in await self.shifts() if shift.user == user][number]
        return ShiftRef(shift.id or 0, shift.revision)

    async def told(self, kind: NoticeKind) -> Sequence[dict[str, Any]]:
        async with self.world.database.read() as tx:
            rows = await tx.session.scalars(select(OutboxItem).where(OutboxItem.kind == kind).order_by(OutboxItem.id))
            return [row.payload for row in rows]

    async def audit(self) -> list[tuple[str, str]]:
        async with self.world.database.read() as tx:
            rows = await tx.session.scalars(select(AuditLine).order_by(AuditLine.id))
            return [(row.actor, row.summary) for row in rows]

    @property
    def deferred(self) -> list[tuple[str, int]]:
        return self.world.jobs.deferred


def hours(instant: datetime) -> float:
    return (instant - START) / HOUR


def refs(*shifts: Shift) -> list[ShiftRef]:
    return [ShiftRef(shift.id or 0, shift.revision) for shift in shifts]
