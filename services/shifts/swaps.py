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

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oncall.shifts import Shift
from services.destinations.marking_due import export_soon
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import (
    administered_schedule,
    admins_of,
    may_change,
    visible_schedule,
)
from services.kit.wording import when
from services.people.deactivated import assignable_member, gone_among
from services.shifts.cautions import doubles_with, heed
from services.shifts.each_change import Changed, Deed, ShiftRef, carry_out, current, rest
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
class SwapView:
    """A request as it is shown; ``users`` are the two people, ``waits_for`` those who have not agreed yet."""

    id: int
    schedule: str
    users: tuple[str, ...]
    waits_for: tuple[str, ...]
    state: SwapState


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
        request = await tx.swaps.add(await _row(tx, schedule, actor, shifts, draft.reason, agreed, now))
        await tx.outbox.tell(schedule, NoticeKind.SWAP_REQUESTED, str(request.id), _facts(request), now)
        summary = f"asked to swap shifts of {_names(request)}"
        note(tx, actor, now, "swap.asked", summary, schedule_id=schedule.id, swap=request.id)
        return _view(request, schedule)


@run_again
async def decide(house: House, actor: Actor, draft: SwapDraft, accepted: str | None = None) -> Answered:
    """An admin swaps at once, without asking. Raises FieldErrors(mine, theirs), Warned, Stale, NotAllowed, …"""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        shifts = await _chosen(tx, actor, schedule, draft, now)
        row = await _row(tx, schedule, actor, shifts, draft.reason, [], now)
        request = await tx.swaps.add(row)
        changed = await _swap(tx, actor, schedule, request, shifts, now, accepted)
        shown = _view(request, schedule)
    export_soon(house, changed.destinations)
    return Answered(shown, changed)


@run_again
async def agree(house: House, actor: Actor, request_id: int, accepted: str | None = None) -> Answered:
    """Say yes; the last yes swaps. Raises Warned, NotAllowed, NotFound, or Refusal with what came in between."""
    now = house.clock.now()
    lapsed = ""
    changed: Changed | None = None
    async with house.database.transaction() as tx:
        request, schedule = await _open(tx, actor, request_id)
        waits_for = _waits_for(request)
        if actor.user_id not in waits_for:
            raise NotAllowed(f"Only {_mentions(waits_for)} can accept this swap.")
        lapsed, shifts = await _as_asked(tx, request, now)
        if lapsed:
            await _lapse(tx, schedule, request, lapsed, now)
        else:
            request.agreed = [*request.agreed, actor.user_id]
            await tx.session.flush()
            if not _waits_for(request):
                changed = await _swap(tx, actor, schedule, request, shifts, now, accepted)
        view = _view(request, schedule)
    if lapsed:
        raise Refusal(f"This swap is not possible any more: {lapsed}. Nothing was changed.")
    export_soon(house, changed.destinations if changed else ())
    return Answered(view, changed)


@run_again
async def decline(house: House, actor: Actor, request_id: int) -> SwapView:
    """Say no. Raises NotAllowed, NotFound, or Refusal when it is closed already."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await _open(tx, actor, request_id)
        if actor.user_id not in _users(request) or actor.user_id == request.asked_by:
            raise NotAllowed(f"Only {_mentions(_waits_for(request))} can decline this swap.")
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
async def undo(house: House, actor: Actor, request_id: int) -> Changed:
    """Give both their shifts back. Raises NotAllowed, NotFound, or Refusal when it is too late for that."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request, schedule = await _locked(tx, actor, request_id)
        if actor.user_id not in _users(request) and not await may_change(tx, actor, schedule.id):
            raise NotAllowed(f"Only {_mentions(_users(request))} and admins can undo this swap.")
        if request.state != SwapState.ACCEPTED or request.settled_at is None:
            raise Refusal(_story(request))
        if now > request.settled_at + UNDO_WITHIN:
            raise Refusal("A swap can be undone for ten minutes, and these are over. Ask for another swap instead.")
        wanted = await _given_back(tx, request, now)
        await tx.swaps.settle(request, SwapState.UNDONE, actor.user_id, now)
        deed = Deed("swap_undone", f"undid the swap of {_names(request)}", quiet=True)
        changed = await carry_out(tx, actor, schedule, wanted, deed, now)
        await tx.outbox.withhold(f"{NoticeKind.SWAP_CLOSED}:{request.id}:settled", now)
        await _tell_closed(tx, schedule, request, SwapState.UNDONE, now)
    export_soon(house, changed.destinations)
    return changed


async def lapse_all(house: House) -> int:
    """Close requests whose shifts have started or changed meanwhile; returns how many."""
    now = house.clock.now()
    async with house.database.read() as tx:
        waiting = [request.id for request in await tx.swaps.open()]
    closed: set[int] = set()

    @run_again
    async def one(request_id: int) -> None:
        async with house.database.transaction() as tx:
            request = await tx.swaps.get(request_id)
            schedule = await tx.schedules.get(request.schedule_id) if request else None
            if request is None or schedule is None or request.state != SwapState.OPEN:
                return
            why, _shifts = await _as_asked(tx, request, now)
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
        who = _mentions(await admins_of(tx, schedule.id))
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


async def _row(
    tx: Unit,
    schedule: Schedule,
    actor: Actor,
    shifts: Sequence[Shift],
    reason: str,
    agreed: Sequence[str | None],
    now: datetime,
) -> SwapRequest:
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    sides = [
        {
            "shift": shift.id,
            "revision": shift.revision,
            "role_id": shift.role_id,
            "role": roles[shift.role_id],
            "user": shift.user,
            "start": max(shift.start, now).isoformat(),
            "end": shift.end.isoformat(),
        }
        for shift in shifts
    ]
    return SwapRequest(
        schedule_id=schedule.id,
        asked_by=actor.user_id,
        sides=sides,
        agreed=list(agreed),
        placed=[],
        reason=reason.strip(),
        state=SwapState.OPEN,
        created_at=now,
        settled_by="",
    )


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
        raise Refusal(_story(request))
    return request, schedule


def _story(request: SwapRequest) -> str:
    """What became of a request."""
    at = f" ({when(request.settled_at)})" if request.settled_at else ""
    return {
        SwapState.OPEN: "This swap waits for an answer.",
        SwapState.ACCEPTED: f"This swap was accepted already{at}.",
        SwapState.DECLINED: f"<@{request.settled_by}> declined this swap{at}.",
        SwapState.WITHDRAWN: f"This request was withdrawn{at}.",
        SwapState.LAPSED: f"This swap is not possible any more: a shift started or changed{at}.",
        SwapState.UNDONE: f"<@{request.settled_by}> undid this swap{at}.",
    }[SwapState(request.state)]


async def _as_asked(tx: Unit, request: SwapRequest, now: datetime) -> tuple[str, list[Shift]]:
    """Why the swap is not possible any more, or the two shifts as they were asked for."""
    found: list[Shift] = []
    for side in request.sides:
        shift = await tx.shifts.get(side["shift"])
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
    summary = f"swapped shifts of {_names(request)}"
    deed = Deed("swapped", summary, request.reason, quiet=True, accepted=accepted)
    changed = await carry_out(tx, actor, schedule, _swapped(shifts, now), deed, now)
    placed = [[shift.id, shift.revision] for shift in changed.shifts]
    await tx.swaps.settle(request, SwapState.ACCEPTED, actor.user_id, now, placed)
    facts = {**_facts(request), "by": actor.user_id, "until": (now + UNDO_WITHIN).isoformat()}
    await tx.outbox.tell(schedule, NoticeKind.SWAPPED, str(request.id), facts, now)
    settled = {**_facts(request), "by": actor.user_id, "state": "settled", "why": ""}
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
    what = f"{summary} of {_names(request)}"
    note(tx, actor, now, f"swap.{state.value}", what, schedule_id=schedule.id, swap=request.id)
    return _view(request, schedule)


async def _lapse(tx: Unit, schedule: Schedule, request: SwapRequest, why: str, now: datetime) -> bool:
    if not await tx.swaps.settle(request, SwapState.LAPSED, BATON, now):
        return False
    await _tell_closed(tx, schedule, request, SwapState.LAPSED, now, why)
    actor = Actor(schedule.workspace_id, BATON)
    summary = f"closed the request to swap shifts of {_names(request)}: {why}"
    note(tx, actor, now, "swap.lapsed", summary, schedule_id=schedule.id, swap=request.id)
    return True


async def _tell_closed(
    tx: Unit, schedule: Schedule, request: SwapRequest, state: SwapState, now: datetime, why: str = ""
) -> None:
    facts = {**_facts(request), "by": request.settled_by, "state": state.value, "why": why}
    await tx.outbox.tell(schedule, NoticeKind.SWAP_CLOSED, f"{request.id}:{state.value}", facts, now)


def _users(request: SwapRequest) -> list[str]:
    return [side["user"] for side in request.sides]


def _waits_for(request: SwapRequest) -> list[str]:
    return [user for user in _users(request) if user not in request.agreed]


def _facts(request: SwapRequest) -> dict[str, Any]:
    kept = ("role", "user", "start", "end")
    return {
        "request_id": request.id,
        "asked_by": request.asked_by,
        "sides": [{name: side[name] for name in kept} for side in request.sides],
        "waits_for": _waits_for(request),
        "reason": request.reason,
    }


def _view(request: SwapRequest, schedule: Schedule) -> SwapView:
    return SwapView(
        id=request.id,
        schedule=schedule.name,
        users=tuple(_users(request)),
        waits_for=tuple(_waits_for(request)),
        state=SwapState(request.state),
    )


def _names(request: SwapRequest) -> str:
    return " and ".join(f"<@{user}>" for user in _users(request))


def _mentions(users: Sequence[str]) -> str:
    return " and ".join(f"<@{user}>" for user in users) or "nobody"
