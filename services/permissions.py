"""Who may do what: admins of a schedule and Slack workspace admins change it, anyone may look."""

from __future__ import annotations

from enum import StrEnum

from services.errors import NotAllowed, NotFound
from services.house import Actor
from services.presence import gone_among
from services.wording import escape
from storage.tables import Schedule
from storage.unit import Unit


class Access(StrEnum):
    """What a member of a schedule may do. Viewers are kept informed; members are on call; admins change things."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


async def visible_schedule(tx: Unit, actor: Actor, schedule_id: int) -> Schedule:
    """The schedule, if it is one of the actor's workspace; raises NotFound."""
    schedule = await tx.schedules.get(schedule_id)
    if schedule is None or schedule.workspace_id != actor.workspace_id or schedule.archived_at is not None:
        raise NotFound("That schedule does not exist any more.")
    return schedule


async def administered_schedule(tx: Unit, actor: Actor, schedule_id: int) -> Schedule:
    """The schedule, if the actor may change it; raises NotFound or NotAllowed."""
    schedule = await visible_schedule(tx, actor, schedule_id)
    if not await may_change(tx, actor, schedule_id):
        who = ", ".join(f"<@{user}>" for user in await admins_of(tx, schedule_id)) or "nobody now"
        name = escape(schedule.name)
        raise NotAllowed(f"Only admins of *{name}* can do that: {who}. Slack workspace admins can, too.")
    return schedule


async def may_change(tx: Unit, actor: Actor, schedule_id: int) -> bool:
    return actor.is_workspace_admin or actor.user_id in await admins_of(tx, schedule_id)


async def admins_of(tx: Unit, schedule_id: int) -> list[str]:
    """A schedule's admins who are still in Slack; whoever was deactivated decides nothing any more."""
    admins = [m.user_id for m in await tx.schedules.members(schedule_id) if m.access == Access.ADMIN]
    schedule = await tx.schedules.get(schedule_id) if admins else None
    gone = await gone_among(tx, schedule.workspace_id, admins) if schedule else set[str]()
    return [user for user in admins if user not in gone]


async def require_some_admin(tx: Unit, actor: Actor) -> None:
    """Connections belong to the workspace: admins of any schedule, and workspace admins, may change them."""
    if not await is_some_admin(tx, actor):
        raise NotAllowed("Only admins of a schedule and Slack workspace admins can change connections.")


async def is_some_admin(tx: Unit, actor: Actor) -> bool:
    if actor.is_workspace_admin:
        return True
    for schedule, _team in await tx.schedules.active(actor.workspace_id):
        if actor.user_id in await admins_of(tx, schedule.id):
            return True
    return False
