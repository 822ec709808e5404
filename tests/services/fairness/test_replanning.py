"""Re-planning: the least that suffices moves, after an admin has seen what."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from oncall.shifts import ShiftState
from services.fairness import replanning
from services.kit.errors import NotAllowed, NotFound, Stale
from services.people import members
from storage.notices import NoticeKind
from tests.services.fairness.table import DAY, away, fill, who
from tests.support.service_world import Desk

CONFIRMED = ShiftState.CONFIRMED


async def confirmed(desk: Desk) -> None:
    await fill(desk)
    await desk.confirm_all()


async def absent(desk: Desk, user: str) -> int:
    """Have somebody away over a shift of theirs; in how many hours it begins."""
    shift = [shift for shift in await desk.shifts(CONFIRMED) if shift.user == user][1]
    start = int((shift.start - desk.now) / timedelta(hours=1))
    await away(desk, user, start, start + 24)
    return start


async def test_nothing_moves_where_nothing_has_to(desk: Desk) -> None:
    await confirmed(desk)

    shown = await replanning.plan(desk.house, desk.alice, desk.id)

    assert shown.moves == ()
    assert shown.counted == 36  # one has begun


async def test_one_day_of_leave_moves_one_shift_and_who_gains_and_loses_is_told(desk: Desk) -> None:
    await confirmed(desk)
    start = await absent(desk, "UBOB")
    before = await desk.rows()

    shown = await replanning.plan(desk.house, desk.alice, desk.id)
    done = await replanning.replan(desk.house, desk.alice, desk.id, shown.digest)

    [move] = done.moves
    assert (move.before, move.start) == ("UBOB", desk.world.at(start))
    changed = set(before) ^ set(await desk.rows())
    assert changed == {("UBOB", start, start + 24), (move.after, start, start + 24)}
    assert {shift.state for shift in await desk.shifts()} == {CONFIRMED}
    told = (await desk.told(NoticeKind.SHIFT_CHANGED))[-1]
    assert [(one["before"], one["after"]) for one in told["changes"]] == [("UBOB", move.after)]


async def test_what_a_person_decided_stays_unless_they_are_away(desk: Desk) -> None:
    await confirmed(desk)
    await desk.put("UZOE", 50 * 24, 51 * 24)

    shown = await replanning.plan(desk.house, desk.alice, desk.id)

    assert shown.moves == ()


async def test_shifts_of_who_left_are_dealt_anew(desk: Desk) -> None:
    await confirmed(desk)
    await members.remove_member(desk.house, desk.alice, desk.id, "UCAROL")
    hers = [shift for shift in await desk.shifts() if shift.user == "UCAROL" and shift.start > desk.now]

    shown = await replanning.plan(desk.house, desk.alice, desk.id)
    await replanning.replan(desk.house, desk.alice, desk.id, shown.digest)

    assert [move.start for move in shown.moves] == [shift.start for shift in hers]
    assert not [s for s in await desk.shifts() if s.user == "UCAROL" and s.start > desk.now]


async def test_where_nobody_else_can_the_shift_stays_and_admins_hear_why(desk: Desk) -> None:
    await confirmed(desk)
    start = await absent(desk, "UBOB")
    for user in ("UALICE", "UCAROL"):
        await away(desk, user, start, start + 24)

    shown = await replanning.plan(desk.house, desk.alice, desk.id)
    await replanning.replan(desk.house, desk.alice, desk.id, shown.digest)

    assert [(move.before, move.after) for move in shown.moves] == [("UBOB", None)]
    assert who(await desk.shifts(), desk.world.at(start)) == "UBOB"
    assert len(await desk.told(NoticeKind.LEFT_OPEN)) == 1


async def test_two_replans_at_once_give_one(desk: Desk) -> None:
    await confirmed(desk)
    await absent(desk, "UBOB")
    shown = await replanning.plan(desk.house, desk.alice, desk.id)

    both = await asyncio.gather(
        *(replanning.replan(desk.house, desk.alice, desk.id, shown.digest) for _ in range(2)), return_exceptions=True
    )

    assert sorted(isinstance(one, Stale) for one in both) == [False, True]
    assert len([line for _, line in await desk.audit() if line.startswith("re-planned: ")]) == 1


async def test_a_plan_that_is_not_what_was_shown_any_more_is_not_carried_out(desk: Desk) -> None:
    await confirmed(desk)
    await absent(desk, "UBOB")
    shown = await replanning.plan(desk.house, desk.alice, desk.id)
    await absent(desk, "UCAROL")

    with pytest.raises(Stale):
        await replanning.replan(desk.house, desk.alice, desk.id, shown.digest)


async def test_only_admins_replan_and_only_what_is_filled_fairly(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await replanning.plan(desk.house, desk.alice, desk.id)
    with pytest.raises(NotAllowed):
        await replanning.plan(desk.house, desk.bob, desk.id)


async def test_what_runs_now_is_left_alone(desk: Desk) -> None:
    await confirmed(desk)
    desk.pass_time(timedelta(hours=1))
    running = who(await desk.shifts(), desk.now)
    assert running is not None
    await away(desk, running, 0, 24)

    shown = await replanning.plan(desk.house, desk.alice, desk.id)

    assert not [move for move in shown.moves if move.start < desk.now + DAY / 2]
