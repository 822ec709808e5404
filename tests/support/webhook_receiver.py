"""Receivers of webhooks on loopback: a good one that checks signatures, and every kind of bad one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.serving import serving

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Receiver:
    """Keeps what arrived; ``answer`` decides what it says."""

    url: str = ""
    answer: Answer | None = None
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sent_bytes: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        return await self.answer(request) if self.answer else web.Response(status=204)

    async def huge(self, request: web.Request) -> web.StreamResponse:
        """An answer of 10 MB."""
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(160):
                await response.write(b"x" * 65_536)
                self.sent_bytes += 65_536
        except (ConnectionError, asyncio.CancelledError):
            pass
        return response


def status(code: int, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=code, headers=headers)

    return answer


async def slow(_: web.Request) -> web.Response:
    await asyncio.sleep(6)
    return web.Response()


@asynccontextmanager
async def receiving(answer: Answer | None = None, ssl: Any = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(answer=answer)
    routes = web.Application(client_max_size=32 * 1024 * 1024)
    routes.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=0.1)
    async with serving(runner, tls=ssl) as port:
        receiver.url = f"{'https' if ssl else 'http'}://127.0.0.1:{port}/hook"
        yield receiver
