"""A workspace as Baton left it at revision 0004, the first that people could run; and its PagerDuty account.

`at_0004/database.sql` is SQLite's own dump, made by the code of that revision at work on the sandbox: two schedules,
three roles, rotations, confirmed and proposed shifts, destinations of either kind with what they had exported, changes
that wait, webhooks in clear, requests for cover, an installation, and notices that nobody has sent yet. Whom it names
and what it seals exist nowhere else.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, Table, create_engine, func, select

from sandbox.pagerduty import Clock, InProcessTransport, World
from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.shift_values import CustomShift
from sandbox.pagerduty.values import Override
from services.kit.house import House
from storage.database import Database
from storage.migrations import config
from storage.secrets import SecretBox
from sync.destinations import PagerDuty, Systems
from sync.engine import Engine
from tests.support.engine_house import NoJobs

FOLDER = Path(__file__).parent / "at_0004"
KEY = "Zm9yLXRlc3RzLW9ubHktdGhpcy1pcy1uby1zZWNyZXQ="
Rows = dict[str, list[dict[str, Any]]]


def lay(file: Path) -> None:
    """The database as it was."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript((FOLDER / "database.sql").read_text())


def tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def rows(connection: Connection) -> Rows:
    """Every row of every table, by its primary key; instants in UTC."""
    return {
        table.name: [
            {name: _in_utc(value) for name, value in row.items()}
            for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        ]
        for table in tables(connection)
    }


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


async def load(database: Database, folder: Path) -> None:
    """The same on PostgreSQL, in the tables of that revision."""
    file = folder / "old.db"
    lay(file)
    source = create_engine(f"sqlite:///{file}")
    try:
        with source.connect() as connection:
            old = rows(connection)
    finally:
        source.dispose()
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(config(sync), "0004"))
        await connection.run_sync(_insert, old)


def _insert(connection: Connection, old: Rows) -> None:
    for table in tables(connection):
        if old[table.name]:
            connection.execute(table.insert(), old[table.name])
        if "id" in table.columns:
            highest = select(func.coalesce(func.max(table.columns["id"]), 1)).scalar_subquery()
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest)))


@dataclass(slots=True)
class OldWorkspace:
    """The upgraded database beside the account that the old code had written to."""

    house: House
    engine: Engine
    world: World

    def writes(self) -> list[tuple[str, str]]:
        return [(call.method, call.path) for call in self.world.log if call.method != "GET"]


@asynccontextmanager
async def beside_its_account(database: Database) -> AsyncIterator[OldWorkspace]:
    """With the clock where it stood."""
    state = json.loads((FOLDER / "pagerduty.json").read_text())
    clock = Clock(datetime.fromisoformat(state["now"]))
    world = World(clock)
    _furnish(world.add_account("acme"), state)

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    transport, secrets = InProcessTransport(world), SecretBox([KEY])
    systems = Systems(PagerDuty(clock=clock, sleep=sleep, api_url="http://pagerduty.test", transport=transport))
    engine = Engine(database, secrets, systems, clock, "test", timedelta(minutes=5), sleep=sleep)
    try:
        yield OldWorkspace(House(database, clock, secrets, systems, NoJobs()), engine, world)
    finally:
        await systems.aclose()


def _furnish(account: Account, state: dict[str, Any]) -> None:
    account.add_key(token=state["key"])
    for slack_user, known in state["users"].items():
        name = slack_user.removeprefix("U")
        user = account.add_user(name.title(), f"{name.lower()}@example.com")
        account.users[known] = replace(account.users.pop(user.id), id=known)
    for one in state["schedules"]:
        by_shifts = one["kind"] == "schedule_v3"
        add = account.add_shift_schedule if by_shifts else account.add_schedule
        schedule = account.schedules.pop(add(one["name"], one["zone"]).id)
        schedule.id = one["id"]
        account.schedules[schedule.id] = schedule
        for held in one["overrides"]:
            override = Override(held["id"], account.next_override_number(), *_span(held), held["user"])
            schedule.record(account.clock.now(), schedule.plan.with_override(override))
        shifts = [CustomShift(held["id"], *_span(held), held["assignment"], held["user"]) for held in one["custom"]]
        if shifts:
            schedule.shifts.record(account.clock.now(), replace(schedule.shifts.latest, custom_shifts=tuple(shifts)))


def _span(held: dict[str, str]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(held["start"]), datetime.fromisoformat(held["end"])
