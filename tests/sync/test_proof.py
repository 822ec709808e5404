"""What a look proves and what it doesn't (ADR 7), in the shortest histories that went wrong once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from unittest.mock import patch

import pytest

from sandbox.pagerduty import Fault
from sync.core.model import Mode, Status
from tests.support.engine_house import EngineWorld, engine_world

LAG = 121 / 3600


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        yield w


def newest(world: EngineWorld) -> str:
    return max(world.listed(), key=lambda one: one.number).id


async def test_an_item_that_was_listed_is_missed_at_once_even_where_an_older_one_names_the_same_person(
    world: EngineWorld,
) -> None:
    await world.assign("UCAROL", 10, 40)
    await world.reconcile()
    world.human_override("UBOB", 5, 20)
    await world.reconcile()
    assert world.shows(10, 40) == [(10, 40, "UCAROL")]
    await world.reconcile()

    world.human_delete(newest(world))
    assert world.shows(10, 40) == [(10, 20, "UBOB"), (20, 40, "UCAROL")]
    await world.reconcile()
    assert world.shows(10, 40) == [(10, 40, "UCAROL")]


async def test_what_shows_stays_until_the_write_that_follows_it_has_shown_up(world: EngineWorld) -> None:
    """Bob's item exists, by its reply, but somebody deleted it before Alice's could be taken away."""
    await world.assign("UALICE", 10, 30)
    await world.reconcile()
    world.pass_hours(LAG)
    await world.unassign(10, 16)
    await world.assign("UBOB", 16, 40)
    with (
        patch("sync.steps.execute.Executor._delete", side_effect=RuntimeError("killed")),
        pytest.raises(RuntimeError),
    ):
        await world.reconcile()
    world.human_delete(newest(world))

    report = await world.reconcile()
    assert (report.status, world.shows(16, 30)) == (Status.PENDING, [(16, 30, "UALICE")])
    world.pass_hours(LAG)
    await world.reconcile()
    assert world.overrides() == [(16, 40, "UBOB")]


@pytest.mark.parametrize(("logged", "told"), [(True, 1), (False, 0)])
async def test_an_override_like_one_that_was_lost_is_a_strangers_if_the_change_log_says_so(
    world: EngineWorld, logged: bool, told: int
) -> None:
    world.world.switches.change(audit_available=logged)
    world.world.faults.next(Fault.DROP_BEFORE, method="POST", times=2)
    await world.assign("UALICE", 24, 48)
    assert (await world.reconcile()).failure
    alice, bob = world.pd_users["UALICE"], world.pd_users["UBOB"]
    world.world.account.create_override(world.external_id, alice, world.at(24), world.at(48), author_id=bob)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UALICE")]

    await world.assign("UBOB", 24, 48)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UBOB")]
    assert len(await world.outbox("override_removed")) == told


async def test_an_item_is_not_taken_for_gone_because_the_one_it_replaced_is_still_seen() -> None:
    """Of Alice's shift only the end is left. Who reads late sees the old item, and a list without the new one."""
    async with engine_world(horizon_days=1) as world:
        await world.assign("UALICE", 48, 72)
        await world.reconcile()
        world.pass_hours(LAG)
        world.world.switches.read_lag_seconds = 60.0
        await world.unassign(48, 60)
        await world.reconcile()
        await world.assign("UBOB", 20, 22)
        await world.reconcile()

        world.world.switches.read_lag_seconds = 0.0
        world.pass_hours(LAG)
        await world.configure(secondary=True)
        await world.reconcile()
        assert world.overrides() == []
        assert await world.outbox("override_removed") == []


async def test_somebody_seen_by_an_item_just_removed_is_not_on_call() -> None:
    """Who reads late sees Alice although her item is gone; her new shift is not in step with that."""
    async with engine_world(mode=Mode.BIDIRECTIONAL) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        world.pass_hours(LAG)
        world.world.switches.read_lag_seconds = 60.0
        await world.unassign(24, 48)
        await world.reconcile()
        await world.assign("UALICE", 24, 48)
        await world.reconcile()

        world.world.switches.read_lag_seconds = 0.0
        world.pass_hours(LAG)
        await world.reconcile()
        assert world.overrides() == await world.local() == [(24, 48, "UALICE")]


async def test_a_removal_counts_where_somebody_elses_override_explains_who_shows(world: EngineWorld) -> None:
    """Both name Alice; ours goes, and the time is Bob's before anything could lag."""
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UALICE", 20, 30)
    world.pass_hours(LAG)
    await world.unassign(24, 48)
    await world.reconcile()
    await world.assign("UBOB", 24, 26)
    await world.reconcile()
    assert world.shows(20, 30) == [(20, 24, "UALICE"), (24, 26, "UBOB"), (26, 30, "UALICE")]
