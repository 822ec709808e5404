"""What the control API's routes share: reading a request's body, finding who and where, and answering with a refusal.

Every route is a POST with a JSON object. `team` may be left out (the first workspace); people and channels go by name
or id.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from sandbox.slack.model import Channel, Json, Team, User
from sandbox.slack.surfaces import NothingThereError, SlackFailureError
from sandbox.slack.world import World

Route = Callable[[Json], Awaitable[Any]]


def as_handler(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = cast("Json", await request.json() if request.can_read_body else {})
        try:
            return web.json_response({"result": await route(body)})
        except NothingThereError as missing:
            return web.json_response({"nothing_there": str(missing)}, status=404)
        except SlackFailureError as failure:
            return web.json_response({"failure": str(failure)}, status=409)

    return handle


def team_of(world: World, body: Json) -> Team:
    team = world.teams.get(body["team"]) if body.get("team") else next(iter(world.teams.values()))
    if team is None:
        raise NothingThereError(f"no workspace {body['team']!r}")
    return team


def user_of(team: Team, name: str) -> User:
    user = team.user_named(name)
    if user is None:
        known = ", ".join(user.name for user in team.users.values())
        raise NothingThereError(f"no user {name!r}; there are: {known}")
    return user


def channel_of(world: World, team: Team, name: str, user: User | None = None) -> Channel:
    if name == "dm" and user:
        return world.direct_channel(team, user)
    channel = team.channel_named(name)
    if channel is None:
        known = ", ".join(f"#{channel.name}" for channel in team.channels.values())
        raise NothingThereError(f"no channel {name!r}; there are: {known}")
    return channel
