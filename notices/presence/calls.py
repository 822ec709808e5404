"""The calls to Slack that presence needs, each made once; what they are refused for is raised."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from notices.presence import troubles
from notices.presence.topic_part import Topic
from notices.sending.senders import Busy, Failed
from notices.sending.slack import refusal
from storage.unreachable import why

OUTSIDERS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")
MANAGERS = {"channels:manage": "channels:write.topic", "groups:write": "groups:write.topic"}
"""What Slack may name as missing, and the narrower scope that is enough."""


class Refused(Exception):
    """Slack won't, and trying again does not help; ``trouble`` is as :mod:`notices.presence.troubles` knows it."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class Later(Exception):
    """Slack may do it later: ``busy`` says when, for the whole workspace; a Failed without an answer says nothing."""

    def __init__(self, outcome: Busy | Failed) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A user group as Slack lists it."""

    id: str
    team_id: str
    handle: str
    name: str
    enabled: bool
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Every user group, and the scopes of the token that asked."""

    groups: tuple[ListedGroup, ...]
    scopes: frozenset[str]


async def answered(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Raises Refused, Later."""
    try:
        return await call
    except SlackApiError as error:
        found = refusal(error.response)
        if isinstance(found, Busy) or not found.final:
            raise Later(found) from error
        raise Refused(_trouble(found.code, error.response)) from error
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        raise Later(Failed("unreachable", f"Slack can't be reached: {why(error)}.")) from error


def _trouble(code: str, response: Any) -> str:
    if code != "missing_scope":
        return code
    data = getattr(response, "data", response)
    needed = str(data.get("needed", "")) if isinstance(data, Mapping) else ""
    wanted = [scope.strip() for scope in needed.split(",") if scope.strip()]
    return troubles.of(code, *(MANAGERS.get(scope, scope) for scope in wanted[:1]))


def granted(response: Any) -> frozenset[str]:
    """The scopes of the token, which Slack says with every answer; empty where it did not."""
    headers: Mapping[str, Any] = getattr(response, "headers", None) or {}
    text = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    text = text[0] if isinstance(text, list) and text else text
    return frozenset(scope.strip() for scope in str(text).split(",") if scope.strip())


async def list_groups(client: AsyncWebClient, team_ids: Sequence[str] = ("",)) -> Listing:
    """All that there are, with who is in them; of these teams, where the token is an organisation's."""
    found: list[ListedGroup] = []
    scopes: frozenset[str] = frozenset()
    for team in team_ids:
        call = client.usergroups_list(include_users=True, include_disabled=True, team_id=team or None)
        answer = await answered(call)
        scopes |= granted(answer)
        found += [_listed(shape) for shape in answer.get("usergroups") or ()]
    return Listing(tuple(found), scopes)


def _listed(shape: Mapping[str, Any]) -> ListedGroup:
    return ListedGroup(
        id=str(shape.get("id")),
        team_id=str(shape.get("team_id") or ""),
        handle=str(shape.get("handle") or ""),
        name=str(shape.get("name") or ""),
        enabled=not shape.get("date_delete"),
        users=tuple(sorted(shape.get("users") or ())),
    )


async def teams(client: AsyncWebClient) -> list[str]:
    """The teams of an organisation that Baton is installed in."""
    answer = await answered(client.auth_teams_list())
    return [str(team["id"]) for team in answer.get("teams") or ()] or [""]


async def replace_members(client: AsyncWebClient, group: str, users: Sequence[str], team: str = "") -> None:
    """Exactly these are in the group from now on."""
    await answered(client.usergroups_users_update(usergroup=group, users=list(users), team_id=team or None))


async def outsiders(client: AsyncWebClient, users: Sequence[str]) -> frozenset[str]:
    """Those of these people whom Slack does not take into a group, as it knows them now."""
    found: set[str] = set()
    for user in users:
        try:
            shape: Any = (await answered(client.users_info(user=user))).get("user") or {}
        except Refused:
            found.add(user)
            continue
        if any(shape.get(flag) for flag in OUTSIDERS):
            found.add(user)
    return frozenset(found)


async def read_topic(client: AsyncWebClient, channel: str) -> str:
    """The whole topic. Raises Refused where Baton could not change it."""
    shape: Any = (await answered(client.conversations_info(channel=channel))).get("channel") or {}
    if shape.get("is_archived"):
        raise Refused("is_archived")
    if shape.get("is_member") is False:
        raise Refused("not_in_channel")
    return _topic(shape)


async def write_topic(client: AsyncWebClient, channel: str, text: str) -> str:
    """Replace the whole topic; returns it as Slack keeps it.

    Slack gives ``&`` back as ``&amp;`` and takes it so. Should it escape what is escaped once more, the text is sent
    again plain, so that what a person wrote stays as it was.
    """
    kept = await _set(client, channel, text)
    if kept != text and html.unescape(kept) == text and Topic.of(kept).others != Topic.of(text).others:
        kept = await _set(client, channel, html.unescape(text))
    return kept


async def _set(client: AsyncWebClient, channel: str, text: str) -> str:
    answer = await answered(client.conversations_setTopic(channel=channel, topic=text))
    return _topic(answer.get("channel") or {}) or text


def _topic(shape: Mapping[str, Any]) -> str:
    topic = shape.get("topic")
    return str(topic.get("value") or "") if isinstance(topic, Mapping) else ""
