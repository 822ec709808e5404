"""A web server on loopback that publishes calendars as others do: with ETags, redirects, errors and slowness."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(slots=True)
class FeedServer:
    """``bodies`` by path; ``statuses`` and ``elsewhere`` say what is wrong with a path, or where it leads.

    ``asked`` are the headers of each request, ``sent`` the status of each answer.
    """

    url: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    elsewhere: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    sent: list[int] = field(default_factory=list[int])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.headers))
        answer = self._answer(request)
        self.sent.append(answer.status)
        return answer

    def _answer(self, request: web.Request) -> web.Response:
        path = request.path
        if path in self.elsewhere:
            return web.Response(status=302, headers={"Location": self.elsewhere[path]})
        if path in self.statuses or path not in self.bodies:
            return web.Response(status=self.statuses.get(path, 404))
        body = self.bodies[path]
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag}, content_type="text/calendar")


@asynccontextmanager
async def feed_server() -> AsyncIterator[FeedServer]:
    server = FeedServer()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site: Any = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
