"""The control API's routes for owning the workspace: who is in it, how the app is reached, what goes wrong, what time
it is."""

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.slack.control.requests import Route, channel_of, team_of, user_of
from sandbox.slack.dispatch import Dispatcher
from sandbox.slack.faults import Drop, Fault, Faults
from sandbox.slack.limits import RateLimits
from sandbox.slack.methods.apps import tokens_revoked_event
from sandbox.slack.model import ChannelKind, Json, OAuthCode, Team, UserGroup
from sandbox.slack.shapes import channel_shape, group_shape, user_shape
from sandbox.slack.signedhttp import SignedHttp
from sandbox.slack.socketmode import SocketHub
from sandbox.slack.surfaces import NothingThereError
from sandbox.slack.world import ALL_BOT_SCOPES, World, new_id

_FLAGS = ("is_admin", "is_restricted", "is_ultra_restricted", "home_team", "is_bot", "deleted")
_USER_FIELDS = ("name", "real_name", "display_name", "email", "tz", *_FLAGS)


@dataclass(frozen=True, slots=True)
class OwnerRoutes:
    world: World
    dispatcher: Dispatcher
    hub: SocketHub
    http: SignedHttp
    faults: Faults
    limits: RateLimits

    def table(self) -> dict[str, Route]:
        return {
            "status": self.status,
            "add_team": self.add_team,
            "add_user": self.add_user,
            "update_user": self.update_user,
            "add_channel": self.add_channel,
            "update_channel": self.update_channel,
            "update_team": self.update_team,
            "channel": self.channel,
            "add_group": self.add_group,
            "group": self.group,
            "update_group": self.update_group,
            "deliver_to": self.deliver_to,
            "use_socket_mode": self.use_socket_mode,
            "reconnect_sockets": self.reconnect_sockets,
            "fail_next": self.fail_next,
            "rate_limits": self.rate_limits,
            "advance": self.advance,
            "calls": self.calls,
            "event": self.event,
            "set_scopes": self.set_scopes,
            "revoke_bot_token": self.revoke_bot_token,
            "uninstall": self.uninstall,
            "oauth_code": self.oauth_code,
            "update_app": self.update_app,
        }

    async def status(self, body: Json) -> Any:
        team = team_of(self.world, body)
        return {
            "team": team.id,
            "bot_user": team.bot_user_id,
            "bot_tokens": [token.value for token in self.world.bot_tokens(team)],
            "connections": len(self.hub.connections),
            "over_http": self.dispatcher.over_http,
            "now": self.world.clock.now().isoformat(),
        }

    async def add_team(self, body: Json) -> Any:
        team = self.world.add_team(body["name"], body["name"].lower().replace(" ", "-"))
        return {"team": team.id}

    async def update_team(self, body: Json) -> Any:
        team = team_of(self.world, body)
        for name in ("is_paid", "groups_are_everybodys"):
            if body.get(name) is not None:
                setattr(team, name, body[name])

    async def update_app(self, body: Json) -> Any:
        self.world.app.rotates_tokens = bool(body["rotates_tokens"])

    async def add_user(self, body: Json) -> Any:
        team, name = team_of(self.world, body), body["name"]
        if team.user_named(name):
            raise NothingThereError(f"the name {name!r} is taken")
        user = self.world.add_user(
            team,
            name,
            real_name=body.get("real_name") or name.capitalize(),
            email=f"{name}@example.com" if body.get("email") is None else body["email"],
            tz=body.get("tz") or "UTC",
        )
        for field in ("display_name", *_FLAGS):
            if body.get(field) is not None:
                setattr(user, field, body[field])
        channel_of(self.world, team, "general").members.append(user.id)
        self.dispatcher.emit(team, {"type": "team_join", "user": user_shape(user, with_email=True)})
        return user.id

    async def update_user(self, body: Json) -> Any:
        team = team_of(self.world, body)
        user = user_of(team, body["user"])
        for name, value in body["changes"].items():
            if name not in _USER_FIELDS:
                raise NothingThereError(f"a user has no {name!r}; there are: {', '.join(_USER_FIELDS)}")
            setattr(user, name, value)
        now = int(self.world.clock.now().timestamp())
        event = {"type": "user_change", "user": user_shape(user, with_email=True), "cache_ts": now}
        self.dispatcher.emit(team, event)

    async def add_channel(self, body: Json) -> Any:
        team = team_of(self.world, body)
        kind = ChannelKind.PRIVATE if body.get("private") else ChannelKind.PUBLIC
        members = [user_of(team, name).id for name in body.get("members") or []]
        if body.get("bot_is_member"):
            members.append(team.bot_user_id)
        return self.world.add_channel(team, body["name"], kind, members).id

    async def update_channel(self, body: Json) -> Any:
        team = team_of(self.world, body)
        channel = channel_of(self.world, team, body["channel"])
        if body.get("archived") is not None:
            channel.is_archived = body["archived"]
        if body.get("members") is not None:
            with_bot = [team.bot_user_id] if team.bot_user_id in channel.members else []
            channel.members = [user_of(team, name).id for name in body["members"]] + with_bot
        if body.get("topic") is not None:
            channel.topic = body["topic"]
        if body.get("bot_is_member") is not None:
            others = [member for member in channel.members if member != team.bot_user_id]
            channel.members = [*others, team.bot_user_id] if body["bot_is_member"] else others

    async def channel(self, body: Json) -> Any:
        team = team_of(self.world, body)
        channel = channel_of(self.world, team, body["channel"])
        names = [team.users[member].name for member in channel.members]
        return channel_shape(channel, team.bot_user_id) | {"topic": channel.topic, "members": names}

    async def add_group(self, body: Json) -> Any:
        team = team_of(self.world, body)
        users = [user_of(team, name).id for name in body.get("users") or []]
        group = UserGroup(new_id("S"), body["handle"], body.get("name") or body["handle"], users=users)
        team.groups[group.id] = group
        return group.id

    async def group(self, body: Json) -> Any:
        team = team_of(self.world, body)
        for group in team.groups.values():
            if body["handle"].removeprefix("@") in (group.handle, group.id):
                names = [team.users[user_id].name for user_id in group.users]
                return group_shape(group, team, with_users=False) | {"users": names, "enabled": group.enabled}
        raise NothingThereError(f"no user group {body['handle']!r}")

    async def update_group(self, body: Json) -> Any:
        team = team_of(self.world, body)
        group = team.groups[(await self.group(body))["id"]]
        if body.get("users") is not None:
            group.users = [user_of(team, name).id for name in body["users"]]
        if body.get("is_enabled") is not None:
            group.enabled = body["is_enabled"]
        group.updated = int(self.world.clock.now().timestamp())

    async def deliver_to(self, body: Json) -> Any:
        self.http.url = body["url"]
        self.dispatcher.over_http = True

    async def use_socket_mode(self, body: Json) -> Any:
        self.dispatcher.over_http = False

    async def reconnect_sockets(self, body: Json) -> Any:
        self.hub.cut_handshakes = body.get("cut_handshakes") or 0
        await self.hub.ask_to_reconnect(body.get("reason") or "refresh_requested", body.get("most"))

    async def fail_next(self, body: Json) -> Any:
        drop = Drop(body["drop"]) if body.get("drop") else None
        fault = Fault(body["method"], body.get("error"), body.get("retry_after"), body.get("http_status"), drop)
        for _ in range(body.get("times") or 1):
            self.faults.add(fault)

    async def rate_limits(self, body: Json) -> Any:
        self.limits.switch(on=body["on"])

    async def advance(self, body: Json) -> Any:
        self.world.clock.advance(body["seconds"])

    async def calls(self, body: Json) -> Any:
        wanted = body.get("method")
        return [call.as_json() for call in self.world.calls if wanted in (None, call.method)]

    async def event(self, body: Json) -> Any:
        self.dispatcher.emit(team_of(self.world, body), body["event"])

    async def set_scopes(self, body: Json) -> Any:
        for token in self.world.bot_tokens(team_of(self.world, body)):
            token.scopes = tuple(body["scopes"])

    async def revoke_bot_token(self, body: Json) -> Any:
        team = team_of(self.world, body)
        self._revoke(team)
        self.dispatcher.emit(team, tokens_revoked_event(team.bot_user_id))

    async def uninstall(self, body: Json) -> Any:
        team = team_of(self.world, body)
        self._revoke(team)
        self.dispatcher.emit(team, tokens_revoked_event(team.bot_user_id))
        self.dispatcher.emit(team, {"type": "app_uninstalled"})

    def _revoke(self, team: Team) -> None:
        for token in self.world.bot_tokens(team):
            token.revoked = True

    async def oauth_code(self, body: Json) -> Any:
        team = team_of(self.world, body)
        installer = user_of(team, body["user"])
        code = OAuthCode(
            secrets.token_hex(16), team.id, installer.id, tuple(body.get("scopes") or ALL_BOT_SCOPES),
            body.get("redirect_uri"),
        )  # fmt: skip
        self.world.oauth_codes[code.code] = code
        return code.code
