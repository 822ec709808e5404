"""Extending schedules to their horizon: what rotations propose is stored, and confirmed where nobody has to be asked.

With *Confirm shifts: By hand* the admins are told of each new batch once and nothing leaves Baton; with
*Automatically* new shifts are confirmed as they are made. Running this again changes nothing, so the clock, a saved
rotation and a changed schedule may all do it.

A schedule that can't be extended, whatever the reason, doesn't keep the others from it: it is tried again every hour,
its admins and the doctor are told why.

A linked schedule brought its external shifts along as confirmed ones. From the day on which its own assigning starts
rotations propose over them, and they go when an admin confirms what was proposed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import zonedata
from oncall.proposals import next_turn, propose
from oncall.rotations import Rotation
from oncall.shifts import Shift, ShiftSource, ShiftState
from services.destinations.marking_due import confirmed
from services.kit.audit import note
from services.kit.house import Actor, House
from services.kit.permissions import administered
from services.schedules.creating import ConfirmMode
from services.schedules.zone_rules import follow_in
from services.shifts.confirming import confirm_in
from storage.again import run_again
from storage.isolation import each
from storage.notices import NoticeKind
from storage.tables import Schedule
from storage.trouble import DatabaseTrouble
from storage.unit import Unit

LONGEST_REST = timedelta(days=7)
"""A schedule is extended at least as often, whatever its rotations say."""

BATON = "baton"
"""Who does what nobody asked for just now, in the audit trail."""


@dataclass(frozen=True, slots=True)
class Extended:
    """What extending did: ``proposed`` wait for an admin, ``confirmed`` were confirmed at once."""

    proposed: tuple[Shift, ...] = ()
    dropped: tuple[Shift, ...] = ()
    confirmed: tuple[Shift, ...] = ()
    destinations: tuple[int, ...] = ()


@run_again
async def extend(house: House, schedule_id: int) -> Extended:
    """Propose shifts up to the schedule's horizon and drop proposals that its rotations don't make any more."""
    async with house.database.transaction() as tx:
        schedule = await tx.schedules.get(schedule_id)
        if schedule is None or schedule.archived_at is not None:
            return Extended()
        return await extend_in(tx, schedule, house.clock.now())


async def extend_all(house: House) -> int:
    """Extend every schedule, one transaction each; returns how many changed."""
    async with house.database.read() as tx:
        known = await tx.schedules.all_ids()
    return await _extend_each(house, known)


async def extend_due(house: House) -> int:
    """Extend the schedules whose horizon has moved on, and try those again that failed; returns how many changed."""
    async with house.database.read() as tx:
        due = await tx.schedules.to_extend(house.clock.now(), zonedata.in_use().version)
    return await _extend_each(house, due)


async def _extend_each(house: House, schedule_ids: Iterable[int]) -> int:
    """Each by itself; admins hear of one that can't be extended, once per reason, and of its recovery."""
    changed: list[int] = []

    async def one(schedule_id: int) -> None:
        done = await extend(house, schedule_id)
        changed.extend([schedule_id] if done.proposed or done.dropped or done.confirmed else [])
        await asyncio.sleep(0)  # Slack is answered by the same loop

    failed = await each(schedule_ids, one, "extending a schedule")
    await each(failed, lambda found: _tell_failure(house, *found), "telling that a schedule can't be extended")
    return len(changed)


@run_again
async def _tell_failure(house: House, schedule_id: int, error: Exception) -> None:
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await tx.schedules.get(schedule_id)
        if schedule is None or schedule.extending_fails == (reason := reason_of(error)):
            return
        schedule.extending_fails = reason
        await _tell(tx, schedule, {"reason": reason}, now)


async def _tell(tx: Unit, schedule: Schedule, facts: dict[str, str], now: datetime) -> None:
    await tx.outbox.tell(schedule, NoticeKind.HORIZON, f"{schedule.id}:{now.isoformat()}", facts, now)


def reason_of(error: Exception) -> str:
    """Why a schedule can't be extended, for its admins."""
    if isinstance(error, ZoneInfoNotFoundError):
        return "A time zone that it uses is not known on this machine any more."
    if isinstance(error, DatabaseTrouble):
        return str(error)
    return "Something unexpected went wrong; whoever runs Baton finds it in the log."


async def failing(house: House, actor: Actor) -> list[tuple[str, str]]:
    """Schedules of the actor's that can't be extended: name and why."""
    async with house.database.read() as tx:
        mine = [schedule.id for schedule in await administered(tx, actor)]
        return [(row.name, row.extending_fails) for row in await tx.schedules.failing_to_extend(mine)]


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
    await tx.fairness.look_at([schedule.id], now)
    rotations = await rotations_of(tx, schedule.id)
    await _noted(tx, schedule, rotations, now)
    change = propose(rotations, await decided(tx, schedule, now), now, schedule.horizon_days)
    await tx.shifts.remove(change.drop, now)
    added = tuple(await tx.shifts.add(schedule.id, change.add, now))
    if schedule.confirm_mode == ConfirmMode.AUTOMATICALLY:
        done = await confirm_all(tx, schedule, now, by)
        return replace(
            done, dropped=change.drop, destinations=tuple(dict.fromkeys((*followed.destinations, *done.destinations)))
        )
    if added:
        await ask_admins(tx, schedule, added, now)
    return Extended(added, change.drop, destinations=followed.destinations)


async def _noted(tx: Unit, schedule: Schedule, rotations: Sequence[Rotation], now: datetime) -> None:
    """How far this goes; should it fail after all, nothing of this transaction stays."""
    horizon = now + timedelta(days=schedule.horizon_days)
    schedule.extended_until = next_turn(rotations, horizon, horizon + LONGEST_REST)
    schedule.extended_with = zonedata.in_use().version
    if schedule.extending_fails:
        schedule.extending_fails = ""
        await _tell(tx, schedule, {"reason": ""}, now)


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


async def confirm_all(tx: Unit, schedule: Schedule, now: datetime, by: str | None) -> Extended:
    """Confirm whatever waits; exporting to ``destinations`` is left to the caller."""
    waiting = [s for s in await tx.shifts.of_schedule(schedule.id, now) if s.state is ShiftState.PROPOSED]
    done = await confirm_in(tx, schedule, waiting, now, by=by or BATON, gains=by is not None)
    if not done:
        return Extended()
    chosen = await confirmed(tx, {shift.role_id for shift in done}, by_admin=False)
    summary = f"confirmed {len(done)} shifts up to the horizon"
    ids = [shift.id for shift in done]
    note(tx, Actor(schedule.workspace_id, BATON), now, "shifts.confirmed", summary, schedule_id=schedule.id, shifts=ids)
    return Extended(confirmed=tuple(done), destinations=tuple(chosen))


async def ask_admins(
    tx: Unit, schedule: Schedule, added: tuple[Shift, ...], now: datetime, fair: dict[str, object] | None = None
) -> None:
    """Tell the admins of a new batch that waits for them; ``fair`` is how good it is, where it was dealt fairly."""
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
    await tx.outbox.tell(
        schedule, NoticeKind.SHIFTS_TO_CONFIRM, key, {"shifts": facts} | ({"fair": fair} if fair else {}), now
    )
