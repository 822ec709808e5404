"""The table of Web API methods: what each needs (token kind, scopes) and the function that answers it.

A method is a plain function from a `Call` to the body of the answer; it raises `SlackError` to refuse. It never
awaits, so a call is done wholly or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Channel, ChannelKind, Json, Message, Team, Token, TokenKind, User
from sandbox.slack.world import World


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    team: Team
    token: Token
    args: Arguments
    emit: Callable[[Team, Json], None]
    tell_of_mention: Callable[[Team, Channel, Message], None]

    def require_scope(self, *any_of: str) -> None:
        if any_of and not set(any_of) & set(self.token.scopes):
            raise SlackError("missing_scope", needed=any_of[0], provided=",".join(self.token.scopes))

    def has_scope(self, scope: str) -> bool:
        return scope in self.token.scopes

    def user(self, name: str = "user") -> User:
        user = self.team.users.get(self.args.required(name))
        if user is None:
            raise SlackError("user_not_found")
        return user

    def channel(self) -> Channel:
        """The channel with this id, if this bot may know of it: a private one it isn't in does not exist for it."""
        return self._known(self.team.channels.get(self.args.required("channel")))

    def channel_by_id_or_name(self) -> Channel:
        """Only the methods that post take a name."""
        return self._known(self.team.channel_named(self.args.required("channel")))

    def _known(self, channel: Channel | None) -> Channel:
        if channel is None or (channel.kind != ChannelKind.PUBLIC and not self.bot_is_in(channel)):
            raise SlackError("channel_not_found")
        return channel

    def bot_is_in(self, channel: Channel) -> bool:
        return self.team.bot_user_id in channel.members


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    answer: Handler
    scopes: tuple[str, ...]
    token_kind: TokenKind | None


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, token_kind: TokenKind | None = TokenKind.BOT) -> Callable[[Handler], Handler]:
    """Register a method. Any one of `scopes` is enough; `token_kind` None means that no token is asked for."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, scopes, token_kind)
        return handler

    return register
