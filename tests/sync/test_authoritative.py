"""Authoritative mode against the sandbox's PagerDuty: what is confirmed is exported, what drifts is put right."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.pagerduty import Fault
from sync.core.model import Status
from tests.support.engine_house import EngineWorld, engine_world


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        yield w


@pytest.fixture
async def layered() -> AsyncIterator[EngineWorld]:
    async with engine_world(layers=True) as w:
        yield w


async def test_a_confirmed_shift_becomes_an_override(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    report = await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]
    assert (report.status, report.created) == (Status.OK, 1)


async def test_an_unchanged_refresh_is_one_request_and_no_write(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.world.log.clear()
    await world.reconcile()
    assert [entry.method for entry in world.world.log] == ["GET"]


async def test_new_shifts_are_created_by_one_post(world: EngineWorld) -> None:
    for day in range(10):
        await world.assign(["UALICE", "UBOB"][day % 2], 24 * day + 24, 24 * day + 48)
    await world.reconcile()
    assert world.world.count("POST") == 1
    assert len(world.overrides()) == 10


async def test_each_confirmed_shift_has_an_override_of_its_own(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.assign("UALICE", 48, 72)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE"), (48, 72, "UALICE")]


async def test_a_shift_over_a_layer_that_says_the_same_is_pinned(layered: EngineWorld) -> None:
    await layered.assign("UCAROL", 24, 48)
    await layered.reconcile()
    assert layered.overrides() == [(24, 48, "UCAROL")]


async def test_an_override_on_top_is_put_right_and_told(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 30, 36)
    report = await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UALICE")]
    assert world.overrides() == [(24, 48, "UALICE")]
    assert report.removed == 1
    (told,) = await world.outbox("override_removed")
    assert told["external_user"] == world.pd_users["UBOB"]


async def test_a_foreign_override_that_reaches_beyond_our_time_is_covered_and_stays(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 40, 60)
    await world.reconcile()
    assert world.shows(24, 60) == [(24, 48, "UALICE"), (48, 60, "UBOB")]
    assert (40, 60, "UBOB") in world.overrides()
    assert [one["covered"] for one in await world.outbox("override_removed")] == [True]


async def test_our_override_deleted_by_somebody_comes_back(layered: EngineWorld) -> None:
    await layered.assign("UALICE", 24, 48)
    await layered.reconcile()
    layered.human_delete(layered.world.account.overrides(layered.external_id, layered.now, layered.at(100))[0].id)
    await layered.reconcile()
    assert layered.shows(24, 48) == [(24, 48, "UALICE")]


async def test_a_reassigned_part_leaves_one_override_per_shift(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 96)
    await world.reconcile()
    await world.assign("UBOB", 48, 72)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE"), (48, 72, "UBOB"), (72, 96, "UALICE")]
    assert await world.outbox("override_removed") == []


async def test_what_replaces_is_created_before_what_is_replaced_is_deleted(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.assign("UBOB", 24, 48)
    world.world.log.clear()
    await world.reconcile()
    assert [e.method for e in world.world.log if e.method != "GET"] == ["POST", "DELETE"]


async def test_unassigned_time_keeps_nothing_of_ours(layered: EngineWorld) -> None:
    await layered.assign("UALICE", 24, 96)
    await layered.reconcile()
    await layered.unassign(48, 72)
    await layered.reconcile()
    assert layered.overrides() == [(24, 48, "UALICE"), (72, 96, "UALICE")]
    assert layered.shows(48, 72) == [(48, 72, "UCAROL")]


async def test_a_running_shift_is_changed_from_now_on(world: EngineWorld) -> None:
    await world.assign("UALICE", 1, 25)
    await world.reconcile()
    world.pass_hours(5)
    await world.assign("UBOB", 5, 25)
    await world.reconcile()
    assert world.shows(1, 25) == [(1, 5, "UALICE"), (5, 25, "UBOB")]


async def test_somebody_pagerduty_does_not_know_holds_back_only_their_own_shifts(world: EngineWorld) -> None:
    await world.assign("UZOE", 24, 48)
    await world.assign("UALICE", 48, 72)
    report = await world.reconcile()
    assert world.overrides() == [(48, 72, "UALICE")]
    assert report.status is Status.ERROR
    assert "Zoe" in report.reason


async def test_a_reassignment_to_somebody_unknown_leaves_the_one_who_was_on_call(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.assign("UZOE", 24, 48)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]


@pytest.mark.parametrize("lag", [0, 4])
async def test_a_lost_reply_is_looked_up_and_not_repeated(world: EngineWorld, lag: float) -> None:
    world.world.switches.read_lag_seconds = lag
    world.world.faults.next(Fault.COMMIT_THEN_DROP, method="POST", path_contains="/overrides")
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]
    world.pass_hours(1)
    world.human_override("UBOB", 24, 48)
    world.pass_hours(1)
    await world.reconcile()
    assert len(await world.outbox("override_removed")) == 1
    assert world.overrides() == [(24, 48, "UALICE")]


async def test_a_request_that_never_arrived_is_made_again(world: EngineWorld) -> None:
    world.world.faults.next(Fault.DROP_BEFORE, method="POST", path_contains="/overrides")
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]


async def test_reads_that_lag_behind_do_not_double_anything(world: EngineWorld) -> None:
    world.world.switches.read_lag_seconds = 5
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.reconcile()
    world.pass_hours(0.1)
    report = await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]
    assert report.status is Status.OK


async def test_a_refused_item_is_named_and_the_others_are_exported(world: EngineWorld) -> None:
    world.world.faults.next(Fault.ITEM_REFUSED, method="POST", path_contains="/overrides", times=10)
    await world.assign("UALICE", 24, 48)
    await world.assign("UBOB", 48, 72)
    report = await world.reconcile()
    assert world.overrides() == [(48, 72, "UBOB")]
    assert report.status is Status.ERROR
    assert report.refused


async def test_a_refused_replacement_leaves_the_old_override_in_place(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.world.faults.next(Fault.ITEM_REFUSED, method="POST", path_contains="/overrides", times=10)
    await world.assign("UBOB", 24, 48)
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UALICE")]


async def test_a_refused_key_is_an_error_that_says_so(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    for key in list(world.world.account.keys):
        world.world.account.revoke_key(key)
    report = await world.reconcile()
    assert report.status is Status.ERROR
    assert "key" in report.reason


async def test_shifts_that_touch_are_not_rewritten_when_pagerduty_shows_them_as_one(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.assign("UALICE", 48, 72)
    await world.reconcile()
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before


async def test_our_own_override_below_a_larger_foreign_one_is_the_one_that_goes(world: EngineWorld) -> None:
    """Of two of ours with a foreign one in between, only the upper one shows."""
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 20, 60)
    await world.reconcile()
    assert world.shows(20, 60) == [(20, 24, "UBOB"), (24, 48, "UALICE"), (48, 60, "UBOB")]
    assert world.overrides() == [(20, 60, "UBOB"), (24, 48, "UALICE")]
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before


async def test_a_lost_create_that_shows_up_late_is_found_although_nothing_else_differs(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    world.world.switches.read_lag_seconds = 60.0
    world.world.faults.next(Fault.COMMIT_THEN_DROP, "POST")
    await world.reconcile()
    world.world.switches.read_lag_seconds = 0.0
    world.pass_hours(1)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]
    await world.reconcile()
    world.world.log.clear()
    await world.reconcile()
    assert [entry.method for entry in world.world.log] == ["GET"]


async def test_a_lost_create_of_a_running_shift_is_found_in_the_middle_of_a_second(world: EngineWorld) -> None:
    await world.assign("UALICE", 1, 48)
    world.world.clock.advance(7_200.25)
    world.world.faults.next(Fault.COMMIT_THEN_500, "POST")
    await world.reconcile()
    assert world.world.count("POST") == 1


async def test_a_pagerduty_that_answers_no_write_is_reported_soon(world: EngineWorld) -> None:
    world.world.faults.next(Fault.HTTP_500, method="POST", path_contains="/overrides", times=100)
    await world.assign("UALICE", 24, 48)
    before = world.now
    report = await world.reconcile()
    assert (world.now - before).total_seconds() < 20
    assert report.status is Status.ERROR
    assert "tries again by itself" in report.reason
    world.world.faults.rules.clear()
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]
