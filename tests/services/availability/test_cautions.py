"""Whoever puts somebody on call who can't be is told first, and can do it all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from oncall.availability import Leaning
from services.availability import entering
from services.availability.entering import WishDraft
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.kit.errors import Warned
from services.shifts import assigning as shifts
from services.shifts import changing as changes
from services.shifts import swaps
from services.shifts.assigning import AssignDraft
from services.shifts.swaps import SwapDraft
from tests.support.service_world import Desk

DAY = timedelta(days=1)


async def away(desk: Desk, user: str, first: int, leaning: Leaning = Leaning.CANNOT) -> None:
    start = desk.now + first * DAY
    draft = WishDraft(user, start, start + DAY, leaning)
    await entering.enter(desk.house, desk.actor(user), draft)


async def test_assigning_somebody_who_is_away_asks_for_a_second_yes(desk: Desk) -> None:
    await away(desk, "UBOB", 2)
    await away(desk, "UBOB", 5, Leaning.RATHER_NOT)
    start = desk.now + DAY
    draft = AssignDraft(desk.id, desk.roles[0], "UBOB", start, start + 3 * DAY, accepted="")
    with pytest.raises(Warned) as warned:
        await shifts.assign_shift(desk.house, desk.alice, draft)
    [text] = warned.value.texts
    assert text.startswith("<@UBOB> can't be on call ")
    assert await desk.rows() == []
    again = AssignDraft(desk.id, desk.roles[0], "UBOB", start, start + 3 * DAY, accepted=warned.value.mark)
    await shifts.assign_shift(desk.house, desk.alice, again)
    assert [row[0] for row in await desk.rows()] == ["UBOB"]
    clear = AssignDraft(desk.id, desk.roles[0], "UBOB", start + 4 * DAY, start + 5 * DAY, accepted="")
    await shifts.assign_shift(desk.house, desk.alice, clear)


async def test_reassigning_and_taking_cover_ask_as_well(desk: Desk) -> None:
    await away(desk, "UCAROL", 1)
    ref = await desk.put("UBOB", 24, 36)
    with pytest.raises(Warned, match="UCAROL> can't be on call"):
        await changes.reassign(desk.house, desk.alice, desk.id, ref, "UCAROL", accepted="")
    asked = await cover.ask(desk.house, desk.bob, CoverDraft(desk.id, ref))
    with pytest.raises(Warned, match="UCAROL> can't be on call"):
        await cover.take(desk.house, desk.carol, asked.id, accepted="")


async def test_a_member_hears_of_nobody_elses_absence(desk: Desk) -> None:
    await away(desk, "UBOB", 2)
    bobs, carols = await desk.put("UBOB", 24, 36), await desk.put("UCAROL", 48, 60)
    asked = await swaps.ask(desk.house, desk.bob, SwapDraft(desk.id, bobs, carols))
    await swaps.agree(desk.house, desk.carol, asked.id, accepted="")
    assert [row[0] for row in await desk.rows()] == ["UCAROL", "UBOB"]
