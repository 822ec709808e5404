"""A small world for tests of the engine: a real database, the sandbox's PagerDuty without sockets, one moving clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.fernet import Fernet

from oncall.shifts import Shift, ShiftSource, assign
from sandbox.pagerduty import Clock, InProcessTransport, World
from services.kit.house import House
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import ExternalSchedule, ExternalUser
from storage.unit import Unit
from sync.core.model import Mode, Status
from sync.destinations import PagerDuty, Systems
from sync.engine import Engine
from sync.steps.report import Report
from tests.support.engine_rows import PEOPLE, START, add_linked, store_world
from tests.support.engines import lent_engines
from tests.support.memory import MemoryDatabase, memory_database
from tests.support.migrated import lay


class NoJobs:
    """Tests reconcile by hand."""

    def __init__(self) -> None:
        self.deferred: list[tuple[str, int]] = []

    def defer(self, kind: str, key: int) -> None:
        self.deferred.append((kind, key))

    def heard(self, unit: Unit) -> None:
        self.deferred.extend(unit.jobs)

    async def run(self, kind: str, key: int) -> Any:
        raise NotImplementedError


@dataclass(slots=True)
class EngineWorld:
    """One schedule with one role, linked to one PagerDuty schedule that has no layers unless given some."""

    database: Database
    world: World
    engine: Engine
    house: House
    destination_id: int
    schedule_id: int
    role_id: int
    external_id: str
    pd_users: dict[str, str]
    jobs: NoJobs = field(default_factory=NoJobs)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def at(self, hours: float) -> datetime:
        """An instant, in hours after the world began."""
        return START + timedelta(hours=hours)

    def pass_hours(self, hours: float) -> None:
        self.world.clock.advance(hours * 3600)

    async def assign(self, user: str, start: float, end: float) -> None:
        """Confirm a shift that a rotation made, in hours after the world began."""
        await self.put(Shift(self.role_id, user, self.at(start), self.at(end), source=ShiftSource.ROTATION))

    async def decide(self, user: str | None, start: float, end: float) -> None:
        """Somebody here puts a person on call, or leaves the time unassigned."""
        await self.put(Shift(self.role_id, user, self.at(start), self.at(end)))

    async def unassign(self, start: float, end: float) -> None:
        await self.put(Shift(self.role_id, None, self.at(start), self.at(end), source=ShiftSource.ROTATION))

    async def put(self, shift: Shift) -> None:
        async with self.database.transaction() as tx:
            existing = await tx.shifts.of_role(self.role_id, shift.start, shift.end)
            await tx.shifts.apply(self.schedule_id, assign(existing, shift), self.now)
            await tx.destinations.mark_dirty([self.role_id])

    async def reconcile(self) -> Report:
        report = await self.engine.reconcile(self.destination_id)
        assert report is not None
        return report

    def human_override(self, user: str, start: float, end: float, *, by: str = "") -> str:
        """Somebody makes an override in PagerDuty, which says who if they are named."""
        made = self.world.account.create_override(
            self.external_id, self.pd_users[user], self.at(start), self.at(end), author_id=self.pd_users.get(by, "")
        )
        return made.id

    def human_delete(self, override_id: str) -> None:
        self.world.account.delete_override(self.external_id, override_id)

    def shows(self, since: float, until: float) -> list[tuple[float, float, str]]:
        """PagerDuty's final schedule in hours after the world began, with the users' Slack names."""
        names = {pd: user for user, pd in self.pd_users.items()}
        entries = self.world.account.final_schedule(self.external_id, self.at(since), self.at(until))
        return [(self._hours(e.start), self._hours(e.end), names.get(e.user_id, e.user_id)) for e in entries]

    def overrides(self) -> list[tuple[float, float, str]]:
        """Every override from now on, sorted."""
        names = {pd: user for user, pd in self.pd_users.items()}
        listed = self.world.account.overrides(self.external_id, self.now, self.now + timedelta(days=400))
        return sorted((self._hours(o.start), self._hours(o.end), names.get(o.user_id, o.user_id)) for o in listed)

    def _hours(self, instant: datetime) -> float:
        return (instant - START).total_seconds() / 3600

    def listed(self) -> list[Any]:
        return list(self.world.account.overrides(self.external_id, self.now, self.now + timedelta(days=400)))

    async def shifts(self) -> list[Shift]:
        async with self.database.read() as tx:
            return await tx.shifts.of_role(self.role_id, START - timedelta(days=9))

    async def local(self) -> list[tuple[float, float, str | None]]:
        return [(self._hours(s.start), self._hours(s.end), s.user) for s in await self.shifts()]

    async def pending(self) -> list[tuple[float, float, str, str | None, str | None]]:
        """What waits for a person, with Slack users."""
        names: dict[str, str | None] = {pd: user for user, pd in self.pd_users.items()}
        async with self.database.read() as tx:
            rows = await tx.journal.pending(self.destination_id)
        return [
            (self._hours(r.starts_at), self._hours(r.ends_at), r.kind, names.get(r.before), names.get(r.after))
            for r in rows
        ]

    async def undoes(self) -> list[tuple[bool, str]]:
        """For each pending change whether it takes back somebody's, and whose."""
        async with self.database.read() as tx:
            return [(row.undoes, row.changed_by) for row in await tx.journal.pending(self.destination_id)]

    async def die_unconfirmed(self) -> None:
        """A reconcile whose process dies between its first create and the confirmation."""
        with (
            patch("sync.steps.execute.confirm_created", side_effect=RuntimeError("killed")),
            pytest.raises(RuntimeError),
        ):
            await self.engine.reconcile(self.destination_id)

    async def approve(self) -> None:
        """A person agrees to what waits."""
        async with self.database.transaction() as tx:
            row = await tx.destinations.get(self.destination_id)
            assert row is not None
            row.approved_digest = row.pending_digest

    async def configure(self, *, mode: Mode | None = None, paused: bool = False, secondary: bool = False) -> None:
        """An admin changes the destination."""
        async with self.database.transaction() as tx:
            row = await tx.destinations.get(self.destination_id)
            assert row is not None
            row.mode, row.paused, row.reconfigured = mode or row.mode, paused, True
            if secondary:
                row.role_id = (await tx.schedules.roles(self.schedule_id))[1].id

    async def assign_secondary(self, user: str, start: float, end: float) -> None:
        async with self.database.read() as tx:
            role = (await tx.schedules.roles(self.schedule_id))[1]
        async with self.database.transaction() as tx:
            await tx.shifts.add(self.schedule_id, [Shift(role.id, user, self.at(start), self.at(end))], self.now)

    async def add_destinations(self, count: int) -> None:
        """More schedules like the first, each with a destination of its own on the same connection."""
        account = self.world.account
        for number in range(count):
            external = account.add_schedule(f"Service {number}", "Europe/Berlin", layers=[])
            await add_linked(self.database, external.id, f"Service {number}")
        async with self.database.transaction() as tx:
            rows = [
                ExternalSchedule(connection_id=1, external_id=s.id, name=s.name, kind="v2", seen_at=START)
                for s in account.schedules.values()
            ]
            await tx.connections.replace_schedules(1, rows)

    async def first_role(self, schedule_id: int) -> int:
        async with self.database.read() as tx:
            return (await tx.schedules.roles(schedule_id))[0].id

    async def remove_destination(self, destination_id: int) -> None:
        async with self.database.transaction() as tx:
            row = await tx.destinations.get(destination_id)
            assert row is not None
            row.removed_at = self.now

    async def roles(self) -> list[int]:
        async with self.database.read() as tx:
            return [row.role_id for row in await tx.destinations.of_connection(1)]

    async def assign_role(self, role_id: int, user: str, start: float, end: float) -> None:
        shift = Shift(role_id, user, self.at(start), self.at(end))
        async with self.database.transaction() as tx:
            role = await tx.schedules.role(role_id)
            assert role is not None
            await tx.shifts.apply(role.schedule_id, assign([], shift), self.now)
            await tx.destinations.mark_dirty([role_id])

    async def due(self) -> list[int]:
        async with self.database.read() as tx:
            return [destination for destination, _connection in await tx.destinations.due(self.now)]

    async def make_due(self, ids: list[int]) -> None:
        async with self.database.transaction() as tx:
            for one in ids:
                row = await tx.destinations.get(one)
                assert row is not None
                row.refresh_due_at = self.now

    async def audited(self) -> list[str]:
        async with self.database.read() as tx:
            return [line.action for line in await tx.audit.of_schedule(self.schedule_id, 100)]

    def writes(self) -> int:
        return len([e for e in self.world.log if e.method != "GET"])

    async def status(self) -> tuple[Status, str]:
        async with self.database.read() as tx:
            row = await tx.destinations.get(self.destination_id)
            assert row is not None
            return Status(row.status), row.status_reason

    async def outbox(self, kind: str) -> list[dict[str, Any]]:
        async with self.database.read() as tx:
            from sqlalchemy import select

            from storage.tables import OutboxItem

            rows = await tx.session.scalars(select(OutboxItem).where(OutboxItem.kind == kind).order_by(OutboxItem.id))
            return [row.payload for row in rows]


@asynccontextmanager
async def engine_world(
    folder: Path | None = None, *, mode: Mode = Mode.AUTHORITATIVE, layers: bool = False, horizon_days: int = 30
) -> AsyncIterator[EngineWorld]:
    """The world, ready to reconcile; with ``layers``, carol is on call in PagerDuty around the clock underneath.

    The database is in memory, or a file where a folder is given for it, for those who open it a second time.
    """
    async with _database(folder) as database, _around(database, mode, layers, horizon_days) as made:
        yield made


@asynccontextmanager
async def _database(folder: Path | None) -> AsyncIterator[Database]:
    if folder is None:
        async with memory_database() as database:
            yield database
        return
    lay(folder / "baton.db")
    with lent_engines():
        database = Database(f"sqlite+aiosqlite:///{folder / 'baton.db'}")
        try:
            await database.migrate()
            yield database
        finally:
            await database.close()


@dataclass(slots=True)
class Laid:
    """A world's rows as they were stored first, with what else came of it."""

    image: bytes
    ids: tuple[int, int, int]
    deferred: list[tuple[str, int]]


_laid: list[Laid] = []


async def laid_world(
    database: Database, jobs: NoJobs, secret: str, external_id: str, mode: Mode, horizon_days: int
) -> tuple[int, int, int]:
    """Stored once per process; in memory, further worlds are copies in which what differs is put right."""
    if not isinstance(database, MemoryDatabase):
        return await store_world(database, secret, external_id, mode, horizon_days)
    if not _laid:
        ids = await store_world(database, secret, external_id, mode, horizon_days)
        _laid.append(Laid(database.raw.serialize(), ids, list(jobs.deferred)))
        return ids
    [laid] = _laid
    database.restore(laid.image)
    database.raw.execute("UPDATE connection SET secret = ?", (secret,))
    database.raw.execute("UPDATE destination SET external_id = ?, mode = ?", (external_id, str(mode)))
    database.raw.execute("UPDATE schedule SET horizon_days = ?", (horizon_days,))
    jobs.deferred.extend(laid.deferred)
    return laid.ids


@asynccontextmanager
async def _around(database: Database, mode: Mode, layers: bool, horizon_days: int) -> AsyncIterator[EngineWorld]:
    clock = Clock(START)
    world = World(clock)
    account = world.add_account("acme")
    pd_users = {
        user: account.add_user(name.title(), f"{name}@example.com").id for user, name in PEOPLE.items() if name != "zoe"
    }
    base = [_always(pd_users["UCAROL"])] if layers else []
    external = account.add_schedule("Payments", "Europe/Berlin", layers=base)
    secrets = SecretBox([Fernet.generate_key().decode()])

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    systems = Systems(
        PagerDuty(clock=clock, sleep=sleep, api_url="http://pagerduty.test", transport=InProcessTransport(world))
    )
    engine = Engine(database, secrets, systems, clock, "test", timedelta(minutes=5), sleep=sleep)
    jobs = NoJobs()
    database.on_commit(jobs.heard)
    house = House(database, clock, secrets, systems, jobs)
    ids = await laid_world(database, jobs, secrets.seal(account.add_key()), external.id, mode, horizon_days)
    try:
        yield EngineWorld(database, world, engine, house, *ids, external.id, pd_users, jobs)
    finally:
        await systems.aclose()


def _always(user: str) -> dict[str, Any]:
    from sandbox.pagerduty import weekly_layer

    return weekly_layer([user], START - timedelta(days=7))


__all__ = ["PEOPLE", "START", "EngineWorld", "ExternalUser", "engine_world"]
