"""Whose times somebody may see and change: their own, and those of members of a schedule that they administer."""

from __future__ import annotations

from services.kit.errors import NotAllowed
from services.kit.house import Actor
from services.kit.permissions import administered
from storage.unit import Unit


async def require_may_enter(tx: Unit, actor: Actor, user_id: str) -> None:
    """Raises NotAllowed for anybody else."""
    if actor.user_id != user_id and not await may_enter_for(tx, actor, user_id):
        raise NotAllowed(
            f"Only <@{user_id}>, admins of a schedule that they are on, and Slack workspace admins can do that."
        )


async def may_enter_for(tx: Unit, actor: Actor, user_id: str) -> bool:
    """Whether the actor administers a schedule that somebody is on. Workspace admins administer all."""
    return bool(await shared_schedules(tx, actor, user_id))


async def shared_schedules(tx: Unit, actor: Actor, user_id: str) -> list[int]:
    """The schedules that the actor administers and somebody is on, by id."""
    own = {number for number, _member in await tx.schedules.parts_of(actor.workspace_id, user_id)}
    return sorted(own.intersection(schedule.id for schedule in await administered(tx, actor)))
