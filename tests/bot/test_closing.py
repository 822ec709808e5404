"""Whoever connects while a server closes is let go at once: Baton's own pages, and the sandboxes that tests talk to."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from aiohttp import web

from bot.web import listening
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.webhook_receiver import receiving

Serve = Callable[[], AbstractAsyncContextManager[int]]
CONNECTIONS = 2
PATIENCE = 2.0


@asynccontextmanager
async def baton() -> AsyncIterator[int]:
    async with listening(web.Application(), "127.0.0.1", 0) as port:
        yield port


@asynccontextmanager
async def slack() -> AsyncIterator[int]:
    async with SlackSandbox.start() as sandbox:
        yield int(sandbox.base_url.rpartition(":")[2])


@asynccontextmanager
async def pagerduty() -> AsyncIterator[int]:
    async with PagerDutySandbox.start() as sandbox:
        yield int(sandbox.api_url.rpartition(":")[2])


@asynccontextmanager
async def receiver() -> AsyncIterator[int]:
    async with receiving() as found:
        yield int(found.url.removesuffix("/hook").rpartition(":")[2])


async def connected_while_it_closes(serve: Serve, turns: int) -> list[socket.socket]:
    async with serve() as port:
        came = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(CONNECTIONS)]
        for _ in range(turns):
            await asyncio.sleep(0)
    return came


def is_let_go(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("serve", [baton, slack, pagerduty, receiver])
def test_who_connects_in_any_turn_of_the_loop_before_it_closes_is_let_go(serve: Serve, turns: int) -> None:
    gc.disable()  # or the socket that nobody closes is closed by chance
    try:
        came = asyncio.run(connected_while_it_closes(serve, turns))
        let_go = [is_let_go(connection) for connection in came]
    finally:
        gc.enable()
        gc.collect(0)  # what has come since, and not all that the process has
    for connection in came:
        connection.close()
    assert let_go == [True] * CONNECTIONS
