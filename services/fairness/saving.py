"""Setting how a role is filled: previewed, saved from an instant on, and given back to rotations.

Saving stores the version and drops the proposals that it replaces, in one transaction; dealing follows by itself
(:mod:`services.fairness.dealing`), at once where whoever saved waits for it. What is confirmed stays. Rotations that
fill the role end where the version begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.fairness.arrangement import Arrangement, holding, newest, superseded
from oncall.fairness.pieces import pieces, stale
from oncall.fairness.plan import Plan
from oncall.fairness.situation import Situation
from oncall.rotations import Rotation
from oncall.shifts import Shift, ShiftSource, ShiftState
from services.fairness.drafting import FairDraft, begins, rule_problems, shift_problems
from services.fairness.loading import BEYOND, horizon_of, situation_of
from services.fairness.working_out import work_out
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound, Stale
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.kit.wording import by, escape, when
from services.rotations.drafting import holds
from services.rotations.leaving import ended_versions
from services.schedules.horizon import extend_in
from storage.again import run_again
from storage.tables import Role, Schedule
from storage.unit import Unit

SHOWN = timedelta(days=28)
"""How much of the future a preview shows at least."""


@dataclass(frozen=True, slots=True)
class FairPreview:
    """What saving would do: ``plan`` is the role up to the horizon, four weeks at least; rotations end, by name."""

    role: str
    since: datetime
    plan: Plan
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FairSaved:
    """A role whose filling changed, by name, and the rotations that ended for it."""

    schedule_id: int
    schedule: str
    role: str
    since: datetime
    ended: tuple[str, ...] = ()


async def check_shifts(house: House, actor: Actor, draft: FairDraft) -> None:
    """Raises FieldErrors for what is wrong with the first half of the form; NotAllowed, NotFound."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        problems = await shift_problems(tx, schedule, draft)
    if problems:
        raise FieldErrors(problems)


async def preview(house: House, actor: Actor, draft: FairDraft) -> FairPreview:
    """What would be dealt. Raises FieldErrors keyed by the draft's attributes, Stale, NotAllowed,
    NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        role, version, versions = await _changed(tx, schedule, draft, now)
        until = max(version.since + SHOWN, horizon_of(schedule, now) + BEYOND)
        situation = await situation_of(tx, schedule, now, versions, until)
        ends = tuple(one[-1].name for one in await _rotations(tx, schedule.id, role.id, version.since))
    standing = _left(situation, role.id, version.since)
    found = [piece for piece in pieces(situation, until, standing) if piece.role_id == role.id]
    return FairPreview(role.name, version.since, await work_out(house.solver, situation, standing, found), ends)


@run_again
async def save(house: House, actor: Actor, draft: FairDraft) -> FairSaved:
    """Have the role filled like this. Raises what :func:`preview` raises."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        await tx.schedules.lock(schedule.id)
        role, version, versions = await _changed(tx, schedule, draft, now)
        ending = await _rotations(tx, schedule.id, role.id, version.since)
        for one in ending:
            await tx.rotations.save(schedule.id, ended_versions(one, version.since), now)
        await tx.fairness.save(schedule.id, role.id, versions[role.id], now)
        await _drop(tx, schedule, role.id, version.since, now)
        await extend_in(tx, schedule, now, by=actor.user_id)
        await tx.destinations.mark_dirty({role.id})
        ended = tuple(one[-1].name for one in ending)
        said = f"set how *{escape(role.name)}* is filled fairly from {when(version.since)} on"
        note(tx, actor, now, "fair.saved", said, schedule_id=schedule.id, role=role.id, ended=list(ended))
    return FairSaved(schedule.id, schedule.name, role.name, version.since, ended)


@run_again
async def fill_in_order(house: House, actor: Actor, schedule_id: int, role_id: int) -> FairSaved:
    """Nothing more is dealt for the role from now on; what is confirmed stays. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        await tx.schedules.lock(schedule.id)
        role = await _role(tx, schedule, role_id)
        versions = (await tx.fairness.versions(schedule.id)).get(role.id, ())
        if holding(versions, now) is None:
            raise NotFound("That role is filled in order already.")
        await tx.fairness.save(schedule.id, role.id, superseded(versions, now), now)
        await _drop(tx, schedule, role.id, now, now)
        await tx.destinations.mark_dirty({role.id})
        said = f"had *{escape(role.name)}* filled in order again"
        note(tx, actor, now, "fair.ended", said, schedule_id=schedule.id, role=role.id)
    return FairSaved(schedule.id, schedule.name, role.name, now)


async def _changed(
    tx: Unit, schedule: Schedule, draft: FairDraft, now: datetime
) -> tuple[Role, Arrangement, Mapping[int, tuple[Arrangement, ...]]]:
    """The role, its new version, and those of every role once it is saved; raises FieldErrors, Stale."""
    if draft.revision is not None and draft.revision != await tx.fairness.revision(schedule.id):
        story = await _story(tx, schedule, draft)
        raise Stale(f"This changed while you were editing it.{story} Nothing was saved; open it again.")
    problems = await shift_problems(tx, schedule, draft) | rule_problems(draft, now)
    if problems:
        raise FieldErrors(problems)
    role = await _role(tx, schedule, draft.role or 0)
    versions = await tx.fairness.versions(schedule.id)
    known = versions.get(role.id, ())
    since = begins(draft, now)
    version = draft.arrangement(newest(known, now), since)
    return role, version, {**versions, role.id: (*superseded(known, since), version)}


async def _story(tx: Unit, schedule: Schedule, draft: FairDraft) -> str:
    """What somebody did last to the role, or to members who have left since."""
    there = {member.user_id for member in await tx.schedules.members(schedule.id)}
    about = [("role", draft.role or 0), *(("user", user) for user in draft.members if user not in there)]
    known = [line for key, value in about if (line := await tx.audit.newest(schedule.id, key, value))]
    line = max(known, key=lambda one: one.at, default=None)
    return f" {by(line.actor)} {line.summary} ({when(line.at)})." if line else ""


async def _role(tx: Unit, schedule: Schedule, role_id: int) -> Role:
    role = next((role for role in await tx.schedules.roles(schedule.id) if role.id == role_id), None)
    if role is None:
        raise NotFound("That role does not exist any more.")
    return role


async def _rotations(tx: Unit, schedule_id: int, role_id: int, since: datetime) -> list[tuple[Rotation, ...]]:
    """Those that would fill the role after ``since``, as the first or the second role."""
    known = await tx.rotations.of_schedule(schedule_id)
    return [found for found in known if holds(found, since) and any(role_id in one.roles for one in found)]


async def _drop(tx: Unit, schedule: Schedule, role_id: int, since: datetime, now: datetime) -> None:
    """What was dealt for the role and is not confirmed, from ``since`` on."""
    shifts = await tx.shifts.of_schedule(schedule.id, now)
    await tx.fairness.forget_open(role_id, since)
    await tx.shifts.remove((shift for shift in shifts if _is_replaced(shift, role_id, since)), now)


def _left(situation: Situation, role_id: int, since: datetime) -> Sequence[Shift]:
    """What stays: without the proposals that saving drops, those of rotations included."""
    gone = stale(situation)
    proposed = (ShiftSource.ROTATION, ShiftSource.OPTIMISER)
    return [
        shift
        for shift in situation.shifts
        if shift not in gone
        and not (
            shift.role_id == role_id
            and shift.end > since
            and shift.state is ShiftState.PROPOSED
            and shift.source in proposed
        )
    ]


def _is_replaced(shift: Shift, role_id: int, since: datetime) -> bool:
    dealt = shift.state is ShiftState.PROPOSED and shift.source is ShiftSource.OPTIMISER
    return dealt and shift.role_id == role_id and shift.end > since
