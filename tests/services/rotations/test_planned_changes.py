"""Changes of a rotation from a date on: planned, shown, taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from functools import partial

import pytest

from oncall.shifts import ShiftState
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Warned
from services.people import members
from services.rotations import saving as rotations
from tests.support.service_world import WEEK, Desk

PROPOSED, CONFIRMED = ShiftState.PROPOSED, ShiftState.CONFIRMED


async def _plan_carol(desk: Desk) -> rotations.Saved:
    """Weekly Alice, Bob; Carol is planned to join in four weeks."""
    saved = await desk.rotate("UALICE", "UBOB")
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    joined = replace(seen, members=("UALICE", "UBOB", "UCAROL"), since=desk.now + 4 * WEEK)
    return await rotations.save_rotation(desk.house, desk.alice, joined)


async def test_a_planned_joiner_waits_for_their_date_whatever_is_edited_before(desk: Desk) -> None:
    saved = await _plan_carol(desk)
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    assert seen.members == ("UALICE", "UBOB")

    await rotations.save_rotation(desk.house, desk.alice, replace(seen, name="Other"))

    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert (listed.name, listed.members) == ("Other", ("UALICE", "UBOB"))
    assert [(step.at, step.joining) for step in listed.plans] == [(desk.now + 4 * WEEK, ("UCAROL",))]
    assert "UCAROL" not in {user for user, start, _end in await desk.rows() if start < 4 * 168}


async def test_somebody_who_leaves_slack_pulls_nobody_elses_plan_forward(desk: Desk) -> None:
    saved = await _plan_carol(desk)

    await members.remove_member(desk.house, desk.alice, desk.id, "UBOB")

    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert (listed.id, listed.members) == (saved.id, ("UALICE",))
    assert [(step.at, step.joining) for step in listed.plans] == [(desk.now + 4 * WEEK, ("UCAROL",))]
    assert {user for user, start, _end in await desk.rows() if start < 4 * 168} == {"UALICE"}


async def test_a_planned_change_is_taken_back_by_its_date(desk: Desk) -> None:
    saved = await _plan_carol(desk)

    await rotations.remove_plan(desk.house, desk.alice, desk.id, saved.id, desk.now + 4 * WEEK)

    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert (listed.members, listed.plans) == (("UALICE", "UBOB"), ())
    with pytest.raises(NotFound, match="Nothing is planned"):
        await rotations.remove_plan(desk.house, desk.alice, desk.id, saved.id, desk.now + 4 * WEEK)
    with pytest.raises(NotAllowed):
        await rotations.remove_plan(desk.house, desk.bob, desk.id, saved.id, desk.now + 4 * WEEK)


async def test_what_came_true_while_the_form_was_open_is_not_undone_by_it(desk: Desk) -> None:
    saved = await _plan_carol(desk)
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    desk.pass_time(4 * WEEK)

    await rotations.save_rotation(desk.house, desk.alice, replace(seen, name="Other"))

    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert listed.members == ("UALICE", "UBOB", "UCAROL")


async def test_an_overlap_before_a_planned_change_is_refused_too(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", opens=time(8), closes=time(18), name="Europe")
    await desk.rotate("UBOB", opens=time(18), closes=time(8), name="America")
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    await rotations.save_rotation(desk.house, desk.alice, replace(seen, every=2, since=desk.now + 60 * WEEK))

    with pytest.raises(FieldErrors, match="at the same time"):
        await rotations.save_rotation(
            desk.house,
            desk.alice,
            replace(seen, closes=time(19), revision=None),
        )


async def test_taking_back_what_is_planned_names_the_gap_that_it_opens_first(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB", opens=time(9), closes=time(17), days=frozenset(range(5)))
    await desk.rotate("UALICE", "UBOB", rotation_id=saved.id, since=desk.now + 2 * WEEK)
    at = desk.now + 2 * WEEK
    remove = partial(rotations.remove_plan, desk.house, desk.alice, desk.id, saved.id, at)

    with pytest.raises(Warned, match=r"Nobody would be \*Primary\*") as asked:
        await remove(accepted="")
    [kept] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert [step.at for step in kept.plans] == [at]

    await remove(accepted=asked.value.mark)
    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert listed.plans == ()


async def test_taking_back_what_opens_no_gap_is_done_at_once(desk: Desk) -> None:
    saved = await _plan_carol(desk)
    await rotations.remove_plan(desk.house, desk.alice, desk.id, saved.id, desk.now + 4 * WEEK, accepted="")
    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert listed.plans == ()
