"""A receiver of webhooks on loopback, as somebody would write one: it checks the signature and keeps what came.

Messages are signed as Standard Webhooks describes. Its library checks a message's age by the machine's clock; in the
demo time is put forward, so age is checked by the clock that the demo shares, and the library makes the signature that
is compared.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from sandbox.serving import HOST, serving

TOLERANCE = timedelta(minutes=5)
KEPT = 50
PATH = "/oncall"


class Delivery(TypedDict):
    """`at` is when it came: ISO 8601, in UTC, by the shared clock."""

    at: str
    signature_ok: bool
    json: Any


@dataclass(slots=True)
class Receiver:
    """Where it listens, and what came. Without ``secret`` nothing can be checked, and every signature is wrong."""

    now: Callable[[], datetime]
    url: str = ""
    secret: str = ""
    came: int = 0
    kept: list[Delivery] = field(default_factory=list[Delivery])

    def deliveries(self) -> Sequence[Delivery]:
        """The last fifty, the newest last."""
        return tuple(self.kept)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        good = self._is_signed(body, request.headers)
        try:
            read = json.loads(body)
        except ValueError:
            read = body.decode(errors="replace")
        self.kept.append(Delivery(at=self.now().isoformat(), signature_ok=good, json=read))
        del self.kept[:-KEPT]
        self.came += 1
        return web.Response(status=204 if good else 401)

    def _is_signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        number, sent, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        if not self.secret or not sent.isdecimal():
            return False
        sent_at = datetime.fromtimestamp(int(sent), UTC)
        if abs(self.now() - sent_at) > TOLERANCE:
            return False
        wanted = Webhook(self.secret).sign(number, sent_at, body.decode(errors="replace"))
        return any(hmac.compare_digest(wanted, one) for one in given.split())


@asynccontextmanager
async def receiving(now: Callable[[], datetime]) -> AsyncIterator[Receiver]:
    """Listen on a free port of loopback until the block ends; ``now`` is the time that is shared."""
    receiver = Receiver(now)
    app = web.Application()
    app.router.add_post(PATH, receiver.handle)
    async with serving(web.AppRunner(app, access_log=None)) as port:
        receiver.url = f"http://{HOST}:{port}{PATH}"
        yield receiver
