"""What takes effect within a day goes first where PagerDuty's limits are near."""

from collections.abc import AsyncIterator

import pytest

from tests.support.engine_house import EngineWorld, engine_world

ROUTINE_SHARE = 95


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    """Only what is urgent may still be asked for in this minute."""
    async with engine_world() as made:
        made.world.switches.change(rate_limit_per_minute=100)
        await made.reconcile()
        async with made.database.read() as tx:
            connection = await tx.connections.get(1)
        assert connection is not None
        account = made.engine.account(connection)
        while made.world.count() < ROUTINE_SHARE:
            await account.kinds()
        yield made


async def test_a_shift_of_the_next_day_is_exported_although_routine_has_to_wait(world: EngineWorld) -> None:
    await world.assign("UALICE", 20, 44)
    before = world.now

    await world.reconcile()

    assert (world.overrides(), world.now) == ([(20, 44, "UALICE")], before)


async def test_a_shift_taken_away_within_a_day_does_not_wait_either(world: EngineWorld) -> None:
    await world.assign("UALICE", 20, 44)
    world.pass_hours(0.1)
    await world.reconcile()
    account_asked = world.world.count()
    async with world.database.read() as tx:
        connection = await tx.connections.get(1)
    assert connection is not None
    account = world.engine.account(connection)
    while world.world.count() < account_asked + 90:
        await account.kinds()
    await world.unassign(20, 44)
    before = world.now

    await world.reconcile()

    assert (world.overrides(), world.now) == ([], before)


@pytest.mark.parametrize("changed", [True, False])
async def test_what_is_further_ahead_or_nothing_new_waits_its_turn(world: EngineWorld, changed: bool) -> None:
    if changed:
        await world.assign("UALICE", 48, 72)
    before = world.now

    await world.reconcile()

    assert (world.now - before).total_seconds() >= 55
