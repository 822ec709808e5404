"""Who may do what; docs/permissions.md shows all of it as one table.

=======================  =================================================================================
what                     who
=======================  =================================================================================
a schedule               its admins and Slack workspace admins change it; anyone may look
making schedules         what the workspace's admins set: everybody (the default), they alone, or a list
a connection             its admins and Slack workspace admins see it, and decide what it is used for
the workspace's rules    Slack workspace admins
=======================  =================================================================================

Guests, apps and people of other companies administer nothing, whatever else is said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from services.kit.errors import NotAllowed, NotFound
from services.kit.house import Actor, Standing
from services.kit.wording import escape
from services.people.deactivated import gone_among
from services.people.directory import is_workspace_admin, standing
from storage.tables import Connection, Person, Schedule
from storage.unit import Unit

MOST_NAMED = 20


class Access(StrEnum):
    """What a member of a schedule may do. Viewers are kept informed; members are on call; admins change things."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Creators(StrEnum):
    """Who may make schedules in a workspace."""

    EVERYBODY = "everybody"
    ADMINS = "admins"
    LISTED = "listed"


OUTSIDE = {
    Standing.GUEST: "Guests of this workspace can't administer anything in Baton. Ask one of its members.",
    Standing.STRANGER: "People of other companies can't administer anything in this workspace's Baton.",
    Standing.BOT: "Apps can't administer anything in Baton.",
    Standing.UNKNOWN: "Baton does not know you yet, so you can't administer anything. Try again in a few minutes.",
}


def refuse_outsiders(actor: Actor) -> None:
    """Raises NotAllowed for whoever may never administer anything."""
    if actor.is_outside:
        raise NotAllowed(OUTSIDE[actor.standing])


async def visible_schedule(tx: Unit, actor: Actor, schedule_id: int) -> Schedule:
    """The schedule, to be looked at only, if it is one of the actor's workspace; raises NotFound."""
    return require_visible(actor, await tx.schedules.seen(schedule_id))


def require_visible(actor: Actor, schedule: Schedule | None) -> Schedule:
    """The same of a schedule that was read already."""
    if schedule is None or schedule.workspace_id != actor.workspace_id or schedule.archived_at is not None:
        raise NotFound("That schedule does not exist any more.")
    return schedule


async def administered_schedule(tx: Unit, actor: Actor, schedule_id: int) -> Schedule:
    """The schedule, if the actor may change it; raises NotFound or NotAllowed."""
    await seen_schedule(tx, actor, schedule_id)
    return require_visible(actor, await tx.schedules.get(schedule_id))


async def seen_schedule(tx: Unit, actor: Actor, schedule_id: int) -> Schedule:
    """The same, where what changes is not the schedule itself but what belongs to it."""
    part = await tx.schedules.part(schedule_id, actor.user_id)
    schedule = require_visible(actor, part and part.schedule)
    await require_schedule_admin(tx, actor, schedule)
    return schedule


async def require_schedule_admin(tx: Unit, actor: Actor, schedule: Schedule) -> None:
    """Raises NotAllowed with the names of those who may."""
    refuse_outsiders(actor)
    if not await may_change(tx, actor, schedule.id):
        who = mentions(await admins_of(tx, schedule.id))
        raise NotAllowed(
            f"Only admins of *{escape(schedule.name)}* can do that: {who}. Slack workspace admins can, too."
        )


async def may_change(tx: Unit, actor: Actor, schedule_id: int) -> bool:
    if actor.is_outside:
        return False
    return actor.is_workspace_admin or await _is_admin(tx, actor, schedule_id)


async def _is_admin(tx: Unit, actor: Actor, schedule_id: int) -> bool:
    """Whether they are among :func:`admins_of`."""
    part = await tx.schedules.part(schedule_id, actor.user_id)
    return bool(part and part.member and part.member.access == Access.ADMIN and not part.is_gone)


async def admins_of(tx: Unit, schedule_id: int) -> list[str]:
    """A schedule's admins who are still in Slack; whoever was deactivated decides nothing any more."""
    admins = [m.user_id for m in await tx.schedules.members(schedule_id) if m.access == Access.ADMIN]
    schedule = await tx.schedules.get(schedule_id) if admins else None
    gone = await gone_among(tx, schedule.workspace_id, admins) if schedule else set[str]()
    return [user for user in admins if user not in gone]


async def administered(tx: Unit, actor: Actor) -> list[Schedule]:
    """Every schedule of the workspace that the actor may change, archived ones left out."""
    if actor.is_outside:
        return []
    if actor.is_workspace_admin:
        return [schedule for schedule, _team in await tx.schedules.active(actor.workspace_id)]
    mine = set(await tx.schedules.administered_by(actor.workspace_id, actor.user_id))
    return [schedule for schedule, _team in await tx.schedules.active(actor.workspace_id) if schedule.id in mine]


async def is_some_admin(tx: Unit, actor: Actor) -> bool:
    """Whether the actor administers anything: a schedule, or the workspace."""
    if actor.is_outside:
        return False
    return actor.is_workspace_admin or bool(await tx.schedules.administered_by(actor.workspace_id, actor.user_id))


async def require_some_admin(tx: Unit, actor: Actor, what: str) -> None:
    """Raises NotAllowed to whoever administers nothing; ``what`` is what they can't do."""
    refuse_outsiders(actor)
    if not await is_some_admin(tx, actor):
        raise NotAllowed(f"Only admins of a schedule and Slack workspace admins can {what}.")


def require_workspace_admin(actor: Actor, what: str) -> None:
    """Raises NotAllowed to everybody else."""
    refuse_outsiders(actor)
    if not actor.is_workspace_admin:
        raise NotAllowed(f"Only admins of the Slack workspace can {what}.")


async def may_create(tx: Unit, actor: Actor) -> bool:
    """Whether the actor may make schedules, by what the workspace's admins have set."""
    if actor.is_outside:
        return False
    workspace = await tx.people.workspace_by_id(actor.workspace_id)
    if actor.is_workspace_admin or workspace is None or workspace.creators == Creators.EVERYBODY:
        return True
    return workspace.creators == Creators.LISTED and actor.user_id in workspace.listed_creators


async def require_creator(tx: Unit, actor: Actor) -> None:
    """Raises NotAllowed with who may make schedules."""
    refuse_outsiders(actor)
    if not await may_create(tx, actor):
        raise NotAllowed(
            "Slack workspace admins have set who can make schedules here, and you are not among them. Ask one of them; "
            "they change that with `/oncall settings`."
        )


async def connection_admins(tx: Unit, connection: Connection) -> list[str]:
    """Everybody who decides about a connection now: those named first, then the Slack workspace's admins."""
    named = await tx.connections.admins(connection.id)
    people = await tx.people.named(connection.workspace_id, named)
    chosen = [user for user in named if standing(people.get(user)) is Standing.PERSON]
    return list(dict.fromkeys([*chosen, *(await workspace_admins(tx, connection.workspace_id))]))


async def workspace_admins(tx: Unit, workspace_id: int) -> list[str]:
    """The Slack workspace's admins, by id."""
    known = await tx.people.workspace_admins(workspace_id)
    return [person.user_id for person in known if is_workspace_admin(person)]


async def may_use(tx: Unit, actor: Actor, connection: Connection) -> bool:
    """Whether the actor decides what a connection is used for."""
    if actor.is_outside or connection.workspace_id != actor.workspace_id:
        return False
    return actor.is_workspace_admin or actor.user_id in await tx.connections.admins(connection.id)


async def administered_connection(tx: Unit, actor: Actor, connection_id: int) -> Connection:
    """The connection, if the actor decides about it; raises NotFound or NotAllowed."""
    refuse_outsiders(actor)
    connection = await tx.connections.get(connection_id)
    if connection is None or connection.workspace_id != actor.workspace_id:
        raise NotFound("That connection does not exist any more.")
    await require_connection_admin(tx, actor, connection)
    return connection


async def require_connection_admin(tx: Unit, actor: Actor, connection: Connection) -> None:
    """Raises NotAllowed with the names of those who may."""
    refuse_outsiders(actor)
    if not await may_use(tx, actor, connection):
        who = mentions(await connection_admins(tx, connection))
        raise NotAllowed(f"Only admins of this connection can do that: {who}.")


async def unfit_admins(tx: Unit, workspace_id: int, users: Iterable[str]) -> list[Person]:
    """Those among these people who can never administer anything; who is not known is left out."""
    known = await tx.people.named(workspace_id, users)
    return [person for person in known.values() if standing(person) is not Standing.PERSON]


def mentions(users: Sequence[str]) -> str:
    """These people, and how many more there are."""
    more = f" and {len(users) - MOST_NAMED} more" if len(users) > MOST_NAMED else ""
    return (", ".join(f"<@{user}>" for user in users[:MOST_NAMED]) or "nobody now") + more
