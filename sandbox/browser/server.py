"""The page's own server: its files, a WebSocket that shows what there is, and what a person does.

What is shown goes one way, by WebSocket, whole and whenever it has changed. What is done goes the other way, each deed
as one POST, whose answer says what Slack would say if it failed.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.browser.live import Live
from sandbox.browser.others import Others
from sandbox.browser.pagerduty_done import PagerDutyDone
from sandbox.browser.pagerduty_seen import PagerDutySeen
from sandbox.browser.ports import Beside
from sandbox.browser.refusals import RefusedError
from sandbox.browser.requests import Gate
from sandbox.browser.slack_done import SlackDone
from sandbox.browser.slack_seen import SlackSeen
from sandbox.serving import HOST, serving
from sandbox.slack.surfaces import NothingThereError, SlackFailureError

STATIC = Path(__file__).parent / "static"
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
CLOSING_SECONDS = 0.2


@asynccontextmanager
async def serve(beside: Beside, port: int = 0) -> AsyncIterator[str]:
    """Serve the page until the block ends; gives its address. Raises OSError when the port can't be had."""
    page = _Page.of(beside)
    runner = web.AppRunner(page.application(), shutdown_timeout=CLOSING_SECONDS, access_log=None)
    try:
        async with serving(runner, port) as bound:
            page.gate.port = bound
            yield f"http://{HOST}:{bound}/"
    finally:
        await page.live.close()


@dataclass(slots=True)
class _Page:
    beside: Beside
    gate: Gate
    slack: SlackSeen
    live: Live
    doings: dict[str, Any]

    @classmethod
    def of(cls, beside: Beside) -> _Page:
        slack = SlackSeen(beside.slack, beside.features)
        pagerduty = PagerDutySeen(beside.pagerduty) if beside.pagerduty else None
        others = Others(beside)
        doings = SlackDone(slack).table() | others.table()
        if pagerduty:
            doings |= PagerDutyDone(pagerduty).table()
        return cls(beside, Gate(), slack, Live(beside, slack, pagerduty, others), doings)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self.gate.middleware()])
        app.on_response_prepare.append(self.gate.sign)
        app.router.add_get("/", self.page)
        app.router.add_get("/live", self.live.handle)
        app.router.add_get("/file/{id}", self.file)
        app.router.add_post("/do/{name}", self.do)
        app.router.add_static("/static/", STATIC)
        return app

    async def page(self, request: web.Request) -> web.StreamResponse:
        text = (STATIC / "index.html").read_text(encoding="utf-8").replace("{token}", self.gate.token)
        return web.Response(text=text, content_type="text/html", charset="utf-8")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A picture that was uploaded to the sandbox's Slack. Anything else is nothing that a page should open."""
        file = self.slack.team.files.get(request.match_info["id"])
        kind = mimetypes.guess_type(file.name)[0] if file else None
        if file is None or file.data is None or kind not in PICTURES:
            return web.Response(status=404, text="There is no such picture.")
        return web.Response(body=file.data, content_type=kind)

    async def do(self, request: web.Request) -> web.StreamResponse:
        doing = self.doings.get(request.match_info["name"])
        if doing is None:
            return web.json_response({"failure": "There is no such thing to do."}, status=404)
        try:
            body = await request.json()
            # Not cancelled when the page goes away: what was pressed is pressed.
            result = await asyncio.shield(asyncio.ensure_future(doing(self.slack.user(body.get("as", "")), body)))
        except (NothingThereError, SlackFailureError) as failure:
            return web.json_response({"failure": str(failure)}, status=409)
        except RefusedError as refusal:
            return web.json_response({"failure": str(refusal), "field": refusal.field}, status=409)
        except (KeyError, TypeError, ValueError) as mistake:
            return web.json_response({"failure": f"This could not be understood: {mistake!r}"}, status=400)
        finally:
            self.live.note()
        return web.json_response({"result": result})
