"""A PagerDuty account on loopback: the API over real sockets, and beside it the control API for tests and the demo."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from sandbox.changes import noting
from sandbox.origins import programs_alone
from sandbox.pagerduty.api import EU_PREFIX, handle
from sandbox.pagerduty.clock import Clock
from sandbox.pagerduty.control import CONTROL_PREFIX, handle_control
from sandbox.pagerduty.http import Cut, Request, Response
from sandbox.pagerduty.tls import loopback_certificate
from sandbox.pagerduty.world import World
from sandbox.serving import HOST, serving


class PagerDutySandbox:
    """A running server. `world` is its state and may be used directly by whoever runs in the same process."""

    def __init__(self, world: World, scheme: str, port: int) -> None:
        self.world = world
        self.api_url = f"{scheme}://{HOST}:{port}"
        self.eu_api_url = self.api_url + EU_PREFIX
        self.control_url = self.api_url + CONTROL_PREFIX

    @classmethod
    @asynccontextmanager
    async def start(
        cls, port: int = 0, tls: bool = False, clock: Clock | None = None, world: World | None = None
    ) -> AsyncIterator[PagerDutySandbox]:
        """Serve a world on loopback; without one, the seeded world."""
        served = world or World.seeded(clock)
        runner = web.AppRunner(_application(served), access_log=None)
        async with serving(runner, port, _ssl_context() if tls else None) as bound:
            yield cls(served, "https" if tls else "http", bound)


def _ssl_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with loopback_certificate(HOST) as path:
        context.load_cert_chain(path)
    return context


def _application(world: World) -> web.Application:
    async def answer(request: web.Request) -> web.StreamResponse:
        asked = Request.of(
            request.method, request.path, request.url.raw_query_string, request.headers, await request.read()
        )
        if asked.path == CONTROL_PREFIX or asked.path.startswith(CONTROL_PREFIX + "/"):
            return _written(handle_control(world, asked))
        return await _delivered(request, handle(world, asked))

    application = web.Application(middlewares=[programs_alone, noting(world.changes)])
    application.router.add_route("*", "/{path:.*}", answer)
    return application


async def _delivered(request: web.Request, response: Response) -> web.StreamResponse:
    await asyncio.sleep(response.delay_seconds)
    transport = request.transport
    if response.cut is not Cut.NONE and transport is not None:
        if response.cut is Cut.RESET:
            _reset(transport)
        else:
            transport.close()
        return web.Response(status=500)  # goes nowhere: the connection is gone
    return _written(response)


def _reset(transport: asyncio.Transport) -> None:
    """Break the connection so that the peer sees a reset instead of an orderly end."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _written(response: Response) -> web.Response:
    headers = dict(response.headers)
    if response.status != 204:
        headers["content-type"] = response.content_type()
    return web.Response(status=response.status, body=response.content(), headers=headers)
