"""Taking back in PagerDuty what had been imported brings back whoever was on call before, on both sides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sync.core.model import Mode, Status
from tests.support.engine_house import EngineWorld, engine_world


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as w:
        await w.assign("UALICE", 24, 48)
        await w.reconcile()
        yield w


ALICE = [(24, 48, "UALICE")]
BOB_FOR_FOUR = [(24, 30, "UALICE"), (30, 34, "UBOB"), (34, 48, "UALICE")]


async def joined(world: EngineWorld) -> list[tuple[float, float, str | None]]:
    """The schedule here, neighbouring shifts of one person as one."""
    rows: list[tuple[float, float, str | None]] = []
    for start, end, user in await world.local():
        if rows and rows[-1][1:] == (start, user):
            rows[-1] = (rows[-1][0], end, user)
        else:
            rows.append((start, end, user))
    return rows


async def quiet(world: EngineWorld) -> bool:
    """Whether one more refresh writes nothing and changes nothing."""
    before = world.writes(), await world.local(), len(world.world.log)
    await world.reconcile()
    return before == (world.writes(), await world.local(), len(world.world.log) - 1)


async def test_an_import_writes_nothing_where_pagerduty_shows_the_right_people(world: EngineWorld) -> None:
    world.human_override("UBOB", 30, 34)
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before
    assert await world.local() == BOB_FOR_FOUR
    assert await quiet(world)


async def test_taken_back_before_a_refresh_nothing_happened(world: EngineWorld) -> None:
    world.human_delete(world.human_override("UBOB", 30, 34))
    await world.reconcile()
    assert (await joined(world), world.shows(24, 48)) == (ALICE, ALICE)


async def test_taken_back_after_a_refresh_nobody_is_missing_for_a_moment(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    world.human_delete(edit)
    assert world.shows(24, 48) == ALICE
    report = await world.reconcile()
    assert (await joined(world), world.shows(24, 48)) == (ALICE, ALICE)
    assert (report.status, report.imported) == (Status.OK, 1)
    assert await world.outbox("unassigned") == []
    assert await quiet(world)


async def test_both_hear_that_it_was_taken_back(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    world.human_delete(edit)
    await world.reconcile()
    _there, back = await world.outbox("shift_changed")
    assert [(c["before"], c["after"]) for c in back["changes"]] == [("UBOB", "UALICE")]
    assert "taken back" in back["reason"]


async def test_a_running_edit_that_is_taken_back_gives_the_rest_back(world: EngineWorld) -> None:
    world.pass_hours(29)
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    world.pass_hours(2)
    await world.reconcile()
    world.human_delete(edit)
    await world.reconcile()
    after = [(24, 30, "UALICE"), (30, 31, "UBOB"), (31, 48, "UALICE")]
    assert (await joined(world), world.shows(24, 48)) == (after, after)


async def test_an_edit_of_the_whole_shift_is_taken_back(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 24, 48)
    await world.reconcile()
    world.human_delete(edit)
    assert world.shows(24, 48) == ALICE
    await world.reconcile()
    assert (await joined(world), world.shows(24, 48)) == (ALICE, ALICE)


async def test_an_edit_over_two_shifts_gives_each_back_to_its_own(world: EngineWorld) -> None:
    await world.assign("UCAROL", 48, 72)
    await world.reconcile()
    edit = world.human_override("UBOB", 40, 60)
    await world.reconcile()
    assert await world.local() == [(24, 40, "UALICE"), (40, 48, "UBOB"), (48, 60, "UBOB"), (60, 72, "UCAROL")]
    world.human_delete(edit)
    await world.reconcile()
    after = [(24, 48, "UALICE"), (48, 72, "UCAROL")]
    assert (await joined(world), world.shows(24, 72)) == (after, after)


async def test_an_edit_that_is_changed_instead_is_imported_and_can_still_be_taken_back(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    world.human_delete(edit)
    other = world.human_override("UCAROL", 28, 32)
    await world.reconcile()
    after = [(24, 28, "UALICE"), (28, 32, "UCAROL"), (32, 48, "UALICE")]
    assert (await joined(world), world.shows(24, 48)) == (after, after)
    world.human_delete(other)
    await world.reconcile()
    assert (await joined(world), world.shows(24, 48)) == (ALICE, ALICE)


@pytest.mark.parametrize("upper_first", [True, False])
async def test_two_edits_on_top_of_each_other_are_taken_back_in_either_order(
    world: EngineWorld, upper_first: bool
) -> None:
    lower = world.human_override("UBOB", 30, 40)
    await world.reconcile()
    upper = world.human_override("UCAROL", 34, 38)
    await world.reconcile()
    assert [row[2] for row in await world.local()] == ["UALICE", "UBOB", "UCAROL", "UBOB", "UALICE"]
    first, second = (upper, lower) if upper_first else (lower, upper)
    world.human_delete(first)
    await world.reconcile()
    between = (
        [(24, 30, "UALICE"), (30, 40, "UBOB"), (40, 48, "UALICE")]
        if upper_first
        else [(24, 34, "UALICE"), (34, 38, "UCAROL"), (38, 48, "UALICE")]
    )
    assert (await joined(world), world.shows(24, 48)) == (between, between)
    world.human_delete(second)
    await world.reconcile()
    assert (await joined(world), world.shows(24, 48)) == (ALICE, ALICE)


async def test_what_is_changed_here_beside_an_edit_opens_no_hole_when_the_edit_is_taken_back(
    world: EngineWorld,
) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    await world.assign("UCAROL", 40, 44)
    await world.reconcile()
    world.human_delete(edit)
    after = [(24, 40, "UALICE"), (40, 44, "UCAROL"), (44, 48, "UALICE")]
    assert world.shows(24, 48) == after
    await world.reconcile()
    assert (await joined(world), world.shows(24, 48)) == (after, after)
    await world.reconcile()
    assert len(world.overrides()) == len(await world.local())


async def test_where_the_shift_beneath_had_to_go_its_owner_is_exported_again(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    await world.unassign(40, 44)
    await world.reconcile()
    world.human_delete(edit)
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 40, "UALICE"), (44, 48, "UALICE")]
    assert await joined(world) == [(24, 40, "UALICE"), (40, 44, None), (44, 48, "UALICE")]


async def test_what_was_assigned_here_since_the_import_is_not_undone(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    await world.assign("UCAROL", 30, 34)
    await world.reconcile()
    assert world.shows(30, 34) == [(30, 34, "UCAROL")]
    with_edit = [o for o in world.listed() if o.id == edit]
    for one in with_edit:
        world.human_delete(one.id)
    await world.reconcile()
    assert world.shows(30, 34) == [(30, 34, "UCAROL")]
    assert [row[2] for row in await world.local()] == ["UALICE", "UCAROL", "UALICE"]


async def test_somebody_confirmed_here_by_hand_stays_when_the_edit_goes(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    await world.assign("UBOB", 30, 34)
    await world.reconcile()
    world.human_delete(edit)
    await world.reconcile()
    assert world.shows(30, 34) == [(30, 34, "UBOB")]
    assert [row[2] for row in await world.local()] == ["UALICE", "UBOB", "UALICE"]


async def test_who_removes_the_edit_and_what_is_beneath_wants_nobody(world: EngineWorld) -> None:
    (ours,) = world.listed()
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    world.pass_hours(0.1)
    world.human_delete(edit)
    world.human_delete(ours.id)
    await world.reconcile()
    assert world.shows(24, 48) == []
    assert {user for _, _, user in await world.local()} == {None}


async def test_restore_is_offered_for_whoever_had_the_time_before_all_edits(world: EngineWorld) -> None:
    (ours,) = world.listed()
    edit = world.human_override("UBOB", 24, 48)
    await world.reconcile()
    world.pass_hours(0.1)
    world.human_delete(edit)
    world.human_delete(ours.id)
    await world.reconcile()
    (told,) = await world.outbox("unassigned")
    assert (told["was"], told["lost"], told["soon"]) == ("UALICE", "UBOB", True)


async def test_a_removal_far_ahead_does_not_hurry(world: EngineWorld) -> None:
    await world.assign("UALICE", 96, 120)
    await world.reconcile()
    world.human_delete(world.listed()[1].id)
    await world.reconcile()
    (told,) = await world.outbox("unassigned")
    assert told["soon"] is False


async def test_an_override_that_was_replaced_in_two_steps_gives_the_first_person_back(world: EngineWorld) -> None:
    world.human_delete(world.listed()[0].id)
    edit = world.human_override("UBOB", 24, 48)
    await world.reconcile()
    assert await world.local() == [(24, 48, "UBOB")]
    world.pass_hours(0.1)
    world.human_delete(edit)
    await world.reconcile()
    assert (await joined(world), world.shows(24, 48)) == (ALICE, ALICE)


async def test_a_shift_that_was_emptied_there_is_imported_when_it_is_filled_there_again(world: EngineWorld) -> None:
    world.human_delete(world.listed()[0].id)
    await world.reconcile()
    assert await world.local() == [(24, 48, None)]
    world.human_override("UCAROL", 24, 48)
    await world.reconcile()
    assert await world.local() == [(24, 48, "UCAROL")]
    assert await quiet(world)


async def test_a_stranger_beneath_does_not_keep_the_right_person_out() -> None:
    async with engine_world(mode=Mode.BIDIRECTIONAL, layers=True) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        edit = world.human_override("UBOB", 30, 34)
        await world.reconcile()
        await world.unassign(40, 44)
        await world.reconcile()
        world.human_delete(edit)
        await world.reconcile()
        assert world.shows(30, 34) == [(30, 34, "UALICE")]
        assert [row[2] for row in await joined(world)] == ["UALICE", None, "UALICE"]


@pytest.mark.parametrize("mode", [Mode.AUTHORITATIVE, Mode.MANUAL_EXPORT])
async def test_in_the_other_modes_the_schedule_here_stays_as_it_is(mode: Mode) -> None:
    async with engine_world(mode=mode) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        await world.approve()
        await world.reconcile()
        edit = world.human_override("UBOB", 30, 34)
        await world.reconcile()
        if mode is Mode.MANUAL_EXPORT:
            world.human_delete(edit)
            await world.reconcile()
        assert (await world.local(), world.shows(24, 48)) == (ALICE, ALICE)
        assert await world.pending() == []


async def test_an_edit_imported_before_the_mode_was_changed_is_no_question_any_more(world: EngineWorld) -> None:
    edit = world.human_override("UBOB", 30, 34)
    await world.reconcile()
    await world.configure(mode=Mode.AUTHORITATIVE)
    await world.reconcile()
    world.human_delete(edit)
    assert world.shows(30, 34) == [(30, 34, "UALICE")]
    await world.reconcile()
    assert world.shows(24, 48) == BOB_FOR_FOUR
    assert await world.local() == BOB_FOR_FOUR


async def remembered(world: EngineWorld) -> list[Any]:
    async with world.database.read() as tx:
        return await tx.journal.edits(world.destination_id)


async def test_what_is_over_is_forgotten(world: EngineWorld) -> None:
    world.human_override("UBOB", 30, 34)
    await world.reconcile()
    assert len(await remembered(world)) == 1
    world.pass_hours(35)
    await world.reconcile()
    assert await remembered(world) == []
