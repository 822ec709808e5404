"""How feature modules hook into Bolt.

A feature says which words of the command, buttons, modals, searches and events it answers, each with one coroutine.
What all of them need happens here, once: the task is held until it is done, Slack gets its acknowledgement in time,
the person is looked up, and whatever is raised becomes words for that person.

=========  ============================================================================
kind       acknowledged
=========  ============================================================================
command    at once
shortcut   at once
action     at once
view       by the coroutine (``ask.slack.ack``), since the answer may be errors; each press is handled once
options    with what the coroutine returns
event      by Bolt, before the coroutine runs; each delivery is handled once
mention    likewise
=========  ============================================================================

What people ask for takes its turn (:mod:`handlers.kit.busy`). Bolt looks through everything it was given until
something fits, one by one; so it is given one listener for all actions, one for all modals, one for all searches.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from handlers.kit import background
from handlers.kit.asker import Ask, Installation, ask_of
from handlers.kit.blocks import Choice, options
from handlers.kit.busy import Busy, Crowd
from handlers.kit.doubled_forms import Doubles
from handlers.kit.errors import answer
from handlers.kit.exchange import Exchange
from services.kit.errors import Refusal, Unclear
from services.kit.house import House
from services.people import directory as people

log = structlog.get_logger()

Listener = Callable[[Ask], Awaitable[None]]
WordListener = Callable[[Ask, str], Awaitable[None]]
Search = Callable[[Ask], Awaitable[Sequence[Choice]]]
EventListener = Callable[[House, int, dict[str, Any]], Awaitable[None]]


class Group(StrEnum):
    """For whom a word is, as help lists them."""

    EVERYBODY = "For everybody"
    ADMINS = "For admins of a schedule"
    SETTING_UP = "Setting up"


class May(StrEnum):
    """Who may use a word; a test holds it against docs/permissions.md."""

    ANYBODY = "anybody of the workspace, guests as well"
    TAKING_PART = "whoever can be on call there, guests as well, and admins of the schedule"
    SCHEDULE_ADMINS = "admins of the schedule, and admins of the Slack workspace"
    SOME_ADMINS = "admins of any schedule, and admins of the Slack workspace"
    LOOKING = "anybody may look; changed by admins of the schedule, and of the Slack workspace"
    CREATORS = "everybody but guests, unless `/oncall settings` says otherwise"
    LINKING = "everybody but guests; who does not administer the PagerDuty connection asks its admins"
    CONNECTIONS = "admins of a connection, and of the Slack workspace; whoever may create schedules can add one"
    WORKSPACE_ADMINS = "admins of the Slack workspace"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the command: ``/oncall name usage`` does what ``summary`` says.

    ``example`` is what could be typed after the word; ``more`` are further sentences for the help of this word alone.
    ``may`` says who may, where that is not the usual of its group.
    """

    name: str
    usage: str
    summary: str
    run: WordListener
    group: Group = Group.EVERYBODY
    example: str = ""
    more: str = ""
    may: May | None = None

    @property
    def who_may(self) -> May:
        return self.may or (May.ANYBODY if self.group is Group.EVERYBODY else May.SCHEDULE_ADMINS)

    async def carry_out(self, ask: Ask, argument: str) -> None:
        """Do it; a question for the schedule that is meant knows what to go on with."""
        try:
            await self.run(ask, argument)
        except Unclear as error:
            error.word = self.name
            raise


class Listeners:
    """Registers listeners and remembers for what, so that nothing is ever shown that nobody answers."""

    def __init__(self, app: AsyncApp, house: House, crowd: Crowd | None = None) -> None:
        self._app = app
        self._house = house
        self._crowd = crowd or Crowd()
        self._doubles = Doubles(house)
        self.words: dict[str, Word] = {}
        self._actions: dict[str, Listener] = {}
        self._views: dict[str, Listener] = {}
        self._searches: dict[str, Search] = {}
        self._shortcuts: dict[str, Listener] = {}
        self._message_shortcuts: dict[str, Listener] = {}
        self.events: set[str] = set()

    @property
    def actions(self) -> set[str]:
        return set(self._actions)

    @property
    def views(self) -> set[str]:
        return set(self._views)

    @property
    def searches(self) -> set[str]:
        return set(self._searches)

    @property
    def shortcuts(self) -> dict[str, set[str]]:
        """Callback ids by the type that the manifest gives them."""
        return {"global": set(self._shortcuts), "message": set(self._message_shortcuts)}

    def word(self, word: Word) -> None:
        self.words[word.name] = word

    def command(self, command: str, run: Listener) -> None:
        async def on_command(
            ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
        ) -> None:
            if self._crowd.is_full(_of(context)):
                await ack(str(self._crowd.refusal()))
                return
            await ack()
            await self._run(run, Exchange(client, body, ack), context)

        self._app.command(command)(on_command)

    def action(self, action_id: str, run: Listener) -> None:
        self._actions[action_id] = run

    def view(self, callback_id: str, run: Listener) -> None:
        self._views[callback_id] = run

    def options(self, action_id: str, search: Search) -> None:
        self._searches[action_id] = search

    def shortcut(self, callback_id: str, run: Listener) -> None:
        """One that is chosen anywhere in Slack, about nothing in particular."""
        self._shortcuts[callback_id] = run

    def message_shortcut(self, callback_id: str, run: Listener) -> None:
        """One from the menu of a message."""
        self._message_shortcuts[callback_id] = run

    def hook_in(self) -> None:
        """Have Bolt call for what was registered; what is unknown stays Bolt's to complain about."""
        self._app.global_shortcut(_any_of(self._shortcuts))(self._on_shortcut)
        self._app.message_shortcut(_any_of(self._message_shortcuts))(self._on_message_shortcut)
        self._app.action(_any_of(self._actions))(self._on_action)
        self._app.view(_any_of(self._views))(self._on_submission)
        self._app.options(_any_of(self._searches))(self._on_search)

    async def _on_action(
        self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
    ) -> None:
        await ack()
        slack = Exchange(client, body, ack)
        await self._run(self._actions[slack.action["action_id"]], slack, context)

    async def _on_shortcut(
        self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
    ) -> None:
        await ack()
        await self._run(self._shortcuts[body["callback_id"]], Exchange(client, body, ack), context)

    async def _on_message_shortcut(
        self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
    ) -> None:
        await ack()
        await self._run(self._message_shortcuts[body["callback_id"]], Exchange(client, body, ack), context)

    async def _on_submission(
        self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
    ) -> None:
        background.hold_current()
        slack = Exchange(client, body, ack)
        run = self._views[slack.view["callback_id"]]
        await self._doubles.once(ack, body, lambda: self._run(run, slack, context))

    async def _on_search(
        self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
    ) -> None:
        background.hold_current()
        action = body["action_id"]
        found: Sequence[Choice] = ()
        try:
            async with self._crowd.turn(_of(context)):
                found = await self._searches[action](await ask_of(Exchange(client, body, ack), context, self._house))
        except Busy:
            pass  # the person types on, or again; the crowd has said so in the log
        except Exception as error:
            _log_failure("search failed", error, action=action)
        await ack(options=options(found))

    def event(self, kind: str, run: EventListener) -> None:
        self.events.add(kind)

        async def on_event(event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
            background.hold_current()
            try:
                workspace = await Installation.of_request(context).workspace(self._house)
                if await people.once(self._house, body["event_id"]):
                    await run(self._house, workspace, event)
            except Exception as error:
                _log_failure("event failed", error, kind=kind)

        self._app.event(kind)(on_event)

    def mention(self, run: Listener) -> None:
        """What is answered when a person names Baton in a channel; bots would talk with each other for ever."""
        kind = "app_mention"
        self.events.add(kind)

        async def on_mention(
            event: dict[str, Any],
            body: dict[str, Any],
            client: AsyncWebClient,
            context: AsyncBoltContext,
            ack: AsyncAck,
        ) -> None:
            background.hold_current()
            if event.get("bot_id") or not event.get("user"):
                return
            try:
                first = await people.once(self._house, body["event_id"])
            except Exception as error:
                _log_failure("event failed", error, kind=kind)
                return
            if first:
                await self._run(run, Exchange(client, body, ack), context)

        self._app.event(kind)(on_mention)

    def event_of_person(self, kind: str, run: Listener) -> None:
        """What somebody did in Slack without pressing anything; it may be heard of twice, which must not matter."""
        self.events.add(kind)

        async def on_event(
            ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
        ) -> None:
            background.hold_current()
            try:
                await run(await ask_of(Exchange(client, body, ack), context, self._house))
            except Exception as error:
                _log_failure("event failed", error, kind=kind)

        self._app.event(kind)(on_event)

    async def _run(self, run: Listener, slack: Exchange, context: AsyncBoltContext) -> None:
        background.hold_current()
        try:
            async with self._crowd.turn(_of(context)):
                await run(await ask_of(slack, context, self._house))
        except Exception as error:
            await answer(slack, error)


def _log_failure(what: str, error: Exception, **facts: str) -> None:
    """Of what nobody is told. That something is gone meanwhile, or not theirs, is no defect."""
    if isinstance(error, Refusal):
        log.info(what, why=str(error), **facts)
    else:
        log.exception(what, **facts)


def _of(context: AsyncBoltContext) -> str:
    """Whose share of the room a request takes."""
    return f"{context.enterprise_id}/{context.team_id}"


def _any_of(ids: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\A(?:{'|'.join(map(re.escape, ids))})\Z")
