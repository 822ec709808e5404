"""One WebSocket per open page: it says where it looks, and is sent what is there, each part whenever it has changed."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.browser.others import Others
from sandbox.browser.pagerduty_seen import PagerDutySeen
from sandbox.browser.ports import Beside
from sandbox.browser.slack_seen import Look, SlackSeen
from sandbox.changes import Changes
from sandbox.slack.model import Json

PAUSE_SECONDS = 0.05
"""Changes come in crowds; they are shown together."""
STALE_SECONDS = 1.0
"""How long something may stay unseen that nobody gave word of."""
PING_SECONDS = 20.0


@dataclass(slots=True)
class Live:
    beside: Beside
    slack: SlackSeen
    pagerduty: PagerDutySeen | None
    others: Others
    changes: Changes = field(default_factory=Changes)
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    """A page that finds another one when it comes back knows that everything it has is of another sandbox."""
    _sockets: set[web.WebSocketResponse] = field(default_factory=set[web.WebSocketResponse])

    def note(self) -> None:
        self.changes.note()

    async def close(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS, compress=False)
        await socket.prepare(request)
        self._sockets.add(socket)
        look = Look(self.beside.start_as, self._first_channel())
        showing = asyncio.create_task(self._show(socket, look))
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    _turn(look, json.loads(message.data))
                    self.note()
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
            self._sockets.discard(socket)
        return socket

    def _first_channel(self) -> str:
        channel = self.slack.team.channel_named(self.beside.start_in)
        return channel.id if channel else ""

    async def _show(self, socket: web.WebSocketResponse, look: Look) -> None:
        await socket.send_json({"part": "run", "shown": self.run})
        sent: dict[str, str] = {}
        while not socket.closed:
            numbers = [one.number for one in self._watched()]
            for name, part in (await self._parts(look)).items():
                text = json.dumps(part)
                if sent.get(name) != text:
                    sent[name] = text
                    await socket.send_str(f'{{"part": "{name}", "shown": {text}}}')
            await self._changed(numbers)
            await asyncio.sleep(PAUSE_SECONDS)

    def _watched(self) -> list[Changes]:
        worlds = [self.slack.slack.world.changes]
        return [self.changes, *worlds, *([self.pagerduty.world.changes] if self.pagerduty else [])]

    async def _changed(self, numbers: list[int]) -> None:
        waits = [
            asyncio.ensure_future(one.after(number, STALE_SECONDS))
            for one, number in zip(self._watched(), numbers, strict=True)
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _parts(self, look: Look) -> dict[str, Any]:
        parts: dict[str, Any] = {"slack": self.slack.as_json(look), **await self.others.as_json()}
        if self.pagerduty:
            parts["pagerduty"] = self.pagerduty.as_json(look.week)
        return parts


def _turn(look: Look, asked: Json) -> None:
    kinds: dict[str, Callable[[Any], Any]] = {"user": str, "channel": str, "thread": str, "week": int}
    for name, kind in kinds.items():
        if name in asked:
            setattr(look, name, kind(asked[name]))
