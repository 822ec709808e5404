"""A linked shift-based schedule with rotations: overrides name the rotation, custom shifts fill its gaps."""

from collections.abc import AsyncIterator

import pytest

from sync.core.model import Status
from tests.support.engine_house import EngineWorld
from tests.support.shift_world import custom_shifts, on_call, rotate, shift_overrides, shift_world


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    """Carol is on call in PagerDuty from 09:00 to 21:00 every day, nobody at night."""
    async with shift_world() as made:
        rotate(made, "RDAY", "UCAROL", start=-24, length=12)
        yield made


async def test_a_shift_is_an_override_over_the_rotation_and_a_custom_shift_in_its_gap(house: EngineWorld) -> None:
    await house.assign("UALICE", 6, 30)

    report = await house.reconcile()

    assert shift_overrides(house) == [(6, 12, "UALICE"), (24, 30, "UALICE")]
    assert custom_shifts(house) == [(12, 24, "UALICE")]
    assert on_call(house, 0, 36)[0] == (0, 6, "UCAROL")
    assert report.status is Status.OK


async def test_a_rotation_that_shows_the_right_person_anyhow_is_left_alone(house: EngineWorld) -> None:
    await house.assign("UCAROL", 0, 12)

    report = await house.reconcile()

    assert (house.writes(), report.status) == (0, Status.OK)


async def test_the_overrides_follow_when_the_rotation_changes(house: EngineWorld) -> None:
    await house.assign("UALICE", 6, 12)
    await house.reconcile()
    rotate(house, "RDAY", "UBOB", start=-24, length=12)

    await house.reconcile()

    assert on_call(house, 0, 12) == [(0, 6, "UBOB"), (6, 12, "UALICE")]
    assert shift_overrides(house) == [(6, 12, "UALICE")]


async def test_a_reassigned_override_is_changed_in_place(house: EngineWorld) -> None:
    await house.assign("UALICE", 6, 12)
    await house.reconcile()
    await house.assign("UBOB", 6, 12)

    report = await house.reconcile()

    assert shift_overrides(house) == [(6, 12, "UBOB")]
    assert (report.created, report.changed, report.removed) == (0, 1, 0)


async def test_a_withdrawn_shift_gives_the_time_back_to_the_rotation(house: EngineWorld) -> None:
    await house.assign("UALICE", 6, 30)
    await house.reconcile()
    await house.unassign(6, 30)

    await house.reconcile()

    assert on_call(house, 0, 36) == [(0, 12, "UCAROL"), (24, 36, "UCAROL")]
    assert (shift_overrides(house), custom_shifts(house)) == ([], [])
