"""Asking for cover one after the other: who, when the next one, and what people answer."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta

import pytest

from oncall.availability import Leaning
from oncall.covering import Answer
from oncall.fairness.arrangement import Arrangement, FairMember
from oncall.fairness.patterns import Days, Pattern
from services.covers import requests as cover
from services.covers.answers import answer, offer_swap
from services.covers.requests import CoverDraft
from services.covers.shown import CoverView
from services.covers.steps import move_on_due
from services.kit.errors import NotAllowed, Refusal
from services.shifts import swaps
from services.shifts.each_change import ShiftRef
from storage.notices import NoticeKind
from storage.repositories.covers import CoverState
from storage.tables import WishRow
from tests.support.memory import MemoryDatabase
from tests.support.service_world import HOUR, Desk

LATE = timedelta(hours=4)


async def _asked(desk: Desk, ref: ShiftRef) -> CoverView:
    return await cover.ask(desk.house, desk.bob, CoverDraft(desk.id, ref))


async def _now(desk: Desk) -> CoverView:
    [request] = await cover.open_requests(desk.house, desk.bob, desk.id)
    return request


async def _who(desk: Desk) -> list[list[str]]:
    """Who was asked, step by step."""
    return [facts["to"] for facts in await desk.told(NoticeKind.COVER_REQUESTED)]


async def test_the_one_who_is_furthest_under_their_share_is_asked_first(desk: Desk) -> None:
    await desk.put("UALICE", -48, -24)
    await desk.put("UCAROL", -24, -12)

    asked = await _asked(desk, await desk.put("UBOB", 48, 72))

    assert asked.asked_now == ("UZOE",)
    assert asked.until == desk.now + LATE
    assert not asked.everybody
    assert await _who(desk) == [["UZOE"]]


async def test_who_is_on_call_then_is_not_asked_not_even_when_everybody_is(desk: Desk) -> None:
    await desk.put("UALICE", 40, 50, role=1)

    asked = await _asked(desk, await desk.put("UBOB", 6, 41))

    assert asked.everybody
    assert await _who(desk) == [["UCAROL", "UZOE"]]


async def test_who_is_away_is_never_asked_and_a_wish_weighs_as_much_as_the_shift(desk: Desk) -> None:
    async with desk.world.database.transaction() as tx:
        for user, leaning in (("UALICE", Leaning.CANNOT), ("UCAROL", Leaning.RATHER_NOT)):
            tx.session.add(
                WishRow(
                    workspace_id=desk.workspace,
                    user_id=user,
                    starts_at=desk.world.at(40),
                    ends_at=desk.world.at(50),
                    leaning=leaning,
                    time_zone="UTC",
                    why="",
                    entered_by=user,
                    entered_at=desk.now,
                )
            )
    asked = await _asked(desk, await desk.put("UBOB", 48, 72))
    for user in ("UZOE", "UCAROL"):
        await answer(desk.house, desk.actor(user), asked.id, Answer.LATER)

    assert await _who(desk) == [["UZOE"], ["UCAROL"], ["UZOE", "UCAROL"]]


async def test_shares_and_rest_are_those_of_the_fair_assignment(desk: Desk) -> None:
    members = (FairMember("UALICE", 50), FairMember("UCAROL"), FairMember("UZOE"))
    fair = Arrangement(
        role_id=desk.roles[0],
        zone="UTC",
        patterns=(Pattern(Days.DAILY, time(9)),),
        members=members,
        since=desk.now,
        rest_hours=11,
    )
    async with desk.world.database.transaction() as tx:
        await tx.fairness.save(desk.id, desk.roles[0], [fair], desk.now)
    for user, start in (("UALICE", -96), ("UCAROL", -72), ("UZOE", -48)):
        await desk.put(user, start, start + 24)
    await desk.put("UZOE", 76, 80, role=1)

    asked = await _asked(desk, await desk.put("UBOB", 48, 72))

    assert asked.asked_now == ("UCAROL",)
    await answer(desk.house, desk.carol, asked.id, Answer.NO)
    assert await _who(desk) == [["UCAROL"], ["UALICE"]], "Zoe would not rest for eleven hours"


async def test_no_and_later_have_the_next_one_asked_at_once(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 48, 72))

    await answer(desk.house, desk.alice, asked.id, Answer.NO)
    await answer(desk.house, desk.carol, asked.id, Answer.LATER)

    assert await _who(desk) == [["UALICE"], ["UCAROL"], ["UZOE"]]
    assert ("UALICE", "said no to covering a shift of <@UBOB>") in await desk.audit()


async def test_who_does_not_answer_is_passed_over_and_can_still_take_it(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 48, 72))
    desk.pass_time(LATE - HOUR)
    assert await move_on_due(desk.house) == 0
    desk.pass_time(HOUR)
    assert await move_on_due(desk.house) == 1

    assert (await _now(desk)).asked == (("UALICE", Answer.PASSED), ("UCAROL", Answer.NONE))
    await cover.take(desk.house, desk.alice, asked.id)
    assert await desk.rows() == [("UALICE", 48, 72)]
    desk.pass_time(LATE)
    assert await move_on_due(desk.house) == 0


async def test_of_two_processes_that_find_it_due_one_asks(desk: Desk) -> None:
    await _asked(desk, await desk.put("UBOB", 48, 72))
    desk.pass_time(LATE)

    moved = await asyncio.gather(move_on_due(desk.house), move_on_due(desk.house))

    assert sum(moved) == 1
    assert await _who(desk) == [["UALICE"], ["UCAROL"]]


@pytest.mark.parametrize(("where", "asked"), [("before a commit", 1), ("after a commit", 2)])
async def test_a_process_that_is_killed_has_asked_the_next_one_wholly_or_not_at_all(
    desk: Desk, where: str, asked: int
) -> None:
    await _asked(desk, await desk.put("UBOB", 48, 72))
    desk.pass_time(LATE)
    database = desk.world.database
    assert isinstance(database, MemoryDatabase)

    def die(at: str) -> None:
        if at == where:
            raise Killed

    database.point = die
    with pytest.raises(Killed):
        await move_on_due(desk.house)
    database.point = lambda _at: None
    assert len(await _who(desk)) == asked
    await move_on_due(desk.house)

    assert await _who(desk) == [["UALICE"], ["UCAROL"]]


class Killed(BaseException):
    """The process ends here."""


async def test_once_all_were_asked_everybody_is_but_who_said_no(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 48, 72))
    await answer(desk.house, desk.alice, asked.id, Answer.LATER)
    await answer(desk.house, desk.carol, asked.id, Answer.NO)
    desk.pass_time(LATE)
    await move_on_due(desk.house)

    assert (await _who(desk))[-1] == ["UALICE", "UZOE"]
    request = await _now(desk)
    assert (request.everybody, request.until, request.asked_now) == (True, None, ("UALICE", "UZOE"))


async def test_twelve_hours_before_the_start_everybody_is_asked(desk: Desk) -> None:
    await _asked(desk, await desk.put("UBOB", 14, 20))
    desk.pass_time(2 * HOUR)
    await move_on_due(desk.house)

    assert await _who(desk) == [["UALICE"], ["UALICE", "UCAROL", "UZOE"]]


async def test_when_the_last_one_says_no_the_asker_and_the_admins_hear_of_it(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 6, 8))
    for user in ("UALICE", "UCAROL"):
        await answer(desk.house, desk.actor(user), asked.id, Answer.NO)
    assert await desk.told(NoticeKind.COVER_STUCK) == []

    await answer(desk.house, desk.actor("UZOE"), asked.id, Answer.NO)

    assert len(await desk.told(NoticeKind.COVER_STUCK)) == 1
    assert (await _now(desk)).state is CoverState.OPEN


async def test_where_nobody_can_have_it_that_is_said_at_once(desk: Desk) -> None:
    for user in ("UALICE", "UCAROL", "UZOE"):
        await desk.put(user, 40, 80, role=1)

    asked = await _asked(desk, await desk.put("UBOB", 48, 72))

    assert (asked.everybody, asked.asked_now) == (True, ())
    assert len(await desk.told(NoticeKind.COVER_STUCK)) == 1


async def test_who_wants_to_hear_nothing_of_cover_is_not_waited_for(desk: Desk) -> None:
    async with desk.world.database.transaction() as tx:
        await tx.preferences.save(desk.workspace, "UALICE", {("cover", "slack"): False})

    assert (await _asked(desk, await desk.put("UBOB", 48, 72))).asked_now == ("UCAROL",)


async def test_a_shift_that_changed_hands_unseen_closes_the_request(desk: Desk) -> None:
    await _asked(desk, await desk.put("UBOB", 48, 72))
    await desk.world.assign("UALICE", 48, 72)
    desk.pass_time(LATE)

    assert await move_on_due(desk.house) == 0
    assert await cover.open_requests(desk.house, desk.bob, desk.id) == []
    assert len(await desk.told(NoticeKind.COVER_WITHDRAWN)) == 1


async def test_a_swap_in_return_is_asked_for_like_any_and_accepting_it_closes_the_request(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 48, 72))
    mine = await desk.put("UALICE", 100, 124)

    swap = await offer_swap(desk.house, desk.alice, asked.id, mine)

    assert swap.waits_for == ("UBOB",)
    assert (await _now(desk)).asked == (("UALICE", Answer.SWAP),)
    await swaps.agree(desk.house, desk.bob, swap.id)
    assert await desk.rows() == [("UALICE", 48, 72), ("UBOB", 100, 124)]
    assert await cover.open_requests(desk.house, desk.bob, desk.id) == []


async def test_a_part_of_a_shift_can_not_be_swapped(desk: Desk) -> None:
    draft = CoverDraft(desk.id, await desk.put("UBOB", 48, 72), start=desk.world.at(50))
    asked = await cover.ask(desk.house, desk.bob, draft)

    with pytest.raises(Refusal, match="whole shift"):
        await offer_swap(desk.house, desk.alice, asked.id, await desk.put("UALICE", 100, 124))


async def test_only_who_can_be_on_call_there_answers_and_nobody_their_own_request(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 48, 72))

    with pytest.raises(NotAllowed):
        await answer(desk.house, desk.actor("USTRANGER"), asked.id, Answer.NO)
    with pytest.raises(NotAllowed, match="withdraw it"):
        await answer(desk.house, desk.bob, asked.id, Answer.NO)


async def test_an_answer_to_a_closed_request_says_what_became_of_it(desk: Desk) -> None:
    asked = await _asked(desk, await desk.put("UBOB", 48, 72))
    await cover.take(desk.house, desk.carol, asked.id)

    with pytest.raises(Refusal, match="took this already"):
        await answer(desk.house, desk.alice, asked.id, Answer.LATER)
