"""Socket Mode: two WebSocket connections to Slack, each replaced before it ends.

    open a new address → connect → hello → live ── "disconnect", closed, silent ──┐
          ▲     failed: pause, and a new address each time                        │
          └──────────────── the old one stays until the new one is live ──────────┘

Slack sends each envelope to one of an app's connections and closes each of them every few hours. Each leg therefore
connects anew before it lets its old connection go, and the other leg carries what comes in between. An address that
was used once is used up (a handshake that is cut costs one), so each try asks for another.

slack_sdk 3.47 has a client of its own. It closes the old connection before it opens the new one, and when that fails
it tries the same address for ever (``SocketModeClient.connect``); so only its interface is used here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

import handlers

log = structlog.get_logger()

LEGS = 2
PING_SECONDS = 10.0
"""A connection that answers no ping for half of this is taken for dead."""
HELLO_SECONDS = 10.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
LAST_ACKS_SECONDS = 4.0
"""How long a connection that was replaced may still answer what came by it; Slack waits three seconds."""
SAID_AGAIN_SECONDS = 300.0
CROWDED = "too_many_websockets"
CROWDED_SECONDS = 1.0
"""Where a new connection has no room before the old one is closed, what came by that is answered first."""

OpenAddress = Callable[[], Awaitable[str]]


def address_opener(client: AsyncWebClient, app_token: str) -> OpenAddress:
    """Asks Slack for the address of a new connection. Raises what slack_sdk raises."""

    async def open_address() -> str:
        answer = await client.apps_connections_open(app_token=app_token)
        return str(answer["url"])

    return open_address


class Connection(AsyncBaseSocketModeClient):
    """One connection, from its address to its end; never opened twice.

    ``over`` is set when Slack asks to have it replaced, closes it or falls silent.
    """

    def __init__(self, session: aiohttp.ClientSession, answer: Callable[[Connection, SocketModeRequest], None]) -> None:
        self._session = session
        self._answer = answer
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._hello = asyncio.Event()
        self.logger = logging.getLogger("slack_sdk.socket_mode")
        self.over = asyncio.Event()
        self.reason = ""

    async def open(self, address: str) -> None:
        """Connect and wait for Slack's greeting. Raises aiohttp.ClientError, TimeoutError, ConnectionError."""
        async with asyncio.timeout(HELLO_SECONDS):
            self._socket = await self._session.ws_connect(address, heartbeat=PING_SECONDS)
            self._reader = asyncio.get_running_loop().create_task(self._read(self._socket))
            await self._hello.wait()
        if not self.is_live:
            raise ConnectionError(self.reason or "closed before it said hello")

    @property
    def is_live(self) -> bool:
        return self._hello.is_set() and self._socket is not None and not self._socket.closed

    async def close(self) -> None:
        self.over.set()
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def send_message(self, message: str) -> None:
        if self._socket is None or self._socket.closed:
            raise ConnectionError("the connection that asked is closed")
        await self._socket.send_str(message)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for frame in socket:
                if frame.type == aiohttp.WSMsgType.TEXT:
                    self._take(json.loads(frame.data))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self.reason = type(error).__name__
        finally:
            self.reason = self.reason or "closed"
            self.over.set()
            self._hello.set()  # whoever waits for it learns that it won't come

    def _take(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "hello":
                self._hello.set()
            case "disconnect":
                self.reason = str(message.get("reason") or "disconnect")
                self.over.set()
            case _:
                request = SocketModeRequest.from_dict(message)
                if request is not None:
                    self._answer(self, request)


class SocketMode:
    """Keeps ``legs`` connections open until :meth:`close`; payloads go to ``app``."""

    def __init__(self, app: AsyncApp, open_address: OpenAddress, *, legs: int = LEGS) -> None:
        self._app = app
        self._open_address = open_address
        self._legs = legs
        self._session = aiohttp.ClientSession()
        self._live: list[Connection] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._answers: set[asyncio.Task[None]] = set()
        self._away_since: float | None = time.monotonic()
        self._said_at = float("-inf")
        self._refusing = False

    async def connect(self) -> None:
        """Returns with the first connection live, however long that takes."""
        loop = asyncio.get_running_loop()
        first = loop.create_future()
        self._tasks = [loop.create_task(self._keep(first)) for _ in range(self._legs)]
        await first

    @property
    def connections(self) -> int:
        """How many are live now."""
        return sum(connection.is_live for connection in self._live)

    @property
    def away_seconds(self) -> float:
        """For how long no connection has been live; 0 while one is."""
        if self.connections:
            return 0.0
        if self._away_since is None:
            self._away_since = time.monotonic()
        return time.monotonic() - self._away_since

    def take_no_more(self) -> None:
        """Keep the connections for answers under way; nothing that arrives from now on is taken."""
        self._refusing = True
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Close everything; what was asked before and isn't answered yet is given up."""
        for task in [*self._tasks, *self._answers]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._answers, return_exceptions=True)
        for connection in self._live:
            await connection.close()
        self._live.clear()
        await self._session.close()

    async def _keep(self, first: asyncio.Future[None]) -> None:
        """One leg, for as long as Baton runs."""
        old: Connection | None = None
        while True:
            connection = await self._next()
            self._came(connection)
            if not first.done():
                first.set_result(None)
            if old is not None:
                self._retire(old)
            await connection.over.wait()
            log.info("a connection to Slack ends", reason=connection.reason)
            old = connection
            if connection.reason == CROWDED:
                await self._let_go(connection, CROWDED_SECONDS)
            if not self.connections:
                self._away_since = time.monotonic()

    async def _next(self) -> Connection:
        """A live connection. Each try has an address of its own; tries get rarer, up to two a minute."""
        pause = SHORTEST_PAUSE
        while True:
            connection = Connection(self._session, self._receive)
            try:
                await connection.open(await self._open_address())
            except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                await connection.close()
                self._failed(error)
                await asyncio.sleep(max(pause, _asked_pause(error)))
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return connection

    def _came(self, connection: Connection) -> None:
        away = self.away_seconds
        self._live.append(connection)
        self._away_since, self._said_at = None, float("-inf")
        if len(self._live) == 1 or away:
            log.info("connected to Slack", away_seconds=round(away, 1))

    def _failed(self, error: Exception) -> None:
        """One line per few minutes, not one per try."""
        now = time.monotonic()
        if now - self._said_at >= SAID_AGAIN_SECONDS:
            self._said_at = now
            log.warning("Slack can't be connected; trying again", reason=_reason(error), **self._how_long())

    def _how_long(self) -> dict[str, float]:
        return {"away_seconds": round(self.away_seconds, 1)}

    def _retire(self, connection: Connection) -> None:
        """Let the answers that are under way be sent, then close it."""
        self._start(self._let_go(connection, LAST_ACKS_SECONDS))

    async def _let_go(self, connection: Connection, after: float = 0) -> None:
        await asyncio.sleep(after)
        await connection.close()
        with contextlib.suppress(ValueError):
            self._live.remove(connection)

    def _receive(self, connection: Connection, request: SocketModeRequest) -> None:
        if self._refusing:
            return  # unanswered, it goes to another process, or Slack says that Baton didn't respond
        self._start(self._respond(connection, request))

    async def _respond(self, connection: Connection, request: SocketModeRequest) -> None:
        began = time.time()
        try:
            await send_async_response(connection, request, await run_async_bolt_app(self._app, request), began)
        except (ConnectionError, aiohttp.ClientError) as error:
            log.warning("an answer came too late for its connection", reason=type(error).__name__)
        except Exception:
            log.exception("a payload of Slack's failed")

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


def _asked_pause(error: Exception) -> float:
    """Seconds that Slack asks to wait before the next address."""
    if isinstance(error, SlackApiError):
        asked = str(getattr(error.response, "headers", {}).get("Retry-After", ""))
        return min(float(asked), 10 * LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else 0.0
    return 0.0


def _reason(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return handlers.error_code(error) or "an answer that is none of the Web API's"
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"handshake refused with status {error.status}"
    return type(error).__name__
