"""Rotations that end, and their ends that are taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall.shifts import ShiftState
from services.kit.errors import FieldErrors
from services.rotations import saving as rotations
from services.schedules import horizon
from tests.support.service_world import DAY, MONDAY, WEEK, Desk

PROPOSED, CONFIRMED = ShiftState.PROPOSED, ShiftState.CONFIRMED


async def test_an_ended_rotation_proposes_nothing_more_and_is_not_listed(desk: Desk) -> None:
    saved = await desk.rotate()
    await desk.confirm_all()
    desk.pass_time(DAY)

    await rotations.end_rotation(desk.house, desk.alice, desk.id, saved.id)
    desk.pass_time(6 * DAY)
    await horizon.extend(desk.house, desk.id)

    assert await desk.rows(PROPOSED) == []
    assert len(await desk.rows(CONFIRMED)) == 5
    assert await rotations.list_rotations(desk.house, desk.alice, desk.id) == []


async def test_a_rotation_proposes_up_to_its_end_and_can_go_on_for_longer(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB", until=desk.now + 2 * WEEK)
    assert [row[1:] for row in await desk.rows(PROPOSED)] == [(0, 168), (168, 336)]

    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    assert seen.until == desk.now + 2 * WEEK
    await rotations.save_rotation(desk.house, desk.alice, replace(seen, name="Longer", until=desk.now + 3 * WEEK))

    assert [row[1:] for row in await desk.rows(PROPOSED)] == [(0, 168), (168, 336), (336, 504)]
    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert (listed.name, listed.until) == ("Longer", desk.now + 3 * WEEK)


async def test_an_end_that_was_set_can_be_taken_back(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB", until=desk.now + 2 * WEEK)
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)

    await rotations.save_rotation(desk.house, desk.alice, replace(seen, until=None, goes_on=True))

    [listed] = await rotations.list_rotations(desk.house, desk.alice, desk.id)
    assert listed.until is None
    assert len(await desk.rows(PROPOSED)) > 2


async def test_an_edit_that_says_nothing_about_the_end_leaves_it(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB", until=desk.now + 2 * WEEK)
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)

    await rotations.save_rotation(desk.house, desk.alice, replace(seen, every=2, until=None))

    assert [row[1:] for row in await desk.rows(PROPOSED)] == [(0, 336)]


@pytest.mark.parametrize(
    ("since", "until", "problem"),
    [
        (None, -1, "has passed"),
        (2, 1, "later than when it takes effect"),
    ],
)
async def test_an_end_before_the_beginning_is_refused_at_its_field(
    desk: Desk, since: int | None, until: int, problem: str
) -> None:
    begins = None if since is None else desk.now + since * WEEK
    with pytest.raises(FieldErrors) as refused:
        await desk.rotate("UALICE", since=begins, until=desk.now + until * WEEK)
    assert problem in refused.value.fields["until"]


async def test_an_end_before_the_first_turn_is_refused_at_its_field(desk: Desk) -> None:
    with pytest.raises(FieldErrors) as refused:
        await desk.rotate("UALICE", first_handoff=MONDAY + 2 * WEEK, until=desk.now + WEEK)
    assert "before its first turn" in refused.value.fields["until"]
