"""Swaps below the forms: what is asked about, what is remarked, and what taking one back gives back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.kit.errors import NotAllowed, Refusal, Warned
from services.kit.house import Actor
from services.shifts import swaps
from services.shifts.swaps import SwapDraft
from tests.support.service_world import HOUR, Desk


async def decided(desk: Desk, first: tuple[float, float], second: tuple[float, float]) -> swaps.Answered:
    """Alice's shift and Bob's, in hours from the beginning, swapped by Alice as an admin."""
    mine, theirs = await desk.put("UALICE", *first), await desk.put("UBOB", *second)
    return await swaps.decide(desk.house, desk.alice, SwapDraft(desk.id, mine, theirs), accepted="")


async def test_far_ahead_a_swap_is_remarked_on_and_needs_no_second_yes(desk: Desk) -> None:
    far = 24 * 40
    answered = await decided(desk, (far, far + 8), (far + 8, far + 16))

    assert answered.changed is not None
    assert any("further ahead than the horizon" in remark for remark in answered.changed.remarks)


async def test_who_accepts_hears_the_same_remark(desk: Desk) -> None:
    far = 24 * 40
    mine, theirs = await desk.put("UALICE", far, far + 8), await desk.put("UBOB", far + 8, far + 16)
    asked = await swaps.ask(desk.house, desk.alice, SwapDraft(desk.id, mine, theirs), accepted="")

    answered = await swaps.agree(desk.house, desk.bob, asked.id, accepted="")

    assert answered.changed is not None
    assert any("further ahead than the horizon" in remark for remark in answered.changed.remarks)


async def test_a_second_yes_counts_for_what_was_said_alone(desk: Desk) -> None:
    mine, theirs = await desk.put("UALICE", 24, 32), await desk.put("UBOB", 32, 40)
    await desk.put("UBOB", 24, 32, role=1)
    draft = SwapDraft(desk.id, mine, theirs)
    with pytest.raises(Warned) as first:
        await swaps.decide(desk.house, desk.alice, draft, accepted="")
    await desk.put("UALICE", 32, 40, role=1)

    with pytest.raises(Warned) as second:
        await swaps.decide(desk.house, desk.alice, draft, accepted=first.value.mark)
    done = await swaps.decide(desk.house, desk.alice, draft, accepted=second.value.mark)

    assert done.changed is not None
    assert await desk.rows(role=0) == [("UBOB", 24, 32), ("UALICE", 32, 40)]


async def test_taken_back_while_a_shift_runs_only_its_rest_goes_back(desk: Desk) -> None:
    answered = await decided(desk, (0, 8), (8, 16))
    desk.pass_time(timedelta(minutes=5))

    await swaps.undo(desk.house, desk.bob, answered.request.id)

    assert [user for user, *_ in await desk.rows()] == ["UBOB", "UALICE", "UBOB"]


async def test_only_both_of_them_and_admins_take_it_back_for_ten_minutes(desk: Desk) -> None:
    answered = await decided(desk, (24, 32), (32, 40))
    with pytest.raises(NotAllowed, match="Only <@UALICE> and <@UBOB> and admins"):
        await swaps.undo(desk.house, Actor(desk.workspace, "UCAROL"), answered.request.id)
    desk.pass_time(HOUR)

    with pytest.raises(Refusal, match="ten minutes"):
        await swaps.undo(desk.house, desk.bob, answered.request.id)

    assert await desk.rows() == [("UBOB", 24, 32), ("UALICE", 32, 40)]
