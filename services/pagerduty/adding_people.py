"""In whose name people who are missing in an account are added to it."""

from __future__ import annotations

from services.connections.opening import asking, opened
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import administered_connection
from storage.again import run_again
from storage.tables import Connection

USUAL_ROLE = "limited_user"
ROLES = {
    "user": "Manager",
    USUAL_ROLE: "Responder",
    "observer": "Observer",
    "restricted_access": "Restricted access",
}
"""What people who are added may be in PagerDuty, so far as they can be on call then."""


async def author_of(house: House, actor: Actor, connection_id: int) -> str:
    """In whose name people would be added: the actor's, where the account knows their address, else the key's owner's;
    empty for nobody. Raises NotAllowed, Refusal."""
    async with house.database.read() as tx:
        connection = await administered_connection(tx, actor, connection_id)
        person = await tx.people.get(actor.workspace_id, actor.user_id)
    with asking():
        account = opened(house, connection)
        found = await account.find_user(person.email) if person and person.email else None
        found = found or await account.owner()
    return found.email if found else ""


@run_again
async def keep_author(house: House, connection: Connection, author: str | None, role: str) -> Connection:
    """In whose name people are added, and as what; the connection remembers it, so it is asked for once. Raises
    FieldErrors."""
    if author is None:
        return connection
    author = author.strip()
    if author and author.casefold() != connection.from_email.casefold():
        with asking():
            found = await opened(house, connection).find_user(author)
        if found is None:
            raise FieldErrors({"author": f"PagerDuty has nobody with the e-mail address “{author}” in this account."})
    async with house.database.transaction() as tx:
        row = await tx.connections.get(connection.id)
        if row is None:
            return connection
        row.create_users, row.from_email = bool(author), author or row.from_email
        row.user_role = role if role in ROLES else row.user_role
        return row
