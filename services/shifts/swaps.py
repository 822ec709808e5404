"""Swapping shifts: one person asks, everybody else whose shift it is has to agree, and for a while it can be undone.

::

    open ──everybody agreed──► accepted ──within ten minutes──► undone
      ├──decline────► declined     by who was asked
      ├──withdraw───► withdrawn    by who asked, or an admin
      └─────────────► lapsed       one of the two shifts has started, or is not as it was

Whoever asks for a swap of their own shift has agreed by asking; an admin who asks for two others needs the word of
both. An admin may also decide alone (:func:`decide`); both hear of it, and both can undo it.

Each step is one transaction in which the request is settled once, the shifts change hands and everybody is told: of
two presses one counts, and whoever is killed half-way has done nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.shifts import Shift
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import (
    admins_of,
    may_change,
    seen_schedule,
    visible_schedule,
)
from services.people.deactivated import assignable_member, gone_among
from services.shifts.cautions import doubles_with, heed
from services.shifts.each_change import Changed, Deed, ShiftRef, carry_out, current, rest
from services.shifts.swap_request import (
    SwapView,
    facts_of,
    mentions_of,
    names_of,
    row_of,
    story_of,
    users_of,
    view_of,
    waiting_for,
)
from storage.again import run_again
from storage.isolation import each
from storage.notices import NoticeKind
from storage.repositories.swaps import SwapState
from storage.tables import Schedule, SwapRequest
from storage.unit import Unit

UNDO_WITHIN = timedelta(minutes=10)
BATON = "baton"
STARTED = "one of the two shifts has started"
CHANGED = "one of the two shifts is not as it was any more"


@dataclass(frozen=True, slots=True)
class SwapDraft:
    """Two shifts whose people change places."""

    schedule_id: int
    mine: ShiftRef | None
    theirs: ShiftRef | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer led to; ``changed`` is None while somebody else has yet to agree."""

    request: SwapView
    changed: Changed | None


@run_again
async def ask(house: House, actor: Actor, draft: SwapDraft, accepted: str | None = None) -> SwapView:
    """Ask for a swap. Raises FieldErrors(mine, theirs), Warned, Stale, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await visible_schedule(tx, actor, draft.schedule_id)
        shifts = await _chosen(tx, actor, schedule, draft, now)
        started = {name: shift for name, shift in zip(("mine", "theirs"), shifts, strict=True) if shift.start <= now}
        if started:
            problem = "This shift has started, which leaves no time to ask. Take it over, or ask for cover."
            raise FieldErrors(dict.fromkeys(started, problem))
        wanted = {shift.id for shift in shifts}
        if any({side["shift"] for side in one.sides} == wanted for one in await tx.swaps.open(schedule.id)):
            raise FieldErrors({"theirs": "This swap was asked for already and waits for an answer."})
        if accepted is not None:
            heed(await doubles_with(tx, schedule, _swapped(shifts, now), now), accepted)
        agreed = [shift.user for shift in shifts if shift.user == actor.user_id]
        request = await tx.swaps.add(await row_of(tx, schedule, actor, shifts, draft.reason, agreed, now))
        await tx.outbox.tell(schedule, NoticeKind.SWAP_REQUESTED, str(request.id), facts_of(request), now)
        summary = f"asked to swap shifts of {names_of(request)}"
        note(tx, actor, now, "swap.asked", summary, schedule_id=schedule.id, swap=request.id)
        return view_of(request, schedule)


@run_again
async def decide(house: House, actor: Actor, draft: SwapDraft, accepted: str | None = None) -> Answered:
    """An admin swaps at once, without asking. Raises FieldErrors(mine, theirs), Warned, Stale, NotAllowed, …"""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await seen_schedule(tx, actor, draft.schedule_id)
        shifts = await _chosen(tx, actor, schedule, draft, now)
        row = await row_of(tx, schedule, actor, shifts, draft.reason, [], now)
        request = await tx.swaps.add(row)
        changed = await _swap(tx, actor, schedule, request, shifts, now, accepted)
        shown = view_of(request, schedule)
    return Answered(shown, changed)


@run_again
async def agree(house: House, actor: Actor, request_id: int, accepted: str | None = None) -> Answered:
    """Say yes; the last yes swaps. Raises Warned, NotAllowed, NotFound, or Refusal with what came in between."""
    now = house.clock.now()
    lapsed = ""
    changed: Changed | None = None
    async with house.database.transaction() as tx:
        request, schedule = await _open(tx, actor, request_id)
        waits_for = waiting_for(request)
        if actor.user_id not in waits_for:
            raise NotAllowed(f"Only {mentions_of(waits_for)} can accept this swap.")
        lapsed, shifts = await _asked_for(tx, request, now)
        if lapsed:
            await _lapse(tx, schedule, request, lapsed, now)
        else:
            request.agreed = [*request.agreed, actor.user_id]
            await tx.session.flush()
            if not waiting_for(request):
                changed = await _swap(tx, actor, schedule, request, shifts, now, accepted)
        view = view_of(request, schedule)
    if lapsed:
        raise Refusal(f"This swap is not possible any more: {lapsed}. Nothing was changed.")
    return Answered(view, changed)


@run_again
async def decline(house: House, actor: Actor, request_id: int) -> SwapView:
    """Say no. Raises NotAllowed, NotFound, or Refusal when it is closed already."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await _open(tx, actor, request_id)
        if actor.user_id not in users_of(request) or actor.user_id == request.asked_by:
            raise NotAllowed(f"Only {mentions_of(waiting_for(request))} can decline this swap.")
        return await _close(tx, actor, schedule, request, SwapState.DECLINED, "declined to swap shifts", now)


@run_again
async def withdraw(house: House, actor: Actor, request_id: int) -> SwapView:
    """Take a request back. Raises NotAllowed, NotFound, or Refusal when it is closed already."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await _open(tx, actor, request_id)
        if actor.user_id != request.asked_by and not await may_change(tx, actor, schedule.id):
            raise NotAllowed(f"Only <@{request.asked_by}> and admins can withdraw this request.")
        return await _close(tx, actor, schedule, request, SwapState.WITHDRAWN, "withdrew the request to swap", now)


@run_again
async def undo(house: House, actor: Actor, request_id: int, accepted: str | None = None) -> Changed:
    """Give both their shifts back. Raises Warned, NotAllowed, NotFound, or Refusal when it is too late for that."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await _locked(tx, actor, request_id)
        if actor.user_id not in users_of(request) and not await may_change(tx, actor, schedule.id):
            raise NotAllowed(f"Only {mentions_of(users_of(request))} and admins can undo this swap.")
        if request.state != SwapState.ACCEPTED or request.settled_at is None:
            raise Refusal(story_of(request))
        if now > request.settled_at + UNDO_WITHIN:
            raise Refusal("A swap can be undone for ten minutes, and these are over. Ask for another swap instead.")
        wanted = await _given_back(tx, request, now)
        await tx.swaps.settle(request, SwapState.UNDONE, actor.user_id, now)
        deed = Deed("swap_undone", f"undid the swap of {names_of(request)}", quiet=True, accepted=accepted)
        changed = await carry_out(tx, actor, schedule, wanted, deed, now)
        await tx.outbox.withhold(f"{NoticeKind.SWAP_CLOSED}:{request.id}:settled", now)
        await _tell_closed(tx, schedule, request, SwapState.UNDONE, now)
    return changed


async def lapse_all(house: House) -> int:
    """Close requests whose shifts have started or changed meanwhile; returns how many."""
    now = house.clock.now()
    async with house.database.read() as tx:
        waiting = await _to_lapse(tx, now)
    closed: set[int] = set()

    @run_again
    async def one(request_id: int) -> None:
        async with house.database.transaction() as tx:
            request = await tx.swaps.get(request_id)
            schedule = await tx.schedules.get(request.schedule_id) if request else None
            if request is None or schedule is None or request.state != SwapState.OPEN:
                return
            why, _shifts = await _asked_for(tx, request, now)
            if schedule.archived_at is not None:
                why = "the schedule was archived"
            if why and await _lapse(tx, schedule, request, why, now):
                closed.add(request_id)

    await each(waiting, one, "letting a request to swap lapse")
    return len(closed)


async def _chosen(tx: Unit, actor: Actor, schedule: Schedule, draft: SwapDraft, now: datetime) -> tuple[Shift, Shift]:
    """The two shifts, if these people may and can change places."""
    if draft.mine is None or draft.theirs is None:
        missing = {"mine": draft.mine, "theirs": draft.theirs}
        raise FieldErrors({name: "Choose a shift." for name, ref in missing.items() if ref is None})
    first = await current(tx, schedule, draft.mine, now)
    second = await current(tx, schedule, draft.theirs, now)
    if first.user is None or second.user is None:
        empty = "mine" if first.user is None else "theirs"
        raise FieldErrors({empty: "Nobody has this shift; take it instead of swapping it."})
    if first.user == second.user:
        raise FieldErrors({"theirs": "Both shifts are the same person's; choose somebody else's."})
    await _can_be_on_call(tx, schedule, first, second)
    if actor.user_id not in (first.user, second.user) and not await may_change(tx, actor, schedule.id):
        who = mentions_of(await admins_of(tx, schedule.id))
        raise NotAllowed(f"You can swap a shift of your own. Shifts of others are swapped by admins: {who}.")
    return first, second


async def _can_be_on_call(tx: Unit, schedule: Schedule, first: Shift, second: Shift) -> None:
    """Raises FieldErrors for a shift whose person could not have the other one."""
    gone = await gone_among(tx, schedule.workspace_id, [first.user, second.user])
    problems: dict[str, str] = {}
    for name, shift in (("mine", first), ("theirs", second)):
        if shift.user in gone:
            problems[name] = "Its person was deactivated in Slack; take the shift instead of swapping it."
        elif await assignable_member(tx, schedule, shift.user) is None:
            problems[name] = "Its person can't be assigned on this schedule; take the shift instead of swapping it."
    if problems:
        raise FieldErrors(problems)


async def _locked(tx: Unit, actor: Actor, request_id: int) -> tuple[SwapRequest, Schedule]:
    request = await tx.swaps.get(request_id)
    if request is None:
        raise NotFound("That request does not exist any more.")
    schedule = await visible_schedule(tx, actor, request.schedule_id)
    await tx.schedules.lock(schedule.id)
    await tx.session.refresh(request)
    return request, schedule


async def _open(tx: Unit, actor: Actor, request_id: int) -> tuple[SwapRequest, Schedule]:
    request, schedule = await _locked(tx, actor, request_id)
    if request.state != SwapState.OPEN:
        raise Refusal(story_of(request))
    return request, schedule


async def _to_lapse(tx: Unit, now: datetime) -> list[int]:
    """The open requests that are not possible any more: two statements for each few hundred."""
    known = await tx.swaps.open()
    shifts = await tx.shifts.some(side["shift"] for request in known for side in request.sides)
    away = {row.id for row in await tx.schedules.put_away(request.schedule_id for request in known)}
    return [one.id for one in known if one.schedule_id in away or _as_asked(one, shifts, now)[0]]


async def _asked_for(tx: Unit, request: SwapRequest, now: datetime) -> tuple[str, list[Shift]]:
    return _as_asked(request, await tx.shifts.some(side["shift"] for side in request.sides), now)


def _as_asked(request: SwapRequest, shifts: Mapping[int, Shift], now: datetime) -> tuple[str, list[Shift]]:
    """Why the swap is not possible any more, or the two shifts as they were asked for."""
    found: list[Shift] = []
    for side in request.sides:
        shift = shifts.get(side["shift"])
        if shift is None or (shift.revision, shift.user) != (side["revision"], side["user"]):
            return CHANGED, []
        found.append(shift)
    return (STARTED, []) if any(shift.start <= now for shift in found) else ("", found)


def _swapped(shifts: Sequence[Shift], now: datetime) -> list[Shift]:
    """What is left of both shifts, each with the other's person."""
    first, second = shifts
    return [rest(first, second.user, now), rest(second, first.user, now)]


async def _swap(
    tx: Unit,
    actor: Actor,
    schedule: Schedule,
    request: SwapRequest,
    shifts: Sequence[Shift],
    now: datetime,
    accepted: str | None,
) -> Changed:
    summary = f"swapped shifts of {names_of(request)}"
    deed = Deed("swapped", summary, request.reason, quiet=True, accepted=accepted)
    changed = await carry_out(tx, actor, schedule, _swapped(shifts, now), deed, now)
    placed = [[shift.id, shift.revision] for shift in changed.shifts]
    await tx.swaps.settle(request, SwapState.ACCEPTED, actor.user_id, now, placed)
    facts = {**facts_of(request), "by": actor.user_id, "until": (now + UNDO_WITHIN).isoformat()}
    await tx.outbox.tell(schedule, NoticeKind.SWAPPED, str(request.id), facts, now)
    settled = {**facts_of(request), "by": actor.user_id, "state": "settled", "why": ""}
    key = f"{request.id}:settled"
    await tx.outbox.tell(schedule, NoticeKind.SWAP_CLOSED, key, settled, now, due=now + UNDO_WITHIN)
    return changed


async def _given_back(tx: Unit, request: SwapRequest, now: datetime) -> list[Shift]:
    """The swapped shifts with their people from before; raises Refusal where somebody changed them since."""
    wanted: list[Shift] = []
    for (number, revision), side in zip(request.placed, request.sides, strict=True):
        shift = await tx.shifts.get(number)
        if shift is None or shift.revision != revision:
            raise Refusal("A shift of this swap was changed since, so it can't be undone. Look at it as it is now.")
        if shift.end > now:
            wanted.append(rest(shift, side["user"], now))
    if not wanted:
        raise Refusal("Both shifts of this swap are over.")
    return wanted


async def _close(
    tx: Unit, actor: Actor, schedule: Schedule, request: SwapRequest, state: SwapState, summary: str, now: datetime
) -> SwapView:
    await tx.swaps.settle(request, state, actor.user_id, now)
    await _tell_closed(tx, schedule, request, state, now)
    what = f"{summary} of {names_of(request)}"
    note(tx, actor, now, f"swap.{state.value}", what, schedule_id=schedule.id, swap=request.id)
    return view_of(request, schedule)


async def _lapse(tx: Unit, schedule: Schedule, request: SwapRequest, why: str, now: datetime) -> bool:
    if not await tx.swaps.settle(request, SwapState.LAPSED, BATON, now):
        return False
    await _tell_closed(tx, schedule, request, SwapState.LAPSED, now, why)
    actor = Actor(schedule.workspace_id, BATON)
    summary = f"closed the request to swap shifts of {names_of(request)}: {why}"
    note(tx, actor, now, "swap.lapsed", summary, schedule_id=schedule.id, swap=request.id)
    return True


async def _tell_closed(
    tx: Unit, schedule: Schedule, request: SwapRequest, state: SwapState, now: datetime, why: str = ""
) -> None:
    facts = {**facts_of(request), "by": request.settled_by, "state": state.value, "why": why}
    await tx.outbox.tell(schedule, NoticeKind.SWAP_CLOSED, f"{request.id}:{state.value}", facts, now)
