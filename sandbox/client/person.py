"""Somebody in the workspace: what they can do in Slack, and what they see there."""

from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sandbox.client.control import Control
from sandbox.client.errors import NothingThere
from sandbox.client.shapes import Message, Modal
from sandbox.client.waiting import until

FIELD_SECONDS = 2
"""How long a person waits for a field that their last choice brings up."""


@dataclass(frozen=True, slots=True)
class Person:
    control: Control
    name: str

    async def _post(self, what: str, **fields: Any) -> Any:
        return await self.control.post(f"person/{what}", user=self.name, **fields)

    async def command(self, line: str, channel: str = "#general") -> list[Message]:
        """Type a slash command; the messages it has produced for this person so far."""
        produced = await self._post("command", line=line, channel=channel)
        return [Message(**shape) for shape in produced]

    async def say(self, text: str, channel: str, thread_ts: str | None = None) -> Message:
        """Write an ordinary message, or an answer in a thread; "@Baton" mentions the app, and "@bob" Bob."""
        return Message(**await self._post("say", text=text, channel=channel, thread_ts=thread_ts))

    async def shortcut(self, callback_id: str) -> None:
        """Choose one of the app's shortcuts from the search."""
        await self._post("shortcut", callback_id=callback_id)

    async def message_shortcut(self, callback_id: str, message: Message) -> list[Message]:
        """Choose one of the app's shortcuts from the menu of a message; the messages it has produced so far."""
        where = {"channel": message.channel, "ts": message.ts}
        produced = await self._post("message_shortcut", callback_id=callback_id, **where)
        return [Message(**shape) for shape in produced]

    async def modal(self, title: str | None = None, timeout: float = 5) -> Modal:
        """The modal on top, once it has this title (or any)."""
        last: list[Modal] = []

        async def look() -> Modal | None:
            last[:] = [modal for modal in [await self.top_modal()] if modal]
            return next((modal for modal in last if title in (None, modal.title)), None)

        found = await until(look, timeout)
        if found is None:
            there = f"the top one is {last[0].title!r}:\n{last[0].text}" if last else "none is open"
            raise NothingThere(f"no modal {title or ''!r}; {there}")
        return found

    async def top_modal(self) -> Modal | None:
        return _modal(await self._post("modal"))

    async def fill(self, label: str, value: Any, *, where: str | None = None) -> None:
        """Fill in one field; one that is about to be shown is waited for."""
        what = {"user": self.name, "label": label, "value": _sendable(value), "where": where}

        async def tried() -> bool | None:
            with suppress(NothingThere):
                await self.control.post_exactly("person/fill", what)
                return True
            return None

        if await until(tried, FIELD_SECONDS) is None:
            await self.control.post_exactly("person/fill", what)

    async def search(self, label: str, query: str, *, where: str | None = None) -> list[str]:
        """What the external select with this label offers for a query."""
        return await self._post("search", label=label, query=query, where=where)

    async def picture(self, message: Message) -> bytes:
        """The picture that a message shows."""
        return b64decode(await self._post("picture", channel=message.channel, ts=message.ts))

    async def press(
        self, text: str, *, within: str | None = None, where: str | None = None, confirm: bool = True
    ) -> None:
        await self._post("press", text=text, within=within, where=where, confirm=confirm)

    async def submit(self) -> Modal | None:
        """Press the modal's submit button; the modal that is on top then, with its errors if it was refused."""
        return _modal(await self._post("submit"))

    async def close(self) -> Modal | None:
        """Press Cancel; the modal that is on top then."""
        return _modal(await self._post("close"))

    async def close_all(self) -> None:
        """Press the cross: every modal closes."""
        await self._post("close", everything=True)

    async def open_home(self, timeout: float = 5) -> Modal:
        """Open the app's Home tab and wait until there is something on it."""
        home = _modal(await self._post("open_home")) or await until(self.home, timeout)
        if home is None:
            raise NothingThere(f"{self.name}'s Home tab is empty")
        return home

    async def home(self) -> Modal | None:
        """The Home tab as it is now, without telling the app that it was opened."""
        return _modal(await self._post("home"))

    async def messages(self, channel: str) -> list[Message]:
        return await self._messages(channel, ephemeral=False)

    async def dms(self) -> list[Message]:
        return await self._messages("dm", ephemeral=False)

    async def ephemerals(self, channel: str | None = None) -> list[Message]:
        return await self._messages(channel, ephemeral=True)

    async def _messages(self, channel: str | None, *, ephemeral: bool) -> list[Message]:
        return [Message(**shape) for shape in await self._post("messages", channel=channel, ephemeral=ephemeral)]

    async def wait_for_message(self, text: str, channel: str = "dm", timeout: float = 5) -> Message:
        """The newest message with this text in a channel, among the direct messages ("dm") or the "ephemeral" ones."""
        seen: list[Message] = []

        async def look() -> Message | None:
            is_ephemeral = channel == "ephemeral"
            seen[:] = await self._messages(None if is_ephemeral else channel, ephemeral=is_ephemeral)
            return next((message for message in reversed(seen) if text in message.shown), None)

        found = await until(look, timeout)
        if found is None:
            there = "\n".join(f"- {message.shown}" for message in seen) or "nothing"
            raise NothingThere(f"no message {text!r} in {channel}; there is:\n{there}")
        return found


def _modal(shape: dict[str, Any] | None) -> Modal | None:
    return Modal.of(shape) if shape else None


def _sendable(value: Any) -> Any:
    if isinstance(value, list):
        return [_sendable(item) for item in value]
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, datetime | date) else value
