"""One side of the horizon benchmark, run as a script with ``PYTHONPATH`` on the tree that is measured.

It uses only what both trees have, so that the same steps are asked of either.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import update

from oncall.clock import SystemClock
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Member, OutboxItem, Person, Schedule
from storage.unit import Unit

try:
    from notices.noticing.watch import watch_once
    from services.kit.house import Actor, House
    from services.rotations import saving as rotations
    from services.schedules import horizon
except ImportError:  # a tree from before every floor had the same rooms (ADR 18)
    from notices.watch import watch_once  # type: ignore[import-not-found, no-redef]
    from services.house import Actor, House  # type: ignore[import-not-found, no-redef]

    from services import horizon, rotations  # type: ignore[no-redef]

STEPS = ("first", "restart", "next_day", "every")


class LaterClock:
    """The clock on the wall, moved ahead by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


class Holds:
    """How long the loop was kept at most by one callback, in CPU seconds; others had no turn meanwhile."""

    def __init__(self) -> None:
        self.longest = 0.0
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began = time.process_time()
            run(handle)
            self.longest = max(self.longest, time.process_time() - began)

        asyncio.Handle._run = timed  # type: ignore[method-assign]


async def measure(size: int, roles: int, file: Path, steps: int = len(STEPS)) -> dict[str, float]:
    """CPU seconds of the first so many steps, and the longest hold of each; leaves the database in ``file``."""
    holds = Holds()
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.migrate()
    clock = LaterClock()
    jobs: Any = SimpleNamespace(defer=lambda *_: None)
    house = House(database, clock, SecretBox([Fernet.generate_key().decode()]), SimpleNamespace(), jobs)  # type: ignore[arg-type]
    await _prepare(house, size, roles)
    woken: list[bool] = []

    def committed(unit: Unit) -> None:
        changed = getattr(unit, "changed_shifts", None)
        if unit.used_shifts if changed is None else changed:  # type: ignore[attr-defined]
            woken.append(True)

    database.on_commit(committed)

    async def all_of_it(work: Callable[[House], Awaitable[object]]) -> float:
        """CPU seconds of a run, with the looks that its commits wake."""
        stop = asyncio.Event()
        watching = asyncio.get_running_loop().create_task(_watch(database, clock, woken, stop))
        began = time.process_time()
        await work(house)
        stop.set()
        await watching
        return time.process_time() - began

    due: Callable[[House], Awaitable[object]] = getattr(horizon, "extend_due", horizon.extend_all)
    found: dict[str, float] = {}
    for step in STEPS[:steps]:
        clock.ahead = timedelta(hours=21) if step in ("next_day", "every") else timedelta(0)
        holds.longest = 0.0
        found[step] = await all_of_it(horizon.extend_all if step == "every" else due)
        found[f"{step} hold"] = holds.longest
    async with database.transaction() as tx:  # who is on call by now is no news
        await tx.session.execute(update(OutboxItem).values(state="sent"))
    await database.close()
    return found


async def _watch(database: Database, clock: LaterClock, woken: list[bool], stop: asyncio.Event) -> None:
    """As a running Baton does: look whenever a commit asked for it."""
    while woken or not stop.is_set():
        if woken:
            woken.clear()
            await watch_once(database, clock.now())
        await asyncio.sleep(0.001)


async def _prepare(house: House, size: int, roles: int) -> None:
    """Schedules with a weekly rotation per role, none of which was extended yet."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "", now)
        team = await tx.schedules.ensure_team(workspace.id, "Engineering")
        people = [f"U{number}" for number in range(4)]
        tx.session.add_all(
            Person(workspace_id=workspace.id, user_id=user, name=user, real_name=user, seen_at=now) for user in people
        )
    actor = Actor(workspace.id, people[0])
    extend = rotations.extend_in
    rotations.extend_in = _nothing  # type: ignore[assignment]
    try:
        for number in range(size):
            await _add(house, actor, team.id, number, roles, people, now)
    finally:
        rotations.extend_in = extend


async def _nothing(*_: object, **__: object) -> horizon.Extended:
    return horizon.Extended()


async def _add(
    house: House, actor: Actor, team: int, number: int, roles: int, people: list[str], now: datetime
) -> None:
    async with house.database.transaction() as tx:
        schedule = Schedule(
            workspace_id=actor.workspace_id,
            team_id=team,
            public_id=str(number),
            name=f"Schedule {number}",
            name_key=f"schedule {number}",
            time_zone="Europe/Berlin",
            horizon_days=30,
            confirm_mode="automatically",
            created_at=now,
            created_by=people[0],
        )
        members = [Member(user_id=user, access="admin", assignable=True, position=0) for user in people]
        await tx.schedules.add(schedule, [f"Role {role}" for role in range(roles)], members)
        known = [role.id for role in await tx.schedules.roles(schedule.id)]
    first = (now - timedelta(days=7)).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    for role in known:
        draft = rotations.RotationDraft(
            schedule_id=schedule.id,
            name=f"Weekly {role}",
            role=role,
            members=tuple(people),
            every=1,
            unit="weeks",
            first_handoff=first,
            zone="Europe/Berlin",
        )
        await rotations.save_rotation(house, actor, draft)


if __name__ == "__main__":
    size, roles, steps = (int(word) for word in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as here:
        file = Path(sys.argv[4]) if len(sys.argv) > 4 else Path(here) / "baton.db"
        print(json.dumps(asyncio.run(measure(size, roles, file, steps))))
