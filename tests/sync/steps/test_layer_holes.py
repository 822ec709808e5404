"""Where layers can't say the pattern: stretches that nobody is to cover, and layers that PagerDuty refuses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from oncall.rotations import Rotation, ended, members
from oncall.timeline import Interval
from oncall.windows import Daily
from sync.core.model import Mode, Status
from sync.destinations.pagerduty.layers import PagerDutyLayerBoard
from sync.ports import Refused
from tests.support.engine_house import START, EngineWorld
from tests.support.layer_world import (
    ZONE,
    by_the_pattern,
    confirm_pattern,
    layer_world,
    layers,
    local,
    rendered,
    rotate,
)

MONTH = Interval(START, START + timedelta(days=30))
AUTUMN = Interval(START + timedelta(days=200), START + timedelta(days=330))


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    async with layer_world() as made:
        yield made


def weekly(house: EngineWorld, coverage: Daily | None = None) -> Rotation:
    first = datetime.fromisoformat("2026-03-02T09:00")
    team = members("UALICE", "UBOB", "UCAROL")
    return Rotation(house.role_id, ZONE, first, team, name="Weekly", coverage=coverage)


async def test_where_somebody_is_taken_off_on_purpose_the_layer_makes_way(house: EngineWorld) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    await house.unassign(50, 60)

    report = await house.reconcile()

    assert rendered(house, MONTH) == await local(house, MONTH)
    assert rendered(house, AUTUMN) == await by_the_pattern(house, house.role_id, AUTUMN)
    assert [layer.end for layer in layers(house)] == [house.at(50), None]
    assert house.overrides() == []
    assert report.status is Status.OK
    log = len(house.world.log)
    await house.reconcile()
    assert len(house.world.log) == log + 1


@pytest.mark.parametrize("hours", [0, 52, 59, 61])
async def test_a_stretch_that_was_left_unassigned_is_filled_again_at_any_time(house: EngineWorld, hours: float) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.unassign(50, 60)
    await house.reconcile()
    house.pass_hours(hours)
    await house.reconcile()
    ahead = Interval(house.now, MONTH.end)
    assert rendered(house, ahead) == await local(house, ahead)
    await house.assign("UCAROL", 50, 60)

    await house.reconcile()

    ahead = Interval(house.now, MONTH.end)
    assert rendered(house, ahead) == await local(house, ahead)
    assert rendered(house, AUTUMN) == await by_the_pattern(house, house.role_id, AUTUMN)


async def test_somebody_taken_off_while_on_call_is_off_call_at_once(house: EngineWorld) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    house.pass_hours(20)
    await house.unassign(20, 30)

    await house.reconcile()

    ahead = Interval(house.now, MONTH.end)
    assert rendered(house, ahead) == await local(house, ahead)


async def test_a_hole_where_no_layer_says_anything_splits_nothing(house: EngineWorld) -> None:
    await rotate(house, weekly(house, coverage=Daily(time(9), time(17))))
    await confirm_pattern(house, MONTH.end)
    night = (house.at(0).replace(hour=20) - START).total_seconds() / 3600
    await house.unassign(night, night + 2)

    await house.reconcile()

    assert len(layers(house)) == 1


async def test_in_manual_export_a_hole_over_a_layer_is_listed_and_waits() -> None:
    async with layer_world(mode=Mode.MANUAL_EXPORT) as house:
        await rotate(house, weekly(house))
        await confirm_pattern(house, MONTH.end)
        await house.reconcile()
        await house.approve()
        await house.reconcile()
        await house.unassign(50, 60)

        report = await house.reconcile()

        assert (report.status, report.waiting) == (Status.PENDING, 1)
        assert rendered(house, MONTH) != await local(house, MONTH)
        await house.approve()
        assert (await house.reconcile()).status is Status.OK
        assert rendered(house, MONTH) == await local(house, MONTH)


async def test_in_manual_export_layers_wait_although_no_confirmed_shift_changes() -> None:
    async with layer_world(mode=Mode.MANUAL_EXPORT) as house:
        before = weekly(house)
        number = await rotate(house, before)
        await confirm_pattern(house, START + timedelta(days=14))
        await house.reconcile()
        await house.approve()
        await house.reconcile()
        turn = START + timedelta(days=21)
        await rotate(house, ended(replace(before, id=number), turn))

        report = await house.reconcile()
        house.pass_hours(0.5)
        again = await house.reconcile()

        assert (report.status, report.reason) == (again.status, again.reason)
        assert report.status is Status.PENDING
        assert "wait for a manual export" in report.reason
        assert rendered(house, AUTUMN)
        await house.approve()
        assert (await house.reconcile()).status is Status.OK
        assert not rendered(house, AUTUMN)


async def test_layers_that_change_at_once_may_be_agreed_to_a_while_later() -> None:
    async with layer_world(mode=Mode.MANUAL_EXPORT) as house:
        before = weekly(house)
        number = await rotate(house, before)
        await house.reconcile()
        await house.approve()
        await house.reconcile()
        house.pass_hours(1)
        after = replace(weekly(house), id=number, since=house.now, members=members("UCAROL", "UBOB"))
        await rotate(house, ended(replace(before, id=number), house.now), after)
        await house.reconcile()
        house.pass_hours(0.5)
        await house.approve()

        await house.reconcile()

        assert rendered(house, AUTUMN) == await by_the_pattern(house, house.role_id, AUTUMN)


async def refuse(*_: object) -> None:
    raise Refused("PagerDuty refused this: Layer limit reached.")


async def test_layers_that_pagerduty_refuses_are_told_and_overrides_do_their_work(
    house: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, START + timedelta(days=30))
    monkeypatch.setattr(PagerDutyLayerBoard, "arrange", refuse)

    report = await house.reconcile()

    assert report.status is Status.WARNING
    assert "written as overrides" in report.reason
    month = Interval(START, START + timedelta(days=30))
    assert rendered(house, month) == await local(house, month)
