"""A live destination gets another mode or another role, is removed, or comes back: the right thing happens at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.pagerduty.v3.upgrade import upgrade
from services.destinations.configuring import (
    DestinationDraft,
    add_destination,
    pause_destination,
    remove_destination,
    update_destination,
)
from services.kit.house import Actor
from services.schedules.editing import archive_schedule
from storage.tables import ExternalSchedule
from sync.core.model import Mode, Status
from sync.steps import look_up_people as directory
from tests.support.engine_house import START, EngineWorld, engine_world
from tests.support.shift_world import custom_shifts

ALICE = Actor(1, "UALICE")


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        async with w.database.transaction() as tx:
            listed = ExternalSchedule(
                connection_id=1, external_id=w.external_id, name="Payments", kind="v2", seen_at=START
            )
            await tx.connections.replace_schedules(1, [listed])
        yield w


async def secondary(world: EngineWorld) -> int:
    async with world.database.read() as tx:
        return (await tx.schedules.roles(world.schedule_id))[1].id


async def change(world: EngineWorld, mode: Mode, role_id: int | None = None) -> None:
    role = role_id or world.role_id
    await update_destination(world.house, ALICE, world.destination_id, role_id=role, mode=mode)
    await agree(world)


async def agree(world: EngineWorld) -> None:
    """An admin lets what the change means be written, whatever it is."""
    await pause_destination(world.house, ALICE, world.destination_id, paused=False)


async def exported(world: EngineWorld, mode: Mode) -> None:
    """Alice's day is exported, and the destination is at rest in a mode."""
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await change(world, mode)
    await world.reconcile()


BATONS = [(24, 48, "UALICE"), (48, 72, "UBOB")]
EDITED = [(24, 30, "UALICE"), (30, 36, "UCAROL"), (36, 48, "UALICE")]
pairs = pytest.mark.parametrize(("old", "new"), [(old, new) for old in Mode for new in Mode])


@pairs
async def test_a_new_mode_deals_with_what_the_old_one_left(world: EngineWorld, old: Mode, new: Mode) -> None:
    """A shift that is not exported yet, and somebody's change in PagerDuty that was not looked at yet."""
    await exported(world, old)
    await world.assign("UBOB", 48, 72)
    world.human_override("UCAROL", 30, 36)
    before = world.writes()
    await change(world, new)
    await world.reconcile()
    if new is Mode.MANUAL_EXPORT:
        assert world.writes() == before
        assert await world.pending() == [(30, 36, "replace", "UCAROL", "UALICE"), (48, 72, "add", None, "UBOB")]
        await world.approve()
        await world.reconcile()
    imports = new is Mode.BIDIRECTIONAL
    assert world.shows(24, 72) == ([*EDITED, (48, 72, "UBOB")] if imports else BATONS)
    assert await world.local() == ([*EDITED, (48, 72, "UBOB")] if imports else BATONS)


@pytest.mark.parametrize("new", Mode)
async def test_what_waited_for_a_manual_export_is_done_by_the_new_mode(world: EngineWorld, new: Mode) -> None:
    await exported(world, Mode.MANUAL_EXPORT)
    await world.assign("UBOB", 48, 72)
    await world.reconcile()
    await change(world, new)
    report = await world.reconcile()
    waits = new is Mode.MANUAL_EXPORT
    assert (world.shows(48, 72), report.waiting) == (([], 1) if waits else ([(48, 72, "UBOB")], 0))


@pairs
async def test_a_new_role_takes_the_place_of_the_old_one(world: EngineWorld, old: Mode, new: Mode) -> None:
    """Also where it has nobody, and without importing a change that was made to the old role's shift."""
    await exported(world, old)
    await world.assign_secondary("UBOB", 40, 60)
    world.human_override("UCAROL", 50, 56)
    before = world.writes()
    await change(world, new, await secondary(world))
    await world.reconcile()
    if new is Mode.MANUAL_EXPORT:
        assert world.writes() == before
        assert await world.pending() == [
            (24, 40, "remove", "UALICE", None),
            (40, 48, "replace", "UALICE", "UBOB"),
            (48, 50, "add", None, "UBOB"),
            (50, 56, "replace", "UCAROL", "UBOB"),
            (56, 60, "add", None, "UBOB"),
        ]
        await world.approve()
        await world.reconcile()
    assert world.shows(24, 72) == [(40, 60, "UBOB")]
    assert await world.local() == [(24, 48, "UALICE")]
    async with world.database.read() as tx:
        kept = await tx.shifts.of_role(await secondary(world), START)
    assert [shift.user for shift in kept] == ["UBOB"]


async def test_what_somebody_did_to_the_old_roles_shift_is_not_imported_into_the_new_role(world: EngineWorld) -> None:
    await exported(world, Mode.BIDIRECTIONAL)
    await world.assign_secondary("UALICE", 24, 48)
    world.human_override("UCAROL", 24, 48)
    await change(world, Mode.BIDIRECTIONAL, await secondary(world))
    report = await world.reconcile()
    assert (report.imported, world.shows(24, 48)) == (0, [(24, 48, "UALICE")])


async def test_large_changes_that_come_with_another_role_are_not_held(world: EngineWorld) -> None:
    for day in range(12):
        await world.assign(["UALICE", "UBOB"][day % 2], 24 * day + 48, 24 * day + 72)
    await world.reconcile()
    await change(world, Mode.AUTHORITATIVE, await secondary(world))
    report = await world.reconcile()
    assert (report.status, world.overrides()) == (Status.PENDING, [])


async def test_updating_without_a_change_lets_nothing_pass_that_is_held(world: EngineWorld) -> None:
    for day in range(12):
        await world.assign(["UALICE", "UBOB"][day % 2], 24 * day + 48, 24 * day + 72)
    await world.reconcile()
    await world.assign("UCAROL", 48, 48 + 24 * 6)
    await world.reconcile()
    await change(world, Mode.AUTHORITATIVE)
    assert (await world.reconcile()).status is Status.BLOCKED
    assert "destination.updated" not in await world.audited()


async def test_a_schedule_upgraded_while_a_create_is_in_flight_has_it_once(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)

    await world.die_unconfirmed()
    upgrade(world.world.account, world.world.account.schedules[world.external_id])
    report = await world.reconcile()
    assert (report.status, custom_shifts(world)) == (Status.OK, [(24, 48, "UALICE")])
    await world.unassign(24, 48)
    await world.reconcile()
    assert custom_shifts(world) == []
    assert await world.outbox("override_removed") == []


@pytest.mark.parametrize("what", ["mode", "role", "removed", "archived"])
async def test_work_that_is_under_way_stops_when_its_destination_changes(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    await world.assign("UALICE", 24, 48)

    async def meanwhile(*details: object) -> None:
        monkeypatch.undo()
        match what:
            case "mode":
                await change(world, Mode.MANUAL_EXPORT)
            case "role":
                await change(world, Mode.AUTHORITATIVE, await secondary(world))
            case "removed":
                await remove_destination(world.house, ALICE, world.destination_id)
            case _:
                await archive_schedule(world.house, ALICE, world.schedule_id)
        await directory.learn_people(*details)  # type: ignore[arg-type]

    monkeypatch.setattr("sync.engine.learn_people", meanwhile)
    assert await world.engine.reconcile(world.destination_id) is None
    assert world.overrides() == []
    after = await world.engine.reconcile(world.destination_id)
    assert (after is None) == (what in ("removed", "archived"))
    assert world.overrides() == []


async def test_a_create_in_flight_while_the_role_changes_is_found_and_taken_back(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)

    await world.die_unconfirmed()
    assert world.overrides() == [(24, 48, "UALICE")]
    await change(world, Mode.AUTHORITATIVE, await secondary(world))
    await world.reconcile()
    assert world.overrides() == []
    assert await world.outbox("override_removed") == []


async def again(world: EngineWorld, role_id: int) -> None:
    """The destination is removed and added anew."""
    await remove_destination(world.house, ALICE, world.destination_id)
    draft = DestinationDraft(world.schedule_id, 1, world.external_id, role_id)
    world.destination_id = (await add_destination(world.house, ALICE, draft)).id
    await agree(world)


async def test_removing_a_destination_leaves_its_exports(world: EngineWorld) -> None:
    await exported(world, Mode.AUTHORITATIVE)
    await remove_destination(world.house, ALICE, world.destination_id)
    assert await world.engine.reconcile(world.destination_id) is None
    assert world.overrides() == [(24, 48, "UALICE")]


async def test_a_destination_that_comes_back_knows_what_it_had_exported(world: EngineWorld) -> None:
    await exported(world, Mode.AUTHORITATIVE)
    await again(world, world.role_id)
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before
    await world.unassign(24, 48)
    await world.reconcile()
    assert world.overrides() == []
    assert await world.outbox("override_removed") == []


async def test_a_destination_that_comes_back_finds_what_was_in_flight(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)

    await world.die_unconfirmed()
    await again(world, await secondary(world))
    await world.assign_secondary("UBOB", 24, 48)
    await world.reconcile()
    assert world.overrides() == [(24, 48, "UBOB")]
    assert await world.outbox("override_removed") == []


async def test_a_destination_that_comes_back_for_another_role_takes_the_old_exports_away(world: EngineWorld) -> None:
    for day in range(12):
        await world.assign(["UALICE", "UBOB"][day % 2], 24 * day + 48, 24 * day + 72)
    await world.reconcile()
    await world.assign_secondary("UCAROL", 48, 60)
    await again(world, await secondary(world))
    report = await world.reconcile()
    assert (report.status, world.overrides()) == (Status.OK, [(48, 60, "UCAROL")])
    assert await world.outbox("override_removed") == []
