"""Members whom PagerDuty doesn't know: the others' turns are layers all the same, and theirs are nobody's."""

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta

import pytest

from oncall.rotations import Rotation, Unit, members
from oncall.timeline import Interval, Timeline
from oncall.windows import Daily
from sync.core.model import Status
from sync.core.rotation_layers import MOST_AROUND, layers_of
from tests.support.engine_house import START, EngineWorld
from tests.support.layer_world import (
    ZONE,
    by_the_pattern,
    confirm_pattern,
    layer_world,
    layers,
    rendered,
    rotate,
)

HORIZON = Interval(START, START + timedelta(days=30))
LATER = Interval(START + timedelta(days=40), START + timedelta(days=80))
HOURS = Daily(time(9), time(17))


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    async with layer_world() as made:
        yield made


def team(house: EngineWorld, *users: str, unit: Unit = Unit.WEEKS, coverage: Daily | None = None) -> Rotation:
    first = datetime.fromisoformat("2026-03-02T09:00")
    return Rotation(house.role_id, ZONE, first, members(*users), unit=unit, name="Team", coverage=coverage)


async def of_the_known(house: EngineWorld, within: Interval) -> Timeline:
    turns = await by_the_pattern(house, house.role_id, within)
    return Timeline(tuple(turn for turn in turns.segments if turn.users[0] in house.pd_users))


@pytest.mark.parametrize("coverage", [None, HOURS])
@pytest.mark.parametrize("unit", [Unit.DAYS, Unit.WEEKS])
@pytest.mark.parametrize("users", [("UALICE", "UGONE", "UBOB"), ("UGONE", "UALICE"), ("UALICE", "UGONE", "ULOST")])
async def test_everybody_known_has_their_turns_and_nobody_those_of_the_missing(
    house: EngineWorld, users: tuple[str, ...], unit: Unit, coverage: Daily | None
) -> None:
    await rotate(house, team(house, *users, unit=unit, coverage=coverage))
    await confirm_pattern(house, HORIZON.end)
    await house.reconcile()

    report = await house.reconcile()

    assert rendered(house, HORIZON) == await of_the_known(house, HORIZON)
    wrong = rendered(house, LATER).segments
    right = (await of_the_known(house, LATER)).segments
    assert all(any(s.start <= w.start and w.end <= s.end and s.users == w.users for s in right) for w in wrong)
    assert 0 < len(layers(house)) <= MOST_AROUND
    assert report.status in (Status.WARNING, Status.ERROR), "by how soon their first turn is"
    assert set(users) - house.pd_users.keys() == set(report.unknown)
    assert "Match person" in report.reason
    assert "turns of the others" in report.reason


async def test_a_weekly_pattern_goes_beyond_what_is_confirmed(house: EngineWorld) -> None:
    await rotate(house, team(house, "UALICE", "UGONE", "UBOB"))
    await confirm_pattern(house, HORIZON.end)
    await house.reconcile()

    assert house.overrides() == []
    assert rendered(house, LATER) == await of_the_known(house, LATER)


async def test_nothing_is_written_while_nothing_changes_and_one_layer_when_a_turn_is_over(house: EngineWorld) -> None:
    await rotate(house, team(house, "UALICE", "UGONE", "UBOB"))
    await confirm_pattern(house, HORIZON.end)
    await house.reconcile()
    before = house.world.account.schedules[house.external_id].plan.layers
    house.pass_hours(1)
    await house.reconcile()
    assert house.world.account.schedules[house.external_id].plan.layers == before

    house.pass_hours(7 * 24)
    await house.reconcile()

    assert len(layers(house)) == MOST_AROUND


async def test_whoever_is_found_gets_their_turns_in_one_layer_for_all(house: EngineWorld) -> None:
    await rotate(house, team(house, "UALICE", "UGONE", "UBOB"))
    await confirm_pattern(house, HORIZON.end)
    await house.reconcile()
    rotation = team(house, "UALICE", "UGONE", "UBOB")
    known = {**house.pd_users, "UGONE": house.pd_users["UCAROL"]}

    (layer,) = layers_of([rotation], house.role_id, known, ZONE, house.now)

    assert layer.users == tuple(known[user] for user in ("UALICE", "UGONE", "UBOB"))
    assert layer.end is None


async def test_somebody_missing_is_named_before_their_first_turn_is_confirmed(house: EngineWorld) -> None:
    await rotate(house, team(house, "UALICE", "UBOB", "UCAROL", "UALICE", "UBOB", "UCAROL", "UGONE"))
    await confirm_pattern(house, HORIZON.end)
    await house.reconcile()

    report = await house.reconcile()

    assert report.status is Status.WARNING
    assert report.unknown == ("UGONE",)
    assert "UGONE" in report.reason
