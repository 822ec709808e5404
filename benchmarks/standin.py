"""Enough of Slack to put Baton under load: it sends commands by HTTP or Socket Mode and notes when each is answered.

It checks nothing, so that it costs next to nothing beside what is measured; the sandbox is for what Slack checks.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from sandbox.serving import serving

TEAM, APP, SECRET = "T1", "A1", "the signing secret of a stand-in"
BOT_TOKEN, APP_TOKEN = "xoxb-1-standin", "xapp-1-standin"
ACK_SECONDS = 3.0


@dataclass(slots=True)
class Asked:
    """A command, by the clock of ``perf_counter``: sent, acknowledged, answered; None is what did not happen."""

    sent: float
    acked: float | None = None
    answered: float | None = None
    text: str = ""
    """The first words of the answer; ``modal`` for one."""
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, text: str) -> None:
        self.answered, self.text = time.perf_counter(), text
        self.done.set()


@dataclass(slots=True)
class StandIn:
    """``users`` are the ids of the people; ``url`` is where commands go by HTTP, none for Socket Mode."""

    session: aiohttp.ClientSession
    users: list[str]
    base: str = ""
    answers: bool = True
    """Whether the app does anything but acknowledge."""
    asked: list[Asked] = field(default_factory=list[Asked])
    sockets: list[web.WebSocketResponse] = field(default_factory=list[web.WebSocketResponse])
    _acks: dict[str, asyncio.Future[Any]] = field(default_factory=dict[str, "asyncio.Future[Any]"])

    @property
    def api_url(self) -> str:
        return f"{self.base}/api/"

    async def command(self, url: str, text: str, user: str) -> Asked:
        """Type ``/oncall text``; returns with the acknowledgement, or without it after three seconds."""
        number, one = len(self.asked), Asked(time.perf_counter())
        self.asked.append(one)
        form = {
            "command": "/oncall", "text": text, "team_id": TEAM, "user_id": user, "channel_id": "C1",
            "trigger_id": str(number), "response_url": f"{self.base}/response/{number}", "api_app_id": APP,
        }  # fmt: skip
        try:
            async with asyncio.timeout(ACK_SECONDS):
                said = await (self._by_http(url, form) if url else self._by_socket(form))
        except (TimeoutError, aiohttp.ClientError):
            return one
        one.acked = time.perf_counter()
        if said:
            one.answer(said)
        return one

    async def _by_http(self, url: str, form: dict[str, str]) -> str:
        body, sent_at = urlencode(form), str(int(time.time()))
        digest = hmac.new(SECRET.encode(), f"v0:{sent_at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": sent_at,
            "X-Slack-Signature": f"v0={digest}",
        }
        async with self.session.post(f"{url}/slack/events", data=body, headers=headers) as answer:
            answer.raise_for_status()
            return _said(await answer.text())

    async def _by_socket(self, form: dict[str, str]) -> str:
        number = form["trigger_id"]
        waiting = self._acks[number] = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": number, "type": "slash_commands", "payload": form, "accepts_response_payload": True}
        await self.sockets[int(number) % len(self.sockets)].send_json(envelope)
        try:
            payload = await waiting
        finally:
            del self._acks[number]
        return _said(json.dumps(payload) if payload else "")

    async def api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        match method:
            case "auth.test":
                found: dict[str, Any] = {"team_id": TEAM, "user_id": "UBOT", "bot_id": "B1", "team": "Load"}
            case "users.list":
                found = {"members": [_user(user) for user in self.users]}
            case "apps.connections.open":
                found = {"url": f"{self.base.replace('http', 'ws', 1)}/link"}
            case "views.open":
                body = await request.post() if "form" in request.content_type else await request.json()
                self.asked[int(str(body["trigger_id"]))].answer("modal")
                found = {"view": {"id": "V1"}}
            case _:
                found = {}
        return web.json_response({"ok": True, **found})

    async def response(self, request: web.Request) -> web.Response:
        self.asked[int(request.match_info["number"])].answer(str((await request.json()).get("text", "")))
        return web.Response(text="ok")

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        self.sockets.append(socket)
        try:
            async for message in socket:
                answer = json.loads(message.data)
                waiting = self._acks.get(answer.get("envelope_id", ""))
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer.get("payload"))
        finally:
            self.sockets.remove(socket)
        return socket


def _said(text: str) -> str:
    if not text.startswith("{"):
        return text
    return str(json.loads(text).get("text", ""))


def _user(user: str) -> dict[str, Any]:
    profile = {"display_name": user.lower(), "email": f"{user.lower()}@example.com"}
    return {"id": user, "team_id": TEAM, "name": user.lower(), "real_name": user, "tz": "UTC", "profile": profile}


@asynccontextmanager
async def stand_in(users: list[str]) -> AsyncGenerator[StandIn]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        slack = StandIn(session, users)
        routes = web.Application()
        routes.router.add_post("/api/{method}", slack.api)
        routes.router.add_get("/api/{method}", slack.api)
        routes.router.add_post("/response/{number}", slack.response)
        routes.router.add_get("/link", slack.link)
        runner = web.AppRunner(routes, access_log=None, shutdown_timeout=0.2)
        async with serving(runner) as port:
            slack.base = f"http://127.0.0.1:{port}"
            try:
                yield slack
            finally:
                for socket in list(slack.sockets):
                    await socket.close()
