"""Keeps the directory of people in step with Slack: read whole when the bot starts and daily, and by events between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.kit.asker import Installation
from handlers.kit.listeners import Listeners
from handlers.people.slack_users import slack_user
from services.connections import admins_and_removal as connection_care
from services.kit.house import House
from services.notices import silent_webhooks
from services.people import directory as people
from services.people import members
from services.people.directory import Home

PAGE = 200
Page = dict[str, Any]


def register(listeners: Listeners) -> None:
    listeners.event("team_join", learn_one)
    listeners.event("user_change", learn_one)


async def learn_one(house: House, workspace: int, event: Mapping[str, Any]) -> None:
    user = slack_user(event["user"], await people.home(house, workspace))
    await people.keep(house, workspace, [user])
    await members.notice_gone(house, workspace, [user.user_id])
    await silent_webhooks.notice_silent(house, workspace)


async def load_directory(client: AsyncWebClient, house: House, team_id: str, enterprise_id: str) -> int:
    """Read everybody, page by page; returns how many. Raises SlackApiError.

    The token of an organisation-wide installation reads one team after the other.
    """
    workspace = await Installation.of(team_id, enterprise_id).workspace(house)
    teams = [team_id] if team_id else await _teams(client)
    count = 0
    for team in teams:
        async for page in _pages(client.users_list, team_id=team):
            users = [slack_user(member, Home(team, enterprise_id)) for member in page["members"]]
            count += len(users)
            await people.keep(house, workspace, users)
    await people.keep(house, workspace, (), complete=True)
    await members.notice_gone(house, workspace)
    await silent_webhooks.notice_silent(house, workspace)
    await connection_care.tell_admins(house, workspace)
    return count


async def _teams(client: AsyncWebClient) -> list[str]:
    return [team["id"] async for page in _pages(client.auth_teams_list) for team in page["teams"]]


async def _pages(method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: str) -> AsyncIterator[Page]:
    """Every page of a Web API method."""
    cursor = ""
    while True:
        answer = await method(limit=PAGE, cursor=cursor or None, **arguments)
        yield answer.data if isinstance(answer.data, dict) else {}
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return
