"""HTTP: Slack's payloads and install pages, health, readiness and metrics."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow

from bot.parts import CannotStart

Probe = Callable[[], Awaitable[list[str]]]
Render = Callable[[], Awaitable[bytes]]


def web_app(ready: Probe, metrics: Render, app: AsyncApp | None, flow: AsyncOAuthFlow | None) -> web.Application:
    """The routes that outside tools rely on. ``ready`` lists what keeps Baton from being ready."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        problems = await ready()
        return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)

    async def metrics_page(_: web.Request) -> web.Response:
        return web.Response(body=await metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    routes = web.Application()
    routes.router.add_get("/healthz", healthz)
    routes.router.add_get("/readyz", readyz)
    routes.router.add_get("/metrics", metrics_page)
    if app is not None:
        routes.router.add_post("/slack/events", _events(app))
    if flow is not None:
        _add_install_pages(routes, flow)
    return routes


def _events(app: AsyncApp) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def events(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return events


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
    runner = web.AppRunner(routes, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise CannotStart(f"BATON_PORT {port} can't be used: {error.strerror}") from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
