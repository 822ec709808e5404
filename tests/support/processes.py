"""`baton` as a child process, with an environment of its own: forked, which is quick, or begun from nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.forked import Forked, start_forked
from tests.support.migrated import lay

PATIENCE = 90
AT_WORK = ("run", "worker")
"""Commands whose database is there already, but where a start from nothing is asked for."""
KEPT_OUT = ("SLACK_", "PAGERDUTY_", "BATON_")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """A database in the folder, a free port, and what else is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_OUT)}
    return {
        **kept,
        "BATON_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'baton.db'}",
        "BATON_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "BATON_HOST": "127.0.0.1",
        "BATON_PORT": "0",
        **settings,
    }


def socket_mode(slack: SlackSandbox, pagerduty: PagerDutySandbox | None = None) -> dict[str, str]:
    beside = {"PAGERDUTY_API_URL": pagerduty.api_url} if pagerduty else {}
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        **beside,
    }


def http_mode(slack: SlackSandbox) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }


def oauth_mode(slack: SlackSandbox) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_CLIENT_ID": slack.client_id,
        "SLACK_CLIENT_SECRET": slack.client_secret,
    }


@dataclass(slots=True)
class Finished:
    status: int
    out: str
    err: str


async def start(
    command: str, folder: Path, settings: Mapping[str, str], *options: str, fresh: bool = False
) -> Process | Forked:
    """A fork of an interpreter that has imported Baton; ``fresh`` is one that begins from nothing, as an operator's."""
    if not fresh:
        if command in AT_WORK:
            _lay(folder, settings)
        return await start_forked(folder, settings, command, *options)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", command, *options), cwd=folder, env=dict(settings), stdout=PIPE, stderr=PIPE
    )


def _lay(folder: Path, settings: Mapping[str, str]) -> None:
    file = folder / "baton.db"
    if settings.get("BATON_DATABASE_URL") == f"sqlite+aiosqlite:///{file}":
        lay(file)


async def run(command: str, folder: Path, settings: Mapping[str, str], *, fresh: bool = False) -> Finished:
    """Until it ends by itself; one that doesn't is not left behind."""
    process = await start(command, folder, settings, fresh=fresh)
    try:
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Finished(process.returncode or 0, out.decode(), err.decode())


@dataclass(slots=True)
class Running:
    process: Process | Forked
    url: str
    log: list[str]

    async def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.terminate()
        _, rest = await self.process.communicate()
        self.log.extend(rest.decode().splitlines())
        return self.process.returncode or 0


@asynccontextmanager
async def running(
    folder: Path,
    settings: Mapping[str, str],
    command: str = "run",
    *options: str,
    says: str = "baton is running",
    fresh: bool = False,
) -> AsyncGenerator[Running]:
    """Once it says that it is running, or what else it is waited for to say."""
    process = await start(command, folder, settings, *options, fresh=fresh)
    try:
        log: list[str] = []
        port = await _port(process, log, says)
        yield Running(process, f"http://127.0.0.1:{port}", log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _port(process: Process | Forked, log: list[str], says: str) -> int:
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode():
        log.append(line)
        if says in line:
            return int(json.loads(line)["port"])
    raise AssertionError("it ended: " + "".join(log))
