"""Several destinations on one external schedule: each writes its own hours only, and knows the others' items."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time

import pytest

from oncall.rotations import Rotation, Unit, members
from oncall.windows import Daily
from sandbox.pagerduty.v3.upgrade import upgrade
from services.destinations.configuring import DestinationDraft, add_destination, pause_destination
from services.kit.errors import FieldErrors
from services.kit.house import Actor
from services.rotations.saving import RotationDraft, save_rotation
from tests.support.engine_house import EngineWorld, engine_world
from tests.support.shift_world import plan_of

ALICE = Actor(1, "UALICE")
"""Days, in UTC, begin at hour 15 of the world's clock: it starts at 09:00."""


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    """The day shift (08:00–20:00 UTC) and the night shift (20:00–08:00 UTC) of one PagerDuty schedule."""
    async with engine_world() as w:
        await w.add_destinations(1)
        await rotate(w, w.schedule_id, w.role_id, 8, 20)
        await rotate(w, 2, await w.first_role(2), 20, 8)
        await w.remove_destination(w.destination_id + 1)
        yield w


async def rotate(world: EngineWorld, schedule_id: int, role_id: int, opens: int, closes: int) -> None:
    rotation = Rotation(
        role_id,
        "UTC",
        datetime(2026, 3, 2, opens),  # noqa: DTZ001 - a wall-clock time in the rotation's zone
        members("UALICE", "UBOB"),
        1,
        Unit.WEEKS,
        Daily(time(opens), time(closes)),
    )
    async with world.database.transaction() as tx:
        await tx.rotations.save(schedule_id, [rotation], world.now)


async def join(world: EngineWorld) -> int:
    """The night shift is linked to the same PagerDuty schedule, and what that means is agreed to."""
    draft = DestinationDraft(2, 1, world.external_id, await world.first_role(2))
    added = await add_destination(world.house, ALICE, draft)
    await pause_destination(world.house, ALICE, added.id, paused=False)
    return added.id


async def test_each_destination_writes_only_its_own_hours(world: EngineWorld) -> None:
    night = await join(world)
    await world.assign("UALICE", 24, 48)
    await world.assign_role(await world.first_role(2), "UBOB", 24, 48)
    await world.reconcile()
    await world.engine.reconcile(night)
    assert world.shows(24, 47) == [(24, 35, "UALICE"), (35, 47, "UBOB")]
    assert world.overrides() == [(24, 35, "UALICE"), (35, 47, "UBOB"), (47, 48, "UALICE")]


async def test_the_other_destinations_items_are_recognised_and_left_alone(world: EngineWorld) -> None:
    night = await join(world)
    await world.assign("UALICE", 24, 35)
    await world.assign_role(await world.first_role(2), "UBOB", 35, 47)
    for _ in range(2):
        await world.reconcile()
        await world.engine.reconcile(night)
    assert world.overrides() == [(24, 35, "UALICE"), (35, 47, "UBOB")]
    assert await world.outbox("override_removed") == []


async def test_sharing_takes_back_what_lies_outside_the_window(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]
    await join(world)
    await world.reconcile()
    assert world.overrides() == [(24, 35, "UALICE"), (47, 48, "UALICE")]


async def test_overlapping_windows_are_refused_with_the_overlap_named(world: EngineWorld) -> None:
    await rotate(world, 2, await world.first_role(2), 19, 8)
    with pytest.raises(FieldErrors) as refused:
        await join(world)
    assert "Mon 2 Mar 2026" in refused.value.fields["external_id"]
    assert "Primary of Payments" in refused.value.fields["external_id"]


async def test_a_foreign_override_across_both_windows_is_covered_by_both_and_stays(world: EngineWorld) -> None:
    night = await join(world)
    await world.assign("UALICE", 24, 35)
    await world.assign_role(await world.first_role(2), "UBOB", 35, 47)
    await world.reconcile()
    await world.engine.reconcile(night)
    world.human_override("UCAROL", 30, 40)
    await world.reconcile()
    await world.engine.reconcile(night)
    assert world.shows(24, 47) == [(24, 35, "UALICE"), (35, 47, "UBOB")]
    assert (30, 40, "UCAROL") in world.overrides()


async def test_a_rotation_whose_new_hours_overlap_is_refused_with_the_overlap_named(world: EngineWorld) -> None:
    await join(world)
    draft = RotationDraft(
        schedule_id=2,
        name="Night",
        role=await world.first_role(2),
        members=("UALICE", "UBOB"),
        first_handoff=datetime(2026, 3, 2, 19),  # noqa: DTZ001 - a wall-clock time in the rotation's zone
        zone="UTC",
        opens=time(19),
        closes=time(8),
        rotation_id=2,
    )
    with pytest.raises(FieldErrors) as refused:
        await save_rotation(world.house, ALICE, draft)
    assert "Primary of Payments" in refused.value.fields["role"]


async def test_when_a_shared_schedule_is_upgraded_each_one_knows_its_own_items_again(world: EngineWorld) -> None:
    night = await join(world)
    await world.assign("UALICE", 24, 35)
    await world.assign_role(await world.first_role(2), "UBOB", 35, 47)
    await world.reconcile()
    await world.engine.reconcile(night)
    upgrade(world.world.account, world.world.account.schedules[world.external_id])
    await world.reconcile()
    await world.engine.reconcile(night)
    async with world.database.read() as tx:
        ledger = await tx.journal.ledger(1, world.external_id, world.now)
    there = {f"custom_shifts/{shift.id}": shift.user_id for shift in plan_of(world).custom_shifts}
    kept = {item.remote_id: item.destination_id for item in ledger if item.removed_at is None}
    assert set(kept) == set(there)
    assert {there[one]: owner for one, owner in kept.items()} == {
        world.pd_users["UALICE"]: world.destination_id,
        world.pd_users["UBOB"]: night,
    }
    assert await world.outbox("override_removed") == []
