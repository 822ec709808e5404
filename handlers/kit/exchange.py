"""One request from Slack, and every way to answer it.

Slack wants a sign of life within three seconds, after which the answer can follow: a message that only this person
sees (through the command's ``response_url``, good for 5 messages in 30 minutes), a modal on the trigger (3 seconds,
once), or a modal put in another's place. A person may have closed that one meanwhile, which is no error.

On the Home tab there is no conversation, and nothing that is opened from there has one either:

=============================  ==========================================================================
where somebody is              where they read what is *said*
=============================  ==========================================================================
a command, a message's button  there, as a message that only they see
a button on the Home tab       in a modal on top (:mod:`handlers.kit.answers`), the last word in its place
a button in such a modal       in its place; so are forms that are opened from it
any other modal from there     in a direct message, also where that modal was closed meanwhile
a modal that is open for long  in a direct message: Slack takes no answers where it was opened any more
=============================  ==========================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.kit.answers import ANSWER, SENT, answer_view, fits_modal
from handlers.kit.blocks import Block, Choice, View, checkboxes, cut, modal, section
from handlers.kit.blocks import field as input_field
from handlers.kit.forms import ACCEPTED, Form, marked, name_of
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from services.kit.errors import Warned

log = structlog.get_logger()

TURNS = 6
"""Of the event loop, which other tasks have before an answer is sent; none of them waits for anything."""

NOTICE, ACCEPT = "notice", "accept"
KEPT = ("type", "title", "submit", "close", "callback_id", "private_metadata", "clear_on_close", "notify_on_close")
CLOSED = ("not_found", "view_not_found")
OVERTAKEN = "hash_conflict"
MOST_BLOCKS = 100
ACK_ARRIVES_SECONDS = 0.3
"""After an acknowledgement that shows a view, before a call shows another one in its place."""


def error_code(error: SlackApiError) -> str:
    """Slack's word for what went wrong; a gateway's answer is no JSON and has none."""
    data = error.response.data if hasattr(error.response, "data") else error.response
    return str(data.get("error", "")) if isinstance(data, Mapping) else ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """``body`` is what Slack sent; ``view`` the modal that it is about, if any."""

    client: AsyncWebClient
    body: Mapping[str, Any]
    ack: AsyncAck
    _ack_arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _told_in: list[str] = field(default_factory=list[str])
    """The modal that was opened over the Home tab to say something."""

    @property
    def acked(self) -> bool:
        return self.ack.response is not None

    @property
    def view(self) -> Mapping[str, Any]:
        return self.body.get("view") or {}

    @property
    def user_id(self) -> str:
        return str(self.body.get("user_id") or (self.body.get("user") or {}).get("id") or "")

    @property
    def is_home(self) -> bool:
        """Whether a button on the Home tab was pressed."""
        return self.view.get("type") == "home"

    @property
    def is_answer(self) -> bool:
        """Whether a button was pressed in a modal that holds what would be a message elsewhere."""
        return self.view.get("callback_id") == ANSWER and not self.is_submission

    @property
    def is_in_modal(self) -> bool:
        """Whether what is said is shown in a modal, which holds no tables."""
        return self.is_home or self.is_answer

    @property
    def is_submission(self) -> bool:
        return self.body.get("type") == "view_submission"

    @property
    def form(self) -> Form:
        return Form(self.view)

    @property
    def first_field(self) -> str:
        """The block id of the modal's first input; errors can stand under inputs only."""
        blocks = self.view.get("blocks") or ()
        return next((str(block.get("block_id")) for block in blocks if block.get("type") == "input"), "")

    @property
    def metadata(self) -> Metadata:
        """What the modal remembers; what the Home tab does is about that tab alone."""
        return Metadata() if self.is_home else Metadata.load(self.view.get("private_metadata"))

    @property
    def root_view_id(self) -> str:
        """The modal at the bottom of the stack."""
        return self.view.get("root_view_id") or self.view.get("id") or ""

    @property
    def reply_to(self) -> str:
        return self.body.get("response_url") or self.metadata.reply_to

    @property
    def action(self) -> Mapping[str, Any]:
        """The button that was pressed, or the input that told of its change."""
        return next(iter(self.body.get("actions") or ()), {})

    @property
    def action_number(self) -> int:
        """The id that a button carries."""
        return id_of(self.action.get("value")) or 0

    @property
    def query(self) -> str:
        """What was typed into an external select so far."""
        return str(self.body.get("value") or "")

    async def say(self, text: str, blocks: Sequence[Block] | None = None) -> None:
        """Tell this person, in the conversation they are in, or where they look when they are in none.

        A lost connection is tried once more, slack_sdk's own habit: hearing it twice is better than not at all. Jobs
        that were left before begin first, and come as far as their first requests.
        """
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if not self.reply_to:
            await self._say_without_conversation(text, blocks)
            return
        message: dict[str, Any] = {"response_type": "ephemeral", "replace_original": False, "text": cut(text, 3500)}
        if blocks:
            message["blocks"] = list(blocks)
        answer = await self._send(self.reply_to, message)
        if answer.status_code != 200:
            log.warning("answer refused", status=answer.status_code, answer=answer.body)
            await self._say_without_conversation(text, blocks)

    async def _say_without_conversation(self, text: str, blocks: Sequence[Block] | None) -> None:
        if self.is_in_modal:
            fits = fits_modal(blocks)
            if await self._show_answer(*((text, blocks) if fits else (SENT, None))) and fits:
                return
        try:
            await self.client.chat_postMessage(
                channel=self.user_id,
                text=cut(text, 3500),
                blocks=list(blocks) if blocks else None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("nowhere to answer", text=text, reason=str(error))

    async def _show_answer(self, text: str, blocks: Sequence[Block] | None) -> bool:
        """False where no modal can be shown any more: it was closed, or it took too long."""
        view = answer_view(text, blocks)
        try:
            if self.is_answer:
                return await self.replace(view)
            if self._told_in:
                return await self.replace(view, self._told_in[-1])
            self._told_in.append(await self.open(view))
        except SlackApiError:
            return False
        return True

    async def tell_alone(self, text: str) -> None:
        """Tell the person by direct message: for what they wrote, Slack gives no other way to answer them alone."""
        await self.post(str(self.event.get("user")), text)

    async def post(self, channel: str, text: str, blocks: Sequence[Block] | None = None, *, thread: str = "") -> None:
        """A message that everybody there sees. Raises SlackApiError."""
        message = {"channel": channel, "text": cut(text, 3500), "thread_ts": thread or None}
        await self.client.chat_postMessage(**message, blocks=blocks, unfurl_links=False, unfurl_media=False)

    async def _send(self, url: str, message: dict[str, Any]) -> WebhookResponse:
        """By the connections of the Web API client; a session for each message would have to shake hands each time.

        Where Slack refuses the blocks, the same words are sent as plain text: better plain than never.
        """
        webhook = AsyncWebhookClient(url, session=self.client.session)
        answer = await webhook.send_dict(message)
        if answer.status_code == 200 or "blocks" not in message or "invalid_blocks" not in str(answer.body):
            return answer
        log.warning("blocks refused", answer=answer.body)
        return await webhook.send_dict({key: value for key, value in message.items() if key != "blocks"})

    @property
    def channel_id(self) -> str:
        """The conversation that a command was typed in or a message stands in; modals are in none."""
        found = self.body.get("channel_id") or (self.body.get("channel") or {}).get("id") or self.event.get("channel")
        return str(found or "")

    @property
    def event(self) -> Mapping[str, Any]:
        """What happened in Slack, where that is what this is about."""
        return self.body.get("event") or {}

    @property
    def message(self) -> Mapping[str, Any]:
        """The message that a shortcut was chosen on or that names Baton."""
        return self.event or self.body.get("message") or {}

    async def take_away(self) -> None:
        """Remove the message whose menu or button was used."""
        url = str(self.body.get("response_url") or "")
        if url:
            await self._send(url, {"delete_original": True})

    async def rewrite(self, text: str, blocks: Sequence[Block] | None = None) -> bool:
        """Put ``text`` in the place of the message whose button was pressed, where ``blocks`` show it in full.

        Where there is no such message, or Slack takes no change of it any more, it is said: then this is False.
        """
        if self.is_in_modal or not await self._rewritten(text, blocks):
            await self.say(text, blocks)
            return False
        return True

    async def _rewritten(self, text: str, blocks: Sequence[Block] | None) -> bool:
        url = str(self.body.get("response_url") or "")
        if not url or not (self.body.get("message") or self.body.get("container", {}).get("is_ephemeral")):
            return False
        message = {"replace_original": True, "text": cut(text, 3500), "blocks": list(blocks or [section(text)])}
        answer = await self._send(url, message)
        if answer.status_code != 200:
            log.warning("rewriting refused", status=answer.status_code, answer=answer.body)
        return answer.status_code == 200

    async def open(self, view: View) -> str:
        """The id of the modal; from a modal that holds an answer it takes that one's place."""
        return (await self.open_seen(view))[0]

    async def open_seen(self, view: View) -> tuple[str, str]:
        """The id of the modal, and the hash by which it can be replaced unless somebody else has done so first."""
        shown = await self._update(view, str(self.view.get("id", "")), None) if self.is_answer else None
        if shown is None:
            opened = await self.client.views_open(trigger_id=self.body["trigger_id"], view=view)
            shown = opened.get("view") or {}
        return str(shown.get("id", "")), str(shown.get("hash", ""))

    async def push(self, view: View) -> None:
        await self.client.views_push(trigger_id=self.body["trigger_id"], view=view)

    async def replace(self, view: View, view_id: str = "", *, unless_changed: bool = False, seen: str = "") -> bool:
        """Put ``view`` in the place of a modal (default: the one this is about); False when that one is gone.

        ``unless_changed`` leaves it alone when somebody else has replaced it since; so does ``seen``, the hash of
        another modal.
        """
        known = seen or (self.view.get("hash") if unless_changed else None)
        return await self._update(view, view_id or str(self.view.get("id", "")), known) is not None

    async def _update(self, view: View, view_id: str, known: str | None) -> Mapping[str, Any] | None:
        """The modal as it is then; None where it is gone, or is not what it was when its hash was ``known``."""
        await self._let_the_ack_arrive()
        try:
            updated = await self.client.views_update(view=view, view_id=view_id, hash=known)
        except SlackApiError as error:
            if error_code(error) in CLOSED or error_code(error) == OVERTAKEN:
                return None
            raise
        return updated.get("view") or {}

    async def _let_the_ack_arrive(self) -> None:
        """A view in an acknowledgement goes another way than a call, and Bolt sends it up to 10 ms later. What a call
        shows before that would be replaced by it, for good."""
        shows = self.is_submission and self.ack.response is not None and "response_action" in self.ack.response.body
        if shows and not self._ack_arrived.is_set():
            await asyncio.sleep(ACK_ARRIVES_SECONDS)
            self._ack_arrived.set()

    async def notice(self, text: str) -> None:
        """Say something where the person looks: on top of the modal they are in, or as a message to them."""
        if self.event:
            await self.tell_alone(text)
        elif self.is_home:
            await self.say(text)
        elif not self.view and not self.reply_to and self.body.get("trigger_id"):
            await self.open(modal("Baton", [section(text)]))
        elif not self.view:
            await self.say(text)
        elif self.is_submission and not self.acked:
            await self.ack(response_action="update", view=with_notice(self.view, text))
        elif not await self.replace(with_notice(self.view, text)):
            await self.say(text)


def with_caution(view: Mapping[str, Any], warned: Warned) -> View:
    """The same modal with what the person should know on top, and a box to tick if they want it all the same."""
    others = [
        block for block in view.get("blocks", ()) if name_of(str(block.get("block_id"))) not in (NOTICE, ACCEPTED)
    ]
    kept = {key: view[key] for key in KEPT if view.get(key)}
    text = "\n".join(f":warning: {text}" for text in warned.texts)
    box = input_field(
        marked(ACCEPTED, warned.mark),
        "Do it all the same?",
        checkboxes(ACCEPT, [Choice(warned.mark, "Yes, I have read this")]),
        optional=True,
    )
    return kept | {"blocks": [section(text, NOTICE), box, *others][:MOST_BLOCKS]}


def with_notice(view: Mapping[str, Any], text: str) -> View:
    """The same modal with a line on top; what was typed stays, because the inputs keep their ids."""
    others = [block for block in view.get("blocks", ()) if block.get("block_id") != NOTICE]
    kept = {key: view[key] for key in KEPT if view.get(key)}
    return kept | {"blocks": [section(f":warning: {text}", NOTICE), *others][:MOST_BLOCKS]}
