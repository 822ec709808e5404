"""Awkward moments: edges of time, things that vanish, clocks that go back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from oncall.shifts import Shift
from oncall.timeline import Interval
from sandbox.pagerduty import Fault
from services.destinations.configuring import remove_destination
from services.kit.house import Actor
from sync import context as contexts
from sync.bulk import BulkRefresh
from sync.core.model import Mode, Status
from sync.destinations.pagerduty.overrides import OverrideBoard
from sync.ports import Seen
from tests.support.engine_house import START, EngineWorld, engine_world
from tests.sync.test_shared_schedules import join, rotate

ALICE = Actor(1, "UALICE")


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        yield w


@pytest.fixture
async def both_ways() -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as w:
        yield w


@pytest.mark.parametrize("mode", [Mode.AUTHORITATIVE, Mode.BIDIRECTIONAL])
@pytest.mark.parametrize("night", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
async def test_an_override_across_the_night_the_clocks_change(mode: Mode, night: datetime) -> None:
    async with engine_world(mode=mode, horizon_days=300) as world:
        at = (night - START).total_seconds() / 3600
        await world.assign("UALICE", at - 2, at + 10)
        await world.reconcile()
        world.human_override("UBOB", at, at + 3)
        await world.reconcile()
        edited = [(at - 2, at, "UALICE"), (at, at + 3, "UBOB"), (at + 3, at + 10, "UALICE")]
        whole = [(at - 2, at + 10, "UALICE")]
        assert world.shows(at - 2, at + 10) == (edited if mode is Mode.BIDIRECTIONAL else whole)
        assert await world.local() == (edited if mode is Mode.BIDIRECTIONAL else whole)
        before = world.writes()
        await world.reconcile()
        assert world.writes() == before


async def test_a_shift_that_ends_just_now_is_left_alone(world: EngineWorld) -> None:
    await world.assign("UALICE", 1, 5)
    await world.assign("UBOB", 5, 9)
    await world.reconcile()
    world.pass_hours(5)
    before = world.writes()
    report = await world.reconcile()
    assert (world.writes(), report.status) == (before, Status.OK)
    assert world.shows(1, 9) == [(1, 5, "UALICE"), (5, 9, "UBOB")]


async def test_a_shift_that_was_over_before_the_first_refresh_is_not_exported(world: EngineWorld) -> None:
    await world.assign("UALICE", 1, 5)
    world.pass_hours(5)
    await world.reconcile()
    assert world.writes() == 0


async def test_an_override_of_yesterday_is_nobodys_business(both_ways: EngineWorld) -> None:
    await both_ways.assign("UALICE", 1, 48)
    await both_ways.reconcile()
    both_ways.human_override("UBOB", 2, 4)
    both_ways.pass_hours(6)
    before = both_ways.writes()
    report = await both_ways.reconcile()
    assert (report.imported, both_ways.writes()) == (0, before)
    assert await both_ways.local() == [(1, 48, "UALICE")]


async def test_an_override_that_began_before_is_imported_from_now_on(both_ways: EngineWorld) -> None:
    await both_ways.assign("UALICE", 1, 48)
    await both_ways.reconcile()
    both_ways.human_override("UBOB", 2, 10)
    both_ways.pass_hours(6)
    await both_ways.reconcile()
    assert await both_ways.local() == [(1, 6, "UALICE"), (6, 10, "UBOB"), (10, 48, "UALICE")]


@pytest.mark.parametrize(("start", "imported"), [(-6, True), (0, False), (6, False)])
async def test_a_change_counts_by_where_it_begins_at_the_edge_of_the_horizon(
    both_ways: EngineWorld, start: float, imported: bool
) -> None:
    edge = 24 * 30
    await both_ways.assign("UALICE", edge - 12, edge + 24)
    await both_ways.reconcile()
    both_ways.human_override("UBOB", edge + start, edge + 12)
    await both_ways.reconcile()
    edited = [
        (edge - 12, edge + start, "UALICE"),
        (edge + start, edge + 12, "UBOB"),
        (edge + 12, edge + 24, "UALICE"),
    ]
    assert await both_ways.local() == (edited if imported else [(edge - 12, edge + 24, "UALICE")])
    assert both_ways.shows(edge - 12, edge + 24) == [one for one in edited if one[0] < one[1]]


async def test_a_schedule_reassigned_while_it_is_read_is_exported_by_the_next_refresh(
    both_ways: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await both_ways.assign("UALICE", 24, 48)
    look = OverrideBoard.look

    async def meanwhile(board: OverrideBoard, window: Interval) -> Seen:
        monkeypatch.undo()
        await both_ways.assign("UBOB", 24, 48)
        return await look(board, window)

    monkeypatch.setattr(OverrideBoard, "look", meanwhile)
    await both_ways.reconcile()
    assert both_ways.destination_id in await both_ways.due()
    await both_ways.reconcile()
    assert both_ways.shows(24, 48) == [(24, 48, "UBOB")]
    assert await both_ways.local() == [(24, 48, "UBOB")]


async def test_a_schedule_that_is_gone_is_told_and_picked_up_when_it_is_back(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    gone = world.world.account.schedules.pop(world.external_id)
    await world.assign("UBOB", 48, 72)
    world.pass_hours(0.1)
    assert (await world.reconcile()).status is Status.ERROR
    world.world.account.schedules[world.external_id] = gone
    world.pass_hours(0.1)
    assert (await world.reconcile()).status is Status.OK
    assert world.overrides() == [(24, 48, "UALICE"), (48, 72, "UBOB")]
    assert [told["status"] for told in await world.outbox("destination")] == ["error", "ok"]


async def test_a_clock_that_goes_back_after_a_lost_reply_delays_nothing(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    world.world.faults.next(Fault.DROP_BEFORE, method="POST", path_contains="/overrides")
    original = world.engine.sleep
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await original(seconds)

    object.__setattr__(world.engine, "sleep", sleep)
    world.world.clock.advance(3600)

    class Back:
        """An hour is taken back once the call is under way."""

        def now(self) -> datetime:
            late = world.world.count("POST", "/overrides") > 0
            return world.now - timedelta(hours=1 if late else 0)

    object.__setattr__(world.engine, "clock", Back())
    await world.reconcile()
    assert max(slept) <= contexts.LAG.total_seconds()
    assert world.overrides() == [(24, 48, "UALICE")]


async def test_an_item_that_vanishes_before_it_was_ever_seen_is_waited_for_and_then_made_again(
    world: EngineWorld,
) -> None:
    world.world.switches.read_lag_seconds = 10.0
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_delete(world.world.account.schedules[world.external_id].plan.overrides[0].id)
    world.world.clock.advance(60)
    report = await world.reconcile()
    assert (report.status, world.world.count("POST", "/overrides")) == (Status.PENDING, 1)
    world.world.clock.advance(70)
    await world.reconcile()
    world.world.clock.advance(20)
    assert (await world.reconcile()).status is Status.OK
    assert world.overrides() == [(24, 48, "UALICE")]


async def test_two_equal_overrides_of_two_people_in_a_hurry_end_as_one_of_ours(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    first, second = world.human_override("UALICE", 24, 48), world.human_override("UBOB", 24, 48)
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UALICE")]
    assert {facts["remote_id"] for facts in await world.outbox("override_removed")} <= {first, second}
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before


async def test_when_a_sharer_goes_the_other_one_has_all_of_the_time(world: EngineWorld) -> None:
    """Also when nothing else would make it look."""
    await world.add_destinations(1)
    await rotate(world, world.schedule_id, world.role_id, 8, 20)
    await rotate(world, 2, await world.first_role(2), 20, 8)
    await world.remove_destination(world.destination_id + 1)
    night = await join(world)
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    assert world.overrides() == [(24, 35, "UALICE"), (47, 48, "UALICE")]
    await remove_destination(world.house, ALICE, night)
    assert world.destination_id in await BulkRefresh(world.engine).run(1)
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UALICE")]


async def test_windows_that_touch_hand_over_without_a_gap_or_a_double(world: EngineWorld) -> None:
    await world.add_destinations(1)
    await rotate(world, world.schedule_id, world.role_id, 8, 20)
    await rotate(world, 2, await world.first_role(2), 20, 8)
    await world.remove_destination(world.destination_id + 1)
    night = await join(world)
    for day in range(3):
        await world.assign("UALICE", 23 + 24 * day, 35 + 24 * day)
        role = await world.first_role(2)
        async with world.database.transaction() as tx:
            shift = Shift(role, "UBOB", world.at(35 + 24 * day), world.at(47 + 24 * day))
            await tx.shifts.add(2, [shift], world.now)
            await tx.destinations.mark_dirty([role])
    for destination in (world.destination_id, night, world.destination_id, night):
        await world.engine.reconcile(destination)
    shown = world.shows(23, 95)
    assert [(start, end) for start, end, _ in shown] == [(23 + 12 * n, 35 + 12 * n) for n in range(6)]
    assert [user for _, _, user in shown] == ["UALICE", "UBOB"] * 3
    assert world.world.count("DELETE") == 0
