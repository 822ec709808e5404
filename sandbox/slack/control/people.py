"""The control API's routes for being a person: look, type, fill, press, submit, close."""

import base64
from dataclasses import dataclass
from typing import Any

from sandbox.slack.control.describe import describe_message, describe_view
from sandbox.slack.control.requests import Route, channel_of, team_of, user_of
from sandbox.slack.model import Channel, Json, Message, Team, User
from sandbox.slack.person import PersonSide
from sandbox.slack.submitting import Submitting, top_view
from sandbox.slack.surfaces import (
    NothingThereError,
    Surface,
    fields_on,
    find_field,
    find_pressable,
    message_surface,
    pressables_on,
    view_surface,
)
from sandbox.slack.world import World


@dataclass(frozen=True, slots=True)
class PeopleRoutes:
    world: World
    person: PersonSide
    submitting: Submitting

    def table(self) -> dict[str, Route]:
        return {
            "command": self.command,
            "say": self.say,
            "shortcut": self.shortcut,
            "message_shortcut": self.message_shortcut,
            "modal": self.modal,
            "home": self.home,
            "open_home": self.open_home,
            "fill": self.fill,
            "search": self.search,
            "picture": self.picture,
            "press": self.press,
            "submit": self.submit,
            "close": self.close,
            "messages": self.messages,
        }

    def _who(self, body: Json) -> tuple[Team, User]:
        team = team_of(self.world, body)
        return team, user_of(team, body["user"])

    async def command(self, body: Json) -> Any:
        team, user = self._who(body)
        channel = channel_of(self.world, team, body["channel"], user)
        produced = await self.person.command(team, user, body["line"], channel)
        return [self._message(team, user, channel, message) for message in produced]

    async def say(self, body: Json) -> Any:
        team, user = self._who(body)
        channel = channel_of(self.world, team, body["channel"], user)
        said = self.person.say(team, user, channel, body["text"], body.get("thread_ts"))
        return self._message(team, user, channel, said)

    async def shortcut(self, body: Json) -> Any:
        await self.person.shortcut(*self._who(body), body["callback_id"])

    async def message_shortcut(self, body: Json) -> Any:
        team, user = self._who(body)
        channel = channel_of(self.world, team, body["channel"], user)
        produced = await self.person.message_shortcut(team, user, body["callback_id"], channel, body["ts"])
        return [self._message(team, user, channel, message) for message in produced]

    async def modal(self, body: Json) -> Any:
        return self._top(*self._who(body))

    def _top(self, team: Team, user: User) -> Json | None:
        stack = team.stack(user.id)
        if not stack:
            return None
        return describe_view(self.world, team, user, stack[-1], self.person.reader(team, user))

    async def home(self, body: Json) -> Any:
        team, user = self._who(body)
        view = team.homes.get(user.id)
        return describe_view(self.world, team, user, view, self.person.reader(team, user)) if view else None

    async def open_home(self, body: Json) -> Any:
        await self.person.open_home(*self._who(body))
        return await self.home(body)

    async def fill(self, body: Json) -> Any:
        team, user = self._who(body)
        await self.person.fill(self._surface(team, user, body), body["label"], body["value"])

    async def search(self, body: Json) -> Any:
        team, user = self._who(body)
        surface, reader = self._surface(team, user, body), self.person.reader(team, user)
        control = find_field(surface, body["label"], reader)
        found = await self.person.suggestions(surface, control, body["query"])
        return [reader.text_object(option["text"]) for option in found]

    def _surface(self, team: Team, user: User, body: Json) -> Surface:
        """Where the named field is: the top modal unless said otherwise, or the newest message that has it."""
        surfaces = self._surfaces(team, user, body.get("where") or "modal")
        reader = self.person.reader(team, user)
        for surface in surfaces:
            if any(body["label"] in (f.label, f.label.split("\n")[0]) for f in fields_on(surface, reader)):
                return surface
        if not surfaces:
            raise NothingThereError(f"{user.name} sees nothing in {body['where']}")
        return surfaces[0]

    def _surfaces(self, team: Team, user: User, where: str | None) -> list[Surface]:
        """Where a button is looked for, in order: what is in front first, newer messages before older ones."""
        if where == "home":
            home = team.homes.get(user.id)
            return [view_surface(team, user, home)] if home else []
        if where == "modal" or (where is None and team.stack(user.id)):
            return [view_surface(team, user, top_view(team, user))]
        channels = [channel_of(self.world, team, where, user)] if where else list(team.channels.values())
        seen = [(c, m) for c in channels for m in self.person.visible(c, user)]
        seen.sort(key=lambda pair: pair[1].ts, reverse=True)
        return [message_surface(self.world, team, user, channel, message) for channel, message in seen]

    async def picture(self, body: Json) -> Any:
        """The file that a message shows, for whoever sees the message."""
        team, user = self._who(body)
        channel = channel_of(self.world, team, body["channel"], user)
        message = next((one for one in self.person.visible(channel, user) if one.ts == body["ts"]), None)
        shown = [*(message.files if message else ())]
        shown += [block["slack_file"]["id"] for block in (message.blocks if message else ()) if "slack_file" in block]
        if not shown:
            raise NothingThereError(f"{user.name} sees no picture in {body['ts']}")
        return base64.b64encode(team.files[shown[0]].data or b"").decode()

    async def press(self, body: Json) -> Any:
        team, user = self._who(body)
        reader, within = self.person.reader(team, user), body.get("within")
        surfaces = self._surfaces(team, user, body.get("where"))
        for surface in surfaces:
            if pressable := find_pressable(surface, body["text"], within, reader):
                await self.person.press(surface, pressable, confirm=body.get("confirm", True))
                return
        there = [f"{p.text!r}" for surface in surfaces for p in pressables_on(surface, reader)]
        beside = f" within {within!r}" if within else ""
        raise NothingThereError(f"no button {body['text']!r}{beside}; there are: {', '.join(there) or 'none'}")

    async def submit(self, body: Json) -> Any:
        team, user = self._who(body)
        await self.submitting.submit(team, user)
        return self._top(team, user)

    async def close(self, body: Json) -> Any:
        team, user = self._who(body)
        await self.submitting.close(team, user, everything=body.get("everything", False))
        return self._top(team, user)

    async def messages(self, body: Json) -> Any:
        team, user = self._who(body)
        where = body.get("channel")
        channels = [channel_of(self.world, team, where, user)] if where else list(team.channels.values())
        wanted = body.get("ephemeral", False)
        found = [
            self._message(team, user, channel, message)
            for channel in channels
            for message in self.person.visible(channel, user)
            if (message.only_for is not None) == wanted
        ]
        return sorted(found, key=lambda message: message["ts"])

    def _message(self, team: Team, user: User, channel: Channel, message: Message) -> Json:
        surface = message_surface(self.world, team, user, channel, message)
        return describe_message(surface, channel, message, self.person.reader(team, user))
