"""What a person does on the page, by the ids that Slack's own client knows things by. Each goes to the app through the
same code as what the tests' people do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.browser.slack_seen import SlackSeen
from sandbox.browser.texts import with_emoji
from sandbox.slack.inputs import EXTERNAL_KINDS, Control
from sandbox.slack.model import Json, User
from sandbox.slack.surfaces import (
    NothingThereError,
    Pressable,
    Surface,
    control_on,
    message_surface,
    view_surface,
)

Doing = Callable[[User, Json], Awaitable[Any]]
CHOOSING = ("select", "radio_buttons", "checkboxes")
GONE = "This is not there any more. Open it again."


@dataclass(slots=True)
class SlackDone:
    seen: SlackSeen
    _offered: dict[tuple[str, str], list[Json]] = field(default_factory=dict[tuple[str, str], list[Json]])
    """What external selects offered last, by person and element: what is chosen comes back by its value."""

    def table(self) -> dict[str, Doing]:
        return {
            "say": self.say,
            "command": self.command,
            "shortcut": self.shortcut,
            "message_shortcut": self.message_shortcut,
            "direct": self.direct,
            "join": self.join,
            "open_home": self.open_home,
            "press": self.press,
            "enter": self.enter,
            "options": self.options,
            "submit": self.submit,
            "close": self.close,
        }

    @property
    def _world(self) -> Any:
        return self.seen.slack.world

    def _channel(self, body: Json) -> Any:
        channel = self.seen.team.channels.get(body["channel"])
        if channel is None:
            raise NothingThereError("This conversation is not there any more.")
        return channel

    async def say(self, user: User, body: Json) -> None:
        channel = self._channel(body)
        if channel.is_archived:
            raise NothingThereError("This channel was archived; nothing can be said here.")
        text = body["text"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")  # as Slack's client does
        self.seen.slack.person.say(self.seen.team, user, channel, text, body.get("thread") or None)

    async def command(self, user: User, body: Json) -> None:
        await self.seen.slack.person.command(self.seen.team, user, body["line"], self._channel(body))

    async def shortcut(self, user: User, body: Json) -> None:
        await self.seen.slack.person.shortcut(self.seen.team, user, body["id"])

    async def message_shortcut(self, user: User, body: Json) -> None:
        person, channel = self.seen.slack.person, self._channel(body)
        await person.message_shortcut(self.seen.team, user, body["id"], channel, body["ts"])

    async def direct(self, user: User, body: Json) -> Json:
        other = self.seen.team.users[body["with"]]
        return {"channel": self._world.conversation(self.seen.team, user, other).id}

    async def join(self, user: User, body: Json) -> None:
        channel = self._channel(body)
        if user.id not in channel.members:
            channel.members.append(user.id)

    async def open_home(self, user: User, body: Json) -> None:
        await self.seen.slack.person.open_home(self.seen.team, user)

    def _surface(self, user: User, body: Json) -> Surface:
        team, place = self.seen.team, body["surface"]
        if place["kind"] == "view":
            view = team.views.get(place["id"])
            if view is None or view.user_id != user.id:
                raise NothingThereError(GONE)
            return view_surface(team, user, view)
        channel = team.channels[place["channel"]]
        message = channel.message(place["ts"])
        if message is None or message.only_for not in (None, user.id):
            raise NothingThereError(GONE)
        return message_surface(self._world, team, user, channel, message)

    def _touched(self, user: User, body: Json) -> tuple[Surface, Control]:
        surface = self._surface(user, body)
        return surface, control_on(surface, body["block"], body["action"])

    async def press(self, user: User, body: Json) -> None:
        """A button, or an option of an overflow menu, radio buttons or checkboxes by its place."""
        surface, control = self._touched(user, body)
        place = body.get("option")
        option = None if place is None else control.options()[place]
        await self.seen.slack.person.press(surface, Pressable("", control, "", option), confirm=True)

    async def enter(self, user: User, body: Json) -> None:
        surface, control = self._touched(user, body)
        value = self._value(user, control, body["value"])
        await self.seen.slack.person.enter(surface, control, value, tell=body.get("tell", True))

    def _value(self, user: User, control: Control, value: Any) -> Any:
        """Options come as their values and are kept whole."""
        if value in (None, "", []):
            return [] if control.holding and control.holding.many else None
        if not control.kind.endswith(CHOOSING):
            return _written(control, value)
        if not control.options() and control.kind not in EXTERNAL_KINDS:
            return value
        offered = control.options() or self._choices(user, control)
        if isinstance(value, list):
            return [_option(offered, one) for one in value]
        return _option(offered, value)

    def _choices(self, user: User, control: Control) -> list[Json]:
        """What was offered, and what was chosen before anything was offered."""
        initial = control.element.get("initial_options") or [control.element.get("initial_option")]
        return [*self._offered.get((user.id, "/".join(control.key)), []), *(one for one in initial if one)]

    async def options(self, user: User, body: Json) -> list[Json]:
        surface, control = self._touched(user, body)
        found = await self.seen.slack.person.suggestions(surface, control, body["query"])
        key = (user.id, "/".join(control.key))
        chosen = _chosen(surface.typed.get(control.key, {}))
        before = [one for one in self._offered.get(key, []) if one in chosen]
        self._offered[key] = [*found, *before, *(one for one in chosen if one not in before)]
        return [{"value": one["value"], "shown": with_emoji(one["text"]["text"]), "more": _more(one)} for one in found]

    async def submit(self, user: User, body: Json) -> None:
        self._must_be_on_top(user, body)
        await self.seen.slack.submitting.submit(self.seen.team, user)

    async def close(self, user: User, body: Json) -> None:
        self._must_be_on_top(user, body)
        everything = bool(body.get("everything"))
        await self.seen.slack.submitting.close(self.seen.team, user, everything=everything)

    def _must_be_on_top(self, user: User, body: Json) -> None:
        stack = self.seen.team.stack(user.id)
        if not stack or stack[-1].id != body["view"]:
            raise NothingThereError(GONE)


def _written(control: Control, value: Any) -> Any:
    """A text or a time in the form in which Slack keeps it."""
    if control.kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(value)}]}
        return {"type": "rich_text", "elements": [section]}
    return int(value) if control.kind == "datetimepicker" else value


def _chosen(state: Json) -> list[Json]:
    one = [state["selected_option"]] if state.get("selected_option") else []
    return [*one, *(state.get("selected_options") or [])]


def _more(option: Json) -> str:
    return with_emoji((option.get("description") or {}).get("text", ""))


def _option(offered: list[Json], value: str) -> Json:
    for option in offered:
        if option.get("value") == value:
            return option
    raise NothingThereError("This choice is not on offer any more.")
