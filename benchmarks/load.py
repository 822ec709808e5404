"""What commands cost, and what happens when there are many: a real ``baton run`` beside a bare Bolt app.

* CPU per command: one after the other, the process's own CPU time, against a Bolt app that only acknowledges.
* 50 commands a second for 30 seconds from 200 people: until the acknowledgement, and until the answer.
* 500 commands at once: each is answered, or told at once that Baton is busy.

Both ways in, HTTP and Socket Mode. The bare app gets the same commands in the same run.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert

from benchmarks.measure import Report, Sample, Target
from benchmarks.slack import BARE, answering, child, ready, summary, unused_ports
from benchmarks.standin import APP_TOKEN, BOT_TOKEN, SECRET, TEAM, StandIn, stand_in
from oncall.clock import SystemClock
from oncall.shifts import ShiftSource, ShiftState
from storage.database import Database
from storage.tables import Member, Person, Schedule, ShiftRow

SCHEDULES, PEOPLE, PEOPLE_EACH, WEEKS = 30, 200, 10, 8
ROLES = ("Primary", "Secondary")
PER_SECOND, SECONDS, BURST = 50, 30, 500
EACH, LOTS = 40, 3
CPU_LIMIT, ANSWER_LIMIT = 4.0, 2.5
MEASURED = ("who", "who Schedule 7", "shifts Schedule 7", "assign Schedule 7", "assign")
ASKED = ("who", "who Schedule {n}", "shifts Schedule {n}", "assign Schedule {n}", "me", "schedules", "help")
EXPECTED = {"who": "On call now", "shifts": "Who is on call in", "assign": "modal"}
BUSY = "Baton is busy"
TICKS = os.sysconf("SC_CLK_TCK")

BARE_SOCKET = """
import asyncio
import os
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

async def authorize(**_):
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_id="B1", bot_token="xoxb-1")

client = AsyncWebClient(base_url=os.environ["API"])
app = AsyncApp(client=client, signing_secret="unused", authorize=authorize)

@app.command("/oncall")
async def acknowledge(ack):
    await ack()

async def main():
    await AsyncSocketModeHandler(app, os.environ["APP_TOKEN"], web_client=client).start_async()

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Side:
    """A process and the Slack that it is connected to; ``url`` is empty in Socket Mode."""

    slack: StandIn
    process: Process
    url: str

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, all threads: Linux's clock of another process (``clock_getcpuclockid``)."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    async def command(self, text: str, user: str) -> Any:
        return await self.slack.command(self.url, text, user)


@dataclass(frozen=True, slots=True)
class Held:
    """What became of many commands: seconds to the acknowledgement and to the answer, and how many were told busy."""

    acks: list[float]
    answers: list[float]
    failed: int
    unanswered: int
    busy: int
    memory_mib: int


def run() -> Report:
    samples, targets = list[Sample](), list[Target]()
    for mode in ("HTTP", "Socket Mode"):
        found = asyncio.run(measure(mode))
        samples += found[0]
        targets += found[1]
    return Report("load", "Many commands at once", tuple(samples), tuple(targets))


async def measure(mode: str) -> tuple[list[Sample], list[Target]]:
    async with stage(mode) as (baton, bare):
        costs = await cpu_per_command(baton, bare)
        held, floor = await asyncio.gather(keep_asking(baton), keep_asking(bare))
        burst = await all_at_once(baton)
    return _samples(mode, costs, held, floor), _targets(mode, costs, held, burst)


def _samples(mode: str, costs: dict[str, list[float]], held: Held, floor: Held) -> list[Sample]:
    cpu = [
        Sample(f"{mode}: CPU of {name}", _middle(taken), min(taken), max(taken), len(taken))
        for name, taken in costs.items()
    ]
    return [
        *cpu,
        *summary(f"{mode}, {PER_SECOND}/s: Baton acknowledges", held.acks),
        *summary(f"{mode}, {PER_SECOND}/s: bare Bolt acknowledges", floor.acks),
        *summary(f"{mode}, {PER_SECOND}/s: Baton answers", held.answers),
    ]


def _middle(taken: list[float]) -> float:
    return sorted(taken)[len(taken) // 2]


def _targets(mode: str, costs: dict[str, list[float]], held: Held, burst: Held) -> list[Target]:
    floor = _middle(costs[BARE_NAME])
    ratios = {name: _middle(taken) / floor for name, taken in costs.items() if name != BARE_NAME}
    told = ", ".join(f"{name} {ratio:.1f}" for name, ratio in ratios.items())
    p99 = sorted(held.answers)[int(len(held.answers) * 0.99)]
    return [
        Target(f"{mode}: CPU at most {CPU_LIMIT:g} × bare Bolt's ({told})", max(ratios.values()) <= CPU_LIMIT),
        Target(f"{mode}: every command acknowledged in 3 s ({held.failed} were not)", held.failed == 0),
        Target(f"{mode}: p99 of answers below {ANSWER_LIMIT:g} s ({p99:.2f} s)", p99 < ANSWER_LIMIT),
        Target(f"{mode}: nobody told to come back later ({held.busy} were)", held.busy == 0),
        Target(
            f"{mode}: of {BURST} at once none lost ({burst.failed} not acknowledged, {burst.unanswered} not answered, "
            f"{burst.busy} told busy, {burst.memory_mib} MiB)",
            burst.failed == burst.unanswered == 0,
        ),
    ]


BARE_NAME = "an acknowledgement by bare Bolt"


async def cpu_per_command(baton: Side, bare: Side) -> dict[str, list[float]]:
    """Seconds of CPU for one command, by what it is; the sides take turns."""
    taken: dict[str, list[float]] = {BARE_NAME: []} | {text: [] for text in MEASURED}
    for lot in range(LOTS + 1):
        for name in taken:
            one = await _cpu_of(bare if name == BARE_NAME else baton, "who" if name == BARE_NAME else name)
            if lot:  # the first only warms up
                taken[name].append(one)
    return taken


async def _cpu_of(side: Side, text: str) -> float:
    before = side.cpu
    for number in range(EACH):
        asked = await side.command(text, side.slack.users[7 * PEOPLE_EACH + number % PEOPLE_EACH])
        if side.slack.answers:
            await asyncio.wait_for(asked.done.wait(), 10)
            if not asked.text.startswith(EXPECTED[text.split()[0]]):
                raise RuntimeError(f"{text} was answered with {asked.text}")
    return (side.cpu - before) / EACH


async def keep_asking(side: Side, per_second: int = PER_SECOND, seconds: int = SECONDS) -> Held:
    """By the clock, whether or not anything was answered."""
    chance, loop = random.Random(7), asyncio.get_running_loop()
    begin, sent = loop.time(), list[asyncio.Task[Any]]()
    for number in range(per_second * seconds):
        await asyncio.sleep(max(0.0, begin + number / per_second - loop.time()))
        text = chance.choice(ASKED).format(n=chance.randrange(SCHEDULES))
        sent.append(asyncio.create_task(side.command(text, chance.choice(side.slack.users))))
    return await _held(side, sent)


async def all_at_once(side: Side) -> Held:
    sent = [
        asyncio.create_task(side.command(ASKED[n % len(ASKED)].format(n=n % SCHEDULES), side.slack.users[n % PEOPLE]))
        for n in range(BURST)
    ]
    return await _held(side, sent)


async def _held(side: Side, sent: list[asyncio.Task[Any]]) -> Held:
    asked = await asyncio.gather(*sent)
    if side.slack.answers:
        waiting = (asyncio.wait_for(one.done.wait(), 60) for one in asked if one.acked is not None)
        await asyncio.gather(*waiting, return_exceptions=True)
    return Held(
        acks=[one.acked - one.sent for one in asked if one.acked is not None],
        answers=[one.answered - one.sent for one in asked if one.answered is not None],
        failed=sum(one.acked is None for one in asked),
        unanswered=sum(one.answered is None for one in asked),
        busy=sum(BUSY in one.text for one in asked),
        memory_mib=_resident(side.process.pid) if side.slack.answers else 0,
    )


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


@asynccontextmanager
async def stage(mode: str) -> AsyncGenerator[tuple[Side, Side]]:
    users = [f"U{number:03}" for number in range(PEOPLE)]
    async with AsyncExitStack() as running:
        folder = running.enter_context(TemporaryDirectory())
        slacks = [await running.enter_async_context(stand_in(users)) for _ in range(2)]
        slacks[1].answers = False
        await prepare(Path(folder), users)
        ports = unused_ports(2)
        baton = await running.enter_async_context(_baton(mode, folder, slacks[0], ports[0]))
        bare = await running.enter_async_context(_bare(mode, folder, slacks[1], ports[1]))
        yield (
            Side(slacks[0], baton, f"http://127.0.0.1:{ports[0]}" if mode == "HTTP" else ""),
            Side(slacks[1], bare, f"http://127.0.0.1:{ports[1]}" if mode == "HTTP" else ""),
        )


@asynccontextmanager
async def _baton(mode: str, folder: str, slack: StandIn, port: int) -> AsyncIterator[Process]:
    way_in = {"SLACK_SIGNING_SECRET": SECRET} if mode == "HTTP" else {"SLACK_APP_TOKEN": APP_TOKEN}
    settings = way_in | {
        "SLACK_API_URL": slack.api_url, "SLACK_BOT_TOKEN": BOT_TOKEN, "BATON_HOST": "127.0.0.1",
        "BATON_PORT": str(port), "BATON_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    async with child(folder, settings, "-m", "bot", "run") as process:
        await ready(f"http://127.0.0.1:{port}")
        yield process


@asynccontextmanager
async def _bare(mode: str, folder: str, slack: StandIn, port: int) -> AsyncIterator[Process]:
    if mode == "HTTP":
        async with child(folder, {"SIGNING_SECRET": SECRET, "PORT": str(port)}, "-c", BARE) as process:
            await answering(f"http://127.0.0.1:{port}")
            yield process
        return
    async with child(folder, {"API": slack.api_url, "APP_TOKEN": APP_TOKEN}, "-c", BARE_SOCKET) as process:
        async with asyncio.timeout(60):
            while not slack.sockets:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.1)
        yield process


async def prepare(folder: Path, users: list[str]) -> None:
    """The same in an SQLite database of the folder."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'baton.db'}")
    await database.migrate()
    await fill(database, users)
    await database.close()


async def fill(database: Database, users: list[str]) -> None:
    """Schedules with two roles that hand over weekly, ten members each."""
    now = SystemClock().now()
    async with database.transaction() as tx:
        workspace = await tx.people.ensure_workspace(TEAM, "", "", now)
        tx.session.add_all(
            Person(workspace_id=workspace.id, user_id=user, name=user, real_name=user, seen_at=now) for user in users
        )
        for number in range(SCHEDULES):
            team = await tx.schedules.ensure_team(workspace.id, f"Team {number % 5}")
            mine = [users[(number * PEOPLE_EACH + one) % PEOPLE] for one in range(PEOPLE_EACH)]
            schedule = Schedule(
                workspace_id=workspace.id, team_id=team.id, public_id=f"schedule-{number}", name=f"Schedule {number}",
                name_key=f"schedule {number}", time_zone="UTC", horizon_days=30, confirm_mode="automatically",
                created_at=now, created_by=mine[0],
            )  # fmt: skip
            everybody = [Member(user_id=user, access="admin", assignable=True) for user in mine]
            await tx.schedules.add(schedule, ROLES, everybody)
            for role in await tx.schedules.roles(schedule.id):
                rows = [
                    {
                        "schedule_id": schedule.id, "role_id": role.id, "user_id": mine[week % PEOPLE_EACH],
                        "starts_at": now + timedelta(weeks=week - 1), "ends_at": now + timedelta(weeks=week),
                        "state": ShiftState.CONFIRMED, "source": ShiftSource.PERSON, "created_at": now,
                    }
                    for week in range(WEEKS)
                ]  # fmt: skip
                await tx.session.execute(insert(ShiftRow), rows)
