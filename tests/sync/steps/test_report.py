"""How a destination is doing: every status, its reason, when it was refreshed last, and what the guard holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from sandbox.pagerduty import Fault
from storage.tables import Destination, Observation
from sync.core.model import Mode, Status
from sync.steps.finish import read
from tests.support.engine_house import EngineWorld, engine_world
from tests.sync.test_manual_export import many


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        yield w


async def row(world: EngineWorld) -> Destination:
    async with world.database.read() as tx:
        found = await tx.destinations.get(world.destination_id)
    assert found is not None
    return found


async def seen(world: EngineWorld) -> Observation:
    async with world.database.read() as tx:
        found = await tx.journal.observation(world.destination_id)
    assert found is not None
    return found


async def test_without_shifts_ahead_it_is_pending(world: EngineWorld) -> None:
    report = await world.reconcile()
    assert (report.status, report.reason) == (Status.PENDING, "Nothing to export yet: no confirmed shifts ahead.")


async def test_all_exported_is_ok(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    report = await world.reconcile()
    assert (report.status, report.reason) == (Status.OK, "All confirmed shifts are exported.")


async def test_a_write_that_does_not_show_yet_is_pending(world: EngineWorld) -> None:
    world.world.switches.read_lag_seconds = 30.0
    await world.assign("UALICE", 24, 48)
    report = await world.reconcile()
    assert (report.status, report.reason) == (Status.PENDING, "Exported; PagerDuty does not show it yet.")


@pytest.mark.parametrize(("hours", "status"), [(71, Status.ERROR), (72, Status.ERROR), (73, Status.WARNING)])
async def test_a_shift_that_is_not_exported_is_an_error_within_three_days_and_a_warning_before(
    world: EngineWorld, hours: float, status: Status
) -> None:
    world.world.faults.next(Fault.ITEM_REFUSED, method="POST", path_contains="/overrides", times=10)
    await world.assign("UALICE", hours, hours + 8)
    report = await world.reconcile()
    assert report.status is status
    assert "PagerDuty refused one shift" in report.reason


@pytest.mark.parametrize(("hours", "status"), [(24, Status.ERROR), (96, Status.WARNING)])
async def test_pagerduty_out_of_reach_counts_what_was_never_confirmed_there(
    world: EngineWorld, hours: float, status: Status
) -> None:
    world.world.faults.next(Fault.HTTP_500, times=1000)
    await world.assign("UALICE", hours, hours + 8)
    report = await world.reconcile()
    assert report.status is status
    assert "tries again by itself" in report.reason


async def test_pagerduty_out_of_reach_is_a_warning_where_everything_is_exported(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.world.faults.next(Fault.HTTP_500, times=1000)
    assert (await world.reconcile()).status is Status.WARNING


async def test_a_failed_refresh_keeps_what_was_seen_and_when(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    before = (await row(world)).refreshed_at
    world.pass_hours(1)
    world.world.faults.next(Fault.HTTP_500, times=1000)
    await world.reconcile()
    assert (await row(world)).refreshed_at == before
    assert read((await seen(world)).effective).segments


async def test_every_refresh_stores_what_was_seen_and_when(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    world.human_override("UBOB", 60, 72)
    await world.reconcile()
    for _ in range(2):
        world.pass_hours(1)
        await world.reconcile()
        observation = await seen(world)
        assert (await row(world)).refreshed_at == observation.observed_at == world.now
        shown = [(s.start, s.end, s.users[0]) for s in read(observation.effective).segments]
        assert shown == [
            (world.at(24), world.at(48), world.pd_users["UALICE"]),
            (world.at(60), world.at(72), world.pd_users["UBOB"]),
        ]


@pytest.mark.parametrize("trouble", ["key", "schedule"])
async def test_a_refused_key_or_a_schedule_that_is_gone_is_an_error_and_writes_nothing(
    world: EngineWorld, trouble: str
) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.assign("UBOB", 48, 72)
    account = world.world.account
    if trouble == "key":
        for key in list(account.keys):
            account.revoke_key(key)
    else:
        del account.schedules[world.external_id]
    before = world.writes()
    report = await world.reconcile()
    assert (report.status, world.writes()) == (Status.ERROR, before)
    assert ("key" in report.reason) if trouble == "key" else ("was deleted" in report.reason)
    assert await world.local() == [(24, 48, "UALICE"), (48, 72, "UBOB")]


async def test_a_paused_one_says_so_and_what_waits(world: EngineWorld) -> None:
    await world.configure(paused=True)
    await world.assign("UALICE", 24, 48)
    report = await world.reconcile()
    assert (report.status, report.waiting) == (Status.PAUSED, 1)


@pytest.mark.parametrize(
    ("exported", "changed", "status"), [(9, 9, Status.OK), (10, 3, Status.OK), (10, 4, Status.BLOCKED)]
)
async def test_a_plan_is_held_from_ten_shifts_on_when_it_changes_over_thirty_percent(
    world: EngineWorld, exported: int, changed: int, status: Status
) -> None:
    await many(world, exported)
    for day in range(changed):
        await world.assign("UCAROL", 24 * day + 48, 24 * day + 72)
    assert (await world.reconcile()).status is status


@pytest.mark.parametrize(("withdrawn", "status"), [(3, Status.OK), (4, Status.BLOCKED)])
async def test_withdrawn_shifts_count_as_well(world: EngineWorld, withdrawn: int, status: Status) -> None:
    await many(world, 10)
    await world.unassign(48, 48 + 24 * withdrawn)
    assert (await world.reconcile()).status is status


@pytest.mark.parametrize(("imported", "status"), [(3, Status.OK), (4, Status.BLOCKED)])
async def test_imports_count_as_well(imported: int, status: Status) -> None:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as world:
        await many(world, 10)
        for day in range(imported):
            world.human_override("UCAROL", 24 * day + 48, 24 * day + 72)
        assert (await world.reconcile()).status is status


async def test_shifts_that_are_over_do_not_count(world: EngineWorld) -> None:
    await many(world, 12)
    world.pass_hours(24 * 6)
    await world.assign("UCAROL", 24 * 7 + 48, 24 * 11 + 48)
    assert (await world.reconcile()).status is Status.OK


async def test_a_suddenly_empty_schedule_gets_only_what_the_next_day_needs(world: EngineWorld) -> None:
    await world.assign("UALICE", 4, 12)
    await many(world)
    for item in world.listed():
        world.human_delete(item.id)
    for _ in range(2):
        report = await world.reconcile()
        assert report.status is Status.BLOCKED
        assert "Nobody is on call in PagerDuty any more" in report.reason
        assert world.overrides() == [(4, 12, "UALICE")]
    await world.approve()
    await world.reconcile()
    assert len(world.overrides()) == 13


async def test_a_manual_export_is_never_blocked_and_fills_no_hole_by_itself(world: EngineWorld) -> None:
    await many(world)
    await world.configure(mode=Mode.MANUAL_EXPORT)
    await world.reconcile()
    for day in range(5):
        await world.assign("UCAROL", 24 * day + 48, 24 * day + 72)
    await world.assign("UCAROL", 2, 20)
    before = world.writes()
    report = await world.reconcile()
    assert (report.status, world.writes()) == (Status.PENDING, before)
    assert await world.outbox("blocked") == []


async def test_a_paused_destination_fills_no_hole_by_itself(world: EngineWorld) -> None:
    await many(world)
    await world.configure(paused=True)
    await world.reconcile()
    await world.assign("UCAROL", 48, 48 + 24 * 5)
    await world.assign("UCAROL", 2, 20)
    before = world.writes()
    report = await world.reconcile()
    assert (report.status, world.writes()) == (Status.PAUSED, before)


async def test_agreeing_ends_a_pause_also_where_something_is_imported_first() -> None:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        await world.configure(paused=True)
        await world.assign("UALICE", 48, 72)
        world.human_override("UBOB", 24, 36)
        await world.reconcile()
        await world.approve()
        report = await world.reconcile()
        assert (report.status, report.imported) == (Status.OK, 1)
        assert world.shows(24, 72) == [(24, 36, "UBOB"), (36, 72, "UALICE")]


async def test_a_card_is_posted_again_only_for_another_plan(world: EngineWorld) -> None:
    await many(world)
    await world.assign("UCAROL", 48, 48 + 24 * 5)
    await world.reconcile()
    await world.reconcile()
    await world.assign("UCAROL", 48 + 24 * 5, 48 + 24 * 6)
    await world.reconcile()
    cards = await world.outbox("blocked")
    assert [len(card["changes"]) for card in cards] == [5, 6]
    assert cards[0]["plan"] != cards[1]["plan"]
    assert {change["action"] for change in cards[0]["changes"]} == {"replace"}


async def test_trouble_and_its_end_are_told_once_each(world: EngineWorld) -> None:
    world.world.faults.next(Fault.ITEM_REFUSED, method="POST", path_contains="/overrides", times=4)
    await world.assign("UALICE", 24, 48)
    for _ in range(2):
        await world.reconcile()
    world.world.faults.rules.clear()
    for _ in range(2):
        world.pass_hours(0.1)
        await world.reconcile()
    assert [told["status"] for told in await world.outbox("destination")] == ["error", "ok"]


async def test_a_refresh_is_due_again_within_its_interval(world: EngineWorld) -> None:
    await world.reconcile()
    due: datetime = (await row(world)).refresh_due_at
    assert world.now < due <= world.now + timedelta(minutes=5)


async def test_the_same_refusal_of_several_shifts_is_said_once(world: EngineWorld) -> None:
    world.world.faults.next(Fault.ITEM_REFUSED, method="POST", path_contains="/overrides", times=10, items=(0, 1, 2))
    for number in range(3):
        await world.assign(("UALICE", "UBOB")[number % 2], 24 + 10 * number, 32 + 10 * number)
    report = await world.reconcile()
    [why] = set(report.refused)
    assert f"PagerDuty refused 3 shifts: {why.rstrip('.')}." in report.reason
