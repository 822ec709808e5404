"""Changing who has a shift, and what the second of two people hears."""

from __future__ import annotations

import asyncio

import pytest

from oncall.shifts import ShiftState
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Stale
from services.schedules import horizon
from services.shifts import changing as changes
from services.shifts.assigning import AssignDraft, assign_shift
from services.shifts.changing import SwapDraft
from services.shifts.each_change import ShiftRef
from storage.notices import NoticeKind
from tests.support.service_world import DAY, HOUR, Desk, hours


async def test_reassigning_gives_the_whole_shift_to_another(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)

    changed = await changes.reassign(desk.house, desk.alice, desk.id, ref, "UBOB", "holiday")

    assert await desk.rows() == [("UBOB", 24, 48)]
    assert [(m.role, m.before, m.after) for m in changed.moves] == [("Primary", "UALICE", "UBOB")]
    assert desk.deferred == [("reconcile", desk.world.destination_id)]


async def test_of_a_running_shift_only_the_rest_changes_hands(desk: Desk) -> None:
    ref = await desk.put("UALICE", -2, 10)
    desk.pass_time(HOUR)

    await changes.reassign(desk.house, desk.alice, desk.id, ref, "UBOB")

    assert await desk.rows() == [("UALICE", -2, 1), ("UBOB", 1, 10)]


async def test_the_people_concerned_are_told_once(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)

    await changes.reassign(desk.house, desk.alice, desk.id, ref, "UBOB", "holiday")

    (facts,) = await desk.told(NoticeKind.SHIFT_CHANGED)
    assert (facts["action"], facts["by"], facts["reason"]) == ("reassigned", "UALICE", "holiday")
    assert facts["changes"] == [
        {
            "role": "Primary",
            "start": desk.world.at(24).isoformat(),
            "end": desk.world.at(48).isoformat(),
            "before": "UALICE",
            "after": "UBOB",
        }
    ]


async def test_two_changes_in_a_row_are_told_as_two(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)
    first = await changes.reassign(desk.house, desk.alice, desk.id, ref, "UBOB")

    await changes.reassign(desk.house, desk.alice, desk.id, _ref(first), "UCAROL")

    assert len(await desk.told(NoticeKind.SHIFT_CHANGED)) == 2


async def test_the_second_of_two_people_hears_who_did_what(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)
    await changes.reassign(desk.house, desk.alice, desk.id, ref, "UBOB")

    with pytest.raises(Stale, match=r"<@UALICE> gave the shift of <@UALICE> to <@UBOB> \(<!date"):
        await changes.reassign(desk.house, desk.alice, desk.id, ref, "UCAROL")

    assert await desk.rows() == [("UBOB", 24, 48)]


async def test_of_two_people_at_once_one_wins(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)

    results = await asyncio.gather(
        changes.take(desk.house, desk.bob, desk.id, ref),
        changes.take(desk.house, desk.carol, desk.id, ref),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["Changed", "Stale"]
    assert len(await desk.rows()) == 1


async def test_a_shift_that_was_cut_is_stale_as_well(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)
    draft = AssignDraft(desk.id, desk.roles[0], "UCAROL", desk.world.at(30), desk.world.at(36))
    await assign_shift(desk.house, desk.alice, draft)

    with pytest.raises(Stale, match=r"<@UALICE> assigned <@UCAROL> as Primary"):
        await changes.take(desk.house, desk.bob, desk.id, ref)


async def test_a_new_shift_never_gets_the_number_of_one_that_is_gone(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)

    changed = await changes.take(desk.house, desk.bob, desk.id, ref)

    assert _ref(changed).id != ref.id


async def test_an_unknown_change_is_still_refused(desk: Desk) -> None:
    with pytest.raises(Stale, match="changed while you were looking at it"):
        await changes.take(desk.house, desk.bob, desk.id, ShiftRef(99, 1))


async def test_swapping_lets_two_people_change_places(desk: Desk) -> None:
    mine, theirs = await desk.put("UBOB", 24, 48), await desk.put("UCAROL", 48, 72, role=1)

    await changes.swap(desk.house, desk.alice, SwapDraft(desk.id, mine, theirs))

    assert await desk.rows() == [("UCAROL", 24, 48), ("UBOB", 48, 72)]
    (facts,) = await desk.told(NoticeKind.SWAPPED)
    assert [(side["role"], side["user"]) for side in facts["sides"]] == [("Primary", "UBOB"), ("Secondary", "UCAROL")]
    assert facts["by"] == "UALICE"


async def test_shifts_of_two_others_are_swapped_by_admins_only(desk: Desk) -> None:
    mine, theirs = await desk.put("UALICE", 24, 48), await desk.put("UCAROL", 48, 72)
    draft = SwapDraft(desk.id, mine, theirs)

    with pytest.raises(NotAllowed, match="<@UALICE>"):
        await changes.swap(desk.house, desk.bob, draft)
    await changes.swap(desk.house, desk.alice, draft)

    assert await desk.rows() == [("UCAROL", 24, 48), ("UALICE", 48, 72)]


async def test_a_swap_needs_two_people(desk: Desk) -> None:
    one, two = await desk.put("UBOB", 24, 48), await desk.put("UBOB", 48, 72)
    empty = await desk.put(None, 72, 96)

    with pytest.raises(FieldErrors, match="same person"):
        await changes.swap(desk.house, desk.alice, SwapDraft(desk.id, one, two))
    with pytest.raises(FieldErrors, match="Nobody has this shift"):
        await changes.swap(desk.house, desk.alice, SwapDraft(desk.id, one, empty))
    with pytest.raises(FieldErrors, match="Choose a shift"):
        await changes.swap(desk.house, desk.alice, SwapDraft(desk.id, one, None))


async def test_taking_over_now_takes_the_rest_of_the_running_shift(desk: Desk) -> None:
    ref = await desk.put("UALICE", -2, 10)

    await changes.take(desk.house, desk.bob, desk.id, ref)

    assert await desk.rows() == [("UALICE", -2, 0), ("UBOB", 0, 10)]


async def test_who_cannot_be_assigned_takes_nothing(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)

    with pytest.raises(NotAllowed):
        await changes.take(desk.house, desk.actor("USTRANGER", is_workspace_admin=True), desk.id, ref)
    with pytest.raises(FieldErrors, match="yours already"):
        await changes.take(desk.house, desk.alice, desk.id, ref)


async def test_a_shift_that_ended_early_leaves_nobody_and_no_rotation_fills_it_again(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    await desk.confirm_all()

    await changes.end_early(desk.house, desk.alice, desk.id, await desk.ref("UALICE"), desk.now + DAY)
    await horizon.extend(desk.house, desk.id)

    assert (await desk.rows())[:3] == [("UALICE", 0, 24), (None, 24, 168), ("UBOB", 168, 336)]
    assert [s for s in await desk.shifts() if s.state is ShiftState.PROPOSED] == []


@pytest.mark.parametrize("at", [-1, 0, 10, 11])
async def test_a_shift_ends_early_only_within_itself(desk: Desk, at: float) -> None:
    ref = await desk.put("UALICE", 0, 10)

    with pytest.raises(FieldErrors) as refused:
        await changes.end_early(desk.house, desk.alice, desk.id, ref, desk.world.at(at))

    assert "end" in refused.value.fields


async def test_leaving_a_shift_unassigned_takes_it_out_of_pagerduty(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)
    await desk.world.reconcile()
    assert desk.world.overrides() == [(24, 48, "UALICE")]

    await changes.leave_unassigned(desk.house, desk.alice, desk.id, ref)
    await desk.world.reconcile()

    assert await desk.rows() == [(None, 24, 48)]
    assert desk.world.overrides() == []


async def test_members_take_nobody_off_call(desk: Desk) -> None:
    ref = await desk.put("UBOB", 24, 48)

    with pytest.raises(NotAllowed):
        await changes.leave_unassigned(desk.house, desk.bob, desk.id, ref)
    with pytest.raises(NotAllowed):
        await changes.end_early(desk.house, desk.bob, desk.id, ref, desk.world.at(30))
    with pytest.raises(NotAllowed):
        await changes.reassign(desk.house, desk.bob, desk.id, ref, "UCAROL")


async def test_what_is_over_is_not_changed(desk: Desk) -> None:
    ref = await desk.put("UALICE", -10, -5)

    with pytest.raises(NotFound, match="over"):
        await changes.reassign(desk.house, desk.alice, desk.id, ref, "UBOB")


async def test_everything_ahead_is_handed_on_at_once(desk: Desk) -> None:
    await desk.put("UBOB", -2, 2)
    await desk.put("UCAROL", 2, 4)
    await desk.put("UBOB", 4, 6, role=1)

    changed = await changes.hand_on(desk.house, desk.alice, desk.id, "UBOB", "UALICE")

    assert await desk.rows() == [("UBOB", -2, 0), ("UALICE", 0, 2), ("UCAROL", 2, 4), ("UALICE", 4, 6)]
    assert len(changed.moves) == 2
    assert len(await desk.told(NoticeKind.SHIFT_CHANGED)) == 1


async def test_there_must_be_somebody_and_something_to_hand_on(desk: Desk) -> None:
    await desk.put("UBOB", 4, 6)

    with pytest.raises(FieldErrors, match="somebody else"):
        await changes.hand_on(desk.house, desk.alice, desk.id, "UBOB", "UBOB")
    with pytest.raises(NotFound, match="no shifts ahead"):
        await changes.hand_on(desk.house, desk.alice, desk.id, "UCAROL", "UBOB")


async def test_an_assignment_says_what_it_replaced(desk: Desk) -> None:
    await desk.put("UBOB", 4, 8)
    draft = AssignDraft(desk.id, desk.roles[0], "UCAROL", desk.world.at(2), desk.world.at(6))

    done = await assign_shift(desk.house, desk.alice, draft)

    assert [(s.user, hours(s.start)) for s in done.replaced] == [("UBOB", 4)]
    (facts,) = await desk.told(NoticeKind.SHIFT_CHANGED)
    assert [(c["before"], c["after"]) for c in facts["changes"]] == [(None, "UCAROL"), ("UBOB", "UCAROL")]


def _ref(changed: changes.Changed) -> ShiftRef:
    shift = changed.shifts[0]
    return ShiftRef(shift.id or 0, shift.revision)
