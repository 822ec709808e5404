"""What a workspace's admins set for everybody in it: who may make schedules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound
from services.kit.house import Actor, House
from services.kit.permissions import Creators, mentions, require_workspace_admin, unfit_admins
from storage.again import run_again

CHANGE = "change the settings of this workspace"


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may make schedules; ``listed`` counts where ``creators`` says so. Slack workspace admins always may."""

    creators: Creators = Creators.EVERYBODY
    listed: Sequence[str] = ()


async def get_rules(house: House, actor: Actor) -> Rules:
    """Raises NotAllowed to everybody but admins of the Slack workspace."""
    require_workspace_admin(actor, CHANGE)
    async with house.database.read() as tx:
        workspace = await tx.people.workspace_by_id(actor.workspace_id)
    if workspace is None:
        raise NotFound("Baton does not know this workspace any more.")
    return Rules(Creators(workspace.creators), tuple(workspace.listed_creators))


@run_again
async def set_rules(house: House, actor: Actor, rules: Rules) -> None:
    """Raises FieldErrors(listed), NotAllowed."""
    require_workspace_admin(actor, CHANGE)
    now = house.clock.now()
    if rules.creators is Creators.LISTED and not rules.listed:
        raise FieldErrors({"listed": "Choose the people who can make schedules."})
    async with house.database.transaction() as tx:
        unfit = await unfit_admins(tx, actor.workspace_id, rules.listed)
        if unfit:
            names = ", ".join(one.real_name or one.name for one in unfit)
            raise FieldErrors({"listed": f"Guests, apps and people of other companies can't make schedules: {names}."})
        workspace = await tx.people.workspace_by_id(actor.workspace_id)
        if workspace is None:
            raise NotFound("Baton does not know this workspace any more.")
        workspace.creators, workspace.listed_creators = rules.creators.value, list(dict.fromkeys(rules.listed))
        who = mentions(rules.listed) if rules.creators is Creators.LISTED else rules.creators.value
        note(tx, actor, now, "workspace.rules", f"set who can make schedules: {who}")
