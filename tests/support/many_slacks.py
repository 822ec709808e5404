"""A loopback Slack of many workspaces, each with a token of its own; in one of them nothing is ever answered.

For what the sandbox's Slack is too true: it holds everything of each workspace, and 200 of them take their time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

TOKEN = "xoxb-"


@dataclass(slots=True)
class ManySlacks:
    """``silent`` is the workspace without answers, ``busy`` one that asks for a pause of ten minutes each time."""

    silent: int
    busy: int
    url: str = ""
    answered: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    asked: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def of(self, workspace_id: int) -> AsyncWebClient:
        return AsyncWebClient(token=f"{TOKEN}{workspace_id}", base_url=self.url, retry_handlers=[])

    async def until(self, method: str, number: int) -> None:
        """Until so many calls of a method were answered, of all workspaces."""
        async with self._heard:
            await self._heard.wait_for(
                lambda: sum(n for (name, _), n in self.answered.items() if name == method) >= number
            )

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        workspace = int(request.headers["Authorization"].removeprefix(f"Bearer {TOKEN}"))
        self.asked[(method, workspace)] += 1
        if workspace == self.silent:
            await asyncio.Event().wait()
        if workspace == self.busy:
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "600"})
        async with self._heard:
            self.answered[(method, workspace)] += 1
            self._heard.notify_all()
        return web.json_response({"ok": True, "members": [], "channel": "C1", "ts": f"1.{sum(self.answered.values())}"})


@asynccontextmanager
async def many_slacks(silent: int, busy: int) -> AsyncGenerator[ManySlacks]:
    slacks = ManySlacks(silent, busy)
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slacks.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slacks.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    try:
        yield slacks
    finally:
        await runner.cleanup()
