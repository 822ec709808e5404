"""How long people wait for Baton in Slack: a real ``baton run`` in HTTP mode between both sandboxes.

* Slash command → HTTP 200, at 20 a second. The peer is a bare Bolt app that only acknowledges, a process like Baton's,
  asked in the same run in turns with it.
* Confirm → visible in PagerDuty: from the press of *Assign* until the override is there, through Slack.

The sandboxes add no delay of their own. They share the machine with what is measured, and so does the peer.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import socket
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import httpx
from aiohttp import web

from benchmarks.measure import Report, Sample, Target
from sandbox.client import Person, Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.serving import serving
from sandbox.slack import SlackSandbox

ROOT = Path(__file__).parent.parent
COMMANDS, PER_SECOND, CONFIRMS = 200, 20, 50
WARM_UP = 10
SLACKS_PATIENCE = 3.0
HOUR = timedelta(hours=1)
EXTERNAL = "Platform primary"

BARE = """
import os
import socket
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

async def authorize(**_):
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_id="B1", bot_token="xoxb-1")

app = AsyncApp(signing_secret=os.environ["SIGNING_SECRET"], authorize=authorize)

@app.command("/oncall")
async def acknowledge(ack):
    await ack()

async def events(request):
    return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

routes = web.Application()
routes.router.add_post("/slack/events", events)
web.run_app(routes, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None, print=None)
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """What runs: Baton and the bare app by their addresses, both sandboxes, and a place where answers may go."""

    slack: SlackSandbox
    pagerduty: PagerDutySandbox
    workspace: Workspace
    baton_url: str
    bare_url: str
    answers_url: str


def run() -> Report:
    return asyncio.run(measure())


async def measure() -> Report:
    async with stage() as scene:
        commands, bare = await command_times(scene)
        visible = await confirm_times(scene)
    samples = (
        *summary("slash command → 200: Baton", commands),
        *summary("slash command → 200: bare Bolt app", bare),
        *summary("Assign → override in PagerDuty", visible),
    )
    targets = (
        Target(f"every command answered within Slack's {SLACKS_PATIENCE:.0f} s", max(commands) < SLACKS_PATIENCE),
        Target(f"every shift in PagerDuty within {SLACKS_PATIENCE:.0f} s", max(visible) < SLACKS_PATIENCE),
    )
    return Report("slack", "What people wait for in Slack", samples, targets)


def summary(name: str, times: list[float]) -> tuple[Sample, Sample]:
    """The median with its spread, and the 99th percentile beside it."""
    tail = statistics.quantiles(times, n=100, method="inclusive")[98]
    return (
        Sample(name, statistics.median(times), min(times), max(times), len(times)),
        Sample(f"{name}, p99", tail, tail, max(times), len(times)),
    )


async def command_times(scene: Scene) -> tuple[list[float], list[float]]:
    """Commands sent by the clock, one to each app in turn, whether or not the last one was answered."""
    sides = (scene.baton_url, scene.bare_url)
    times: tuple[list[float], list[float]] = ([], [])
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(WARM_UP):
            await asyncio.gather(*(one_command(http, scene, url) for url in sides))
        loop = asyncio.get_running_loop()
        begin, sent = loop.time(), list[tuple[int, asyncio.Task[float]]]()
        for number in range(2 * COMMANDS):
            await asyncio.sleep(max(0.0, begin + number / (2 * PER_SECOND) - loop.time()))
            side = number % 2
            sent.append((side, asyncio.create_task(one_command(http, scene, sides[side]))))
        for side, task in sent:
            times[side].append(await task)
    return times


async def one_command(http: httpx.AsyncClient, scene: Scene, url: str) -> float:
    form = {
        "command": "/oncall", "text": "who", "team_id": scene.slack.team_id, "user_id": "U1", "channel_id": "C1",
        "trigger_id": "1.1", "response_url": scene.answers_url, "api_app_id": scene.slack.app_id,
    }  # fmt: skip
    body, sent_at = urlencode(form), str(int(time.time()))
    secret = scene.slack.signing_secret.encode()
    digest = hmac.new(secret, f"v0:{sent_at}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": f"v0={digest}",
    }
    start = time.perf_counter()
    answer = await http.post(f"{url}/slack/events", content=body, headers=headers)
    taken = time.perf_counter() - start
    answer.raise_for_status()
    return taken


async def confirm_times(scene: Scene) -> list[float]:
    """One shift after the other, an hour each."""
    alice = scene.workspace.person("alice")
    await link(scene, alice)
    world = scene.pagerduty.world
    account, external = next(pair for pair in world.schedules() if pair[1].name == EXTERNAL)
    first = world.clock.now().replace(minute=0, second=0, microsecond=0) + 2 * HOUR
    times = list[float]()
    for number in range(CONFIRMS):
        start = first + number * HOUR
        await fill(alice, "Assign shift", "/oncall assign Payments", Starts=start, Ends=start + HOUR,
                   Member=("Alice Johnson", "Bob Smith")[number % 2])  # fmt: skip
        pressed = time.perf_counter()
        submitting = asyncio.create_task(alice.submit())
        times.append(await until_there(partial(account.overrides, external.id, start, start + HOUR)) - pressed)
        await submitting
    return times


async def until_there(look: Callable[[], object]) -> float:
    """When it was seen, to a millisecond."""
    async with asyncio.timeout(30):
        while not look():  # noqa: ASYNC110 - the sandbox has nothing to wait on
            await asyncio.sleep(0.001)
    return time.perf_counter()


async def link(scene: Scene, alice: Person) -> None:
    """A schedule, a connection and a destination, made as a person makes them."""
    await fill(alice, "Create schedule", "/oncall create", Name="Payments", Team="Money", Members=["alice", "bob"])
    await alice.submit()
    await alice.command("/oncall connections")
    await alice.modal("Connections")
    await alice.press("Add PagerDuty")
    await alice.fill("PagerDuty subdomain", "acme")
    await alice.fill("PagerDuty API key", scene.pagerduty.world.account.add_key())
    await alice.submit()
    await alice.close_all()
    await alice.command("/oncall destinations Payments")
    await alice.modal("Destinations")
    await alice.press("Add destination")
    await alice.modal("Add destination")
    await alice.fill("PagerDuty schedule", EXTERNAL)
    await alice.submit()
    await asyncio.sleep(2)
    await alice.close_all()


async def fill(alice: Person, title: str, command: str, **answers: object) -> None:
    await alice.command(command)
    await alice.modal(title)
    for label, value in answers.items():
        await alice.fill(label, value)


@asynccontextmanager
async def stage() -> AsyncGenerator[Scene]:
    async with AsyncExitStack() as running:
        slack = await running.enter_async_context(SlackSandbox.start())
        pagerduty = await running.enter_async_context(PagerDutySandbox.start())
        pagerduty.world.switches.change(rate_limit_per_minute=1_000_000)
        workspace = await running.enter_async_context(Workspace.connect(slack.control_url))
        await workspace.add_user("alice", real_name="Alice Johnson", email="alice@example.com")
        await workspace.add_user("bob", real_name="Bob Smith", email="bob@example.com")
        answers = await running.enter_async_context(sink())
        folder = running.enter_context(TemporaryDirectory())
        ports = unused_ports(2)
        settings = {
            "SLACK_API_URL": slack.api_url, "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret, "PAGERDUTY_API_URL": pagerduty.api_url,
            "BATON_HOST": "127.0.0.1", "BATON_PORT": str(ports[0]), "BATON_REFRESH_SECONDS": "3600",
            "BATON_LOG_LEVEL": "WARNING",
        }  # fmt: skip
        await running.enter_async_context(child(folder, settings, "-m", "bot", "run"))
        bare = {"SIGNING_SECRET": slack.signing_secret, "PORT": str(ports[1])}
        await running.enter_async_context(child(folder, bare, "-c", BARE))
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        await ready(urls[0])
        await answering(urls[1])
        await workspace.deliver_to(f"{urls[0]}/slack/events")
        yield Scene(slack, pagerduty, workspace, urls[0], urls[1], answers)


@asynccontextmanager
async def child(folder: str, settings: Mapping[str, str], *words: str) -> AsyncIterator[Process]:
    strange = ("SLACK_", "BATON_", "PAGERDUTY_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    path = os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])])
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=folder, env={**kept, "PYTHONPATH": path, **settings}, stdout=DEVNULL, stderr=PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


@asynccontextmanager
async def sink() -> AsyncGenerator[str]:
    """Takes whatever is answered."""

    async def take(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    routes = web.Application()
    routes.router.add_post("/", take)
    runner = web.AppRunner(routes, access_log=None)
    async with serving(runner) as port:
        yield f"http://127.0.0.1:{port}/"


def unused_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


async def answering(url: str) -> None:
    """Once there is any answer at all."""
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                await http.get(f"{url}/slack/events")
                return
            await asyncio.sleep(0.05)


async def ready(url: str) -> None:
    """Once a Baton that starts there can do something."""
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
