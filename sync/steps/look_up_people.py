"""Who a Slack user is in the external system: found by exact e-mail once, known by id from then on.

An id that the other side refuses to assign is looked up: a person who was deleted there is forgotten, and found anew by
e-mail or named in the status. Whoever is not there is added, where the connection allows it and the mode lets anything
be written at all. Nobody is ever deleted. A reply that was lost leaves no doubt: the next look-up finds the person, or
it is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping

from storage.database import Database
from storage.tables import ExternalUser, Person
from sync.context import Context
from sync.core.model import Mode
from sync.ports import Editor, NewUser, Refused, RemoteUser
from sync.steps.confirm import fenced


async def learn_people(database: Database, context: Context, account: Editor, *, agreed: bool = False) -> bool:
    """Look up those of the context's people who are not known yet and remember the ones that are found or added;
    whether there were any. ``agreed`` says that an admin just let something be written."""
    found: dict[str, RemoteUser] = {}
    try:
        for user in context.strange:
            person = context.people.get(user)
            remote = await _found_or_added(context, account, person, agreed) if person and person.email else None
            if remote is not None:
                found[user] = remote
    finally:
        if found:
            await _keep(database, context, found)
    return bool(found)


async def _keep(database: Database, context: Context, found: Mapping[str, RemoteUser]) -> None:
    """Remember who was found, so far as no admin has matched either side with somebody else: that word counts."""
    async with fenced(database, context, context.now) as tx:
        await tx.connections.lock(context.connection.id)
        known = await tx.connections.users(context.connection.id)
        holders = {one.external_id: one.user_id for one in known if one.user_id is not None}
        context.external_ids |= {holder: external_id for external_id, holder in holders.items()}
        new: list[ExternalUser] = []
        for user, remote in found.items():
            if user in context.external_ids:
                continue
            if holder := holders.get(remote.id):
                person = await tx.people.get(context.schedule.workspace_id, holder)
                other = (person.real_name or person.name) if person else holder
                context.refusals[user] = _taken(context, user, remote, other)
                continue
            context.external_ids[user], holders[remote.id] = remote.id, user
            new.append(context.external_user(remote.id, remote, user))
        await tx.connections.keep_users(new)


def _taken(context: Context, user: str, remote: RemoteUser, other: str) -> str:
    name = context.called(user)
    return (
        f"{remote.name} in {context.system.name} has the e-mail address of {name} and is the match of {other}, so the "
        f"shifts of {name} are not exported. Put it right with Match person."
    )


async def forget_departed(database: Database, context: Context, account: Editor) -> bool:
    """Forget those of whom something was refused and who are not there any more; whether there were any."""
    gone = [one for one in sorted(context.doubtful & context.known) if await account.get_user(one) is None]
    context.doubtful.clear()
    if not gone:
        return False
    async with fenced(database, context, context.now) as tx:
        await tx.connections.forget_users(context.connection.id, gone)
    context.external_ids = {user: known for user, known in context.external_ids.items() if known not in gone}
    return True


async def _found_or_added(context: Context, account: Editor, person: Person, agreed: bool) -> RemoteUser | None:
    remote = await account.find_user(person.email)
    if remote is not None or not _may_add(context, agreed):
        return remote
    connection = context.connection
    name = person.real_name or person.name
    new = NewUser(name, person.email, person.time_zone, connection.user_role, connection.from_email)
    try:
        return await account.create_user(new)
    except Refused as refused:
        remote = await account.find_user(person.email)  # another destination may have added them this moment
        if remote is None:
            context.refusals[person.user_id] = str(refused)
        return remote


def _may_add(context: Context, agreed: bool) -> bool:
    connection, destination = context.connection, context.destination
    waits = destination.paused or context.mode is Mode.MANUAL_EXPORT
    return connection.create_users and bool(connection.from_email) and (agreed or not waits)
