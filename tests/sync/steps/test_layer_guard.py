"""The guard where layers say who is on call: what changes there needs no item of ours, and counts all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from oncall.rotations import Unit
from oncall.timeline import Interval
from oncall.windows import Daily
from sync.core.model import Status
from tests.support.engine_house import START, EngineWorld
from tests.support.layer_world import (
    by_the_pattern,
    confirm_pattern,
    layer_world,
    layers,
    local,
    rendered,
    rotate,
)
from tests.sync.steps.test_layering import weekly

FORTNIGHT = Interval(START, START + timedelta(days=14))


async def daily(house: EngineWorld) -> None:
    """Fourteen days are confirmed as a rotation says, and exported as its layer."""
    await rotate(house, weekly(house, unit=Unit.DAYS))
    await confirm_pattern(house, FORTNIGHT.end)
    await house.reconcile()
    assert house.overrides() == []


@pytest.mark.parametrize(("days", "status"), [(2, Status.OK), (8, Status.BLOCKED)])
async def test_reassigning_many_of_a_rotations_days_is_held(days: int, status: Status) -> None:
    async with layer_world() as house:
        await daily(house)
        for day in range(3, 3 + days):
            await house.assign(["UCAROL", "UALICE", "UBOB"][day % 3], 24 * day, 24 * day + 20)
        before = house.writes()
        report = await house.reconcile()
        assert report.status is status
        assert (house.writes() == before) == (status is Status.BLOCKED)


async def test_what_was_held_is_done_once_an_admin_agrees() -> None:
    async with layer_world() as house:
        await daily(house)
        for day in range(3, 11):
            await house.assign(["UCAROL", "UALICE", "UBOB"][day % 3], 24 * day, 24 * day + 20)
        await house.reconcile()
        await house.approve()
        assert (await house.reconcile()).status is Status.OK
        assert rendered(house, FORTNIGHT) == await local(house, FORTNIGHT)


async def test_a_held_plan_fills_tonight_also_where_waiting_layers_would() -> None:
    async with layer_world() as house:
        days = weekly(house, unit=Unit.DAYS, coverage=Daily(time(9), time(17)))
        number = await rotate(house, days)
        await confirm_pattern(house, FORTNIGHT.end)
        await house.reconcile()
        for day in range(3, 11):
            await house.assign(["UCAROL", "UALICE", "UBOB"][day % 3], 24 * day, 24 * day + 7)
        around_the_clock = replace(weekly(house, unit=Unit.DAYS), id=number)
        await rotate(house, around_the_clock)
        tonight = (await by_the_pattern(house, house.role_id, Interval(house.at(8), house.at(20)))).segments[0].users[0]
        await house.assign(tonight, 8, 20)
        assert house.shows(8, 20) == []

        report = await house.reconcile()

        assert report.status is Status.BLOCKED
        assert house.shows(8, 20) == [(8, 20, tonight)]
        assert len(layers(house)) == 1
