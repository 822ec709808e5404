"""50 commands a second for 30 seconds from 200 people: two processes of Baton on one PostgreSQL, behind a proxy that
gives each request to the next one.

A bare Bolt app that only acknowledges gets the same commands at the same time, behind a proxy of its own; what the
machine and the proxy take is in both. How long the bare app takes at worst says how busy the machine was.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet

from benchmarks.load import PEOPLE, PER_SECOND, SECONDS, Held, Side, fill, keep_asking, ready
from benchmarks.measure import Report, Target
from benchmarks.slack import BARE, answering, child, summary, unused_ports
from benchmarks.standin import BOT_TOKEN, SECRET, StandIn, stand_in
from storage.database import Database
from tests.support.postgres import migrated_database, running_server
from tests.support.round_robin import round_robin

PROCESSES, ANSWER_LIMIT = 2, 1.0


def run() -> Report:
    with running_server() as server:
        held, floor = asyncio.run(measure(migrated_database(server)))
    answers = sorted(held.answers)
    p99 = answers[int(len(answers) * 0.99)] if answers else float("inf")
    asked, floor_p99 = PER_SECOND * SECONDS, sorted(floor.acks)[int(len(floor.acks) * 0.99)]
    told = f"{p99:.2f} s; bare Bolt acknowledges in {floor_p99:.2f} s"
    targets = (
        Target(f"p99 of answers below {ANSWER_LIMIT:g} s ({told})", p99 < ANSWER_LIMIT),
        Target(f"none of {asked} failed ({held.failed} not acknowledged in 3 s)", held.failed == 0),
        Target(f"every one answered ({held.unanswered} were not)", held.unanswered == 0),
        Target(f"nobody told to come back later ({held.busy} were)", held.busy == 0),
    )
    samples = (
        *summary(f"{PROCESSES} processes, {PER_SECOND}/s: Baton answers", held.answers),
        *summary("Baton acknowledges", held.acks),
        *summary("bare Bolt acknowledges", floor.acks),
    )
    return Report("commands", "Many commands to two processes on PostgreSQL", samples, targets)


async def measure(url: str) -> tuple[Held, Held]:
    users = [f"U{number:03}" for number in range(PEOPLE)]
    database = Database(url)
    await fill(database, users)
    await database.close()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        slack = await stack.enter_async_context(stand_in(users))
        bare_slack = await stack.enter_async_context(stand_in(users))
        bare_slack.answers = False
        *ports, bare_port = unused_ports(PROCESSES + 1)
        keys = Fernet.generate_key().decode()
        all_settings = [_settings(url, keys, slack, port) for port in ports]
        processes = [
            await stack.enter_async_context(child(folder, settings, "-m", "bot", "run")) for settings in all_settings
        ]
        bare_settings = {"SIGNING_SECRET": SECRET, "PORT": str(bare_port)}
        bare = await stack.enter_async_context(child(folder, bare_settings, "-c", BARE))
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for address in addresses:
            await ready(address)
        await answering(f"http://127.0.0.1:{bare_port}")
        proxy = await stack.enter_async_context(round_robin(*addresses))
        bare_proxy = await stack.enter_async_context(round_robin(f"http://127.0.0.1:{bare_port}"))
        sides = Side(slack, processes[0], proxy.url), Side(bare_slack, bare, bare_proxy.url)
        await asyncio.gather(*(side.command("who", user) for side in sides for user in users[:20]))  # warms up
        return await asyncio.gather(keep_asking(sides[0]), keep_asking(sides[1]))


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
