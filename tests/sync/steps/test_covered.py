"""An override that reaches beyond our own time is covered, not removed, and that is told like a removal, once."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from sync.steps.execute import Executor
from tests.support.engine_house import engine_world
from tests.support.shift_world import (
    human_override,
    human_shift,
    people_at,
    plan_of,
    rotate,
    shift_world,
)


async def test_an_override_that_begins_before_our_shift_is_told_of_once() -> None:
    async with engine_world() as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        edit = world.human_override("UBOB", 23, 28)
        await world.reconcile()
        assert world.shows(23, 48) == [(23, 24, "UBOB"), (24, 48, "UALICE")]
        (told,) = await world.outbox("override_removed")
        assert (told["remote_id"], told["covered"], told["external_user"]) == (edit, True, world.pd_users["UBOB"])
        await world.reconcile()
        assert len(await world.outbox("override_removed")) == 1


async def test_one_that_lies_wholly_on_our_time_is_removed_and_told_as_such() -> None:
    async with engine_world() as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        world.human_override("UBOB", 25, 28)
        await world.reconcile()
        (told,) = await world.outbox("override_removed")
        assert "covered" not in told


async def test_one_for_the_same_person_is_not_covered() -> None:
    async with engine_world() as world:
        world.human_override("UALICE", 23, 28)
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        assert await world.outbox("override_removed") == []


async def test_it_is_told_although_the_process_died_right_after_what_covers_it() -> None:
    async with engine_world() as world:
        await world.assign("UALICE", 24, 48)
        edit = world.human_override("UBOB", 23, 28)
        await world.die_unconfirmed()
        assert await world.outbox("override_removed") == []
        world.pass_hours(0.1)
        await world.reconcile()
        (told,) = await world.outbox("override_removed")
        assert (told["remote_id"], told["covered"]) == (edit, True)
        assert [one["user"] for one in told["replaced_by"]] == [world.pd_users["UALICE"]]


async def test_it_is_told_with_the_write_and_not_after_the_run() -> None:
    async with engine_world() as world:
        await world.assign("UALICE", 24, 48)
        world.human_override("UBOB", 23, 28)
        with patch("sync.run.Executor", _DiesAfterCreating), pytest.raises(RuntimeError):
            await world.engine.reconcile(world.destination_id)
        assert len(await world.outbox("override_removed")) == 1


class _DiesAfterCreating(Executor):
    async def run(self, *args: Any) -> None:
        await super().run(*args)
        raise RuntimeError("killed")


async def test_on_a_shift_based_schedule_an_override_that_reaches_further_is_told_of_once() -> None:
    async with shift_world() as house:
        rotate(house, "R1", "UCAROL")
        await house.assign("UALICE", 24, 48)
        human_override(house, "R1", "UCAROL", "UBOB", 20, 28)
        (edit,) = plan_of(house).overrides
        await house.reconcile()
        assert people_at(house, 22) == {"UBOB"}
        assert people_at(house, 26) == {"UALICE"}
        (told,) = await house.outbox("override_removed")
        assert (told["remote_id"], told["covered"]) == (f"overrides/{edit.id}", True)
        assert told["external_user"] == house.pd_users["UBOB"]
        await house.reconcile()
        assert len(await house.outbox("override_removed")) == 1


async def test_on_a_shift_based_schedule_it_is_told_although_the_process_died() -> None:
    async with shift_world() as house:
        rotate(house, "R1", "UCAROL")
        await house.assign("UALICE", 24, 48)
        human_override(house, "R1", "UCAROL", "UBOB", 20, 28)
        await house.die_unconfirmed()
        house.pass_hours(0.1)
        await house.reconcile()
        (told,) = await house.outbox("override_removed")
        assert told["covered"] is True


async def test_a_custom_shift_of_somebody_else_that_reaches_further_is_told_of() -> None:
    async with shift_world() as house:
        await house.assign("UALICE", 24, 48)
        human_shift(house, "UBOB", 20, 28)
        await house.reconcile()
        assert people_at(house, 26) == {"UALICE"}
        (told,) = await house.outbox("override_removed")
        assert (told["covered"], told["external_user"]) == (True, house.pd_users["UBOB"])
