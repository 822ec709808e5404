"""What a former Baton left: the database of one at revision 0004, and the PagerDuty account beside it.

``at_0004.sql`` is the dump of an SQLite database which that version itself wrote, working with both sandboxes: a
schedule with two roles, shifts assigned and exported, a rotation of which two shifts are confirmed, a webhook, a
request for cover, notices that wait. Slack's ids are replaced by names such as ``<alice>``, since each sandbox has its
own. ``at_0004.json`` says when that was, which overrides PagerDuty held, and what the sealed values are; the key that
seals them is the tests'.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, MetaData, Table, insert, text
from sqlalchemy.types import JSON, Boolean, DateTime

from sandbox.pagerduty import PagerDutySandbox
from sandbox.pagerduty.clock import Clock as PagerDutyClock
from sandbox.pagerduty.values import Override
from sandbox.pagerduty.world import World
from sandbox.slack import SlackSandbox
from storage.migrations import config

HERE = Path(__file__).parent
REVISION = "0004"


@dataclass(frozen=True, slots=True)
class Facts:
    encryption_key: str
    at: str
    pagerduty_key: str
    webhook_secret: str
    webhook_address: str
    pagerduty_schedule: str
    overrides: list[dict[str, str]]


FACTS = Facts(**json.loads((HERE / "at_0004.json").read_text()))


class ThatDay:
    """A clock that runs on from when the former Baton stopped."""

    _ahead = datetime.now(UTC) - datetime.fromisoformat(FACTS.at)

    def now(self) -> datetime:
        return datetime.now(UTC) - self._ahead


def pagerduty_that_day() -> World:
    """The account as the former Baton left it."""
    clock = PagerDutyClock()
    clock.set(ThatDay().now())
    world = World.seeded(clock)
    world.account.add_key(token=FACTS.pagerduty_key)
    schedule = world.account.schedules[FACTS.pagerduty_schedule]
    plan = schedule.plan
    for one in FACTS.overrides:
        start, end = (datetime.fromisoformat(one[name]) for name in ("start", "end"))
        plan = plan.with_override(Override(one["id"], world.account.next_override_number(), start, end, one["user_id"]))
    schedule.record(clock.now() - timedelta(hours=1), plan)
    return world


def overrides_of(pagerduty: PagerDutySandbox) -> list[tuple[str, str]]:
    """Their ids, and whom they put on call."""
    held = pagerduty.world.account.schedules[FACTS.pagerduty_schedule].plan.overrides
    return [(one.id, one.user_id) for one in held]


async def ids_of(slack: SlackSandbox) -> dict[str, str]:
    """Slack's ids of what the dump names."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    people, channels, itself = await client.users_list(), await client.conversations_list(), await client.auth_test()
    named = {person["name"]: person["id"] for person in [*people["members"], *channels["channels"]]}
    return named | {"team": slack.team_id, "bot": itself["user_id"]}


def lay_sqlite(path: Path, ids: dict[str, str]) -> None:
    """The former database as a file."""
    dump = (HERE / "at_0004.sql").read_text()
    for name, found in ids.items():
        dump = dump.replace(f"<{name}>", found)
    with closing(sqlite3.connect(path)) as file:
        file.executescript(dump)


def lay_postgresql(connection: Connection, sqlite: Path) -> None:
    """The rows of the former database in the tables that the former version made on PostgreSQL."""
    command.upgrade(config(connection), REVISION)
    with closing(sqlite3.connect(sqlite)) as file:
        file.row_factory = sqlite3.Row
        for table in stored(connection):
            rows = [_typed(table, dict(row)) for row in file.execute(f'SELECT * FROM "{table.name}"')]  # noqa: S608
            if rows:
                connection.execute(insert(table), rows)
                _count_on(connection, table)


def _count_on(connection: Connection, table: Table) -> None:
    """New rows are numbered after those that are there."""
    if "id" not in table.columns:
        return
    sequence = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
    connection.execute(text(f'SELECT setval({sequence}, max(id)) FROM "{table.name}"'))  # noqa: S608


def stored(connection: Connection) -> list[Table]:
    """Every table that holds something of Baton's."""
    metadata = MetaData()
    metadata.reflect(connection)
    left_out = ("alembic_version", "sqlite_sequence")
    return [table for table in metadata.sorted_tables if table.name not in left_out]


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.columns[name].type, value) for name, value in row.items()}


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, JSON):
        return json.loads(value)
    if isinstance(kind, Boolean):
        return bool(value)
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value
