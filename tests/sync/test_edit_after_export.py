"""An edit in the moments after an export is an edit, not read lag; what only lags is still waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from sync.core.model import Mode, Status
from sync.steps import confirm, execute
from tests.support.engine_house import EngineWorld, engine_world
from tests.support.shift_world import (
    human_override,
    people_at,
    plan_of,
    rotate,
    shift_overrides,
    shift_world,
)

MINUTE = 1 / 60


@contextmanager
def right_after(call: str, deed: Callable[[], object]) -> Iterator[None]:
    """A person does something after the first call of a reconcile, before Baton looks again."""
    real, todo = getattr(confirm, call), [deed]

    async def confirmed(*args: Any, **named: Any) -> None:
        while todo:
            todo.pop()()
        await real(*args, **named)

    with patch.object(execute, call, confirmed):
        yield


@pytest.fixture(params=[Mode.AUTHORITATIVE, Mode.BIDIRECTIONAL])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=request.param) as w:
        await w.assign("UALICE", 24, 48)
        yield w


async def mode_of(world: EngineWorld) -> str:
    async with world.database.read() as tx:
        row = await tx.destinations.get(world.destination_id)
        assert row is not None
        return row.mode


async def agreed(world: EngineWorld) -> str:
    """Who has hour 30 on both sides."""
    (here,) = {user for start, end, user in await world.local() if start <= 30 < end}
    assert [row[2] for row in world.shows(30, 31)] == [here]
    return str(here)


async def test_an_edit_before_the_next_look_is_seen_at_once(world: EngineWorld) -> None:
    with right_after("confirm_created", lambda: world.human_override("UBOB", 30, 34)):
        report = await world.reconcile()
    assert await agreed(world) == ("UBOB" if await mode_of(world) == Mode.BIDIRECTIONAL else "UALICE")
    assert report.status is Status.OK
    assert "does not show it yet" not in report.reason


async def test_an_edit_of_the_whole_shift_is_seen_at_once(world: EngineWorld) -> None:
    with right_after("confirm_created", lambda: world.human_override("UBOB", 23, 49)):
        await world.reconcile()
    assert await agreed(world) == ("UBOB" if await mode_of(world) == Mode.BIDIRECTIONAL else "UALICE")


async def test_an_edit_that_itself_lags_is_seen_when_it_shows(world: EngineWorld) -> None:
    world.world.switches.read_lag_seconds = 10
    with right_after("confirm_created", lambda: world.human_override("UBOB", 30, 34)):
        report = await world.reconcile()
    assert report.reason == "Exported; PagerDuty does not show it yet."
    world.pass_hours(MINUTE / 3)
    await world.reconcile()
    world.world.switches.read_lag_seconds = 0
    await world.reconcile()
    assert await agreed(world) == ("UBOB" if await mode_of(world) == Mode.BIDIRECTIONAL else "UALICE")


async def test_an_edit_is_told_from_lag_by_a_process_that_did_not_make_the_export(world: EngineWorld) -> None:
    await world.die_unconfirmed()
    world.human_override("UBOB", 30, 34)
    world.pass_hours(MINUTE / 6)
    await world.reconcile()
    assert await agreed(world) == ("UBOB" if await mode_of(world) == Mode.BIDIRECTIONAL else "UALICE")


async def test_what_lay_there_before_is_lag_while_it_shows(world: EngineWorld) -> None:
    """Bob's override was there first and is covered by ours, which the look does not show yet."""
    world.human_override("UBOB", 23, 28)
    world.pass_hours(1)
    world.world.switches.read_lag_seconds = 30
    writes = world.writes()
    report = await world.reconcile()
    assert report.reason == "Exported; PagerDuty does not show it yet."
    for _ in range(2):
        world.pass_hours(MINUTE / 6)
        await world.reconcile()
    assert world.writes() == writes + 1
    world.pass_hours(MINUTE)
    assert (await world.reconcile()).status is Status.OK
    assert world.shows(24, 48) == [(24, 48, "UALICE")]
    assert {user for _, _, user in await world.local()} == {"UALICE"}


async def test_an_item_of_ours_that_does_not_show_yet_is_not_taken_for_deleted(world: EngineWorld) -> None:
    world.world.switches.read_lag_seconds = 60
    await world.reconcile()
    world.human_override("UBOB", 60, 64)
    writes = world.writes()
    world.pass_hours(MINUTE / 2)
    report = await world.reconcile()
    assert (world.writes(), report.reason) == (writes, "Exported; PagerDuty does not show it yet.")
    assert await world.local() == [(24, 48, "UALICE")]


async def test_a_removal_right_after_an_export_is_settling_for_two_minutes(world: EngineWorld) -> None:
    with right_after("confirm_created", lambda: world.human_delete(world.listed()[0].id)):
        report = await world.reconcile()
    assert report.reason == "Exported; PagerDuty does not show it yet."
    assert await world.local() == [(24, 48, "UALICE")]


@pytest.mark.parametrize("mode", [Mode.AUTHORITATIVE, Mode.BIDIRECTIONAL])
async def test_an_override_on_a_new_custom_shift_is_seen_at_once(mode: Mode) -> None:
    async with shift_world(mode=mode) as house:
        await house.assign("UALICE", 24, 48)

        def edit() -> None:
            (shift,) = plan_of(house).custom_shifts
            human_override(house, shift.id, "UALICE", "UBOB", 30, 34)

        with right_after("confirm_created", edit):
            report = await house.reconcile()
        wanted = "UBOB" if mode is Mode.BIDIRECTIONAL else "UALICE"
        assert people_at(house, 31) == {wanted}
        assert wanted in {user for start, end, user in await house.local() if start <= 31 < end}
        assert report.status is Status.OK


async def test_an_override_on_a_shift_that_was_just_changed_in_place_is_seen_at_once() -> None:
    async with shift_world(mode=Mode.BIDIRECTIONAL) as house:
        await house.assign("UALICE", 24, 48)
        await house.reconcile()
        house.pass_hours(1)
        await house.assign("UCAROL", 24, 48)

        def edit() -> None:
            (shift,) = plan_of(house).custom_shifts
            human_override(house, shift.id, "UCAROL", "UBOB", 30, 34)

        with right_after("confirm_changed", edit):
            await house.reconcile()
        assert people_at(house, 31) == {"UBOB"}
        assert "UBOB" in {user for start, end, user in await house.local() if start <= 31 < end}


async def test_on_a_rotation_an_override_above_ours_is_seen_at_once() -> None:
    async with shift_world(mode=Mode.BIDIRECTIONAL) as house:
        rotate(house, "R1", "UCAROL")
        await house.assign("UALICE", 24, 48)
        edit = lambda: human_override(house, "R1", "UCAROL", "UBOB", 30, 34)  # noqa: E731
        with right_after("confirm_created", edit):
            await house.reconcile()
        assert len(shift_overrides(house)) >= 1
        assert people_at(house, 31) == {"UBOB"}
        assert "UBOB" in {user for start, end, user in await house.local() if start <= 31 < end}
