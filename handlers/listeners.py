"""How feature modules hook into Bolt.

A feature says which words of the command, buttons, modals, searches and events it answers, each with one coroutine.
What all of them need happens here, once: the task is held until it is done, Slack gets its acknowledgement in time,
the person is looked up, and whatever is raised becomes words for that person.

=========  ============================================================================
kind       acknowledged
=========  ============================================================================
command    at once
action     at once
view       by the coroutine (``ask.slack.ack``), since the answer may be errors; each press is handled once
options    with what the coroutine returns
event      by Bolt, before the coroutine runs; each delivery is handled once
=========  ============================================================================
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from handlers import background
from handlers.blocks import Choice, options
from handlers.context import Ask, Installation, ask_of
from handlers.doubles import Doubles
from handlers.errors import answer
from handlers.exchange import Exchange
from services import people
from services.errors import Unclear
from services.house import House

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


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the command: ``/oncall name usage`` does what ``summary`` says.

    ``example`` is what could be typed after the word; ``more`` are further sentences for the help of this word alone.
    """

    name: str
    usage: str
    summary: str
    run: WordListener
    group: Group = Group.EVERYBODY
    example: str = ""
    more: str = ""

    async def carry_out(self, ask: Ask, argument: str) -> None:
        """Do it; a question for the schedule that is meant knows what to go on with."""
        try:
            await self.run(ask, argument)
        except Unclear as error:
            error.word = self.name
            raise


class Listeners:
    """Registers listeners and remembers for what, so that nothing is ever shown that nobody answers."""

    def __init__(self, app: AsyncApp, house: House) -> None:
        self._app = app
        self._house = house
        self._doubles = Doubles()
        self.words: dict[str, Word] = {}
        self.actions: set[str] = set()
        self.views: set[str] = set()
        self.searches: set[str] = set()
        self.events: set[str] = set()

    def word(self, word: Word) -> None:
        self.words[word.name] = word

    def command(self, command: str, run: Listener) -> None:
        self._app.command(command)(self._acked_first(run))

    def action(self, action_id: str, run: Listener) -> None:
        self.actions.add(action_id)
        self._app.action(action_id)(self._acked_first(run))

    def view(self, callback_id: str, run: Listener) -> None:
        self.views.add(callback_id)

        async def on_submission(
            ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
        ) -> None:
            background.hold_current()
            await self._doubles.once(ack, body, lambda: self._run(run, Exchange(client, body, ack), context))

        self._app.view(callback_id)(on_submission)

    def options(self, action_id: str, search: Search) -> None:
        self.searches.add(action_id)

        async def on_search(
            ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
        ) -> None:
            background.hold_current()
            try:
                found = await search(await ask_of(Exchange(client, body, ack), context, self._house))
            except Exception:
                log.exception("search failed", action=action_id)
                found = ()
            await ack(options=options(found))

        self._app.options(action_id)(on_search)

    def event(self, kind: str, run: EventListener) -> None:
        self.events.add(kind)

        async def on_event(event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
            background.hold_current()
            try:
                workspace = await Installation.of_request(context).workspace(self._house)
                if await people.once(self._house, body["event_id"]):
                    await run(self._house, workspace, event)
            except Exception:
                log.exception("event failed", kind=kind)

        self._app.event(kind)(on_event)

    def _acked_first(self, run: Listener) -> Callable[..., Awaitable[None]]:
        async def listener(
            ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, context: AsyncBoltContext
        ) -> None:
            await ack()
            await self._run(run, Exchange(client, body, ack), context)

        return listener

    async def _run(self, run: Listener, slack: Exchange, context: AsyncBoltContext) -> None:
        background.hold_current()
        try:
            await run(await ask_of(slack, context, self._house))
        except Exception as error:
            await answer(slack, error)
