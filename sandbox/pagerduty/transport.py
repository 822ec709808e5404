"""The same API without sockets, for tests that run many histories."""

from __future__ import annotations

import asyncio

import httpx

from sandbox.pagerduty.api import handle
from sandbox.pagerduty.http import Cut, Request, Response
from sandbox.pagerduty.world import World


class InProcessTransport(httpx.AsyncBaseTransport):
    """Answers an httpx client from a world in memory; broken connections are raised as httpx would raise them."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        asked = Request.of(request.method, request.url.path, request.url.query.decode(), request.headers, content)
        response = handle(self._world, asked)
        await _wait(request, response)
        if response.cut is Cut.RESET:
            raise httpx.ReadError("Connection reset by peer", request=request)
        if response.cut is Cut.CLOSED:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        headers = {"content-type": response.content_type(), **response.headers}
        return httpx.Response(response.status, headers=headers, content=response.content(), request=request)


async def _wait(request: httpx.Request, response: Response) -> None:
    """A slow reply takes its time, unless the client would give up before: then it gives up at once."""
    patience = request.extensions.get("timeout", {}).get("read")
    if patience is not None and response.delay_seconds > patience:
        raise httpx.ReadTimeout("The reply did not come in time", request=request)
    if response.delay_seconds:
        await asyncio.sleep(response.delay_seconds)
