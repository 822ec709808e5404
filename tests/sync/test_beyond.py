"""Bidirectional mode beyond the horizon: what people change there is left alone until something is confirmed there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sync.core.model import Mode, Status
from tests.support.engine_house import EngineWorld, engine_world

A, B = 24 * 40, 24 * 41
"""A shift of a day, ten days beyond the horizon."""


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as w:
        await w.assign("UALICE", A, B)
        await w.reconcile()
        yield w


async def test_a_change_is_neither_imported_nor_put_back_and_the_status_says_so(world: EngineWorld) -> None:
    world.human_override("UBOB", A, B)
    report = await world.reconcile()
    assert world.shows(A, B) == [(A, B, "UBOB")]
    assert await world.local() == [(A, B, "UALICE")]
    assert report.status is Status.OK
    assert "1 shift beyond the horizon was changed in PagerDuty" in report.reason


async def test_another_refresh_writes_nothing_and_tells_nobody(world: EngineWorld) -> None:
    world.human_override("UBOB", A, B)
    await world.reconcile()
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before
    assert await world.outbox("shift_changed") == await world.outbox("override_removed") == []


async def test_it_is_overwritten_when_the_horizon_has_come_so_far(world: EngineWorld) -> None:
    world.human_override("UBOB", A, B)
    await world.reconcile()
    world.pass_hours(24 * 11)
    await world.reconcile()
    assert world.shows(A, B) == [(A, B, "UALICE")]
    assert await world.local() == [(A, B, "UALICE")]


async def test_it_is_overwritten_when_something_is_assigned_there(world: EngineWorld) -> None:
    world.human_override("UBOB", A, B)
    await world.reconcile()
    await world.assign("UCAROL", A, B)
    await world.reconcile()
    assert world.shows(A, B) == [(A, B, "UCAROL")]


async def test_it_is_overwritten_when_the_same_person_is_confirmed_there_again(world: EngineWorld) -> None:
    world.human_override("UBOB", A, B)
    await world.reconcile()
    world.pass_hours(1)
    await world.assign("UALICE", A, B)
    await world.reconcile()
    assert world.shows(A, B) == [(A, B, "UALICE")]


async def test_a_removal_is_left_until_the_horizon_is_there(world: EngineWorld) -> None:
    world.human_delete(world.listed()[0].id)
    await world.reconcile()
    assert (world.shows(A, B), await world.local()) == ([], [(A, B, "UALICE")])
    world.pass_hours(24 * 11)
    await world.reconcile()
    assert world.shows(A, B) == [(A, B, "UALICE")]


async def test_a_change_made_once_it_is_inside_the_horizon_is_imported(world: EngineWorld) -> None:
    world.pass_hours(24 * 11)
    await world.reconcile()
    world.human_override("UBOB", A, B)
    await world.reconcile()
    assert await world.local() == [(A, B, "UBOB")]


async def test_a_change_that_is_put_back_there_leaves_no_trace(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", A, B)
    await world.reconcile()
    world.human_delete(edit)
    report = await world.reconcile()
    assert report.reason == "All confirmed shifts are exported."
    world.pass_hours(24 * 11)
    world.human_override("UBOB", A, B)
    await world.reconcile()
    assert await world.local() == [(A, B, "UBOB")]


async def test_in_authoritative_mode_it_is_put_back_at_once(world: EngineWorld) -> None:
    await world.configure(mode=Mode.AUTHORITATIVE)
    world.human_override("UBOB", A, B)
    await world.reconcile()
    assert world.shows(A, B) == [(A, B, "UALICE")]
