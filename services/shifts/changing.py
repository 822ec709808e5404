"""Changing who is on call: reassign, swap, take over, end early, leave unassigned, hand everything on.

================  ==========================================================================================
who               may
================  ==========================================================================================
admins            everything, for anybody
a member          take a shift over (they must be assignable), and ask to swap a shift of theirs
anybody else      look
================  ==========================================================================================

Nobody but an admin takes somebody off call without putting somebody on, and nobody gives their own shift away
without the other agreeing: that is what asking for cover is for (:mod:`services.covers.requests`), or a swap that the
other accepts (:mod:`services.shifts.swaps`).

Of a running shift only what is left changes hands. Each change carries the revision that the person looked at.
"""

from __future__ import annotations

from datetime import datetime

from services.kit.errors import FieldErrors, NotAllowed, NotFound
from services.kit.house import Actor, House
from services.kit.permissions import admins_of, seen_schedule, visible_schedule
from services.kit.wording import when
from services.people.deactivated import assignable_member, why_not
from services.shifts import swaps
from services.shifts.each_change import (
    Changed,
    Deed,
    ShiftRef,
    carry_out,
    current,
    rest,
    unassigned,
)
from services.shifts.part_of_shift import WHOLE, Part, cut_to, stretch_of
from services.shifts.swaps import SwapDraft
from storage.again import run_again
from storage.tables import Schedule
from storage.unit import Unit


@run_again
async def reassign(
    house: House,
    actor: Actor,
    schedule_id: int,
    ref: ShiftRef,
    user_id: str | None,
    reason: str = "",
    *,
    part: Part = WHOLE,
    accepted: str | None = None,
) -> Changed:
    """Give a shift, or a part of it, to another member. Raises FieldErrors(user_id, start, end), Warned, Stale, …"""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await seen_schedule(tx, actor, schedule_id)
        shift = await current(tx, schedule, ref, now)
        user = await _assignable(tx, schedule, user_id, "user_id")
        if user == shift.user:
            raise FieldErrors({"user_id": "They have this shift already."})
        what = "a part of the shift" if part else "the shift"
        summary = f"gave {what} of {_name(shift.user)} to <@{user}>"
        deed = Deed("reassigned", summary, reason, accepted=accepted)
        given = cut_to(rest(shift, user, now), stretch_of(shift, part, now))
        return await carry_out(tx, actor, schedule, [given], deed, now)


async def swap(house: House, actor: Actor, draft: SwapDraft) -> Changed:
    """An admin lets two people change places at once; others ask (:func:`services.shifts.swaps.ask`). Raises as that
    does."""
    return (await swaps.decide(house, actor, draft)).changed or Changed("", (), (), ())


@run_again
async def take(
    house: House, actor: Actor, schedule_id: int, ref: ShiftRef, *, part: Part = WHOLE, accepted: str | None = None
) -> Changed:
    """Take over a coming shift, the rest of a running one from now on, or a part of either.

    Raises FieldErrors(shift, start, end), Warned, Stale, NotAllowed, NotFound.
    """
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        shift = await current(tx, schedule, ref, now)
        await require_assignable(tx, schedule, actor)
        if shift.user == actor.user_id:
            raise FieldErrors({"shift": "This shift is yours already."})
        what = "a part of the shift" if part else "the shift"
        deed = Deed("taken", f"took over {what} of {_name(shift.user)}", accepted=accepted)
        taken = cut_to(rest(shift, actor.user_id, now), stretch_of(shift, part, now))
        return await carry_out(tx, actor, schedule, [taken], deed, now)


@run_again
async def end_early(
    house: House,
    actor: Actor,
    schedule_id: int,
    ref: ShiftRef,
    at: datetime | None = None,
    reason: str = "",
    *,
    accepted: str | None = None,
) -> Changed:
    """End a shift at ``at`` (default now) and leave the rest to nobody. Raises FieldErrors(end), Warned, Stale, …"""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await seen_schedule(tx, actor, schedule_id)
        shift = await current(tx, schedule, ref, now)
        end = at or now
        if not max(shift.start, now) <= end < shift.end or end == shift.start:
            raise FieldErrors({"end": "Choose a time from now on, between the start and the end of the shift."})
        deed = Deed("ended", f"ended the shift of {_name(shift.user)} at {when(end)}", reason, accepted=accepted)
        return await carry_out(tx, actor, schedule, [unassigned(shift, end)], deed, now)


@run_again
async def leave_unassigned(
    house: House,
    actor: Actor,
    schedule_id: int,
    ref: ShiftRef,
    reason: str = "",
    *,
    part: Part = WHOLE,
    accepted: str | None = None,
) -> Changed:
    """Take everybody off a shift or a part of it, on purpose: no rotation fills it again.

    Raises FieldErrors(start, end), Warned, Stale, NotAllowed, NotFound.
    """
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await seen_schedule(tx, actor, schedule_id)
        shift = await current(tx, schedule, ref, now)
        what = "a part of a shift" if part else "a shift"
        summary = f"took {_name(shift.user)} off {what} and left it unassigned"
        deed = Deed("unassigned", summary, reason, accepted=accepted)
        stretch = stretch_of(shift, part, now)
        left = cut_to(unassigned(shift, stretch.start), stretch)
        return await carry_out(tx, actor, schedule, [left], deed, now)


@run_again
async def hand_on(
    house: House, actor: Actor, schedule_id: int, user_id: str, to: str | None, accepted: str | None = None
) -> Changed:
    """Give every confirmed shift of one person that is still ahead to another. Raises FieldErrors(to), …"""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await seen_schedule(tx, actor, schedule_id)
        await tx.schedules.lock(schedule.id)
        heir = await _assignable(tx, schedule, to, "to")
        if heir == user_id:
            raise FieldErrors({"to": "Choose somebody else."})
        shifts = [shift for shift in await tx.shifts.of_schedule(schedule.id, now) if shift.user == user_id]
        if not shifts:
            raise NotFound(f"<@{user_id}> has no shifts ahead that could be handed on.")
        deed = Deed("reassigned", f"handed the shifts of <@{user_id}> on to <@{heir}>", accepted=accepted)
        return await carry_out(tx, actor, schedule, [rest(s, heir, now) for s in shifts], deed, now)


async def require_assignable(tx: Unit, schedule: Schedule, actor: Actor) -> None:
    """Only who may be on call can put themselves on call; raises NotAllowed."""
    if await assignable_member(tx, schedule, actor.user_id) is None:
        who = ", ".join(f"<@{user}>" for user in await admins_of(tx, schedule.id))
        raise NotAllowed(f"Only members who can be assigned can take shifts. Ask an admin to add you: {who}.")


async def _assignable(tx: Unit, schedule: Schedule, user_id: str | None, name: str) -> str:
    member = await assignable_member(tx, schedule, user_id)
    if member is None:
        raise FieldErrors({name: await why_not(tx, schedule, user_id)})
    return member.user_id


def _name(user: str | None) -> str:
    return f"<@{user}>" if user else "nobody"
