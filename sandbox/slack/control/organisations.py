"""The control API's routes for an Enterprise organisation: workspaces, who is in several, the app in all."""

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.slack import organisations
from sandbox.slack.control.requests import Route, channel_of, team_of, user_of
from sandbox.slack.dispatch import Dispatcher
from sandbox.slack.methods.apps import tokens_revoked_event
from sandbox.slack.model import Json, OAuthCode, Organisation
from sandbox.slack.surfaces import NothingThereError
from sandbox.slack.world import ALL_BOT_SCOPES, World


@dataclass(frozen=True, slots=True)
class OrganisationRoutes:
    world: World
    dispatcher: Dispatcher

    def table(self) -> dict[str, Route]:
        return {
            "make": self.make,
            "join": self.join,
            "bring": self.bring,
            "oauth_code": self.oauth_code,
            "grant": self.grant,
            "withdraw": self.withdraw,
            "uninstall": self.uninstall,
        }

    async def make(self, body: Json) -> Any:
        return organisations.make_organisation(self.world, body["name"]).id

    async def join(self, body: Json) -> Any:
        organisations.join(self._of(body), team_of(self.world, body))

    async def bring(self, body: Json) -> Any:
        """Somebody of one workspace is in another one as well."""
        into = self.world.teams[body["into"]]
        user = user_of(team_of(self.world, body), body["user"])
        organisations.belong(self._of(body), into, user)
        channel_of(self.world, into, "general").members.append(user.id)

    async def oauth_code(self, body: Json) -> Any:
        """What an owner of the organisation is sent back with."""
        installer, organisation = user_of(team_of(self.world, body), body["user"]), self._of(body)
        back = body.get("redirect_uri")
        code = OAuthCode(secrets.token_hex(16), "", installer.id, ALL_BOT_SCOPES, back, enterprise_id=organisation.id)
        self.world.oauth_codes[code.code] = code
        return code.code

    async def grant(self, body: Json) -> Any:
        organisation, team = self._of(body), team_of(self.world, body)
        self.dispatcher.emit_of_access(organisation, team, organisations.grant(organisation, team))

    async def withdraw(self, body: Json) -> Any:
        organisation, team = self._of(body), team_of(self.world, body)
        self.dispatcher.emit_of_access(organisation, team, organisations.withdraw(organisation, team))

    async def uninstall(self, body: Json) -> Any:
        organisation = self._of(body)
        for token in organisations.tokens_of(self.world, organisation):
            token.revoked = True
        self.dispatcher.emit_of_access(organisation, None, tokens_revoked_event(organisation.bot.id))
        self.dispatcher.emit_of_access(organisation, None, {"type": "app_uninstalled"})
        organisation.granted.clear()

    def _of(self, body: Json) -> Organisation:
        found = self.world.organisations.get(body["organisation"])
        if found is None:
            raise NothingThereError(f"no organisation {body['organisation']!r}")
        return found
