"""Baton at work through pgbouncer in transaction mode: any transaction may have any of its few connections."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import tests.support.engine_house
from notices.deciding.fanout import fan_out
from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from notices.sending.courier import Courier
from storage.database import Database
from tests.support.engine_house import engine_world
from tests.support.notice_house import Kept
from tests.support.pooler import PGBOUNCER, pooled
from tests.support.postgres import new_database

CONNECTIONS, PROCESSES = 2, 3


@pytest.mark.skipif(PGBOUNCER is None, reason="needs pgbouncer: apt-get install pgbouncer")
async def test_schedules_are_kept_exported_and_told_through_a_pooler_of_few_connections(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(pooled(new_database(postgres), CONNECTIONS))
        monkeypatch.setattr(tests.support.engine_house, "Database", lambda _sqlite: Database(url))
        world = await stack.enter_async_context(engine_world(tmp_path))
        engines = [world.engine]
        for number in range(1, PROCESSES):
            other = Database(url)
            stack.push_async_callback(other.close)
            engines.append(replace(world.engine, database=other, owner=f"process {number}"))

        for day in range(8):  # psycopg would prepare what it has executed five times
            await world.assign(("UALICE", "UBOB")[day % 2], 24 * day, 24 * day + 24)
            await asyncio.gather(*(engine.reconcile(world.destination_id) for engine in engines))
        told = Kept()
        for hour in range(0, 72, 6):
            world.world.clock.advance(timedelta(hours=6).total_seconds() if hour else 1)
            for engine in engines:
                await watch_once(engine.database, world.now)
                await fan_out(engine.database, world.now, email=False)
            couriers = [Courier(one.database, world.world.clock, {Method.SLACK: told}) for one in engines]
            await asyncio.gather(*(one.deliver(Method.SLACK) for one in couriers))

        assert world.shows(72, 192) == [(24 * d, 24 * d + 24, ("UALICE", "UBOB")[d % 2]) for d in range(3, 8)]
        assert {"UALICE", "UBOB"} <= {notice.target for notice in told.sent}
        assert len({notice.id for notice in told.sent}) == len(told.sent)
