"""Who is asking, and where: read from Baton's own tables, so that a modal can open at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import aiohttp
from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.errors import SlackApiError

from handlers.kit.exchange import Exchange
from handlers.people.slack_users import slack_user
from services.kit.house import Actor, House, Standing
from services.people import directory as people


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
    """One quick read: the workspace and the person. Who is not known yet is asked for in Slack, once."""
    installation, user = Installation.of_request(context), context.user_id or ""
    actor = await people.asking(house, installation.team_id, installation.enterprise_id, user)
    if actor.standing is Standing.UNKNOWN and user and await _learned(slack, house, actor.workspace_id, user):
        actor = await people.actor(house, actor.workspace_id, user)
    if _from_elsewhere(slack, installation):
        actor = replace(actor, is_workspace_admin=False, standing=Standing.STRANGER)
    return Ask(slack, house, actor)


async def _learned(slack: Exchange, house: House, workspace: int, user: str) -> bool:
    """Whether Slack told of somebody who has come since the directory was read."""
    try:
        answer = await slack.client.users_info(user=user)
    except (SlackApiError, aiohttp.ClientError, TimeoutError):
        return False
    found = answer.get("user")
    if not isinstance(found, Mapping):
        return False
    await people.keep(house, workspace, [slack_user(found, await people.home(house, workspace))])
    return True


def _from_elsewhere(slack: Exchange, installation: Installation) -> bool:
    """Whether somebody of another company pressed this in a shared channel. In an organisation, the directory knows."""
    user = slack.body.get("user")
    home = user.get("team_id") if isinstance(user, Mapping) else None
    return bool(home and installation.team_id and home != installation.team_id and not slack.body.get("enterprise"))
