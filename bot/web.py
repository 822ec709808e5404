"""HTTP: Slack's payloads and install pages, calendar feeds, health, readiness and metrics.

A payload is read as bytes, up to a megabyte, and its signature is checked before anything else is done with it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow

from bot.feeds import PATH, feed_page
from bot.parts import CannotStart
from bot.refusals import RefusalLog
from bot.signature import refused
from oncall.clock import Clock
from services.feeds.serving import FeedDesk
from storage.trouble import DatabaseTrouble

Probe = Callable[[], Awaitable[list[str]]]
Health = Callable[[], dict[str, object]]
Render = Callable[[], Awaitable[bytes]]

LARGEST_BODY = 1024 * 1024
SECONDS_TO_SEND = 10.0
CLEANUP_SECONDS = 2.0
BACKLOG = 128
TURNS_TO_SET_UP = 3
"""Of the loop, until the server knows of a connection that was accepted."""
LONGEST_SSL_CHECK = 1024


@dataclass(slots=True)
class Front:
    """Slack's way in by HTTP. ``app`` is None until Slack has been reached."""

    signing_secret: str
    clock: Clock
    app: AsyncApp | None = None
    refusals: RefusalLog = field(default_factory=RefusalLog)


def web_app(
    health: Health,
    ready: Probe,
    metrics: Render,
    front: Front | None,
    flow: AsyncOAuthFlow | None,
    feeds: FeedDesk | None = None,
) -> web.Application:
    """The routes that outside tools rely on. ``ready`` lists what keeps Baton from being ready."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok", **health()})

    async def readyz(_: web.Request) -> web.Response:
        problems = await ready()
        return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)

    async def metrics_page(_: web.Request) -> web.Response:
        from prometheus_client import CONTENT_TYPE_LATEST

        try:
            body = await metrics()
        except DatabaseTrouble as error:
            return web.Response(status=503, text=f"{error}\n")
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    routes = web.Application(client_max_size=LARGEST_BODY)
    routes.router.add_get("/healthz", healthz)
    routes.router.add_get("/readyz", readyz)
    routes.router.add_get("/metrics", metrics_page)
    if feeds is not None:
        routes.router.add_get(PATH, feed_page(feeds))
    if front is not None:
        routes.router.add_post("/slack/events", _events(front))
    if flow is not None:
        _add_install_pages(routes, flow)
    return routes


def _events(front: Front) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def events(request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(SECONDS_TO_SEND):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refuse(front, "it is larger than anything that Slack sends", 413)
        except (TimeoutError, OSError, aiohttp.ClientError, HttpProcessingError):
            return _refuse(front, "it was not sent to its end", 400)
        if _is_ssl_check(body):
            return web.Response()
        reason = refused(front.signing_secret, request.headers, body, front.clock.now())
        if reason is not None:
            return _refuse(front, reason, 401)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return _refuse(front, "it is not UTF-8", 400)
        if front.app is None:
            return web.Response(status=503, text="Baton is starting.")
        return await _dispatch(front.app, text, request)

    return events


async def _dispatch(app: AsyncApp, body: str, request: web.Request) -> web.StreamResponse:
    try:
        payload = _parsed(body, request.content_type)
    except (ValueError, TypeError, RecursionError):  # signed, and yet no form and no JSON object
        return web.Response(status=400, text="That can't be read.")
    asked = AsyncBoltRequest(body=payload, headers=dict(request.headers), mode="socket_mode")
    return await to_aiohttp_response(await app.async_dispatch(asked))


def _parsed(body: str, content_type: str) -> dict[str, Any]:
    """The payload. Bolt 1.30 would look for ``payload`` anywhere in the body and lose ``/oncall who payload-team``."""
    if content_type == "application/json":
        payload = json.loads(body)
    else:
        form = dict(parse_qsl(body, keep_blank_values=True))
        payload = json.loads(form["payload"]) if "payload" in form else form
    if not isinstance(payload, dict):
        raise TypeError("a payload is an object")
    return payload


def _is_ssl_check(body: bytes) -> bool:
    """Slack looks at the certificate now and then, without a signature; nothing is done, so anybody may ask."""
    return len(body) <= LONGEST_SSL_CHECK and b"ssl_check=1" in body.split(b"&")


def _refuse(front: Front, reason: str, status: int) -> web.Response:
    front.refusals.note(reason)
    return web.Response(status=status, text="Refused.")


def _add_install_pages(routes: web.Application, flow: AsyncOAuthFlow) -> None:
    async def install(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

    async def redirect(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await flow.handle_callback(await to_bolt_request(request)))

    routes.router.add_get(flow.install_path, install)
    routes.router.add_get(flow.redirect_uri_path, redirect)


@asynccontextmanager
async def listening(routes: web.Application, host: str, port: int) -> AsyncGenerator[int]:
    """Serve until the block ends; gives the port that was bound. Raises CannotStart when it can't be had."""
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=CLEANUP_SECONDS)
    await runner.setup()
    try:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(_protocols(runner), host, port, backlog=BACKLOG)
        except OSError as error:
            raise CannotStart(f"BATON_PORT {port} can't be used: {error.strerror}") from error
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            await _close(server)
    finally:
        await runner.cleanup()


def _protocols(runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
    assert runner.server is not None, "the runner was set up"
    return runner.server


async def _close(server: asyncio.Server) -> None:
    """Accept nobody any more, and have set up who was accepted before the server closes.

    asyncio of Python 3.11 forgets those otherwise (``Server._attach``): nobody closes their sockets, and whoever sent
    something by them waits until the process ends.
    """
    for listening in server.sockets:
        asyncio.get_running_loop().remove_reader(listening)
    try:
        for _ in range(TURNS_TO_SET_UP):
            await asyncio.sleep(0)
    finally:
        server.close()
