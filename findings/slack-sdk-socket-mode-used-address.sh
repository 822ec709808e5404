#!/usr/bin/env bash
# slack-sdk 3.47.0 with aiohttp 3.14.5, Python 3.11.
# Good guess: when Slack asks a Socket Mode client to reconnect and the handshake that follows is cut, the client asks
#   apps.connections.open for another address and tries that.
# What happens: it asks once, and then tries the very same address again and again. Slack's addresses carry a ticket that
#   is good for one handshake, so from here on every try is refused; no other address is ever asked for, is_connected()
#   stays false, and the app is offline until somebody restarts it.
# Why it matters here: an on-call bot that nobody can reach looks healthy. Baton keeps its connections itself
#   (bot/socket_mode.py) and asks for a new address with each try.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check slack-sdk==3.47.0 aiohttp==3.14.5 2>/dev/null
cat > "$folder/look.py" <<'PYTHON'
import asyncio
import logging
import sys

from aiohttp import web
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

logging.disable(logging.CRITICAL)
opened, tried, unused = [], [], set()


async def open_connection(request):
    ticket = f"ticket-{len(opened) + 1}"
    opened.append(ticket)
    unused.add(ticket)
    return web.json_response({"ok": True, "url": f"ws://{request.host}/link?ticket={ticket}"})


async def link(request):
    ticket = request.query["ticket"]
    tried.append(ticket)
    good = ticket in unused
    unused.discard(ticket)
    if len(tried) == 2:  # the handshake after the refresh is cut
        request.transport.close()
        return web.Response(status=503)
    if not good:
        return web.Response(status=401)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_json({"type": "hello"})
    await asyncio.sleep(0.5)
    await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
    async for _ in socket:
        pass
    return socket


async def main():
    app = web.Application()
    app.router.add_post("/api/apps.connections.open", open_connection)
    app.router.add_get("/link", link)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = SocketModeClient(
        "xapp-1", web_client=AsyncWebClient(base_url=f"http://127.0.0.1:{port}/api/"), ping_interval=1
    )
    await client.connect()
    await asyncio.sleep(8)
    connected = await client.is_connected()
    print("addresses asked for:", opened)
    print("handshakes tried:   ", tried)
    print("connected again:    ", connected)
    await client.close()
    await runner.cleanup()
    return 0 if opened == ["ticket-1", "ticket-2"] and tried.count("ticket-2") > 2 and not connected else 1


sys.exit(asyncio.run(main()))
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
