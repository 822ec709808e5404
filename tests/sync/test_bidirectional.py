"""Bidirectional mode: people's changes to exported shifts come home."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from oncall.shifts import ShiftSource
from sync.core.model import Mode, Status
from sync.steps import import_changes as imports
from tests.support.engine_house import EngineWorld, engine_world


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as w:
        yield w


async def test_a_change_to_an_exported_shift_is_imported(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 24, 48)
    report = await world.reconcile()
    assert await world.local() == [(24, 48, "UBOB")]
    assert world.shows(24, 48) == [(24, 48, "UBOB")]
    assert (report.imported, report.status) == (1, Status.OK)
    assert (await world.shifts())[0].source is ShiftSource.IMPORT


async def test_a_second_refresh_after_an_import_writes_nothing(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 30, 40)
    await world.reconcile()
    before = world.writes()
    report = await world.reconcile()
    assert (world.writes(), report.imported) == (before, 0)


async def test_a_partial_edit_imports_as_three_shifts(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 192)
    await world.reconcile()
    world.human_override("UBOB", 48, 96)
    await world.reconcile()
    assert await world.local() == [(24, 48, "UALICE"), (48, 96, "UBOB"), (96, 192, "UALICE")]
    assert world.shows(24, 192) == [(24, 48, "UALICE"), (48, 96, "UBOB"), (96, 192, "UALICE")]


async def test_a_deletion_becomes_unassigned_and_the_admins_are_offered_to_restore(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_delete(world.listed()[0].id)
    await world.reconcile()
    assert await world.local() == [(24, 48, None)]
    (told,) = await world.outbox("unassigned")
    assert told["was"] == "UALICE"


async def test_an_import_tells_the_members_concerned_and_is_in_the_audit_trail(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 24, 48)
    await world.reconcile()
    (told,) = await world.outbox("shift_changed")
    assert [(c["before"], c["after"]) for c in told["changes"]] == [("UALICE", "UBOB")]
    assert "shift.imported" in await world.audited()


async def test_when_both_changed_batons_shift_wins_and_it_is_told(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 24, 48)
    await world.assign("UCAROL", 24, 48)
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UCAROL")]
    assert await world.local() == [(24, 48, "UCAROL")]
    (told,) = await world.outbox("import_conflict")
    assert (told["local"], told["remote"]) == ("UCAROL", world.pd_users["UBOB"])


async def test_what_was_never_exported_is_not_imported(world: EngineWorld) -> None:
    world.human_override("UBOB", 24, 48)
    await world.reconcile()
    assert await world.local() == []
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UALICE")]


async def test_somebody_who_is_no_slack_user_is_held_until_matched(world: EngineWorld) -> None:
    stranger = world.world.account.add_user("Mallory", "mallory@elsewhere.example").id
    world.pd_users["UMALLORY"] = stranger
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UMALLORY", 24, 48)
    report = await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UMALLORY")]
    assert await world.local() == [(24, 48, "UALICE")]
    assert "match" in report.reason
    assert report.status is Status.ERROR
    await world.reconcile()
    (told,) = await world.outbox("unmapped")
    assert told["external_name"] == "Mallory"


async def test_our_own_writes_are_never_imported(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.assign("UBOB", 24, 48)
    await world.reconcile()
    await world.assign("UALICE", 24, 48)
    report = await world.reconcile()
    assert (await world.local(), report.imported) == ([(24, 48, "UALICE")], 0)


async def test_a_running_shift_is_imported_from_now_on(world: EngineWorld) -> None:
    await world.assign("UALICE", 1, 25)
    await world.reconcile()
    world.pass_hours(5)
    world.human_override("UBOB", 5, 25)
    await world.reconcile()
    assert await world.local() == [(1, 5, "UALICE"), (5, 25, "UBOB")]
    assert world.shows(1, 25) == [(1, 5, "UALICE"), (5, 25, "UBOB")]


async def test_a_shift_that_is_taken_away_and_given_back_while_pagerduty_lags_is_exported_again(
    world: EngineWorld,
) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.pass_hours(1)
    world.world.switches.read_lag_seconds = 60.0
    await world.unassign(24, 48)
    await world.reconcile()
    await world.assign("UALICE", 24, 48)
    world.world.clock.advance(61)
    await world.reconcile()
    assert await world.local() == [(24, 48, "UALICE")]
    assert world.shows(24, 48) == [(24, 48, "UALICE")]


async def test_what_is_changed_here_while_an_import_is_under_way_survives(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 24, 48)

    async def meanwhile(*details: object) -> int:
        monkeypatch.undo()
        await world.assign("UCAROL", 24, 48)
        return await imports.import_changes(*details)  # type: ignore[arg-type]

    monkeypatch.setattr("sync.run.import_changes", meanwhile)
    await world.reconcile()
    assert await world.local() == [(24, 48, "UCAROL")]
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 48, "UCAROL")]
    assert len(await world.outbox("import_conflict")) == 1


async def test_somebody_held_stays_when_the_shift_beneath_is_cut(world: EngineWorld) -> None:
    world.pd_users["UMALLORY"] = world.world.account.add_user("Mallory", "mallory@elsewhere.example").id
    await world.assign("UALICE", 5, 11)
    await world.reconcile()
    await world.unassign(9, 10)
    world.human_override("UMALLORY", 6, 9)
    await world.reconcile()
    assert world.shows(5, 11) == [(5, 6, "UALICE"), (6, 9, "UMALLORY"), (10, 11, "UALICE")]


async def test_time_that_was_held_is_exported_again_when_the_stranger_goes(world: EngineWorld) -> None:
    world.pd_users["UMALLORY"] = world.world.account.add_user("Mallory", "mallory@elsewhere.example").id
    await world.assign("UALICE", 5, 11)
    await world.reconcile()
    await world.unassign(9, 10)
    stranger = world.human_override("UMALLORY", 6, 9)
    await world.reconcile()
    world.human_delete(stranger)
    await world.reconcile()
    assert world.shows(5, 11) == [(5, 9, "UALICE"), (10, 11, "UALICE")]
    assert await world.local() == [(5, 9, "UALICE"), (9, 10, None), (10, 11, "UALICE")]
