"""50 commands a second for 30 seconds from 200 people: two processes of Baton on one PostgreSQL, to which requests go
in turns, as a load balancer has them go.

Slack is a stand-in that checks nothing and costs little; commands are signed, sent by the clock and answered by HTTP.
A bare Bolt app that only acknowledges gets the same commands afterwards, for a third of the time: how long it takes at
worst says how busy the machine was.

What a command costs in CPU is told apart: the processes of Baton, PostgreSQL, and the load itself. The sum says how
many a second the machine takes.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet

from benchmarks.load import PEOPLE, PER_SECOND, SECONDS, Held, Side, fill, keep_asking
from benchmarks.measure import Report, Sample, Target
from benchmarks.slack import BARE, answering, child, ready, summary, unused_ports
from benchmarks.standin import BOT_TOKEN, SECRET, StandIn, stand_in
from storage.database import Database
from tests.support.postgres import migrated_database, running_server

PROCESSES, ANSWER_LIMIT = 2, 1.0
RATE = int(os.environ.get("BATON_BENCHMARK_RATE", str(PER_SECOND)))
WARM_UP = 140


@dataclass(frozen=True, slots=True)
class Balanced(Side):
    """Several processes, each of which gets the next request."""

    urls: Iterator[str] = field(default_factory=lambda: iter(()))

    async def command(self, text: str, user: str) -> Any:
        return await self.slack.command(next(self.urls), text, user)


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of CPU for one command."""

    baton: float
    postgresql: float
    load: float

    @property
    def all(self) -> float:
        return self.baton + self.postgresql + self.load


def run() -> Report:
    with running_server() as server:
        held, floor, costs = asyncio.run(measure(server))
    answers = sorted(held.answers)
    p99 = answers[int(len(answers) * 0.99)] if answers else float("inf")
    asked, floor_p99 = RATE * SECONDS, sorted(floor.acks)[int(len(floor.acks) * 0.99)]
    told = f"{p99:.2f} s; bare Bolt acknowledges in {floor_p99:.2f} s"
    machine = (os.cpu_count() or 1) / costs.all
    told_costs = ", ".join(
        f"{name} {1000 * seconds:.1f} ms"
        for name, seconds in (("Baton", costs.baton), ("PostgreSQL", costs.postgresql), ("the load", costs.load))
    )
    print(f"CPU per command: {told_costs}; at most {machine:.0f} a second fit this machine")
    targets = (
        Target(f"p99 of answers below {ANSWER_LIMIT:g} s ({told})", p99 < ANSWER_LIMIT),
        Target(f"none of {asked} failed ({held.failed} not acknowledged in 3 s)", held.failed == 0),
        Target(f"every one answered ({held.unanswered} were not)", held.unanswered == 0),
        Target(f"nobody told to come back later ({held.busy} were)", held.busy == 0),
    )
    samples = (
        *summary(f"{PROCESSES} processes, {RATE}/s: Baton answers", held.answers),
        *summary("Baton acknowledges", held.acks),
        *summary("bare Bolt acknowledges", floor.acks),
        _once("CPU of Baton per command", costs.baton),
        _once("CPU of PostgreSQL per command", costs.postgresql),
        _once("CPU of the load per command", costs.load),
    )
    return Report("commands", "Many commands to two processes on PostgreSQL", samples, targets)


def _once(name: str, seconds: float) -> Sample:
    return Sample(name, seconds, seconds, seconds, 1)


async def measure(server: str) -> tuple[Held, Held, Costs]:
    url, users = migrated_database(server), [f"U{number:03}" for number in range(PEOPLE)]
    database = Database(url)
    await fill(database, users)
    await database.close()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        slack = await stack.enter_async_context(stand_in(users))
        ports, keys = unused_ports(PROCESSES), Fernet.generate_key().decode()
        processes = [
            await stack.enter_async_context(child(folder, _settings(url, keys, slack, port), "-m", "bot", "run"))
            for port in ports
        ]
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for address in addresses:
            await ready(address)
        baton = Balanced(slack, processes[0], "", urls=itertools.cycle(addresses))
        await _warm_up(baton, users)
        held, costs = await _with_costs(lambda: keep_asking(baton, RATE, SECONDS), processes, server, RATE * SECONDS)
        return held, await _floor(folder, users), costs


async def _warm_up(side: Side, users: Sequence[str]) -> None:
    """What each process does for the first time is no part of it."""
    for first in range(0, WARM_UP, 10):
        words = ("who", "me", "schedules", "help", "assign Schedule 1", "shifts Schedule 1", "who Schedule 1")
        asked = [side.command(words[n % len(words)], users[n]) for n in range(first, first + 10)]
        await asyncio.gather(*asked)
        await asyncio.sleep(0.2)


async def _with_costs(
    work: Callable[[], Any], processes: Sequence[Process], server: str, commands: int
) -> tuple[Held, Costs]:
    def spent() -> tuple[float, float, float]:
        ours = sum(time.clock_gettime((~process.pid << 3) | 2) for process in processes)
        return ours, _cpu_of_server(server), time.process_time()

    before = spent()
    held = await work()
    baton, postgresql, load = (now - then for now, then in zip(spent(), before, strict=True))
    return held, Costs(baton / commands, postgresql / commands, load / commands)


def _cpu_of_server(server: str) -> float:
    """Seconds of CPU that PostgreSQL has needed so far, with all of its processes (proc(5))."""
    folder = Path(parse_qs(urlsplit(server).query)["host"][0])
    first = (folder / "postmaster.pid").read_text().split()[0]
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if stat.parent.name == first:
            total += sum(map(int, fields[11:15]))  # with its children that have ended
        elif fields[1] == first:
            total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


async def _floor(folder: str, users: list[str]) -> Held:
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(stand_in(users))
        slack.answers = False
        [port] = unused_ports(1)
        bare = await stack.enter_async_context(child(folder, {"SIGNING_SECRET": SECRET, "PORT": str(port)}, "-c", BARE))
        await answering(f"http://127.0.0.1:{port}")
        side = Side(slack, bare, f"http://127.0.0.1:{port}")
        await asyncio.gather(*(side.command("who", user) for user in users[:20]))
        return await keep_asking(side, RATE, SECONDS // 3)


def _settings(url: str, keys: str, slack: StandIn, port: int) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "BATON_DATABASE_URL": url,
        "BATON_ENCRYPTION_KEYS": keys,
        "BATON_HOST": "127.0.0.1",
        "BATON_PORT": str(port),
        "BATON_LOG_LEVEL": "WARNING",
    }
