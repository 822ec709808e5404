"""Confirming proposed shifts: only what is confirmed leaves Baton, and it leaves at once.

Between looking at the list and confirming it, a rotation may have been changed or somebody else may have been quicker.
What is still as it was seen is confirmed; the rest is reported and stays as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.availability import Leaning
from oncall.shifts import Shift, ShiftSource, ShiftState, clear
from oncall.timeline import Interval
from services.availability.wishes import wishes_of
from services.destinations.marking_due import confirmed
from services.kit.audit import note
from services.kit.house import Actor, House
from services.kit.permissions import seen_schedule, visible_schedule
from services.people.deactivated import gone_among
from services.shifts.each_change import ShiftRef
from services.shifts.gains_and_losses import Move, moves, tell_moves
from storage.again import run_again
from storage.tables import Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class PendingShift:
    """A proposed shift as it is listed; ``replaces`` are people who are confirmed for that time now."""

    ref: ShiftRef
    role: str
    user_id: str | None
    start: datetime
    end: datetime
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming did: ``already`` were confirmed before, ``changed`` are not what was seen any more."""

    shifts: tuple[Shift, ...]
    already: tuple[ShiftRef, ...]
    changed: tuple[ShiftRef, ...]
    destinations: tuple[int, ...]


async def pending(house: House, actor: Actor, schedule_id: int) -> list[PendingShift]:
    """The shifts that wait to be confirmed, soonest first; anyone may look. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        shifts = await tx.shifts.of_schedule(schedule.id, now)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    return [_view(s, roles[s.role_id], shifts) for s in shifts if s.state is ShiftState.PROPOSED]


def _view(shift: Shift, role: str, shifts: Sequence[Shift]) -> PendingShift:
    below = {
        other.user
        for other in shifts
        if other.role_id == shift.role_id
        and other.state is ShiftState.CONFIRMED
        and other.user not in (None, shift.user)
        and other.interval.overlaps(shift.interval)
    }
    ref = ShiftRef(shift.id or 0, shift.revision)
    return PendingShift(ref, role, shift.user, shift.start, shift.end, tuple(sorted(user for user in below if user)))


@run_again
async def confirm(house: House, actor: Actor, schedule_id: int, chosen: Sequence[ShiftRef] | None = None) -> Confirmed:
    """Confirm these shifts, or all that wait, and export at once. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await seen_schedule(tx, actor, schedule_id)
        await tx.schedules.lock(schedule.id)
        known = {shift.id: shift for shift in await tx.shifts.of_schedule(schedule.id, now)}
        refs = _all_of(known.values()) if chosen is None else list(chosen)
        picked = [known[ref.id] for ref in refs if _still(known.get(ref.id), ref)]
        already = [r for r in refs if r.id in known and known[r.id].state is ShiftState.CONFIRMED]
        done = await confirm_in(tx, schedule, picked, now, by=actor.user_id)
        destinations = await confirmed(tx, {shift.role_id for shift in done}, by_admin=True) if done else ()
        if done:
            ids = [shift.id for shift in done]
            summary = f"confirmed {len(done)} {'shift' if len(done) == 1 else 'shifts'}"
            note(tx, actor, now, "shifts.confirmed", summary, schedule_id=schedule.id, shifts=ids)
    handled = {*(shift.id for shift in done), *(ref.id for ref in already)}
    changed = tuple(ref for ref in refs if ref.id not in handled)
    return Confirmed(tuple(done), tuple(already), changed, tuple(destinations))


async def confirm_in(
    tx: Unit, schedule: Schedule, shifts: Sequence[Shift], now: datetime, *, by: str, gains: bool = True
) -> list[Shift]:
    """Confirm proposed shifts in the caller's transaction; a running one counts from now on.

    Whoever was confirmed for that time before (by linking) gives way; who was deactivated in Slack is not put on call,
    nor who was dealt a shift and has gone away since.
    Who loses by it is told, and who gains where ``gains`` says so. ``by`` is who did it: a Slack user, or ``baton``.
    """
    standing = [s for s in await tx.shifts.of_schedule(schedule.id, now) if s.state is ShiftState.CONFIRMED]
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    gone = await gone_among(tx, schedule.workspace_id, [shift.user for shift in shifts])
    done: list[Shift] = []
    moved: list[Move] = []
    absent = await _absent(tx, schedule, shifts)
    for shift in (one for one in shifts if one.user not in gone and one.id not in absent):
        kept = replace(shift, start=max(shift.start, now))
        given_way = [o for o in standing if o.role_id == kept.role_id and o.interval.overlaps(kept.interval)]
        moved += moves(roles[kept.role_id], sorted(given_way, key=lambda other: other.start), kept)
        if given_way:
            below = [s for s in await tx.shifts.of_role(kept.role_id, kept.start, kept.end) if s.id != kept.id]
            await tx.shifts.apply(schedule.id, clear(below, kept.role_id, kept.interval), now)
        done.append(await tx.shifts.confirm(kept, now))
    if done:
        told = moved if gains else [move for move in moved if move.before is not None]
        key = f"confirmed:{schedule.id}:{done[0].id}:{len(done)}:{now.isoformat()}"
        await tell_moves(tx, schedule, told, action="confirmed", by=by, key=key, now=now)
    return done


async def _absent(tx: Unit, schedule: Schedule, shifts: Sequence[Shift]) -> set[int | None]:
    """The ids of shifts that were dealt to somebody who has gone away since: they are dealt anew at the next look."""
    dealt = [shift for shift in shifts if shift.source is ShiftSource.OPTIMISER and shift.user]
    if not dealt:
        return set()
    span = Interval(min(shift.start for shift in dealt), max(shift.end for shift in dealt))
    found = await wishes_of(tx, schedule.workspace_id, {shift.user or "" for shift in dealt}, span)
    away = [wish for wish in found if wish.leaning is Leaning.CANNOT]
    return {s.id for s in dealt if any(w.user == s.user and w.start < s.end and s.start < w.end for w in away)}


def _still(shift: Shift | None, ref: ShiftRef) -> bool:
    return shift is not None and shift.state is ShiftState.PROPOSED and shift.revision == ref.revision


def _all_of(shifts: Iterable[Shift]) -> list[ShiftRef]:
    return [ShiftRef(s.id or 0, s.revision) for s in shifts if s.state is ShiftState.PROPOSED]
