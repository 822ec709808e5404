"""Asking for cover."""

from __future__ import annotations

import asyncio

import pytest

from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.kit.errors import FieldErrors, NotAllowed, Refusal
from services.shifts import changing as changes
from services.shifts.each_change import ShiftRef
from storage.notices import NoticeKind
from storage.repositories.covers import CoverState
from tests.support.service_world import DAY, Desk


async def _asked(desk: Desk, ref: ShiftRef, **part: float) -> cover.CoverView:
    chosen = {name: desk.world.at(value) for name, value in part.items()}
    return await cover.ask(desk.house, desk.bob, CoverDraft(desk.id, ref, **chosen, reason="dentist"))


async def test_asking_is_posted_once_with_what_it_is_about(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48))

    (facts,) = await desk.told(NoticeKind.COVER_REQUESTED)
    assert (facts["request_id"], facts["user"], facts["role"]) == (asked.id, "UBOB", "Primary")
    assert (facts["start"], facts["reason"]) == (desk.world.at(24).isoformat(), "dentist")
    assert [one.id for one in await cover.open_requests(desk.house, desk.carol, desk.id)] == [asked.id]


async def test_taking_it_gives_the_whole_stretch_to_the_taker(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48))

    taken = await cover.take(desk.house, desk.carol, asked.id)

    assert await desk.rows() == [("UCAROL", 24, 48)]
    assert (taken.request.state, taken.request.taker) == (CoverState.TAKEN, "UCAROL")
    assert desk.deferred == [("reconcile", desk.world.destination_id)]
    (facts,) = await desk.told(NoticeKind.COVER_TAKEN)
    assert (facts["user"], facts["taker"]) == ("UBOB", "UCAROL")
    assert await desk.told(NoticeKind.COVER_WITHDRAWN) == []
    assert ("UCAROL", "covers a shift of <@UBOB>") in await desk.audit()


async def test_a_part_of_a_shift_can_be_covered(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48), start=30, end=36)

    await cover.take(desk.house, desk.carol, asked.id)

    assert await desk.rows() == [("UBOB", 24, 30), ("UCAROL", 30, 36), ("UBOB", 36, 48)]


async def test_of_a_running_shift_what_is_left_is_covered(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", -4, 8))
    desk.world.pass_hours(2)

    await cover.take(desk.house, desk.carol, asked.id)

    assert await desk.rows() == [("UBOB", -4, 2), ("UCAROL", 2, 8)]


async def test_of_two_takers_the_first_one_wins(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48))

    results = await asyncio.gather(
        cover.take(desk.house, desk.carol, asked.id),
        cover.take(desk.house, desk.alice, asked.id),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in results) == ["Refusal", "Taken"]
    (refusal,) = [one for one in results if isinstance(one, Refusal)]
    assert "took this already" in str(refusal)
    assert len(await desk.rows()) == 1


async def test_nobody_covers_themselves(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48))

    with pytest.raises(NotAllowed, match="withdraw it"):
        await cover.take(desk.house, desk.bob, asked.id)


async def test_only_assignable_members_cover(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48))

    with pytest.raises(NotAllowed):
        await cover.take(desk.house, desk.actor("USTRANGER"), asked.id)


async def test_cover_of_time_that_was_asked_for_already_is_refused(desk: Desk) -> None:
    ref = await desk.put("UBOB", 24, 48)
    await _asked(desk, ref, start=30, end=36)

    with pytest.raises(FieldErrors, match="asked for already"):
        await _asked(desk, ref, start=35, end=40)
    await _asked(desk, ref, start=36, end=40)


@pytest.mark.parametrize(
    ("part", "field"), [({"start": 20}, "start"), ({"start": 48}, "start"), ({"end": 49}, "end"), ({"end": 24}, "end")]
)
async def test_a_part_lies_within_the_shift(desk: Desk, part: dict[str, float], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        await _asked(desk, await desk.put("UBOB", 24, 48), **part)

    assert field in refused.value.fields


async def test_cover_is_asked_for_by_who_has_the_shift_or_an_admin(desk: Desk) -> None:
    ref = await desk.put("UBOB", 24, 48)

    with pytest.raises(NotAllowed):
        await cover.ask(desk.house, desk.carol, CoverDraft(desk.id, ref))
    asked = await cover.ask(desk.house, desk.alice, CoverDraft(desk.id, ref))

    assert asked.user_id == "UBOB"


async def test_the_requester_and_admins_withdraw(desk: Desk) -> None:
    ref = await desk.put("UBOB", 24, 48)
    asked = await _asked(desk, ref)

    with pytest.raises(NotAllowed):
        await cover.withdraw(desk.house, desk.carol, asked.id)
    withdrawn = await cover.withdraw(desk.house, desk.bob, asked.id)

    assert withdrawn.state is CoverState.WITHDRAWN
    assert len(await desk.told(NoticeKind.COVER_WITHDRAWN)) == 1
    with pytest.raises(Refusal, match="withdrawn"):
        await cover.take(desk.house, desk.carol, asked.id)
    with pytest.raises(Refusal, match="withdrawn"):
        await cover.withdraw(desk.house, desk.bob, asked.id)
    await _asked(desk, ref)


async def test_when_the_shift_changes_hands_the_request_is_void(desk: Desk) -> None:
    ref = await desk.put("UBOB", 24, 48)
    asked = await _asked(desk, ref)
    await changes.reassign(desk.house, desk.alice, desk.id, ref, "UALICE")

    with pytest.raises(Refusal, match="changed hands"):
        await cover.take(desk.house, desk.carol, asked.id)

    assert await desk.rows() == [("UALICE", 24, 48)]
    assert len(await desk.told(NoticeKind.COVER_WITHDRAWN)) == 1


async def test_a_change_that_nobody_announced_voids_it_as_well(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48))
    await desk.world.assign("UALICE", 30, 32)

    with pytest.raises(Refusal, match="not <@UBOB>'s any more"):
        await cover.take(desk.house, desk.carol, asked.id)
    with pytest.raises(Refusal, match="changed hands"):
        await cover.take(desk.house, desk.carol, asked.id)

    assert await desk.rows() == [("UBOB", 24, 30), ("UALICE", 30, 32), ("UBOB", 32, 48)]


async def test_a_change_elsewhere_leaves_it_open(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 24, 48), start=30, end=36)
    await desk.world.assign("UALICE", 40, 42)

    await cover.take(desk.house, desk.carol, asked.id)

    assert ("UCAROL", 30, 36) in await desk.rows()


async def test_time_that_is_over_is_not_covered(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 2, 4))
    desk.pass_time(DAY)

    with pytest.raises(Refusal, match="over"):
        await cover.take(desk.house, desk.carol, asked.id)
    assert await cover.open_requests(desk.house, desk.carol, desk.id) == []


async def test_proposed_and_unassigned_shifts_need_no_cover(desk: Desk) -> None:
    await desk.rotate("UBOB")

    with pytest.raises(FieldErrors, match="confirmed"):
        await _asked(desk, await desk.ref("UBOB"))
