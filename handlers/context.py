"""Who is asking, and where: read from Baton's own tables, so that a modal can open at once."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt.async_app import AsyncBoltContext

from handlers.exchange import Exchange
from services import people
from services.house import Actor, House


@dataclass(frozen=True, slots=True)
class Ask:
    """What a listener gets: the exchange with Slack, the person, and the house whose services do the work."""

    slack: Exchange
    house: House
    actor: Actor

    async def time_zone(self) -> str:
        """The person's own zone."""
        return await people.time_zone_of(self.house, self.actor.workspace_id, self.actor.user_id)


@dataclass(frozen=True, slots=True)
class Installation:
    """What identifies a workspace: its team, or for an organisation-wide installation the organisation alone.

    A team keeps its identity when it joins an organisation, so the organisation is left out beside a team.
    """

    team_id: str
    enterprise_id: str

    @classmethod
    def of(cls, team_id: str | None, enterprise_id: str | None, *, org_wide: bool = False) -> Installation:
        if org_wide or not team_id:
            return cls("", enterprise_id or "")
        return cls(team_id, "")

    @classmethod
    def of_request(cls, context: AsyncBoltContext) -> Installation:
        return cls.of(context.team_id, context.enterprise_id, org_wide=bool(context.is_enterprise_install))

    async def workspace(self, house: House, name: str = "") -> int:
        return await people.workspace_id(house, self.team_id, self.enterprise_id, name)


async def ask_of(slack: Exchange, context: AsyncBoltContext, house: House) -> Ask:
    """Two quick reads: the workspace and the person."""
    workspace = await Installation.of_request(context).workspace(house)
    return Ask(slack, house, await people.actor(house, workspace, context.user_id or ""))
