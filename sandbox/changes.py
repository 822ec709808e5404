"""Word that something changed, for whoever shows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


@dataclass(slots=True)
class Changes:
    """A number that grows with every change, and a way to wait for it to grow."""

    number: int = 0
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self) -> None:
        self.number += 1
        self._grown.set()
        self._grown = asyncio.Event()

    async def after(self, number: int, seconds: float) -> None:
        """Returns when there is a change after the given one, or when the time is up."""
        grown = self._grown
        if self.number != number:
            return
        try:
            async with asyncio.timeout(seconds):
                await grown.wait()
        except TimeoutError:
            return


def noting(changes: Changes) -> Middleware:
    """A middleware: whatever was asked of this server may have changed something."""

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            changes.note()

    return note
