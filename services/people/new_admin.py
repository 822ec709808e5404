"""Schedules that nobody administers any more: somebody is asked to name a new admin.

Whoever was deactivated in Slack decides nothing. When that leaves a schedule without an admin, its notices go to the
Slack workspace's admins, else to its members, else to its channel (:mod:`notices.deciding.roll`), and the same people
can name an admin: workspace admins always can, members where the workspace has no admin that Baton knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, Refusal
from services.kit.house import Actor, House, Standing
from services.kit.permissions import (
    Access,
    admins_of,
    may_change,
    refuse_outsiders,
    visible_schedule,
)
from services.kit.wording import escape
from services.people.directory import standing
from storage.again import run_again
from storage.notices import NoticeKind
from storage.tables import Member, Person, Schedule
from storage.unit import Unit


async def ask_for_admins(
    tx: Unit, memberships: Sequence[tuple[Schedule, Member]], people: Mapping[str, Person], now: datetime
) -> None:
    """Ask once for a new admin of every schedule whose admins are all gone."""
    admins: dict[int, tuple[Schedule, list[Member]]] = {}
    for schedule, member in memberships:
        if member.access == Access.ADMIN:
            admins.setdefault(schedule.id, (schedule, []))[1].append(member)
    for schedule, listed in admins.values():
        gone = [m for m in listed if (person := people.get(m.user_id)) is not None and person.deleted]
        if len(gone) < len(listed):
            continue
        since = max((member.gone_at for member in gone if member.gone_at), default=now)
        facts = {"gone": [member.user_id for member in gone]}
        await tx.outbox.tell(schedule, NoticeKind.ADMIN_WANTED, f"{schedule.id}:{since.isoformat()}", facts, now)


async def check_may_name(house: House, actor: Actor, schedule_id: int) -> str:
    """The schedule's name, if the actor may name an admin of it. Raises Refusal, NotAllowed, NotFound."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        await _require(tx, actor, schedule)
    return schedule.name


@run_again
async def name_admin(house: House, actor: Actor, schedule_id: int, user_id: str | None) -> str:
    """Make somebody an admin of a schedule without one; its name. Raises FieldErrors(user_id), and as above."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.schedules.lock(schedule_id)
        schedule = await visible_schedule(tx, actor, schedule_id)
        await _require(tx, actor, schedule)
        person = await tx.people.get(schedule.workspace_id, user_id) if user_id else None
        if person is None or standing(person) is not Standing.PERSON:
            raise FieldErrors({"user_id": "Choose a person of this workspace who is active in Slack, and no guest."})
        await _promote(tx, schedule, person.user_id)
        summary = f"named <@{person.user_id}> as admin"
        note(tx, actor, now, "admin.named", summary, schedule_id=schedule.id, user=person.user_id)
        if person.user_id != actor.user_id:
            facts = {"what": "changed", "user": person.user_id, "by": actor.user_id, "access": Access.ADMIN}
            member = await tx.schedules.member(schedule.id, person.user_id)
            facts |= {"assignable": bool(member and member.assignable), "shifts": []}
            key = f"{schedule.id}:{person.user_id}:{now.isoformat()}"
            await tx.outbox.tell(schedule, NoticeKind.MEMBERSHIP, key, facts, now)
    return schedule.name


async def _require(tx: Unit, actor: Actor, schedule: Schedule) -> None:
    """Admins always may; members only while nobody else can, and never guests."""
    refuse_outsiders(actor)
    if await may_change(tx, actor, schedule.id):
        return
    known = await admins_of(tx, schedule.id)
    name = escape(schedule.name)
    if known:
        who = ", ".join(f"<@{user}>" for user in known)
        raise Refusal(f"*{name}* has an admin again: {who}. Nothing is left to do.")
    if await tx.people.workspace_admins(schedule.workspace_id):
        raise NotAllowed(f"*{name}* has no admin now. A Slack workspace admin has to name one.")
    if await tx.schedules.member(schedule.id, actor.user_id) is None:
        raise NotAllowed(f"Only members of *{name}* can name an admin for it.")


async def _promote(tx: Unit, schedule: Schedule, user: str) -> None:
    member = await tx.schedules.member(schedule.id, user)
    if member is not None:
        member.access = Access.ADMIN
        return
    members = await tx.schedules.members(schedule.id)
    position = max((one.position for one in members), default=-1) + 1
    await tx.schedules.add_member(
        Member(schedule_id=schedule.id, user_id=user, access=Access.ADMIN, assignable=False, position=position)
    )
