"""Asking for cover: somebody can't do a shift, or part of it; others are asked, the best candidate first
(:mod:`services.covers.steps`), and whoever takes it first has it, asked or not.

::

    open ──take──► taken          the first taker wins, the second hears who was quicker
      ├──withdraw──► withdrawn    by who asked, or an admin
      └──the shift changes hands──► void

There is one open request per stretch of a role at most. A request that turns out not to be about the asker's time any
more becomes void when somebody tries to take it, and they are told why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from oncall.shifts import Shift, ShiftSource, ShiftState
from oncall.timeline import Interval
from services.covers.shown import CoverView, facts_of, found_request, refuse_closed, seen, still_theirs
from services.covers.steps import move_on
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import may_change, visible_schedule
from services.shifts.changing import require_assignable
from services.shifts.each_change import Changed, Deed, ShiftRef, carry_out, current
from services.shifts.part_of_shift import Part, stretch_of
from storage.again import run_again
from storage.notices import NoticeKind
from storage.repositories.covers import CoverState
from storage.tables import CoverRequest, Schedule
from storage.unit import Unit

MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class CoverDraft:
    """What a person chose; ``start`` and ``end`` None is the whole of what is left of the shift."""

    schedule_id: int
    shift: ShiftRef | None
    start: datetime | None = None
    end: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was taken, and what that changed."""

    request: CoverView
    changed: Changed


@run_again
async def ask(house: House, actor: Actor, draft: CoverDraft) -> CoverView:
    """Ask for cover of one's own shift (admins: of anybody's). Raises FieldErrors, Stale, NotAllowed, NotFound."""
    now = house.clock.now()
    if draft.shift is None:
        raise FieldErrors({"shift": "Choose a shift."})
    async with house.database.transaction() as tx:
        schedule = await visible_schedule(tx, actor, draft.schedule_id)
        shift = await current(tx, schedule, draft.shift, now)
        await _may_ask(tx, actor, schedule, shift)
        part = stretch_of(shift, Part(draft.start, draft.end), now)
        if await tx.covers.open_within(shift.role_id, part):
            raise FieldErrors({"shift": "Cover of this time was asked for already."})
        request = await tx.covers.add(_row(schedule, shift, part, draft, now))
        await move_on(tx, schedule, request, now)
        summary = f"asked for cover of a shift of <@{shift.user}>"
        note(tx, actor, now, "cover.asked", summary, schedule_id=schedule.id, cover=request.id)
        return await seen(tx, request, schedule)


@run_again
async def take(house: House, actor: Actor, request_id: int, accepted: str | None = None) -> Taken:
    """Take an open request: the time is the taker's at once. Raises Refusal with what came in between, Warned."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await found_request(tx, actor, request_id)
        await tx.schedules.lock(schedule.id)
        await tx.session.refresh(request)
        await require_assignable(tx, schedule, actor)
        refuse_closed(request, now)
        if request.user_id == actor.user_id:
            raise NotAllowed("You asked for this cover yourself; withdraw it if you don't need it any more.")
        wanted = await still_theirs(tx, request, now)
        state = CoverState.TAKEN if wanted else CoverState.VOID
        if not await tx.covers.settle(request.id, state, now, actor.user_id if wanted else None):
            await tx.session.refresh(request)
            refuse_closed(request, now)
        await tx.session.refresh(request)
        view = await seen(tx, request, schedule)
        changed = await _hand_over(tx, actor, schedule, view, wanted, now, accepted) if wanted else None
        if changed is None:
            facts = {**facts_of(view), "by": actor.user_id}
            await tx.outbox.tell(schedule, NoticeKind.COVER_WITHDRAWN, str(request.id), facts, now)
    if changed is None:
        raise Refusal(f"That shift is not <@{view.user_id}>'s any more, so there is nothing left to cover.")
    return Taken(view, changed)


@run_again
async def withdraw(house: House, actor: Actor, request_id: int) -> CoverView:
    """Take a request back. Raises NotAllowed, NotFound, or Refusal when it is closed already."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await found_request(tx, actor, request_id)
        if actor.user_id != request.user_id and not await may_change(tx, actor, schedule.id):
            raise NotAllowed(f"Only <@{request.user_id}> and admins can withdraw this request.")
        refuse_closed(request, now)
        await tx.covers.settle(request.id, CoverState.WITHDRAWN, now)
        await tx.session.refresh(request)
        view = await seen(tx, request, schedule)
        facts = {**facts_of(view), "by": actor.user_id}
        await tx.outbox.tell(schedule, NoticeKind.COVER_WITHDRAWN, str(request.id), facts, now)
        summary = f"withdrew the request for cover of <@{request.user_id}>"
        note(tx, actor, now, "cover.withdrawn", summary, schedule_id=schedule.id, cover=request.id)
    return view


async def open_requests(house: House, actor: Actor, schedule_id: int) -> list[CoverView]:
    """Requests that somebody can still take, soonest first. Raises NotFound."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        return [await seen(tx, row, schedule) for row in await tx.covers.open(schedule.id, house.clock.now())]


async def _may_ask(tx: Unit, actor: Actor, schedule: Schedule, shift: Shift) -> None:
    if shift.user is None or shift.state is not ShiftState.CONFIRMED:
        raise FieldErrors({"shift": "Cover is for confirmed shifts that somebody has."})
    if actor.user_id != shift.user and not await may_change(tx, actor, schedule.id):
        raise NotAllowed("You can ask for cover of your own shifts; admins can for anybody's.")


def _row(schedule: Schedule, shift: Shift, part: Interval, draft: CoverDraft, now: datetime) -> CoverRequest:
    return CoverRequest(
        schedule_id=schedule.id,
        role_id=shift.role_id,
        user_id=shift.user or "",
        starts_at=part.start,
        ends_at=part.end,
        reason=draft.reason.strip()[:MOST_REASON],
        state=CoverState.OPEN,
        everybody=False,
        step=0,
        created_at=now,
    )


async def _hand_over(
    tx: Unit,
    actor: Actor,
    schedule: Schedule,
    view: CoverView,
    theirs: list[Shift],
    now: datetime,
    accepted: str | None,
) -> Changed:
    wanted = [replace(s, user=actor.user_id, source=ShiftSource.PERSON, id=None, revision=1) for s in theirs]
    deed = Deed("covered", f"covers a shift of <@{view.user_id}>", view.reason, quiet=True, accepted=accepted)
    changed = await carry_out(tx, actor, schedule, wanted, deed, now)
    await tx.outbox.tell(schedule, NoticeKind.COVER_TAKEN, str(view.id), facts_of(view), now)
    return changed
