"""Who belongs to a schedule: added, changed, removed, and noticed when Slack says that they are gone.

Whoever leaves is taken out of the rotations from now on. Shifts of theirs that are confirmed stay, since somebody
counts on them: they are listed, and an admin hands them on (:func:`services.shifts.changing.hand_on`). A schedule
always keeps an admin.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall.shifts import ShiftState
from services.fairness.leaving import leave_fair_roles
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import (
    Access,
    administered_schedule,
    admins_of,
    unfit_admins,
    visible_schedule,
)
from services.people.deactivated import gone_among
from services.people.new_admin import ask_for_admins
from services.rotations.leaving import leave_rotations
from services.rotations.openings import cautions_of, openings, outlook_of
from services.schedules.horizon import BATON, extend_in
from services.shifts.cautions import beneath, heed
from services.shifts.each_change import ShiftRef
from storage.again import run_again
from storage.notices import NoticeKind
from storage.tables import Member, Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """What a person chose for somebody."""

    user_id: str | None
    access: Access = Access.MEMBER
    assignable: bool = True


@dataclass(frozen=True, slots=True)
class HeldShift:
    """A confirmed shift ahead of somebody who left."""

    ref: ShiftRef
    role: str
    start: datetime
    end: datetime

    def facts(self) -> dict[str, Any]:
        """As notices have it."""
        return {"id": self.ref.id, "role": self.role, "start": self.start.isoformat(), "end": self.end.isoformat()}


@dataclass(frozen=True, slots=True)
class Left:
    """What leaving did: the rotations that go on without them, and the shifts that stay theirs for now."""

    user_id: str
    schedule: str
    rotations: tuple[str, ...]
    shifts: tuple[HeldShift, ...]


@run_again
async def add_member(house: House, actor: Actor, schedule_id: int, draft: MemberDraft) -> None:
    """Add somebody at the end of the list. Raises FieldErrors(user_id), NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.schedules.lock(schedule_id)
        schedule = await administered_schedule(tx, actor, schedule_id)
        user = await _living(tx, schedule, draft.user_id)
        await _fit(tx, schedule, user, draft.access)
        members = await tx.schedules.members(schedule.id)
        if any(member.user_id == user for member in members):
            raise FieldErrors({"user_id": "They are on this schedule already."})
        position = max((member.position for member in members), default=-1) + 1
        await tx.schedules.add_member(
            Member(
                schedule_id=schedule.id,
                user_id=user,
                access=draft.access,
                assignable=draft.assignable,
                position=position,
            )
        )
        await tell_member(tx, schedule, user, "added", actor, now)
        summary = f"added <@{user}> as {draft.access.value}"
        note(tx, actor, now, "member.added", summary, schedule_id=schedule.id, user=user)


@run_again
async def change_member(
    house: House, actor: Actor, schedule_id: int, draft: MemberDraft, accepted: str | None = None
) -> Left:
    """Change what somebody may do; who can't be assigned any more leaves the rotations. Raises as above, Refusal, and
    Warned where that makes a gap; ``accepted`` None asks nobody."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.schedules.lock(schedule_id)
        schedule = await administered_schedule(tx, actor, schedule_id)
        member = await _member(tx, schedule, draft.user_id)
        await _fit(tx, schedule, member.user_id, draft.access)
        if draft.access != Access.ADMIN:
            await _keep_an_admin(tx, schedule, member.user_id)
        await _present(tx, schedule, member.user_id, draft)
        member.access, member.assignable = draft.access, draft.assignable
        left, _destinations = (
            (await _leave_heeding(tx, schedule, member.user_id, now, actor, accepted))
            if not draft.assignable
            else (None, ())
        )
        await tell_member(tx, schedule, member.user_id, "changed", actor, now)
        what = f"{draft.access.value}, {'assignable' if draft.assignable else 'not assignable'}"
        summary = f"made <@{member.user_id}> {what}"
        note(tx, actor, now, "member.changed", summary, schedule_id=schedule.id, user=member.user_id)
    return left or Left(member.user_id, schedule.name, (), ())


@run_again
async def remove_member(
    house: House, actor: Actor, schedule_id: int, user_id: str, accepted: str | None = None
) -> Left:
    """Take somebody off a schedule. Raises Refusal for the last admin, Warned where that makes a gap (``accepted`` None
    asks nobody), NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.schedules.lock(schedule_id)
        schedule = await administered_schedule(tx, actor, schedule_id)
        member = await _member(tx, schedule, user_id)
        await _keep_an_admin(tx, schedule, member.user_id)
        await tell_member(tx, schedule, user_id, "removed", actor, now)
        await tx.schedules.remove_member(schedule.id, user_id)
        left, _destinations = await _leave_heeding(tx, schedule, user_id, now, actor, accepted)
        summary = f"removed <@{user_id}>"
        note(tx, actor, now, "member.removed", summary, schedule_id=schedule.id, user=user_id)
    return left


@run_again
async def notice_gone(house: House, workspace_id: int, user_ids: Collection[str] | None = None) -> int:
    """Flag what is ahead of people who were deactivated in Slack to the admins, once; returns how many were new.

    Shifts that they were given since, or that they have on schedules that they had left before, are flagged as well.
    ``user_ids`` limits it to these. Who comes back is watched again. Where nobody is gone nothing is locked.
    """
    now = house.clock.now()
    async with house.database.read() as tx:
        concerned = set(await tx.schedules.missing_somebody(workspace_id))
        concerned |= {schedule for schedule, *_ in await tx.shifts.of_the_gone(workspace_id, now)}
    if not concerned:
        return 0
    flagged = 0
    destinations: list[int] = []
    async with house.database.transaction() as tx:
        await tx.schedules.lock(*concerned)
        memberships = await tx.schedules.memberships(concerned)
        asked = {member.user_id for _, member in memberships} | set(user_ids or ())
        people = await tx.people.named(workspace_id, asked)
        for schedule, member in memberships:
            person = people.get(member.user_id)
            if person is None or (user_ids is not None and member.user_id not in user_ids):
                continue
            if not person.deleted:
                member.gone_at = None
            elif member.gone_at is None:
                member.gone_at = now
                destinations.extend(await _flag(tx, schedule, member.user_id, now))
                flagged += 1
        if user_ids is None or any(people[user].deleted for user in user_ids if user in people):
            await _flag_later_shifts(tx, workspace_id, memberships, now)
            await ask_for_admins(tx, memberships, people, now)
    return flagged


async def _flag(tx: Unit, schedule: Schedule, user: str, now: datetime) -> tuple[int, ...]:
    left, destinations = await _leave(tx, schedule, user, now, BATON)
    await _tell_gone(tx, schedule, user, left.shifts, now.isoformat(), now, left.rotations)
    actor = Actor(schedule.workspace_id, BATON)
    summary = f"noticed that <@{user}> was deactivated in Slack"
    note(tx, actor, now, "member.gone", summary, schedule_id=schedule.id, user=user)
    return destinations


async def _flag_later_shifts(
    tx: Unit, workspace_id: int, memberships: Sequence[tuple[Schedule, Member]], now: datetime
) -> None:
    """What somebody who is gone was given after that was noticed, or holds on a schedule that they don't belong to."""
    noticed = {(schedule.id, member.user_id): member.gone_at for schedule, member in memberships}
    newest: dict[tuple[int, str], tuple[datetime, int]] = {}
    for schedule_id, user, shift_id, created_at in await tx.shifts.of_the_gone(workspace_id, now):
        made = (created_at, shift_id)
        newest[(schedule_id, user)] = max(newest.get((schedule_id, user), made), made)
    for (schedule_id, user), (created_at, shift_id) in sorted(newest.items()):
        known_at = noticed.get((schedule_id, user))
        schedule = await tx.schedules.get(schedule_id)
        if schedule is None or (known_at is not None and created_at <= known_at):
            continue
        await _tell_gone(tx, schedule, user, await held_by(tx, schedule, user, now), str(shift_id), now)


async def _tell_gone(
    tx: Unit,
    schedule: Schedule,
    user: str,
    shifts: Sequence[HeldShift],
    key: str,
    now: datetime,
    rotations: Sequence[str] = (),
) -> None:
    facts = {"user": user, "shifts": [one.facts() for one in shifts], "rotations": list(rotations)}
    await tx.outbox.tell(schedule, NoticeKind.MEMBER_GONE, f"{schedule.id}:{user}:{key}", facts, now)


async def tell_member(tx: Unit, schedule: Schedule, user: str, what: str, actor: Actor, now: datetime) -> None:
    """Tell a member what somebody did about their part in a schedule, and which confirmed shifts are ahead of them."""
    member = await tx.schedules.member(schedule.id, user)
    facts: dict[str, Any] = {
        "what": what,
        "user": user,
        "by": actor.user_id,
        "access": member.access if member else "",
        "assignable": bool(member and member.assignable),
        "shifts": [one.facts() for one in await held_by(tx, schedule, user, now)],
    }
    await tx.outbox.tell(schedule, NoticeKind.MEMBERSHIP, f"{schedule.id}:{user}:{now.isoformat()}", facts, now)


async def held_by(tx: Unit, schedule: Schedule, user: str, now: datetime) -> tuple[HeldShift, ...]:
    """The confirmed shifts of somebody that are not over, soonest first."""
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    return tuple(
        HeldShift(ShiftRef(s.id or 0, s.revision), roles[s.role_id], s.start, s.end)
        for s in await tx.shifts.of_schedule(schedule.id, now)
        if s.user == user and s.state is ShiftState.CONFIRMED
    )


async def ahead(house: House, actor: Actor, schedule_id: int) -> Mapping[str, Sequence[HeldShift]]:
    """Who has which confirmed shifts that are not over, soonest first. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
        shifts = await tx.shifts.of_schedule(schedule.id, now)
    found: dict[str, list[HeldShift]] = {}
    for one in shifts:
        if one.user and one.state is ShiftState.CONFIRMED:
            held = HeldShift(ShiftRef(one.id or 0, one.revision), roles[one.role_id], one.start, one.end)
            found.setdefault(one.user, []).append(held)
    return found


async def _leave(tx: Unit, schedule: Schedule, user: str, now: datetime, by: str) -> tuple[Left, tuple[int, ...]]:
    rotations = await leave_rotations(tx, schedule, user, now) + await leave_fair_roles(tx, schedule, user, now)
    extended = await extend_in(tx, schedule, now, by=by)
    held = await held_by(tx, schedule, user, now)
    return Left(user, schedule.name, tuple(rotations), held), extended.destinations


async def _leave_heeding(
    tx: Unit, schedule: Schedule, user: str, now: datetime, actor: Actor, accepted: str | None
) -> tuple[Left, tuple[int, ...]]:
    """The same, asking first where nobody is left for a time."""
    before = await outlook_of(tx, schedule, now)
    done = await _leave(tx, schedule, user, now, actor.user_id)
    if done[0].rotations:
        found = await openings(tx, schedule, before, await outlook_of(tx, schedule, now), now)
        over = await beneath(tx, schedule, {one.role: one.times for one in found})
        heed([*cautions_of(found, now), *over], accepted)
    return done


async def _living(tx: Unit, schedule: Schedule, user_id: str | None) -> str:
    person = await tx.people.get(schedule.workspace_id, user_id) if user_id else None
    if person is None or person.deleted or person.is_bot:
        raise FieldErrors({"user_id": "Choose a person of this workspace."})
    return person.user_id


async def _present(tx: Unit, schedule: Schedule, user: str, draft: MemberDraft) -> None:
    """Raises FieldErrors where somebody who was deactivated in Slack would decide or be on call."""
    wanted = {"access": draft.access == Access.ADMIN, "assignable": draft.assignable}
    if any(wanted.values()) and await gone_among(tx, schedule.workspace_id, [user]):
        raise FieldErrors({name: "They were deactivated in Slack." for name, chosen in wanted.items() if chosen})


async def _fit(tx: Unit, schedule: Schedule, user: str, access: Access) -> None:
    """Raises FieldErrors for an admin who may never administer anything."""
    if access == Access.ADMIN and await unfit_admins(tx, schedule.workspace_id, [user]):
        raise FieldErrors({"access": "Guests and people of other companies can't be admins."})


async def _member(tx: Unit, schedule: Schedule, user_id: str | None) -> Member:
    member = await tx.schedules.member(schedule.id, user_id) if user_id else None
    if member is None:
        raise NotFound("They are not on this schedule any more.")
    return member


async def _keep_an_admin(tx: Unit, schedule: Schedule, leaving: str) -> None:
    if await admins_of(tx, schedule.id) == [leaving]:
        raise Refusal(f"<@{leaving}> is the last admin of this schedule. Make somebody else an admin first.")
