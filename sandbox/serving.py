"""Serving on loopback until a block ends."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

HOST = "127.0.0.1"
BACKLOG = 1024
TURNS = 3
"""An accepted connection takes as many turns of the loop until its server knows of it and closes it at the end."""


@asynccontextmanager
async def serving(runner: web.AppRunner, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on ``port`` of loopback, 0 for a free one; gives the port. Raises OSError when it can't be had.

    asyncio of Python 3.11 forgets whom it has just accepted when the server closes before it has set up the connection
    (``Server._attach``): the socket stays open until it is collected, and the peer waits as long. So nobody is accepted
    any more, and who was is set up, before the server is closed.
    """
    await runner.setup()
    try:
        loop = asyncio.get_running_loop()
        assert runner.server is not None, "the runner was set up"
        server = await loop.create_server(runner.server, HOST, port, ssl=tls, backlog=BACKLOG)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for listening in server.sockets:
                loop.remove_reader(listening)
            try:
                for _ in range(TURNS):
                    await asyncio.sleep(0)
            finally:
                server.close()
    finally:
        await runner.cleanup()
