"""Who a Slack user is in the external system: found by exact e-mail once, known by id from then on."""

from __future__ import annotations

from storage.database import Database
from storage.tables import ExternalUser
from sync.context import Context
from sync.ports import Account


async def learn_people(database: Database, context: Context, account: Account) -> None:
    """Look up those of the context's people who are not known yet and remember the ones that are found."""
    found: list[ExternalUser] = []
    for user in context.strange:
        person = context.people.get(user)
        remote = await account.find_user(person.email) if person and person.email else None
        if remote is not None:
            context.external_ids[user] = remote.id
            found.append(context.external_user(remote.id, remote, user))
    if found:
        async with database.transaction() as tx:
            await tx.connections.keep_users(found)
