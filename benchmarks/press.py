"""From the press of *Assign* in Slack until the override is in PagerDuty: Baton, an earlier Baton, and the floor.

Each side has both sandboxes in a process of its own and runs as a process beside them: ``baton run`` over HTTP, on
SQLite and on PostgreSQL (without ``fsync``, as in the tests), and a bare Bolt app that makes the same three requests
with httpx as soon as it has answered Slack. The presses are made in turns, so that whatever else the machine does meets
all sides alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import statistics
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet

from benchmarks.earlier import ROOT, earlier
from benchmarks.measure import Report, Target
from benchmarks.slack import (
    EXTERNAL,
    HOUR,
    Scene,
    answering,
    child,
    fill,
    link,
    ready,
    summary,
    until_there,
    unused_ports,
)
from sandbox.client import Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.postgres import new_database, running_server

PRESSES, WARM_UP = 40, 5
AFTERWARDS = 0.6
"""Seconds after a press in which its notices are sent, before the next side has its turn."""
PEOPLE = {"Alice Johnson": "alice@example.com", "Bob Smith": "bob@example.com"}

FLOOR = """
import datetime
import json
import os
import httpx
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

api, schedule, people = os.environ["API"], os.environ["SCHEDULE"], json.loads(os.environ["PEOPLE"])
http = httpx.AsyncClient(
    base_url=api, headers={"Authorization": "Token token=" + os.environ["KEY"], "Content-Type": "application/json"}
)
slack = AsyncWebClient(token=os.environ["TOKEN"], base_url=os.environ["SLACK"])
app = AsyncApp(client=slack, signing_secret=os.environ["SIGNING_SECRET"])
words = lambda text: {"type": "plain_text", "text": text}
field = lambda label, element: {
    "type": "input", "block_id": label, "label": words(label), "element": {"action_id": "it", **element}
}

@app.command("/oncall")
async def show(ack, body, client):
    await ack()
    options = [{"text": words(name), "value": known} for name, known in people.items()]
    await client.views_open(trigger_id=body["trigger_id"], view={
        "type": "modal", "callback_id": "assign", "title": words("Assign shift"), "submit": words("Assign"),
        "blocks": [
            field("Starts", {"type": "datetimepicker"}), field("Ends", {"type": "datetimepicker"}),
            field("Member", {"type": "static_select", "options": options}),
        ],
    })

@app.view("assign")
async def assign(ack, view):
    await ack()
    values = view["state"]["values"]
    instant = lambda label: datetime.datetime.fromtimestamp(
        values[label]["it"]["selected_date_time"], datetime.UTC
    ).isoformat()
    span = {"since": instant("Starts"), "until": instant("Ends"), "time_zone": "UTC"}
    await http.get(f"/schedules/{schedule}", params=span)
    await http.get(f"/schedules/{schedule}/overrides", params=span)
    user = {"id": values["Member"]["it"]["selected_option"]["value"], "type": "user_reference"}
    override = {"start": span["since"], "end": span["until"], "user": user}
    (await http.post(f"/schedules/{schedule}/overrides", json={"overrides": [override]})).raise_for_status()

async def events(request):
    return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

routes = web.Application()
routes.router.add_post("/slack/events", events)
web.run_app(routes, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None, print=None)
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """What one side runs: Baton of ``tree`` on ``database`` (empty: SQLite), or the floor (no tree)."""

    name: str
    tree: Path | None = None
    database: str = ""


@dataclass(slots=True)
class Side:
    """One side at work, and how long its presses took."""

    kind: Kind
    pipe: Connection
    times: list[float] = field(default_factory=list[float])

    def press(self, number: int) -> None:
        self.pipe.send(number)
        taken = self.pipe.recv()
        if number >= WARM_UP:
            self.times.append(taken)


def run() -> Report:
    with ExitStack() as running:
        before = running.enter_context(earlier())
        server = running.enter_context(running_server())
        kinds = (
            Kind("Baton, SQLite", ROOT), Kind("286dd81, SQLite", before), Kind("bare Bolt app and httpx"),
            Kind("Baton, PostgreSQL", ROOT, new_database(server)),
            Kind("286dd81, PostgreSQL", before, new_database(server)),
        )  # fmt: skip
        sides = [running.enter_context(at_work(kind)) for kind in kinds]
        for number in range(WARM_UP + PRESSES):
            for side in sides:
                side.press(number)
    return report([side.times for side in sides], [kind.name for kind in kinds])


def report(times: list[list[float]], names: list[str]) -> Report:
    now, before, floor, now_pg, before_pg = map(statistics.median, times)
    tail, tail_before = (statistics.quantiles(one, n=100, method="inclusive")[98] for one in times[:2])
    targets = (
        _at_most(0.33, now / before, "of 286dd81"),
        _at_most(2.5, now / floor, "of the floor"),
        _at_most(0.5, tail / tail_before, "of 286dd81, p99"),
        _at_most(0.4, now_pg / before_pg, "of 286dd81 on PostgreSQL"),
    )
    samples = tuple(sample for name, one in zip(names, times, strict=True) for sample in summary(name, one))
    return Report("press", "From Assign to PagerDuty", samples, targets)


def _at_most(limit: float, found: float, what: str) -> Target:
    print(f"{found:.2f} × {what}")
    return Target(f"at most {limit} × {what}", found <= limit)


@contextmanager
def at_work(kind: Kind) -> Iterator[Side]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, kind))
    process.start()
    theirs.close()
    try:
        assert ours.recv() == "ready"
        yield Side(kind, ours)
    finally:
        with contextlib.suppress(OSError):
            ours.send(None)
        process.join(30)


def serve(pipe: Connection, kind: Kind) -> None:
    asyncio.run(_serve(pipe, kind))


async def _serve(pipe: Connection, kind: Kind) -> None:
    async with AsyncExitStack() as running:
        scene = await stage(running, kind)
        if kind.tree is not None:
            await link(scene, scene.workspace.person("alice"))
        first = scene.pagerduty.world.clock.now().replace(minute=0, second=0, microsecond=0) + 2 * HOUR
        pipe.send("ready")
        while (number := await asyncio.to_thread(pipe.recv)) is not None:
            taken = await press(scene, first + number * HOUR, list(PEOPLE)[number % 2])
            await asyncio.sleep(AFTERWARDS)
            pipe.send(taken)


async def press(scene: Scene, start: datetime, member: str) -> float:
    alice = scene.workspace.person("alice")
    account, external = next(pair for pair in scene.pagerduty.world.schedules() if pair[1].name == EXTERNAL)
    await fill(alice, "Assign shift", "/oncall assign Payments", Starts=start, Ends=start + HOUR, Member=member)
    loop = asyncio.get_running_loop()
    pressed = loop.time()
    submitting = asyncio.create_task(alice.submit())
    await until_there(partial(account.overrides, external.id, start, start + timedelta(hours=1)))
    taken = loop.time() - pressed
    await submitting
    return taken


async def stage(running: AsyncExitStack, kind: Kind) -> Scene:
    slack = await running.enter_async_context(SlackSandbox.start())
    pagerduty = await running.enter_async_context(PagerDutySandbox.start())
    pagerduty.world.switches.change(rate_limit_per_minute=1_000_000)
    workspace = await running.enter_async_context(Workspace.connect(slack.control_url))
    for name, email in PEOPLE.items():
        await workspace.add_user(name.split()[0].lower(), real_name=name, email=email)
    folder = running.enter_context(TemporaryDirectory())
    [port] = unused_ports(1)
    settings, words = _baton(slack, pagerduty, kind, port) if kind.tree else _floor(slack, pagerduty, port)
    if kind.database:
        async with child(folder, settings, "-m", "bot", "migrate") as migrating:
            await migrating.wait()
    await running.enter_async_context(child(folder, settings, *words))
    url = f"http://127.0.0.1:{port}"
    await answering(url)
    if kind.tree is not None:
        await ready(url)
    await workspace.deliver_to(f"{url}/slack/events")
    return Scene(slack, pagerduty, workspace, url, "", "")


def _baton(slack: SlackSandbox, pagerduty: PagerDutySandbox, kind: Kind, port: int) -> tuple[dict[str, str], list[str]]:
    settings = {
        "SLACK_API_URL": slack.api_url, "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret, "PAGERDUTY_API_URL": pagerduty.api_url,
        "BATON_HOST": "127.0.0.1", "BATON_PORT": str(port), "BATON_REFRESH_SECONDS": "3600",
        "BATON_LOG_LEVEL": "WARNING", "PYTHONPATH": str(kind.tree),
    }  # fmt: skip
    if kind.database:
        settings |= {"BATON_DATABASE_URL": kind.database, "BATON_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    return settings, ["-m", "bot", "run"]


def _floor(slack: SlackSandbox, pagerduty: PagerDutySandbox, port: int) -> tuple[dict[str, str], list[str]]:
    account, external = next(pair for pair in pagerduty.world.schedules() if pair[1].name == EXTERNAL)
    ids = {user.name: user.id for user in account.users.values() if user.name in PEOPLE}
    return {
        "TOKEN": slack.bot_token,
        "SLACK": slack.api_url, "SIGNING_SECRET": slack.signing_secret, "API": pagerduty.api_url,
        "KEY": account.add_key(), "SCHEDULE": external.id, "PEOPLE": json.dumps(ids), "PORT": str(port),
    }, ["-c", FLOOR]  # fmt: skip
