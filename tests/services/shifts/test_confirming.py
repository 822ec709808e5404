"""Confirming what rotations propose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from oncall.shifts import ShiftState
from services.kit.errors import NotAllowed
from services.schedules import horizon
from services.shifts import changing as changes
from services.shifts import confirming
from services.shifts.each_change import ShiftRef
from tests.support.service_world import DAY, Desk, refs

PROPOSED, CONFIRMED = ShiftState.PROPOSED, ShiftState.CONFIRMED


async def test_what_waits_is_listed_for_anyone(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")

    waiting = await confirming.pending(desk.house, desk.carol, desk.id)

    assert [one.user_id for one in waiting] == ["UALICE", "UBOB", "UALICE", "UBOB", "UALICE"]
    assert {one.role for one in waiting} == {"Primary"}


async def test_confirming_exports_at_once(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    desk.deferred.clear()

    done = await confirming.confirm(desk.house, desk.alice, desk.id)
    await desk.world.reconcile()

    assert len(done.shifts) == 5
    assert desk.deferred == [("reconcile", desk.world.destination_id)]
    assert desk.world.overrides()[0] == (0, 168, "UALICE")
    assert ("UALICE", "confirmed 5 shifts") in await desk.audit()


async def test_nothing_leaves_before_it_is_confirmed(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")

    await desk.world.reconcile()

    assert desk.world.overrides() == []


async def test_only_chosen_shifts_are_confirmed(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    first, second, *_ = await desk.shifts()

    await confirming.confirm(desk.house, desk.alice, desk.id, refs(first, second))

    assert [user for user, *_ in await desk.rows(CONFIRMED)] == ["UALICE", "UBOB"]
    assert len(await desk.rows(PROPOSED)) == 3


async def test_confirming_again_is_harmless(desk: Desk) -> None:
    await desk.rotate()
    seen = refs(*await desk.shifts())
    await confirming.confirm(desk.house, desk.alice, desk.id, seen)
    before = await desk.shifts()

    again = await confirming.confirm(desk.house, desk.alice, desk.id, seen)

    assert (again.shifts, len(again.already), again.changed) == ((), 5, ())
    assert await desk.shifts() == before


async def test_a_proposal_that_changed_meanwhile_is_reported_and_the_rest_confirmed(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    seen = refs(*await desk.shifts())
    await desk.rotate("UALICE", "UCAROL", rotation_id=saved.id)

    done = await confirming.confirm(desk.house, desk.alice, desk.id, seen)

    assert [shift.user for shift in done.shifts] == ["UALICE"] * 3
    assert len(done.changed) == 2
    assert [user for user, *_ in await desk.rows(PROPOSED)] == ["UCAROL", "UCAROL"]


async def test_a_running_shift_counts_from_its_confirmation_on(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    desk.pass_time(DAY)

    await confirming.confirm(desk.house, desk.alice, desk.id)

    assert (await desk.rows(CONFIRMED))[0] == ("UALICE", 24, 168)


async def test_members_who_are_no_admins_do_not_confirm(desk: Desk) -> None:
    await desk.rotate()

    with pytest.raises(NotAllowed, match="<@UALICE>"):
        await confirming.confirm(desk.house, desk.bob, desk.id)


async def test_the_first_confirmed_assignment_wakes_a_linked_destination(desk: Desk) -> None:
    await _pause(desk)
    await desk.rotate()
    assert (await desk.world.status())[0] == "pending"
    await desk.world.reconcile()
    assert (await desk.world.status())[0] == "paused"

    await desk.confirm_all()
    await desk.world.reconcile()

    assert (await desk.world.status())[0] == "ok"
    assert desk.world.writes() > 0


async def test_what_baton_confirms_by_itself_does_not_wake_it(desk: Desk) -> None:
    await _pause(desk)
    await desk.set_schedule(confirm_mode="automatically")
    await desk.rotate()

    await horizon.extend(desk.house, desk.id)
    await desk.world.reconcile()

    assert (await desk.world.status())[0] == "paused"
    assert desk.world.writes() == 0


async def test_a_proposal_that_somebody_reassigned_stays_proposed_and_theirs(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    await changes.reassign(desk.house, desk.alice, desk.id, await desk.ref("UBOB"), "UCAROL")
    await horizon.extend(desk.house, desk.id)

    assert [user for user, *_ in await desk.rows(PROPOSED)] == ["UALICE", "UCAROL", "UALICE", "UBOB", "UALICE"]


async def test_a_shift_that_never_was_is_reported(desk: Desk) -> None:
    done = await confirming.confirm(desk.house, desk.alice, desk.id, [ShiftRef(4711, 1)])

    assert done.changed == (ShiftRef(4711, 1),)


async def test_thirty_minutes_late_is_still_the_same_proposal(desk: Desk) -> None:
    await desk.rotate()
    seen = refs(*await desk.shifts())
    desk.pass_time(timedelta(minutes=30))
    await horizon.extend(desk.house, desk.id)

    done = await confirming.confirm(desk.house, desk.alice, desk.id, seen)

    assert done.changed == ()


async def _pause(desk: Desk) -> None:
    async with desk.world.database.transaction() as tx:
        row = await tx.destinations.get(desk.world.destination_id)
        assert row is not None
        row.paused = True
