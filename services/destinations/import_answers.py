"""What people answer to imports: match a person, restore a shift that was removed in the external system."""

from __future__ import annotations

from oncall.systems import system
from services.destinations.configuring import administered_destination
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.kit.wording import escape
from services.people.matching import free_of_others
from services.shifts.assigning import AssignDraft, Assigned, assign_shift
from storage.again import run_again
from storage.tables import ExternalUser
from storage.unit import Unit


@run_again
async def match_person(house: House, actor: Actor, destination_id: int, external_id: str, user_id: str | None) -> None:
    """Say which Slack user an external person is. Raises FieldErrors, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row, schedule = await administered_destination(tx, actor, destination_id)
        there = system(row.system)
        await tx.destinations.hold_account(row.connection_id)
        await tx.connections.lock(row.connection_id)
        person = await tx.people.get(actor.workspace_id, user_id) if user_id else None
        users = {user.external_id: user for user in await tx.connections.users(row.connection_id)}
        if external_id not in users:
            raise NotFound(f"{there.start} has not shown this person to Baton.")
        if person is None or person.is_bot:
            raise FieldErrors({"user_id": "Choose a Slack user."})
        if person.deleted:
            raise FieldErrors({"user_id": "They were deactivated in Slack, so they can't be on call here."})
        taken = next((u for u in users.values() if u.user_id == person.user_id and u.external_id != external_id), None)
        if taken is not None:
            name = taken.name or taken.external_id
            raise FieldErrors({"user_id": f"This person is {name} in {there.name} already."})
        await _refuse_taken(tx, actor, users[external_id], person.user_id)
        users[external_id].user_id = person.user_id
        summary = f"matched {escape(users[external_id].name)} in {there.name} with <@{person.user_id}>"
        note(tx, actor, now, "person.matched", summary, schedule_id=schedule.id, destination_id=row.id)
        await tx.destinations.mark_account_dirty(row.connection_id)


async def _refuse_taken(tx: Unit, actor: Actor, external: ExternalUser, user: str) -> None:
    try:
        await free_of_others(tx, actor, external, user)
    except FieldErrors as problem:
        raise FieldErrors({"user_id": str(problem)}) from problem


async def external_name(house: House, actor: Actor, destination_id: int, external_id: str) -> str:
    """How the external system calls a person. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        row, _schedule = await administered_destination(tx, actor, destination_id)
        users = await tx.connections.users(row.connection_id)
    return next((user.name for user in users if user.external_id == external_id and user.name), external_id)


async def restore_shift(house: House, actor: Actor, shift_id: int, user_id: str) -> Assigned:
    """Put somebody back on a shift that was unassigned by an import. Raises Refusal, NotAllowed, NotFound."""
    async with house.database.read() as tx:
        shift = await tx.shifts.get(shift_id)
        if shift is None:
            raise NotFound("That shift was changed meanwhile; nothing was restored.")
        role = await tx.schedules.role(shift.role_id)
        if role is None:
            raise NotFound("That shift's schedule does not exist any more.")
        await administered_schedule(tx, actor, role.schedule_id)
        if shift.user is not None:
            raise Refusal(f"<@{shift.user}> is assigned there already; nothing was restored.")
        now = house.clock.now()
        if shift.end <= now:
            raise Refusal("That shift is over; nothing was restored.")
    start = max(shift.start, now.replace(microsecond=0))
    return await assign_shift(house, actor, AssignDraft(role.schedule_id, role.id, user_id, start, shift.end))
