"""Programs as an operator starts them, beside a Slack that says yes to everything: until they are ready, and after."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from cryptography.fernet import Fernet

from benchmarks.earlier import ROOT

KEYS = Fernet.generate_key().decode()
BATON, BARE = ("-m", "bot", "run"), (str(ROOT / "benchmarks" / "bare_app.py"),)
TICKS = os.sysconf("SC_CLK_TCK")
POLL_SECONDS, PATIENCE_SECONDS = 0.01, 120
PEOPLE = 4


@dataclass(frozen=True, slots=True)
class Started:
    """A program that is ready, and what it took until then: seconds by the clock on the wall, and of CPU."""

    pid: int
    wall: float
    cpu: float

    @property
    def cpu_now(self) -> float:
        return _cpu(self.pid)

    @property
    def resident(self) -> int:
        """Bytes of memory that are its own or shared, and in use."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


@asynccontextmanager
async def started(slack: str, tree: Path, command: tuple[str, ...], database: Path) -> AsyncGenerator[Started]:
    """``command`` of the tree, with Slack at this address, until it is ready; it ends with the block."""
    port = _free_port()
    settings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tree),
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "secret",
        "SLACK_API_URL": slack,
        "BATON_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        "BATON_ENCRYPTION_KEYS": KEYS,
        "BATON_HOST": "127.0.0.1",
        "BATON_PORT": str(port),
        "BATON_LOG_LEVEL": "ERROR",
    }
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=tree, env=settings)
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_SECONDS):
            await _ready(session, port)
        yield Started(process.pid, time.perf_counter() - began, _cpu(process.pid))
    finally:
        process.terminate()
        await process.wait()


async def _ready(session: aiohttp.ClientSession, port: int) -> None:
    while True:
        with suppress(aiohttp.ClientError):
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(POLL_SECONDS)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def agreeable_slack() -> AsyncGenerator[str]:
    """Where a Slack is that knows one workspace with a few people (``U0`` and on), and takes whatever is sent."""
    people = [{"id": f"U{n}", "team_id": "T1", "name": f"U{n}", "tz": "UTC", "profile": {}} for n in range(PEOPLE)]

    async def api(_: web.Request) -> web.Response:
        told = {"ok": True, "team_id": "T1", "team": "One", "user_id": "UBOT", "bot_id": "B1", "members": people}
        return web.json_response(told)

    pages = web.Application()
    pages.router.add_route("*", "/api/{method}", api)
    runner = web.AppRunner(pages)
    await runner.setup()
    port = _free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        await runner.cleanup()
