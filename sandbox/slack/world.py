"""The whole of the sandbox's Slack: one app, the workspaces it is installed in, and what is in flight.

Everything runs on one event loop, so a change is whole as soon as no `await` is in the middle of it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from sandbox.changes import Changes
from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError
from sandbox.slack.model import (
    CallRecord,
    Channel,
    ChannelKind,
    ElementKey,
    Json,
    Message,
    OAuthCode,
    Organisation,
    ResponseUrl,
    Team,
    Token,
    TokenKind,
    Trigger,
    User,
    View,
)

ALL_BOT_SCOPES = (
    "app_mentions:read",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:write",
    "groups:read",
    "groups:write",
    "im:read",
    "im:write",
    "team:read",
    "usergroups:read",
    "usergroups:write",
    "users:read",
    "users:read.email",
)
TRIGGER_LIVES = 3.0
TOKEN_LIVES = 43_200
"""Seconds, where the app has token rotation on."""
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def new_id(prefix: str, length: int = 10) -> str:
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(slots=True)
class AppIdentity:
    id: str = field(default_factory=lambda: new_id("A"))
    name: str = "Baton"
    client_id: str = field(default_factory=lambda: f"{secrets.randbelow(10**12):012d}.{secrets.randbelow(10**12):012d}")
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    verification_token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    rotates_tokens: bool = False


@dataclass(slots=True)
class World:
    clock: Clock
    app: AppIdentity = field(default_factory=AppIdentity)
    teams: dict[str, Team] = field(default_factory=dict[str, Team])
    organisations: dict[str, Organisation] = field(default_factory=dict[str, Organisation])
    tokens: dict[str, Token] = field(default_factory=dict[str, Token])
    triggers: dict[str, Trigger] = field(default_factory=dict[str, Trigger])
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict[str, ResponseUrl])
    oauth_codes: dict[str, OAuthCode] = field(default_factory=dict[str, OAuthCode])
    message_inputs: dict[tuple[str, str], dict[ElementKey, Json]] = field(
        default_factory=dict[tuple[str, str], dict[ElementKey, Json]]
    )
    socket_tickets: set[str] = field(default_factory=set[str])
    calls: list[CallRecord] = field(default_factory=list[CallRecord])
    changes: Changes = field(default_factory=Changes)
    base_url: str = ""
    _last_ts: int = 0

    def next_ts(self) -> str:
        """A message's timestamp is its id within a channel, so no two are ever equal."""
        self._last_ts = max(self._last_ts + 1, int(self.clock.now().timestamp() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_team(self, name: str, domain: str) -> Team:
        team = Team(id=new_id("T"), name=name, domain=domain, bot_user_id="", bot_id=new_id("B"))
        bot = self.add_user(team, self.app.name.lower(), real_name=self.app.name, email="", tz="UTC")
        bot.is_bot = True
        team.bot_user_id = bot.id
        self.teams[team.id] = team
        self.add_channel(team, "general", ChannelKind.PUBLIC, [])
        return team

    def add_user(self, team: Team, name: str, *, real_name: str, email: str, tz: str) -> User:
        user = User(new_id("U"), team.id, name, real_name, display_name=name, email=email, tz=tz)
        team.users[user.id] = user
        return user

    def add_channel(self, team: Team, name: str, kind: ChannelKind, members: list[str]) -> Channel:
        channel = Channel(new_id("D" if kind == ChannelKind.DIRECT else "C"), name, kind, list(members))
        team.channels[channel.id] = channel
        return channel

    def direct_channel(self, team: Team, user: User) -> Channel:
        """Between a person and the app."""
        return self.conversation(team, user, team.users[team.bot_user_id])

    def conversation(self, team: Team, user: User, other: User) -> Channel:
        """Between two people, or a person and the app; made when it is first needed."""
        pair = {user.id, other.id}
        for channel in team.channels.values():
            if channel.kind == ChannelKind.DIRECT and set(channel.members) == pair:
                return channel
        return self.add_channel(team, user.name, ChannelKind.DIRECT, [user.id, other.id])

    def add_token(self, kind: TokenKind, team_id: str, enterprise_id: str, scopes: tuple[str, ...]) -> Token:
        """Of a workspace, or of an organisation and no workspace."""
        bot_user = self.organisations[enterprise_id].bot.id if enterprise_id else self.teams[team_id].bot_user_id
        prefix = "xoxb" if kind == TokenKind.BOT else "xapp-1"
        value = f"{prefix}-{team_id or enterprise_id}-{secrets.token_hex(12)}"
        token = Token(value, kind, team_id, bot_user, scopes, enterprise_id=enterprise_id)
        self.tokens[value] = token
        return token

    def let_expire(self, token: Token) -> None:
        """As an app with token rotation gets it. Older ones work on until they expire."""
        del self.tokens[token.value]
        token.value, token.refresh = f"xoxe.{token.value}", f"xoxe-1-{secrets.token_hex(24)}"
        token.expires_at = self.clock.now() + timedelta(seconds=TOKEN_LIVES)
        self.tokens[token.value] = token

    def spend_refresh_token(self, value: str) -> Token:
        """The token that it came with; it works once."""
        token = next((one for one in self.tokens.values() if value and one.refresh == value), None)
        if token is None or token.revoked:
            raise SlackError("invalid_refresh_token")
        token.refresh = ""
        return token

    def add_trigger(self, team: Team, user: User, view: View | None = None, channel: Channel | None = None) -> Trigger:
        trigger = Trigger(
            id=f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}",
            team_id=team.id,
            user_id=user.id,
            made_at=self.clock.monotonic(),
            view_id=view.id if view else None,
            channel_id=channel.id if channel else None,
        )
        self.triggers[trigger.id] = trigger
        return trigger

    def spend_trigger(self, trigger_id: str, team: Team) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None or trigger.team_id != team.id:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock.monotonic() - trigger.made_at > TRIGGER_LIVES:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def add_response_url(
        self, team: Team, user: User, channel: Channel, origin: str, message_ts: str | None = None
    ) -> ResponseUrl:
        url_id = f"{team.id}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        url = ResponseUrl(url_id, team.id, user.id, channel.id, self.clock.monotonic(), origin, message_ts)
        self.response_urls[url_id] = url
        return url

    def response_url_address(self, url: ResponseUrl) -> str:
        return f"{self.base_url}/response/{url.id}"

    def post(self, channel: Channel, message: Message) -> Message:
        channel.messages.append(message)
        return message

    def bot_tokens(self, team: Team) -> list[Token]:
        """Of the workspace's own installation, or of its organisation's."""
        owner = (team.organisation.id, "") if team.organisation and team.is_of_org_install else ("", team.id)
        living = (token for token in self.tokens.values() if token.kind == TokenKind.BOT and not token.revoked)
        return [token for token in living if (token.enterprise_id, token.team_id) == owner]
