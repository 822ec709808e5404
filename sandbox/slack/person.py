"""What people do in Slack: type commands, press, fill in, submit, close. Each ends as a payload to the app and its
effect here.

What the app fails to acknowledge is shown to the person as Slack shows it, and raised as `SlackFailureError`.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.slack import payloads
from sandbox.slack.dispatch import Dispatcher, Kind, Outcome, Reply
from sandbox.slack.entering import entered
from sandbox.slack.errors import SlackError
from sandbox.slack.inputs import EXTERNAL_KINDS, Control
from sandbox.slack.model import Channel, ChannelKind, Json, Message, ResponseUrl, Team, User
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.responseurl import respond
from sandbox.slack.surfaces import NothingThereError, Pressable, SlackFailureError, Surface, find_field
from sandbox.slack.world import World, new_id

PRESS_FAILED = "Oh no, something went wrong. Please try that again."
OPTIONS_FAILED = "Result failed to load."
SHORTCUT_FAILED = "We had some trouble connecting. Try again?"
SETTLE_SECONDS = 0.5
MOST_OPTIONS = 100
_NAMED = re.compile(r"(?<![\w<])@([\w.-]*\w)")


@dataclass(frozen=True, slots=True)
class PersonSide:
    world: World
    dispatcher: Dispatcher

    def reader(self, team: Team, user: User) -> Reader:
        return Reader(team, ZoneInfo(user.tz), self.world.clock.now())

    async def command(self, team: Team, user: User, line: str, channel: Channel) -> list[Message]:
        if user.id not in channel.members:
            raise NothingThereError(f"{user.name} is not in #{channel.name}")
        origin, since = new_id("cmd"), self.world.next_ts()
        url = self.world.add_response_url(team, user, channel, origin)
        trigger = self.world.add_trigger(team, user, channel=channel)
        address = self.world.response_url_address(url)
        form = payloads.command_form(self.world, team, user, channel, line, trigger, address)
        views_before = set(team.views)
        reply = await self.dispatcher.ask(Kind.COMMAND, form)
        self._show_command_answer(line.split(" ")[0], reply, url)
        await self._settle(lambda: self._produced(channel, user, origin, since) or set(team.views) - views_before)
        return self._produced(channel, user, origin, since)

    def _show_command_answer(self, command: str, reply: Reply, url: ResponseUrl) -> None:
        if not reply.ok:
            raise SlackFailureError(f'{command} failed with the error "{_failure_word(reply)}"')
        body = {"text": reply.body} if isinstance(reply.body, str) else reply.fields
        if not body.get("text") and not body.get("blocks"):
            return
        try:
            respond(self.world, url, body)
        except SlackError as refusal:
            raise SlackFailureError(f'{command} failed with the error "invalid_command_response"') from refusal

    async def _settle(self, happened: Any) -> None:
        """An app often says 200 first and answers right after; give it the moment a person needs to look."""
        for _ in range(int(SETTLE_SECONDS / 0.01)):
            if happened():
                return
            await asyncio.sleep(0.01)

    def _produced(self, channel: Channel, user: User, origin: str, since: str) -> list[Message]:
        return [
            message
            for message in self.visible(channel, user)
            if message.ts > since and message.origin in (None, origin)
        ]

    async def shortcut(self, team: Team, user: User, callback_id: str) -> None:
        trigger = self.world.add_trigger(team, user)
        payload = payloads.global_shortcut(self.world, team, user, callback_id, trigger)
        await self._take(payload)
        await self._settle(lambda: team.stack(user.id))

    async def message_shortcut(
        self, team: Team, user: User, callback_id: str, channel: Channel, ts: str
    ) -> list[Message]:
        """What it has produced in the channel for this person so far."""
        message = next((one for one in self.visible(channel, user) if one.ts == ts and one.only_for is None), None)
        if message is None:
            raise NothingThereError(f"{user.name} sees no message {ts} in #{channel.name}")
        origin, since = new_id("act"), self.world.next_ts()
        url = self.world.add_response_url(team, user, channel, origin, message.ts)
        trigger = self.world.add_trigger(team, user, channel=channel)
        address = self.world.response_url_address(url)
        await self._take(
            payloads.message_shortcut(self.world, team, user, callback_id, trigger, channel, message, address)
        )
        await self._settle(lambda: self._produced(channel, user, origin, since) or team.stack(user.id))
        return self._produced(channel, user, origin, since)

    async def _take(self, payload: Json) -> None:
        reply = await self.dispatcher.ask(Kind.INTERACTIVE, payload)
        if not reply.ok:
            raise SlackFailureError(SHORTCUT_FAILED)

    def say(self, team: Team, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Names after an @ become mentions, as where people write in Slack; the app hears of its own."""
        if user.id not in channel.members:
            raise NothingThereError(f"{user.name} is not in #{channel.name}")
        written = _NAMED.sub(lambda match: _mention(team, match), text)
        message = Message(self.world.next_ts(), channel.id, user.id, written, [], thread_ts=thread_ts)
        self.world.post(channel, message)
        self.dispatcher.tell_of_mention(team, channel, message)
        return message

    def visible(self, channel: Channel, user: User) -> list[Message]:
        if channel.kind != ChannelKind.PUBLIC and user.id not in channel.members:
            return []
        return [message for message in channel.messages if message.only_for in (None, user.id)]

    async def press(self, surface: Surface, pressable: Pressable, *, confirm: bool) -> None:
        if "confirm" in pressable.control.element and not confirm:
            return
        state = self._choose(surface, pressable)
        await self._dispatch_action(surface, pressable.control, pressable.option, state)

    def _choose(self, surface: Surface, pressable: Pressable) -> Json | None:
        """Radio buttons and checkboxes outside inputs are pressed too; that changes what they hold."""
        control, option = pressable.control, pressable.option
        if control.holding is None:
            return None
        chosen: Any = option
        if control.holding.many:
            before = surface.typed[control.key][control.holding.state_key]
            chosen = [one for one in before if one != option] if option in before else [*before, option]
        surface.typed[control.key] = control.state(chosen)
        return surface.typed[control.key]

    async def _dispatch_action(
        self, surface: Surface, control: Control, option: Json | None = None, state: Json | None = None
    ) -> None:
        team, user = surface.team, surface.user
        trigger = self.world.add_trigger(team, user, surface.view, surface.channel)
        payload = payloads.interaction("block_actions", self.world, team, user) | payloads.place(surface, self.world)
        payload |= {"trigger_id": trigger.id, "actions": [payloads.action(control, self.world, option, state)]}
        if surface.message and surface.channel:
            url = self.world.add_response_url(team, user, surface.channel, new_id("act"), surface.message.ts)
            payload["response_url"] = self.world.response_url_address(url)
        reply = await self.dispatcher.ask(Kind.INTERACTIVE, payload)
        if not reply.ok:
            raise SlackFailureError(PRESS_FAILED)

    async def fill(self, surface: Surface, label: str, value: Any) -> None:
        reader = self.reader(surface.team, surface.user)
        control = find_field(surface, label, reader)
        options = await self._options(surface, control, value) if value is not None else []
        await self.enter(surface, control, entered(control, value, surface.team, reader, options))

    async def enter(self, surface: Surface, control: Control, value: Any, *, tell: bool = True) -> None:
        """The element now holds this value, in Slack's own form. Without ``tell`` the app does not hear of it yet, as
        while somebody is still typing."""
        if control.key not in surface.typed:
            raise NothingThereError(f"the field {control.key[1]!r} went away while it was being filled in")
        state = control.state(value)
        surface.typed[control.key] = state
        surface.errors.pop(control.key[0], None)
        if control.dispatches and tell:
            await self._dispatch_action(surface, control, state=state)

    async def _options(self, surface: Surface, control: Control, value: Any) -> list[Json]:
        if control.kind not in EXTERNAL_KINDS:
            return control.options()
        found: list[Json] = []
        for query in value if isinstance(value, list) else [value]:
            found.extend(option for option in await self.suggestions(surface, control, query) if option not in found)
        return found

    async def suggestions(self, surface: Surface, control: Control, query: str) -> list[Json]:
        """What an external select offers for a query; Slack doesn't ask the app before enough letters are typed."""
        if control.kind not in EXTERNAL_KINDS:
            return [o for o in control.options() if query.lower() in str(o["text"]["text"]).lower()]
        if len(query) < control.element.get("min_query_length", 3):
            return []
        payload = payloads.block_suggestion(self.world, surface, control, query)
        reply = await self.dispatcher.ask(Kind.INTERACTIVE, payload)
        if not reply.ok or not _is_option_list(reply.fields):
            raise SlackFailureError(OPTIONS_FAILED)
        groups = [group["options"] for group in reply.fields.get("option_groups") or ()]
        return [option for options in [reply.fields.get("options") or [], *groups] for option in options]

    async def open_home(self, team: Team, user: User) -> None:
        channel = self.world.direct_channel(team, user)
        event: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": "home"}
        if home := team.homes.get(user.id):
            event["view"] = payloads.view_shape(home, self.world, team)
        hash_before = home.hash if home else None
        self.dispatcher.emit(team, event)
        if self.dispatcher.transport.is_reachable():
            await self._settle(lambda: user.id in team.homes and team.homes[user.id].hash != hash_before)


def _mention(team: Team, match: re.Match[str]) -> str:
    """Names are found as they are shown, in whatever case."""
    wanted = match[1].casefold()
    named = (user for user in team.users.values() if wanted in (user.name.casefold(), user.shown_name.casefold()))
    found = next(named, None)
    return f"<@{found.id}>" if found else match[0]


def _failure_word(reply: Reply) -> str:
    if reply.outcome == Outcome.TIMED_OUT:
        return "operation_timeout"
    if reply.outcome == Outcome.REFUSED and reply.status >= 400:
        return "http_client_error" if reply.status < 500 else "http_service_error"
    return "dispatch_failed"


def _is_option_list(body: Json) -> bool:
    """Slack shows nothing of an answer that is no list of options, or one that is too long."""
    options, groups = body.get("options"), body.get("option_groups")
    lists = [options] if isinstance(options, list) else [g.get("options") for g in groups or []]
    if not isinstance(options, list) and not isinstance(groups, list):
        return False
    if len(groups or []) > MOST_OPTIONS:
        return False
    return all(isinstance(one, list) and len(one) <= MOST_OPTIONS and _are_options(one) for one in lists)


def _are_options(options: list[Any]) -> bool:
    for option in options:
        text = option.get("text", {}).get("text", "") if isinstance(option, dict) else ""
        if not 1 <= len(text) <= 75 or not 1 <= len(str(option.get("value", ""))) <= 150:
            return False
    return True
