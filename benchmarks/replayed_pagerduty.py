"""Every schedule of PagerDuty's as one answer that was rendered before: a program that costs next to nothing.

``python -m benchmarks.replayed_pagerduty`` prints its port and serves until it is ended. What it says of a schedule is
what the sandbox says of one without layers, but for its id.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx

from sandbox.pagerduty import Clock, InProcessTransport, World

MARK = "PSCHEDULE"


async def template() -> bytes:
    """The sandbox's answer, with a mark where the id is."""
    clock = Clock(datetime.now(UTC))
    world = World(clock)
    account = world.add_account("acme")
    external = account.add_schedule("Service", "UTC", layers=[])
    headers = {"Authorization": f"Token token={account.add_key()}"}
    until = {"since": clock.now().isoformat(), "until": (clock.now() + timedelta(days=30)).isoformat()}
    transport = InProcessTransport(world)
    async with httpx.AsyncClient(base_url="http://pagerduty.test", transport=transport, headers=headers) as client:
        found = (await client.get(f"/schedules/{external.id}", params=until | {"time_zone": "UTC"})).json()
    return json.dumps(found).replace(external.id, MARK).encode()


class Answering(asyncio.Protocol):
    """One connection; requests have no bodies."""

    answer = b""

    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            path = self._read.split(b" ", 2)[1].partition(b"?")[0]
            self._read = self._read[end + 4 :]
            body = self.answer.replace(MARK.encode(), path.rpartition(b"/")[2])
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nratelimit-remaining: 900\r\n"
            self._transport.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


async def main() -> None:
    Answering.answer = await template()
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
