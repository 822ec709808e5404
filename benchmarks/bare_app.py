"""A bare Bolt app that imports whatever Baton does at its start: the floor for starting and for memory.

Run as a script with ``PYTHONPATH`` on the tree whose imports are meant. It asks Slack who it is, answers one command,
and says at ``/readyz`` that it is ready.
"""

from __future__ import annotations

import asyncio
import os

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import bot.cli
import bot.run  # noqa: F401 - what these import is the point


async def main() -> None:
    client = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    @app.command("/oncall")
    async def answer(ack: AsyncAck) -> None:
        await ack("Hello")

    await client.auth_test()
    pages = web.Application()
    pages.router.add_get("/readyz", ready)
    runner = web.AppRunner(pages)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["BATON_PORT"])).start()
    await asyncio.Event().wait()


async def ready(_: web.Request) -> web.Response:
    return web.Response(text="ready")


if __name__ == "__main__":
    asyncio.run(main())
