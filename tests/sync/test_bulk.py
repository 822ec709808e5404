"""Many destinations of one connection are refreshed with a handful of requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sandbox.pagerduty import Fault
from sync.bulk import BulkRefresh
from tests.support.engine_house import EngineWorld, engine_world

COUNT = 6


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with at_rest(COUNT) as made:
        yield made


@asynccontextmanager
async def at_rest(count: int) -> AsyncIterator[EngineWorld]:
    """So many destinations, each with a shift ahead, and due for a refresh."""
    async with engine_world() as w:
        await w.add_destinations(count - 1)
        for role in await w.roles():
            await w.assign_role(role, "UALICE", 24, 48)
        for destination in await w.due():
            await w.engine.reconcile(destination)
        w.pass_hours(1)
        w.world.log.clear()
        yield w


async def test_unchanged_destinations_cost_one_request_for_a_hundred_and_a_few_that_are_due_are_read_alone() -> None:
    async with at_rest(120) as world:
        left = await BulkRefresh(world.engine).run(1)
        assert left == []
        assert [entry.method for entry in world.world.log] == ["GET", "GET"]
        assert await world.due() == []

        await world.make_due([world.destination_id, world.destination_id + 1])
        world.world.log.clear()
        assert len(await BulkRefresh(world.engine).run(1)) == 2
        assert world.world.log == []


async def test_only_what_changed_there_gets_a_reconcile_of_its_own(world: EngineWorld) -> None:
    world.human_override("UBOB", 30, 40)
    assert await BulkRefresh(world.engine).run(1) == [world.destination_id]


async def test_only_what_changed_here_gets_a_reconcile_of_its_own(world: EngineWorld) -> None:
    await world.assign("UBOB", 30, 40)
    assert await BulkRefresh(world.engine).run(1) == [world.destination_id]


async def test_shifts_further_ahead_than_the_last_look_are_looked_at(world: EngineWorld) -> None:
    await world.reconcile()
    await world.assign("UBOB", 24 * 60, 24 * 61)
    await world.reconcile()
    world.pass_hours(1)
    assert world.destination_id not in await BulkRefresh(world.engine).run(1)


async def test_an_account_that_cannot_be_read_in_bulk_is_read_one_by_one(world: EngineWorld) -> None:
    world.world.faults.next(Fault.HTTP_500, method="GET", path_contains="/schedules", times=10)
    assert len(await BulkRefresh(world.engine).run(1)) == COUNT


async def test_a_name_changed_there_is_noticed(world: EngineWorld) -> None:
    world.world.account.schedules[world.external_id].name = "Payments EU"
    assert await BulkRefresh(world.engine).run(1) == [world.destination_id]


async def test_an_escalation_policy_that_begins_to_use_a_schedule_is_noticed_and_kept(world: EngineWorld) -> None:
    await BulkRefresh(world.engine).run(1)
    policy = world.world.account.add_escalation_policy("Platform", [world.external_id])
    world.pass_hours(1)

    assert await BulkRefresh(world.engine).run(1) == [world.destination_id]
    await world.reconcile()

    async with world.database.read() as tx:
        used = await tx.connections.policies(1, [world.external_id])
    assert used == {world.external_id: [{"ep_id": policy.id, "ep_name": "Platform"}]}
    world.pass_hours(1)
    assert await BulkRefresh(world.engine).run(1) == []
