"""One side of the benchmark of looks for switches, run as a script with ``PYTHONPATH`` on the tree that is measured."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from oncall.shifts import Shift, ShiftSource, ShiftState
from storage.database import Database
from storage.tables import Member, Role, Schedule, ShiftRow

try:
    from notices.noticing.watch import watch_once
except ImportError:  # a tree from before every floor had the same rooms (ADR 18)
    from notices.watch import watch_once  # type: ignore[import-not-found, no-redef]

DAYS, PEOPLE = 30, 4
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""Nobody hands over then: shifts begin at midnight."""


async def measure(size: int, looks: int, folder: Path) -> dict[str, float]:
    """CPU seconds of a look after a commit that changed one schedule's shifts, with nothing to tell: the median."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'baton.db'}")
    await database.migrate()
    roles = await _prepare(database, size)
    now = NOON
    await watch_once(database, now)
    await watch_once(database, now)
    taken: list[float] = []
    for number in range(looks):
        now += timedelta(seconds=1)
        schedule, role = roles[number * 7 % size]
        start = NOON + timedelta(days=DAYS + 1 + number)
        async with database.transaction() as tx:
            await tx.shifts.add(schedule, [Shift(role, "U0", start, start + timedelta(hours=1))], now)
        began = time.process_time()
        await watch_once(database, now)
        taken.append(time.process_time() - began)
    await database.close()
    return {"look": statistics.median(taken), "fastest": min(taken), "slowest": max(taken)}


async def _prepare(database: Database, size: int) -> list[tuple[int, int]]:
    """Schedules with a month of days, handed over at midnight; returns the schedules with their roles."""
    made = NOON - timedelta(days=2)
    async with database.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "", made)
        team = await tx.schedules.ensure_team(workspace.id, "Engineering")
        schedules = [
            Schedule(
                workspace_id=workspace.id,
                team_id=team.id,
                public_id=str(number),
                name=f"Schedule {number}",
                name_key=f"schedule {number}",
                time_zone="UTC",
                horizon_days=DAYS,
                confirm_mode="automatically",
                created_at=made,
                created_by="U0",
            )
            for number in range(size)
        ]
        tx.session.add_all(schedules)
        await tx.session.flush()
        roles = [Role(schedule_id=schedule.id, position=0, name="Primary") for schedule in schedules]
        tx.session.add_all(roles)
        tx.session.add_all(
            Member(schedule_id=schedule.id, user_id=f"U{user}", access="admin", position=user)
            for schedule in schedules
            for user in range(PEOPLE)
        )
        await tx.session.flush()
        ids = [(role.schedule_id, role.id) for role in roles]
        for schedule, role in ids:
            await tx.session.execute(insert(ShiftRow), _shifts(schedule, role, made))
        if hasattr(tx.told, "bring_forward"):
            await tx.told.bring_forward(schedule for schedule, _ in ids)
    return ids


def _shifts(schedule: int, role: int, made: datetime) -> list[dict[str, object]]:
    first = NOON.replace(hour=0)
    return [
        {
            "schedule_id": schedule,
            "role_id": role,
            "user_id": f"U{day % PEOPLE}",
            "starts_at": first + timedelta(days=day),
            "ends_at": first + timedelta(days=day + 1),
            "state": ShiftState.CONFIRMED,
            "source": ShiftSource.ROTATION,
            "created_at": made,
        }
        for day in range(DAYS)
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as here:
        print(json.dumps(asyncio.run(measure(int(sys.argv[1]), int(sys.argv[2]), Path(here)))))
