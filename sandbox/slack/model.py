"""What a Slack workspace holds, in memory. Plain mutable records; the rules live in the modules that change them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
ElementKey = tuple[str, str]


class ChannelKind(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "im"


class TokenKind(StrEnum):
    BOT = "bot"
    APP = "app"


@dataclass(slots=True)
class User:
    id: str
    team_id: str
    name: str
    real_name: str
    display_name: str
    email: str
    tz: str
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    home_team: str = ""
    """Of another workspace, in a shared channel; empty for this one's own people."""
    is_bot: bool = False
    deleted: bool = False
    enterprise_user: Json | None = None
    """Who this is in an organisation, with the workspaces they are in."""

    @property
    def shown_name(self) -> str:
        return self.display_name or self.real_name or self.name


@dataclass(slots=True)
class Message:
    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json]
    only_for: str | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    edited_at: str | None = None
    warnings: tuple[str, ...] = ()
    origin: str | None = None
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class File:
    """``data`` is None until it was uploaded. Slack looks at it for a moment before blocks may show it."""

    id: str
    name: str
    length: int
    user: str
    upload_path: str
    alt_txt: str = ""
    title: str = ""
    data: bytes | None = None
    ready_at: float | None = None
    """By the sandbox's monotonic clock; None until the upload was completed."""


@dataclass(slots=True)
class Channel:
    id: str
    name: str
    kind: ChannelKind
    members: list[str]
    topic: str = ""
    is_archived: bool = False
    messages: list[Message] = field(default_factory=list[Message])

    def message(self, ts: str) -> Message | None:
        return next((message for message in self.messages if message.ts == ts), None)


@dataclass(slots=True)
class UserGroup:
    id: str
    handle: str
    name: str
    description: str = ""
    users: list[str] = field(default_factory=list[str])
    enabled: bool = True
    updated: int = 0


@dataclass(slots=True)
class View:
    """A modal or a Home tab as one person has it open: `typed` is what its inputs show now."""

    id: str
    team_id: str
    user_id: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    typed: dict[ElementKey, Json] = field(default_factory=dict[ElementKey, Json])
    errors: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def blocks(self) -> list[Json]:
        return self.content["blocks"]

    @property
    def is_modal(self) -> bool:
        return self.content["type"] == "modal"


@dataclass(slots=True)
class Token:
    value: str
    kind: TokenKind
    team_id: str
    user_id: str
    scopes: tuple[str, ...]
    revoked: bool = False
    enterprise_id: str = ""
    """Of an installation for a whole organisation, which has no team."""
    expires_at: datetime | None = None
    """Where the app has token rotation on; ``refresh`` buys the next one, once."""
    refresh: str = ""


@dataclass(slots=True)
class Trigger:
    id: str
    team_id: str
    user_id: str
    made_at: float
    view_id: str | None = None
    channel_id: str | None = None
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    id: str
    team_id: str
    user_id: str
    channel_id: str
    made_at: float
    origin: str
    message_ts: str | None = None
    uses: int = 0


@dataclass(slots=True)
class OAuthCode:
    code: str
    team_id: str
    user_id: str
    scopes: tuple[str, ...]
    redirect_uri: str | None = None
    used: bool = False
    enterprise_id: str = ""


@dataclass(slots=True)
class CallRecord:
    method: str
    arguments: Json
    at: datetime
    team_id: str | None = None
    ok: bool = False
    error: str | None = None

    def as_json(self) -> Json:
        return {
            "method": self.method,
            "arguments": self.arguments,
            "at": self.at.isoformat(),
            "team_id": self.team_id,
            "ok": self.ok,
            "error": self.error,
        }


@dataclass(slots=True)
class Organisation:
    """An Enterprise organisation: workspaces that share people. The app is in all of it, or in single ones."""

    id: str
    name: str
    bot: User
    bot_id: str
    teams: dict[str, "Team"] = field(default_factory=dict[str, "Team"])
    granted: set[str] = field(default_factory=set[str])
    """Workspaces that an installation for the whole organisation may reach."""


@dataclass(slots=True)
class Team:
    """One Slack workspace. `homes` and `stacks` are kept per person; `views` holds every view that is open.

    `groups_are_everybodys` is the owners' setting that lets everyone edit user groups, apps included.
    """

    id: str
    name: str
    domain: str
    bot_user_id: str
    bot_id: str
    organisation: Organisation | None = None
    is_paid: bool = True
    groups_are_everybodys: bool = True
    users: dict[str, User] = field(default_factory=dict[str, User])
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    groups: dict[str, UserGroup] = field(default_factory=dict[str, UserGroup])
    files: dict[str, File] = field(default_factory=dict[str, File])
    views: dict[str, View] = field(default_factory=dict[str, View])
    stacks: dict[str, list[View]] = field(default_factory=dict[str, list[View]])
    homes: dict[str, View] = field(default_factory=dict[str, View])

    @property
    def is_of_org_install(self) -> bool:
        """Whether the app is here because it is installed for the whole organisation."""
        return self.organisation is not None and self.id in self.organisation.granted

    def stack(self, user_id: str) -> list[View]:
        return self.stacks.setdefault(user_id, [])

    def user_named(self, name: str) -> User | None:
        wanted = name.removeprefix("@")
        return next((user for user in self.users.values() if wanted in (user.id, user.name)), None)

    def hears_of(self, channel: Channel, text: str) -> bool:
        """Whether the app is told of this message as a mention: it has to be in the channel, and to be named."""
        is_there = channel.kind != ChannelKind.DIRECT and self.bot_user_id in channel.members
        return is_there and bool(re.search(rf"<@{self.bot_user_id}(\|[^>]*)?>", text))

    def channel_named(self, name: str) -> Channel | None:
        if name in self.channels:
            return self.channels[name]
        wanted = name.removeprefix("#")
        return next((c for c in self.channels.values() if c.kind != ChannelKind.DIRECT and c.name == wanted), None)
