"""Looking after connections: naming their admins, and removing them.

The admins of the Slack workspace always administer every connection, so one is never without anybody; whoever is named
beside them must be a person of the workspace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.texts import access as texts
from notices.texts.marks import Message
from notices.texts.shapes import post
from oncall.systems import System, system
from services.connections.opening import NO_KEY
from services.destinations.configuring import retire
from services.kit.audit import note
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import (
    administered_connection,
    admins_of,
    connection_admins,
    mentions,
    unfit_admins,
    workspace_admins,
)
from services.kit.wording import escape
from storage.again import run_again
from storage.notices import NoticeKind
from storage.outgoing import NewItem
from storage.repositories.access import AccessState
from storage.tables import Connection
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class InUse:
    """A destination that a connection serves."""

    schedule_id: int
    schedule: str
    role: str
    external: str


@dataclass(frozen=True, slots=True)
class Removal:
    """What stops when a connection is removed."""

    id: int
    account: str
    uses: tuple[InUse, ...]
    system: System


async def named_admins(house: House, actor: Actor, connection_id: int) -> list[str]:
    """Who was named, without the workspace's admins. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        connection = await administered_connection(tx, actor, connection_id)
        return await tx.connections.admins(connection.id)


@run_again
async def name_admins(house: House, actor: Actor, connection_id: int, users: Sequence[str]) -> None:
    """These administer it from now on, beside the workspace's admins. Raises FieldErrors, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        connection = await administered_connection(tx, actor, connection_id)
        await _check(tx, actor, users)
        before = await tx.connections.admins(connection.id)
        await tx.connections.set_admins(connection.id, users)
        summary = f"named the admins of the {called(connection)}: {mentions(users)}"
        note(tx, actor, now, "connection.admins", summary)
        new = [user for user in users if user not in before and user != actor.user_id]
        await _tell_admins(tx, connection, new, f"named:{connection.id}:{now.isoformat()}", house)


async def _check(tx: Unit, actor: Actor, users: Sequence[str]) -> None:
    unfit = await unfit_admins(tx, actor.workspace_id, users)
    known = await tx.people.named(actor.workspace_id, users)
    if unfit or len(known) < len(set(users)):
        names = ", ".join(one.real_name or one.name for one in unfit) or "somebody whom Baton does not know"
        raise FieldErrors({"admins": f"Guests, apps and people of other companies can't administer it: {names}."})
    if not users and not await workspace_admins(tx, actor.workspace_id):
        raise FieldErrors({"admins": "Choose at least one person; Baton knows no admin of your Slack workspace."})


async def removal(house: House, actor: Actor, connection_id: int) -> Removal:
    """What would stop. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        connection = await administered_connection(tx, actor, connection_id)
        return Removal(connection.id, connection.subdomain, tuple(await _uses(tx, connection)), system(connection.kind))


@run_again
async def remove_connection(house: House, actor: Actor, connection_id: int) -> Removal:
    """Forget the key and stop every export over it; what was exported stays there. The admins of the schedules
    that used it are told. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        connection = await administered_connection(tx, actor, connection_id)
        await tx.destinations.hold_account(connection.id)
        uses = await _uses(tx, connection)
        for destination in await tx.destinations.of_connection(connection.id):
            await retire(tx, destination, now)
        for state in (AccessState.OPEN, AccessState.ALLOWED):
            for request in await tx.access.in_state(state):
                if request.connection_id == connection.id:
                    await tx.access.move(request, state, AccessState.LAPSED, now, actor.user_id)
        connection.secret, connection.state, connection.state_reason = "", "error", NO_KEY
        connection.removed_at = now
        await tx.connections.set_admins(connection.id, [])
        await _tell_users(tx, actor, connection, uses, house)
        note(tx, actor, now, "connection.removed", f"removed the {called(connection)}")
        return Removal(connection.id, connection.subdomain, tuple(uses), system(connection.kind))


def called(connection: Connection) -> str:
    """A connection, in the audit trail."""
    return f"{system(connection.kind).connection} {escape(connection.subdomain)}"


async def _uses(tx: Unit, connection: Connection) -> list[InUse]:
    found: list[InUse] = []
    for row in await tx.destinations.of_connection(connection.id):
        schedule, role = await tx.schedules.get(row.schedule_id), await tx.schedules.role(row.role_id)
        if schedule is not None and role is not None:
            found.append(InUse(schedule.id, schedule.name, role.name, row.external_name))
    return found


async def _tell_users(tx: Unit, actor: Actor, connection: Connection, uses: Sequence[InUse], house: House) -> None:
    now, lost = house.clock.now(), dict[str, list[InUse]]()
    for use in uses:
        for admin in await admins_of(tx, use.schedule_id):
            lost.setdefault(admin, []).append(use)
    lost.pop(actor.user_id, None)
    key = f"removed:{connection.id}:{now.isoformat()}"
    for admin, theirs in lost.items():
        named = [{"schedule": one.schedule, "role": one.role, "external": one.external} for one in theirs]
        facts = {"by": actor.user_id, "account": connection.subdomain, "uses": named, "system": connection.kind}
        await tx.outbox.put([_item(connection, key, admin, texts.connection_removed(facts), house)])


@run_again
async def tell_admins(house: House, workspace_id: int) -> int:
    """Tell everybody who administers a connection since connections have admins, once; returns how many connections.

    It waits until the workspace's people are known.
    """
    told = 0
    async with house.database.transaction() as tx:
        for connection in await tx.connections.of_workspace(workspace_id):
            admins = await connection_admins(tx, connection)
            if connection.admins_told or not admins:
                continue
            connection.admins_told = True
            await _tell_admins(tx, connection, admins, f"migrated:{connection.id}", house)
            told += 1
    return told


async def _tell_admins(tx: Unit, connection: Connection, users: Sequence[str], key: str, house: House) -> None:
    admins = await connection_admins(tx, connection)
    facts = {
        "system": connection.kind,
        "account": connection.subdomain,
        "admins": admins,
        "uses": [f"{one.schedule} ({one.role}) to {one.external}" for one in await _uses(tx, connection)],
    }
    message = texts.admins_named(facts)
    await tx.outbox.put([_item(connection, key, user, message, house) for user in users])


def _item(connection: Connection, key: str, target: str, message: Message, house: House) -> NewItem:
    payload = {"schedule_id": 0, **post(message)}
    return item(
        connection.workspace_id,
        NoticeKind.CONNECTION_ADMINS,
        f"connection:{key}",
        Method.SLACK,
        target,
        payload,
        house.clock.now(),
    )
