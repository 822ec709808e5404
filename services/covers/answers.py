"""What people answer who are asked to cover: no, later, or a shift of theirs in return.

**No** and **Later** of the one who is waited for have the next one asked at once. A swap is asked for like any other
(:mod:`services.shifts.swaps`): whoever asked for cover accepts or declines it, and until then the request stays open.
Taking the time is :func:`services.covers.requests.take`. Whoever can be on call there may answer, asked or not.
"""

from __future__ import annotations

from oncall.covering import Answer
from services.covers.shown import CoverView, found_request, refuse_closed, seen
from services.covers.steps import is_whole_shift, move_on, restate
from services.kit.audit import note
from services.kit.errors import NotAllowed, Refusal
from services.kit.house import Actor, House
from services.shifts import swaps
from services.shifts.changing import require_assignable
from services.shifts.each_change import ShiftRef
from services.shifts.swap_request import SwapView
from services.shifts.swaps import SwapDraft
from storage.again import run_again
from storage.tables import CoverRequest, Schedule
from storage.unit import Unit

SAID = {
    Answer.NO: "said no to covering a shift of <@{user}>",
    Answer.LATER: "would cover a shift of <@{user}> if nobody else does",
    Answer.SWAP: "offered a swap for covering a shift of <@{user}>",
}


@run_again
async def answer(house: House, actor: Actor, request_id: int, said: Answer) -> CoverView:
    """Say no or later. Raises NotAllowed, NotFound, or Refusal with what came in between."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await _answerable(tx, house, actor, request_id)
        asked = {row.user_id: row.answer for row in await tx.covers.asked(request.id)}
        waited_for = not request.everybody and asked.get(actor.user_id) == Answer.NONE
        await tx.covers.answer(request, actor.user_id, said, now)
        if waited_for and said is not Answer.SWAP:
            await move_on(tx, schedule, request, now, [actor.user_id])
        else:
            await restate(tx, schedule, request, now, actor.user_id)
        summary = SAID[said].format(user=request.user_id)
        note(tx, actor, now, "cover.answered", summary, schedule_id=schedule.id, cover=request.id)
        return await seen(tx, request, schedule)


async def offer_swap(
    house: House, actor: Actor, request_id: int, mine: ShiftRef | None, accepted: str | None = None
) -> SwapView:
    """Ask for a shift of the asker's in return for one's own. Raises FieldErrors(mine), Warned, Stale, Refusal, …"""
    schedule_id, theirs = await _in_return(house, actor, request_id)
    draft = SwapDraft(schedule_id, mine, theirs, "in return for cover")
    asked = await swaps.ask(house, actor, draft, accepted)
    await answer(house, actor, request_id, Answer.SWAP)
    return asked


async def schedule_of(house: House, actor: Actor, request_id: int) -> int:
    """The schedule of a request that the actor may answer with a swap. Raises NotAllowed, NotFound, Refusal."""
    return (await _in_return(house, actor, request_id))[0]


async def _in_return(house: House, actor: Actor, request_id: int) -> tuple[int, ShiftRef]:
    now = house.clock.now()
    async with house.database.read() as tx:
        request, schedule = await _answerable(tx, house, actor, request_id, reading=True)
        if not await is_whole_shift(tx, request, now):
            raise Refusal("Only a whole shift that has not begun can be swapped. Take it, or say no.")
        [shift] = await tx.shifts.of_role(request.role_id, request.starts_at, request.ends_at)
        return schedule.id, ShiftRef(shift.id or 0, shift.revision)


async def _answerable(
    tx: Unit, house: House, actor: Actor, request_id: int, *, reading: bool = False
) -> tuple[CoverRequest, Schedule]:
    request, schedule = await found_request(tx, actor, request_id)
    if not reading:
        await tx.schedules.lock(schedule.id)
        await tx.session.refresh(request)
    await require_assignable(tx, schedule, actor)
    refuse_closed(request, house.clock.now())
    if request.user_id == actor.user_id:
        raise NotAllowed("You asked for this cover yourself; withdraw it if you don't need it any more.")
    return request, schedule
