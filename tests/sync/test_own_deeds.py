"""What people here decided lately is no surprise, so the guard lets it pass; everything else still waits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sync.core.model import Mode, Status
from tests.support.engine_house import EngineWorld, engine_world


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        for day in range(15):
            await w.assign("UALICE", 24 * day + 24, 24 * day + 48)
        await w.reconcile()
        yield w


async def test_fourteen_quick_reassigns_are_exported_at_once(world: EngineWorld) -> None:
    for day in range(14):
        await world.decide("UBOB", 24 * day + 24, 24 * day + 48)
    report = await world.reconcile()
    assert report.status is Status.OK
    assert {user for _, _, user in world.shows(24, 24 * 15)} == {"UBOB"}


async def test_what_was_left_unassigned_by_hand_is_taken_away_at_once(world: EngineWorld) -> None:
    for day in range(14):
        await world.decide(None, 24 * day + 24, 24 * day + 48)
    assert (await world.reconcile()).status is Status.OK
    assert world.shows(24, 24 * 15) == []


async def test_what_was_decided_before_pagerduty_was_away_counts_as_well(world: EngineWorld) -> None:
    for day in range(14):
        await world.decide("UBOB", 24 * day + 24, 24 * day + 48)
    world.pass_hours(5)
    assert (await world.reconcile()).status is Status.OK


async def test_a_rotation_that_changes_as_much_is_still_held(world: EngineWorld) -> None:
    for day in range(14):
        await world.assign("UBOB", 24 * day + 24, 24 * day + 48)
    assert (await world.reconcile()).status is Status.BLOCKED


async def test_a_rotation_that_changes_too_much_beside_own_deeds_is_held(world: EngineWorld) -> None:
    for day in range(7):
        await world.decide("UBOB", 24 * day + 24, 24 * day + 48)
    for day in range(7, 14):
        await world.assign("UCAROL", 24 * day + 24, 24 * day + 48)
    report = await world.reconcile()
    assert report.status is Status.BLOCKED
    assert "7 of 15" in report.reason


async def test_what_others_changed_there_is_a_surprise_also_on_time_that_was_decided_here(world: EngineWorld) -> None:
    for day in range(14):
        await world.decide("UBOB", 24 * day + 24, 24 * day + 48)
    await world.reconcile()
    await world.configure(mode=Mode.BIDIRECTIONAL)
    await world.reconcile()
    for day in range(14):
        world.human_override(["UALICE", "UCAROL"][day % 2], 24 * day + 24, 24 * day + 48)
    assert (await world.reconcile()).status is Status.BLOCKED
