"""Manual Export waits for a person, and does exactly what that person was shown. The guard makes other modes wait."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sync.core.model import Mode, Status
from tests.support.engine_house import EngineWorld, engine_world


@pytest.fixture
async def manual() -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=Mode.MANUAL_EXPORT) as w:
        yield w


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        yield w


async def test_nothing_is_written_before_a_person_exports(manual: EngineWorld) -> None:
    await manual.assign("UALICE", 24, 48)
    report = await manual.reconcile()
    assert (manual.writes(), report.status) == (0, Status.PENDING)
    assert await manual.pending() == [(24, 48, "add", None, "UALICE")]


async def test_beside_what_waits_the_status_names_whom_pagerduty_does_not_know(manual: EngineWorld) -> None:
    await manual.assign("UALICE", 24, 48)
    await manual.assign("UZOE", 60, 64)
    report = await manual.reconcile()
    assert report.status is Status.PENDING
    assert report.reason.startswith("1 change waits for a manual export. PagerDuty knows nobody")
    assert "Match person" in report.reason


async def test_exporting_writes_what_was_shown(manual: EngineWorld) -> None:
    await manual.assign("UALICE", 24, 48)
    await manual.reconcile()
    await manual.approve()
    report = await manual.reconcile()
    assert manual.overrides() == [(24, 48, "UALICE")]
    assert (report.status, await manual.pending()) == (Status.OK, [])


async def test_when_something_changed_meanwhile_a_new_list_is_shown_instead(manual: EngineWorld) -> None:
    await manual.assign("UALICE", 24, 48)
    await manual.reconcile()
    await manual.approve()
    await manual.assign("UBOB", 48, 72)
    await manual.reconcile()
    assert manual.writes() == 0
    assert await manual.pending() == [(24, 48, "add", None, "UALICE"), (48, 72, "add", None, "UBOB")]


@pytest.mark.parametrize(("author", "named"), [("UCAROL", "Carol"), ("", "")])
async def test_drift_is_listed_as_a_change_that_is_undone(manual: EngineWorld, author: str, named: str) -> None:
    """And whose change that is, where PagerDuty's change log says so."""
    await manual.assign("UALICE", 24, 48)
    await manual.reconcile()
    await manual.approve()
    await manual.reconcile()
    manual.human_override("UBOB", 30, 36, by=author)
    await manual.reconcile()
    assert await manual.pending() == [(30, 36, "replace", "UBOB", "UALICE")]
    assert await manual.undoes() == [(True, named)]
    assert manual.shows(24, 48)[1] == (30, 36, "UBOB")


async def test_a_list_that_is_known_costs_no_look_into_the_change_log(manual: EngineWorld) -> None:
    await manual.assign("UALICE", 24, 48)
    await manual.reconcile()
    await manual.approve()
    await manual.reconcile()
    manual.human_override("UBOB", 30, 36, by="UCAROL")
    manual.human_override("UBOB", 40, 44, by="UALICE")
    await manual.reconcile()
    asked = manual.world.count("GET", "/audit/records")
    assert (asked, await manual.undoes()) == (1, [(True, "Carol"), (True, "Alice")])
    manual.pass_hours(1)
    await manual.reconcile()
    assert (manual.world.count("GET", "/audit/records"), len(await manual.undoes())) == (asked, 2)


async def test_agreeing_to_what_is_running_still_counts_a_few_minutes_later(manual: EngineWorld) -> None:
    await manual.assign("UALICE", -1, 24)
    await manual.reconcile()
    await manual.approve()
    manual.pass_hours(0.2)
    await manual.reconcile()
    assert manual.shows(1, 24) == [(1, 24, "UALICE")]


@pytest.mark.parametrize("new", [Mode.AUTHORITATIVE, Mode.BIDIRECTIONAL])
async def test_leaving_manual_export_exports_what_was_pending(manual: EngineWorld, new: Mode) -> None:
    await manual.assign("UALICE", 24, 48)
    await manual.reconcile()
    await manual.configure(mode=new)
    await manual.reconcile()
    assert manual.overrides() == [(24, 48, "UALICE")]


@pytest.mark.parametrize("old", Mode)
@pytest.mark.parametrize("new", Mode)
async def test_a_change_of_role_takes_the_old_exports_away_in_every_pair_of_modes(
    world: EngineWorld, old: Mode, new: Mode
) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.configure(mode=old)
    await world.reconcile()
    await world.assign_secondary("UBOB", 30, 60)
    await world.configure(mode=new, secondary=True)
    await world.reconcile()
    if new is Mode.MANUAL_EXPORT:
        assert world.overrides() == [(24, 48, "UALICE")]
        await world.approve()
        await world.reconcile()
    assert world.overrides() == [(30, 60, "UBOB")]
    assert await world.local() == [(24, 48, "UALICE")]


async def many(world: EngineWorld, count: int = 12) -> None:
    for day in range(count):
        await world.assign(["UALICE", "UBOB"][day % 2], 24 * day + 48, 24 * day + 72)
    await world.reconcile()


async def test_a_plan_that_replaces_too_much_is_held_and_told(world: EngineWorld) -> None:
    await many(world)
    for day in range(5):
        await world.assign("UCAROL", 24 * day + 48, 24 * day + 72)
    before = world.writes()
    report = await world.reconcile()
    assert (report.status, world.writes()) == (Status.BLOCKED, before)
    (told,) = await world.outbox("blocked")
    assert len(told["changes"]) == 5


async def test_a_held_plan_is_told_once(world: EngineWorld) -> None:
    await many(world)
    for day in range(5):
        await world.assign("UCAROL", 24 * day + 48, 24 * day + 72)
    await world.reconcile()
    await world.reconcile()
    assert len(await world.outbox("blocked")) == 1


async def test_an_admin_who_agrees_lets_exactly_that_plan_run(world: EngineWorld) -> None:
    await many(world)
    for day in range(5):
        await world.assign("UCAROL", 24 * day + 48, 24 * day + 72)
    await world.reconcile()
    await world.approve()
    report = await world.reconcile()
    assert report.status is Status.OK
    assert world.shows(48, 168) == [(48, 168, "UCAROL")]


async def test_a_held_plan_leaves_nobody_off_call(world: EngineWorld) -> None:
    await many(world)
    for day in range(5):
        await world.assign("UCAROL", 24 * day + 48, 24 * day + 72)
    await world.assign("UCAROL", 2, 20)
    report = await world.reconcile()
    assert report.status is Status.BLOCKED
    assert world.shows(2, 20) == [(2, 20, "UCAROL")]
    assert world.shows(48, 72) == [(48, 72, "UALICE")]


async def test_a_schedule_that_is_suddenly_empty_is_held(world: EngineWorld) -> None:
    await many(world)
    for item in world.listed():
        world.human_delete(item.id)
    report = await world.reconcile()
    assert report.status is Status.BLOCKED
    assert world.overrides() == []


async def test_a_first_export_and_a_longer_horizon_never_count(world: EngineWorld) -> None:
    await many(world)
    for day in range(12, 29):
        await world.assign("UCAROL", 24 * day + 48, 24 * day + 72)
    report = await world.reconcile()
    assert report.status is Status.OK


async def test_a_mass_import_is_held() -> None:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as world:
        await many(world)
        for day in range(5):
            world.human_override("UCAROL", 24 * day + 48, 24 * day + 72)
        report = await world.reconcile()
        assert (report.status, report.imported) == (Status.BLOCKED, 0)
        await world.approve()
        report = await world.reconcile()
        assert (report.status, report.imported) == (Status.OK, 5)


async def test_a_paused_destination_is_refreshed_but_not_written(world: EngineWorld) -> None:
    await world.configure(paused=True)
    await world.assign("UALICE", 24, 48)
    report = await world.reconcile()
    assert (report.status, world.writes()) == (Status.PAUSED, 0)
    await world.approve()
    assert (await world.reconcile()).status is Status.OK
    assert world.overrides() == [(24, 48, "UALICE")]
