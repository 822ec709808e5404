"""What one person sees of Slack, as JSON for the page: who and where there is, one open conversation, Home, modals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.browser.ports import Features
from sandbox.browser.texts import drawn, mrkdwn, with_emoji
from sandbox.slack import SlackSandbox
from sandbox.slack.inputs import state_values
from sandbox.slack.model import Channel, ChannelKind, Json, Message, Team, User, View
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.surfaces import message_surface

MOST_MESSAGES = 200


@dataclass(slots=True)
class Look:
    """Where somebody's page is: who they are, the conversation in front, and the thread beside it."""

    user: str = ""
    channel: str = ""
    thread: str = ""
    week: int = 0


@dataclass(slots=True)
class SlackSeen:
    slack: SlackSandbox
    features: Features
    read: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """Up to which message each person has read each conversation."""

    @property
    def team(self) -> Team:
        return self.slack.world.teams[self.slack.team_id]

    def people(self) -> list[User]:
        return [one for one in self.team.users.values() if not one.is_bot and not one.deleted]

    def user(self, wanted: str) -> User:
        people = self.people()
        return next((one for one in people if wanted in (one.id, one.name)), people[0])

    def reader(self, user: User) -> Reader:
        return self.slack.person.reader(self.team, user)

    def as_json(self, look: Look) -> Json:
        user = self.user(look.user)
        reader, team = self.reader(user), self.team
        channel = team.channels.get(look.channel)
        return {
            "now": int(self.slack.clock.now().timestamp()) // 60 * 60,
            "team": {"name": team.name, "domain": team.domain},
            "me": user.id,
            "people": [self._person(one) for one in team.users.values()],
            "groups": [{"id": one.id, "handle": one.handle} for one in team.groups.values() if one.enabled],
            "app": self._app(user),
            "channels": [self._channel(one, user) for one in self._known(user)],
            "open": self._conversation(channel, user, reader, look) if channel else None,
            "home": self._view(team.homes[user.id], reader) if user.id in team.homes else None,
            "stack": [self._view(one, reader) for one in team.stack(user.id)],
        }

    def _person(self, user: User) -> Json:
        is_app = user.id == self.team.bot_user_id
        shape: dict[str, Any] = {"id": user.id, "name": user.name, "real": user.real_name, "tz": user.tz}
        shown = self.slack.world.app.name if is_app else user.shown_name
        return shape | {"shown": shown, "bot": user.is_bot, "deleted": user.deleted}

    def _app(self, user: User) -> Json:
        """The app beside people: its name, what it offers, and the conversation with it."""
        team, known = self.team, self.features
        return {
            "name": self.slack.world.app.name,
            "user": team.bot_user_id,
            "direct": self.slack.world.direct_channel(team, user).id,
            "has_home": known.has_home,
            "is_read_only": known.is_read_only,
            "commands": [
                {"name": one.name, "description": one.description, "hint": one.usage_hint} for one in known.commands
            ],
            "shortcuts": [
                {"name": one.name, "kind": one.kind, "id": one.callback_id, "description": one.description}
                for one in known.shortcuts
            ],
        }

    def _known(self, user: User) -> Iterator[Channel]:
        for channel in self.team.channels.values():
            if channel.kind == ChannelKind.PUBLIC or user.id in channel.members:
                yield channel

    def _channel(self, channel: Channel, user: User) -> Json:
        others = [one for one in channel.members if one != user.id]
        is_direct = channel.kind == ChannelKind.DIRECT
        return {
            "id": channel.id,
            "name": channel.name,
            "kind": channel.kind.value,
            "with": others[0] if is_direct and others else None,
            "member": user.id in channel.members,
            "members": len(channel.members),
            "archived": channel.is_archived,
            "topic": mrkdwn(channel.topic, self.reader(user)),
            "unread": self._unread(channel, user),
        }

    def _unread(self, channel: Channel, user: User) -> int:
        if user.id not in channel.members:
            return 0
        since = self.read.get((user.id, channel.id), "")
        seen = self.slack.person.visible(channel, user)
        return sum(1 for one in seen if one.ts > since and one.user != user.id)

    def _conversation(self, channel: Channel, user: User, reader: Reader, look: Look) -> Json | None:
        seen = self.slack.person.visible(channel, user)
        if seen:
            self.read[user.id, channel.id] = seen[-1].ts
        replies = [one for one in seen if one.thread_ts and one.thread_ts != one.ts]
        main = [one for one in seen if one not in replies][-MOST_MESSAGES:]
        thread = [one for one in seen if look.thread and look.thread in (one.ts, one.thread_ts)]
        return {
            "channel": channel.id,
            "messages": [self._message(one, channel, user, reader, replies) for one in main],
            "thread": [self._message(one, channel, user, reader, []) for one in thread],
        }

    def _message(self, one: Message, channel: Channel, user: User, reader: Reader, replies: list[Message]) -> Json:
        surface = message_surface(self.slack.world, self.team, user, channel, one)
        below = [reply for reply in replies if reply.thread_ts == one.ts]
        return {
            "ts": one.ts,
            "user": one.user,
            "nodes": mrkdwn(one.text, reader),
            "blocks": drawn(one.blocks, reader),
            "files": [self._file(name) for name in one.files if name in self.team.files],
            "only": one.only_for is not None,
            "edited": one.edited_at is not None,
            "typed": state_values(surface.typed)["values"],
            "replies": {"count": len(below), "last": below[-1].ts} if below else None,
        }

    def _file(self, name: str) -> Json:
        file = self.team.files[name]
        return {"id": file.id, "title": file.title or file.name, "alt": file.alt_txt or file.title or file.name}

    def _view(self, view: View, reader: Reader) -> Json:
        content = view.content
        return {
            "id": view.id,
            "hash": view.hash,
            "kind": content["type"],
            "title": _words(content.get("title")),
            "submit": _words(content.get("submit")),
            "close": _words(content.get("close")),
            "blocks": drawn(view.blocks, reader),
            "typed": state_values(view.typed)["values"],
            "errors": dict(view.errors),
        }


def _words(text: Json | None) -> str:
    return with_emoji(text["text"]) if text else ""
