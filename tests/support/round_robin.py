"""A proxy in front of several processes, as a load balancer is: each request goes to the next one.

It can do what networks do: deliver one request twice at the same time, and lose an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

HOP_BY_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding", "content-encoding"})


@dataclass(frozen=True, slots=True)
class Passed:
    """One request: to which process it went, and what came back."""

    process: int
    path: str
    status: int
    body: bytes


@dataclass(slots=True)
class RoundRobin:
    """``next`` is the process that gets the next request; of ``doubled`` requests each one gets one."""

    session: aiohttp.ClientSession
    processes: Sequence[str]
    url: str = ""
    next: int = 0
    doubled: int = 0
    lost: int = 0
    passed: list[Passed] = field(default_factory=list[Passed])

    def double_next(self) -> None:
        """Deliver the next request to every process at once."""
        self.doubled += 1

    def lose_next_answer(self) -> None:
        """The next request arrives, and its answer does not."""
        self.lost += 1

    async def handle(self, request: web.Request) -> web.Response:
        body, first = await request.read(), self.next
        targets = [first]
        if self.doubled:
            self.doubled -= 1
            targets = [(first + n) % len(self.processes) for n in range(len(self.processes))]
        self.next = (first + 1) % len(self.processes)
        is_lost, self.lost = self.lost > 0, max(0, self.lost - 1)
        answers = await asyncio.gather(*(self._pass_on(request, body, one) for one in targets))
        return web.Response(status=502) if is_lost else answers[0]

    async def _pass_on(self, request: web.Request, body: bytes, process: int) -> web.Response:
        address = self.processes[process] + request.raw_path
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        async with self.session.request(
            request.method, address, data=body, headers=headers, allow_redirects=False
        ) as answer:
            content = await answer.read()
            self.passed.append(Passed(process, request.path, answer.status, content))
            kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP]
            reply = web.Response(status=answer.status, body=content)
            reply.headers.clear()
            for name, value in kept:
                reply.headers.add(name, value)
            return reply


@asynccontextmanager
async def round_robin(*processes: str) -> AsyncGenerator[RoundRobin]:
    """In front of the processes at these addresses, which may be set later."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        proxy = RoundRobin(session, list(processes))
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", proxy.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield proxy
        finally:
            await runner.cleanup()
