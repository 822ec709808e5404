"""The install page, `<base>/oauth/v2/authorize`: here the installer always agrees, and is sent back with a code.

`team` and `user` may be named in the query; else the first workspace and the first person in it install the app.
"""

import secrets
from dataclasses import dataclass

from aiohttp import web
from yarl import URL

from sandbox.slack.model import OAuthCode
from sandbox.slack.world import World


@dataclass(frozen=True, slots=True)
class InstallPage:
    world: World

    async def handle(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        back = query.get("redirect_uri", "")
        if query.get("client_id") != self.world.app.client_id or not back:
            return web.Response(status=400, text="invalid_client_id or missing redirect_uri")
        team = self.world.teams.get(query.get("team", "")) or next(iter(self.world.teams.values()))
        people = [user for user in team.users.values() if not user.is_bot]
        installer = team.user_named(query.get("user", "")) or people[0]
        scopes = tuple(scope for scope in query.get("scope", "").split(",") if scope)
        code = OAuthCode(secrets.token_hex(16), team.id, installer.id, scopes, back)
        self.world.oauth_codes[code.code] = code
        raise web.HTTPFound(URL(back).update_query(code=code.code, state=query.get("state", "")))
