"""What every history starts from, and the grid that it takes place on.

Time is a row of cells of six hours. Shifts and overrides begin and end at their boundaries, or at the present instant;
so from now to the end of a cell nothing changes, and one instant, the last second, stands for all of it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sandbox.pagerduty import Clock, World
from storage.secrets import SecretBox
from sync.core.model import Mode
from tests.support.engine_house import PEOPLE, START, engine_world

CELL = timedelta(hours=6)
CELLS = 44
HORIZON_DAYS = 5
STRANGER = "mallory"
KEY = "u+engine"

SAMPLES = tuple(START + CELL * (cell + 1) - timedelta(seconds=1) for cell in range(CELLS))


def boundary(cell: int) -> datetime:
    """Where a cell begins."""
    return START + CELL * cell


@dataclass(frozen=True, slots=True)
class Ground:
    """A stored database with one schedule of two roles, linked to one PagerDuty schedule, and what opens it."""

    image: bytes
    secrets: SecretBox
    destination_id: int
    schedule_id: int
    roles: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Far:
    """The PagerDuty side: its world and the ids there. ``people`` are by Slack user, the stranger by name."""

    world: World
    external_id: str
    people: dict[str, str]


def far_side() -> Far:
    """The same PagerDuty account every time: equal ids, equal key."""
    world = World(Clock(START))
    account = world.add_account("acme")
    account.add_key(token=KEY)
    names = {user: name for user, name in PEOPLE.items() if name != "zoe"} | {STRANGER: STRANGER}
    people = {user: account.add_user(name.title(), f"{name}@example.com").id for user, name in names.items()}
    return Far(world, account.add_schedule("Payments", "Europe/Berlin").id, people)


@cache
def ground() -> Ground:
    """Made once per process."""
    return asyncio.run(_lay())


async def _lay() -> Ground:
    with tempfile.TemporaryDirectory() as folder:
        async with engine_world(Path(folder), mode=Mode.AUTHORITATIVE, horizon_days=HORIZON_DAYS) as made:
            secrets, database = made.engine.secrets, made.database
            async with database.transaction() as tx:
                roles = await tx.schedules.roles(made.schedule_id)
                row = await tx.destinations.get(made.destination_id)
                assert row is not None
                row.external_id = far_side().external_id
                connection = await tx.connections.get(row.connection_id)
                assert connection is not None
                connection.secret = secrets.seal(KEY)
            ids = (made.destination_id, made.schedule_id)
        return Ground(_image(Path(folder) / "baton.db"), secrets, *ids, (roles[0].id, roles[1].id))


def _image(path: Path) -> bytes:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        return connection.serialize()
    finally:
        connection.close()
