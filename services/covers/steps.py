"""Asking for cover: the best candidate first, then the next, and at last everybody (:mod:`oncall.covering`).

Each step is one transaction under the schedule's lock: who is asked now is written down, the notices go into the
outbox under a key with the number of the step, and ``moves_at`` says when the clock looks again. Two processes that
find the same request due make one step, and whoever is killed half-way has made none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from oncall.covering import Answer, next_step
from oncall.shifts import ShiftState
from services.covers.candidates import candidates_for, stretch
from services.covers.shown import facts_of, progress_of, seen, still_theirs
from services.kit.house import House
from storage.again import run_again
from storage.isolation import each
from storage.notices import NoticeKind
from storage.repositories.covers import CoverState
from storage.tables import CoverRequest, Schedule
from storage.unit import Unit

BATON = "baton"


async def move_on(
    tx: Unit, schedule: Schedule, request: CoverRequest, now: datetime, changed: Iterable[str] = ()
) -> None:
    """Ask whoever is next; the schedule is locked. ``changed`` are people who answered just now."""
    asked = await tx.covers.asked(request.id)
    late = [row.user_id for row in asked if row.answer == Answer.NONE]
    for user in late:
        await tx.covers.answer(request, user, Answer.PASSED, now)
    candidates = await candidates_for(tx, schedule, request, now)
    answers = {row.user_id: Answer(row.answer) for row in asked}
    step = next_step(candidates, answers, stretch(request, now), now)
    request.everybody, request.moves_at = step.everybody, step.look_at
    again = [user for user in step.ask if user in answers]
    await tx.covers.ask(request, step.ask, now)
    facts = await _told(tx, schedule, request, now, changed={*changed, *late}, again=again)
    asking = {**facts, "to": list(step.ask)}
    await tx.outbox.tell(schedule, NoticeKind.COVER_REQUESTED, f"{request.id}:{request.step}", asking, now)
    if not step.ask:
        await tx.outbox.tell(schedule, NoticeKind.COVER_STUCK, f"{request.id}:{request.step}", facts, now)


async def restate(tx: Unit, schedule: Schedule, request: CoverRequest, now: datetime, who: str) -> None:
    """Somebody answered whom nobody waited for: the cards say so, and where nobody is left, that is told."""
    facts = await _told(tx, schedule, request, now, changed=[who])
    if request.everybody and all(one["answer"] == Answer.NO for one in facts["asked"]):
        await tx.outbox.tell(schedule, NoticeKind.COVER_STUCK, f"{request.id}:{request.step}", facts, now)


async def _told(
    tx: Unit,
    schedule: Schedule,
    request: CoverRequest,
    now: datetime,
    changed: Iterable[str],
    again: Iterable[str] = (),
) -> dict[str, Any]:
    """Have the asker's card and those of ``changed`` and ``again`` say how it stands; the facts that they say."""
    request.step += 1
    await tx.session.flush()
    view = await seen(tx, request, schedule)
    facts = facts_of(view) | progress_of(view)
    facts |= {"step": request.step, "swap": await is_whole_shift(tx, request, now), "again": list(again)}
    card = {**facts, "changed": sorted({*changed, *again})}
    await tx.outbox.tell(schedule, NoticeKind.COVER_PROGRESS, f"{request.id}:{request.step}", card, now)
    return facts


async def move_on_due(house: House) -> int:
    """Ask the next one wherever it is time to; returns for how many requests."""
    now = house.clock.now()
    async with house.database.read() as tx:
        due = await tx.covers.to_move(now)
    moved: set[int] = set()

    @run_again
    async def one(request_id: int) -> None:
        async with house.database.transaction() as tx:
            request = await tx.covers.get(request_id)
            schedule = await tx.schedules.get(request.schedule_id) if request else None
            if request is None or schedule is None:
                return
            await tx.schedules.lock(schedule.id)
            await tx.session.refresh(request)
            if request.state != CoverState.OPEN or request.moves_at is None or request.moves_at > now:
                return
            if schedule.archived_at is not None or request.ends_at <= now:
                request.moves_at = None
                return
            if await still_theirs(tx, request, now):
                await move_on(tx, schedule, request, now)
                moved.add(request_id)
            elif await tx.covers.settle(request.id, CoverState.VOID, now):
                facts = {**facts_of(await seen(tx, request, schedule)), "by": BATON}
                await tx.outbox.tell(schedule, NoticeKind.COVER_WITHDRAWN, str(request.id), facts, now)

    await each(due, one, "asking the next one for cover")
    return len(moved)


async def is_whole_shift(tx: Unit, request: CoverRequest, now: datetime) -> bool:
    """Whether cover is asked for one whole shift that has not begun: only such shifts can be swapped."""
    if request.starts_at <= now:
        return False
    found = await tx.shifts.of_role(request.role_id, request.starts_at, request.ends_at)
    return [(s.user, s.start, s.end, s.state) for s in found] == [
        (request.user_id, request.starts_at, request.ends_at, ShiftState.CONFIRMED)
    ]
