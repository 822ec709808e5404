"""The control APIs are for programs of this machine: whatever a page in a browser asks of them is refused.

Every page that a browser shows can send requests to loopback. A browser says so: with an Origin, and with the name by
which it knows the server, which another site can point here.
"""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

NAMES = ("127.0.0.1", "localhost")


@web.middleware
async def programs_alone(request: web.Request, handler: Handler) -> web.StreamResponse:
    is_control = request.path.startswith("/control")
    name = request.headers.get(hdrs.HOST, "").partition(":")[0]
    if is_control and (hdrs.ORIGIN in request.headers or name not in NAMES):
        return web.json_response({"failure": "Pages have no business here."}, status=403)
    return await handler(request)
