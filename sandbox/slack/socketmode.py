"""Socket Mode: the app's WebSocket connections, and envelopes that each go to one of them.

Slack sends `hello` on connecting, then envelopes. The app answers an envelope by its id, with a payload if it has one
to give. An envelope whose connection closes is never acknowledged: its sender waits out the three seconds, as a
person at Slack does.
"""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.slack.dispatch import Kind, Outcome, Reply, Retry
from sandbox.slack.model import Json
from sandbox.slack.world import World

MOST_CONNECTIONS = 10
PING_SECONDS = 20.0
LAST_ANSWERS_SECONDS = 0.3


@dataclass(slots=True)
class SocketHub:
    world: World
    ack_seconds: float
    connections: list[web.WebSocketResponse] = field(default_factory=list[web.WebSocketResponse])
    _pending: dict[str, asyncio.Future[Any]] = field(default_factory=dict[str, "asyncio.Future[Any]"])
    cut_handshakes: int = 0
    """How many of the next handshakes are broken off; each uses its address up."""
    _leaving: list[web.WebSocketResponse] = field(default_factory=list[web.WebSocketResponse])
    _turn: int = 0

    def is_reachable(self) -> bool:
        return bool(self._open())

    def _open(self) -> list[web.WebSocketResponse]:
        return [socket for socket in self.connections if not socket.closed]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.world.socket_tickets:
            return web.Response(status=401, text="unknown or used ticket")
        if len(self.connections) >= MOST_CONNECTIONS:
            return web.Response(status=409, text="too_many_websockets")
        self.world.socket_tickets.discard(ticket)
        if self.cut_handshakes:
            self.cut_handshakes -= 1
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=503)
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS)
        await socket.prepare(request)
        self.connections.append(socket)
        try:
            await socket.send_json(self._hello())
            await self._listen(socket)
        finally:
            self.connections.remove(socket)
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self._settle(json.loads(message.data))

    def _settle(self, answer: Json) -> None:
        waiting = self._pending.get(answer.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload"))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.world.app.id},
        }

    async def deliver(self, kind: Kind, payload: Json, retry: Retry | None) -> Reply:
        if not self.is_reachable():
            return Reply(Outcome.UNREACHABLE)
        envelope_id = secrets.token_hex(16)
        waiting = self._pending[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self.ack_seconds):
                await self._next_connection().send_json(_envelope(envelope_id, kind, payload, retry))
                return Reply(Outcome.ACKNOWLEDGED, await waiting)
        except TimeoutError:
            return Reply(Outcome.TIMED_OUT)
        except ConnectionError:
            return Reply(Outcome.UNREACHABLE)
        finally:
            del self._pending[envelope_id]

    def _next_connection(self) -> web.WebSocketResponse:
        self._turn += 1
        sockets = [socket for socket in self._open() if socket not in self._leaving] or self._open()
        return sockets[self._turn % len(sockets)]

    async def ask_to_reconnect(self, reason: str = "refresh_requested", most: int | None = None) -> None:
        """Tell every connection, or the ``most`` oldest, that it is about to be closed, and close it.

        Slack does so every few hours, to each connection by its own age. What was sent by it may still be answered.
        """
        leaving = list(self.connections)[:most]
        self._leaving.extend(leaving)
        for socket in leaving:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
        if leaving:
            await asyncio.sleep(LAST_ANSWERS_SECONDS)
        for socket in leaving:
            self._leaving.remove(socket)
            await socket.close()

    async def close(self) -> None:
        for socket in list(self.connections):
            await socket.close()


def _envelope(envelope_id: str, kind: Kind, payload: Json, retry: Retry | None) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id,
        "payload": payload,
        "type": kind,
        "accepts_response_payload": kind != Kind.EVENT,
    }
    if kind == Kind.EVENT:
        envelope |= {"retry_attempt": retry.number if retry else 0, "retry_reason": retry.reason if retry else ""}
    return envelope
