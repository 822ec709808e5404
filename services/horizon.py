"""Extending schedules to their horizon: what rotations propose is stored, and confirmed where nobody has to be asked.

With *Confirm shifts: By hand* the admins are told of each new batch once and nothing leaves Baton; with
*Automatically* new shifts are confirmed as they are made. Running this again changes nothing, so the clock, a saved
rotation and a changed schedule may all do it.

A linked schedule brought its external shifts along as confirmed ones. From the day on which its own assigning starts
rotations propose over them, and they go when an admin confirms what was proposed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from oncall.proposals import propose
from oncall.rotations import Rotation
from oncall.shifts import Shift, ShiftSource, ShiftState
from services.audit import note
from services.confirming import confirm_in
from services.house import Actor, House
from services.outward import confirmed, export_soon
from services.schedules import ConfirmMode
from services.zone_rules import follow_in
from storage.notices import NoticeKind
from storage.tables import Schedule
from storage.unit import Unit

BATON = "baton"
"""Who does what nobody asked for just now, in the audit trail."""


@dataclass(frozen=True, slots=True)
class Extended:
    """What extending did: ``proposed`` wait for an admin, ``confirmed`` were confirmed at once."""

    proposed: tuple[Shift, ...] = ()
    dropped: tuple[Shift, ...] = ()
    confirmed: tuple[Shift, ...] = ()
    destinations: tuple[int, ...] = ()


async def extend(house: House, schedule_id: int) -> Extended:
    """Propose shifts up to the schedule's horizon and drop proposals that its rotations don't make any more."""
    async with house.database.transaction() as tx:
        schedule = await tx.schedules.get(schedule_id)
        if schedule is None or schedule.archived_at is not None:
            return Extended()
        done = await extend_in(tx, schedule, house.clock.now())
    export_soon(house, done.destinations)
    return done


async def extend_all(house: House) -> int:
    """Extend every schedule, one transaction each; returns how many changed."""
    async with house.database.read() as tx:
        known = await tx.schedules.all_ids()
    done = [await extend(house, schedule_id) for schedule_id in known]
    return sum(bool(one.proposed or one.dropped or one.confirmed) for one in done)


async def extend_in(tx: Unit, schedule: Schedule, now: datetime, *, by: str | None = None) -> Extended:
    """The same within the caller's transaction; exporting to ``destinations`` is left to the caller.

    ``by`` is whose deed led to it. Without it the clock did: a rotation that goes on as everybody knows it gives
    nobody news, so that only those are told who lose what was confirmed.
    """
    await tx.schedules.lock(schedule.id)
    followed = await follow_in(tx, schedule, now)
    if followed.behind:
        return Extended()
    await tx.destinations.mark_made_dirty(schedule.id)
    await tx.shifts.forget_proposed(schedule.id, now)
    rotations = await rotations_of(tx, schedule.id)
    change = propose(rotations, await decided(tx, schedule, now), now, schedule.horizon_days)
    await tx.shifts.remove(change.drop)
    added = tuple(await tx.shifts.add(schedule.id, change.add, now))
    if schedule.confirm_mode == ConfirmMode.AUTOMATICALLY:
        done = await _confirm_all(tx, schedule, now, by)
        return replace(
            done, dropped=change.drop, destinations=tuple(dict.fromkeys((*followed.destinations, *done.destinations)))
        )
    if added:
        await _ask_admins(tx, schedule, added, now)
    return Extended(added, change.drop, destinations=followed.destinations)


async def rotations_of(tx: Unit, schedule_id: int) -> list[Rotation]:
    """Every version of every rotation of a schedule, side by side."""
    return [version for versions in await tx.rotations.of_schedule(schedule_id) for version in versions]


async def decided(tx: Unit, schedule: Schedule, now: datetime) -> list[Shift]:
    """The schedule's shifts as rotations respect them: what came by linking ends where its own assigning starts."""
    shifts = await tx.shifts.of_schedule(schedule.id, now)
    start = schedule.assign_from
    if start is None:
        return shifts
    linked = await tx.shifts.made_at(schedule.id, schedule.created_at, ShiftSource.IMPORT)
    clipped = (replace(s, end=min(s.end, start)) if s.id in linked and s.start < start else s for s in shifts)
    return [shift for shift in clipped if shift.id not in linked or shift.start < start]


async def _confirm_all(tx: Unit, schedule: Schedule, now: datetime, by: str | None) -> Extended:
    waiting = [s for s in await tx.shifts.of_schedule(schedule.id, now) if s.state is ShiftState.PROPOSED]
    done = await confirm_in(tx, schedule, waiting, now, by=by or BATON, gains=by is not None)
    if not done:
        return Extended()
    chosen = await confirmed(tx, {shift.role_id for shift in done}, by_admin=False)
    summary = f"confirmed {len(done)} shifts up to the horizon"
    ids = [shift.id for shift in done]
    note(tx, Actor(schedule.workspace_id, BATON), now, "shifts.confirmed", summary, schedule_id=schedule.id, shifts=ids)
    return Extended(confirmed=tuple(done), destinations=tuple(chosen))


async def _ask_admins(tx: Unit, schedule: Schedule, added: tuple[Shift, ...], now: datetime) -> None:
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    facts = [
        {
            "id": shift.id,
            "role": roles[shift.role_id],
            "user": shift.user,
            "start": shift.start.isoformat(),
            "end": shift.end.isoformat(),
        }
        for shift in added
    ]
    key = f"{schedule.id}:{added[0].id}:{len(added)}"
    await tx.outbox.tell(schedule, NoticeKind.SHIFTS_TO_CONFIRM, key, {"shifts": facts}, now)
