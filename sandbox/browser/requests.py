"""Who may ask this server for anything: this machine's own page, and nobody else's.

The page is on loopback, where every page that a browser shows can send requests to. So the Host header must name this
server (no other name that points here), what changes anything must carry the token that stands in the page itself, and
a WebSocket must come from the page's own origin.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

TOKEN_HEADER = "X-Sandbox-Token"
NAMES = ("127.0.0.1", "localhost")


@dataclass(slots=True)
class Gate:
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    port: int = 0
    """Known when the server is bound."""

    @property
    def hosts(self) -> set[str]:
        return {f"{name}:{self.port}" for name in NAMES}

    @property
    def policy(self) -> str:
        """What the page may load: itself. WebSockets are named because not every browser counts them as 'self'."""
        sockets = " ".join(sorted(f"ws://{host}" for host in self.hosts))
        return (
            f"default-src 'self'; connect-src 'self' {sockets}; img-src 'self' data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
        )

    def is_ours(self, request: web.Request) -> bool:
        origin = request.headers.get(hdrs.ORIGIN)
        return origin is None or origin.removeprefix("http://") in self.hosts

    def middleware(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.headers.get(hdrs.HOST) not in self.hosts or not self.is_ours(request):
                return web.Response(status=403, text="This page is for this machine alone.")
            if request.method != hdrs.METH_GET and not self._has_token(request):
                return web.Response(status=403, text="Open the page again: it is of another run.")
            return await handler(request)

        return guard

    def _has_token(self, request: web.Request) -> bool:
        return secrets.compare_digest(request.headers.get(TOKEN_HEADER, ""), self.token)

    async def sign(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(
            {
                "Content-Security-Policy": self.policy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            }
        )
