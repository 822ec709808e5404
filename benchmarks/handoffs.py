"""A thousand schedules hand over at the same instant: how soon everything is in the outbox, and how soon it is sent.

The sandbox's Slack is on the other end of real sockets, in a process of its own, and takes whatever comes; Slack
itself would allow each channel one message a second and a workspace a few hundred a minute. The floor is slack_sdk
alone, posting the same messages with the same number of posts under way at once.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.measure import Report, Sample, Target
from notices.courier import AT_ONCE, Courier
from notices.fanout import fan_out
from notices.senders import Notice, Outcome, Sender
from notices.slack import SlackSender
from notices.topics import Method
from notices.watch import watch_once
from oncall.shifts import Shift, ShiftSource
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.tables import ChannelSettings, Member, Person, Schedule

SCHEDULES, MEMBERS, CHANNELS, REPEATS = 1_000, 200, 50, 3
SHIFT_HOURS, DAYS = 24, 30
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HANDOFF = START + timedelta(hours=SHIFT_HOURS)
OUTBOX_SECONDS, FIRST_SECONDS = 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where Slack is, and who and what is in it."""

    api_url: str
    token: str
    users: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(slots=True)
class Wrist:
    """A clock that is set by hand."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at


@dataclass(slots=True)
class Noted:
    """Passes notices on and remembers when the first one went."""

    sender: Sender
    first: float = 0.0
    posts: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def patience(self) -> Any:
        return self.sender.patience

    async def send(self, notice: Notice) -> Outcome:
        self.first = self.first or perf_counter()
        self.posts.append((notice.target, notice.payload["text"], notice.payload["blocks"]))
        return await self.sender.send(notice)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds after the instant."""

    outbox: float
    first: float
    total: float
    floor: float


def serve(pipe: Connection) -> None:
    """Slack, until the pipe says something."""

    async def go() -> None:
        async with SlackSandbox.start() as slack, Workspace.connect(slack.control_url) as ws:
            users = [await ws.add_user(f"user{n}") for n in range(MEMBERS)]
            channels = [await ws.add_channel(f"duty{n}", bot_is_member=True) for n in range(CHANNELS)]
            pipe.send(Place(slack.api_url, slack.bot_token, tuple(users), tuple(channels)))
            await asyncio.to_thread(pipe.recv)

    asyncio.run(go())


@contextmanager
def slack_elsewhere() -> Iterator[Place]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("enough")
        process.join(10)


async def prepare(database: Database, place: Place) -> None:
    """Schedules that hand over daily, all at the same hour."""
    await database.migrate()
    async with database.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "", START)
        team = await tx.schedules.ensure_team(workspace.id, "Engineering")
        tx.session.add_all(
            Person(workspace_id=workspace.id, user_id=user, name=user, real_name=user, seen_at=START)
            for user in place.users
        )
        for number in range(SCHEDULES):
            await _add_schedule(tx, number, workspace.id, team.id, place)


async def _add_schedule(tx: Any, number: int, workspace: int, team: int, place: Place) -> None:
    mine = [place.users[(number + n) % MEMBERS] for n in range(4)]
    schedule = Schedule(
        workspace_id=workspace,
        team_id=team,
        public_id=f"schedule-{number}",
        name=f"Schedule {number}",
        name_key=f"schedule {number}",
        time_zone="UTC",
        horizon_days=DAYS,
        confirm_mode="automatically",
        channel_id=place.channels[number % CHANNELS],
        created_at=START,
        created_by=mine[0],
    )
    await tx.schedules.add(schedule, ["Primary"], [Member(user_id=u, access="admin", assignable=True) for u in mine])
    await tx.preferences.save_schedule(_without_reminders(schedule.id))
    role = (await tx.schedules.roles(schedule.id))[0].id
    length = timedelta(hours=SHIFT_HOURS)
    await tx.shifts.add(
        schedule.id,
        [
            Shift(role, mine[day % 4], START + day * length, START + (day + 1) * length, source=ShiftSource.ROTATION)
            for day in range(DAYS)
        ],
        START,
    )


def _without_reminders(schedule_id: int) -> ChannelSettings:
    """Daily shifts would have everybody reminded at the very instant that is measured."""
    return ChannelSettings(
        schedule_id=schedule_id,
        topics={},
        quiet_gaps=False,
        reminder_hours=0,
        digest_day=None,
        digest_hour=9,
        changed_at=START,
    )


async def hand_over(place: Place, folder: Path) -> Took:
    """One run: everything from the instant of the handoff to the last post, then the same posts by slack_sdk alone."""
    database, clock = Database(f"sqlite+aiosqlite:///{folder / 'baton.db'}"), Wrist()
    try:
        await prepare(database, place)
        await _already_told(database)
        clock.at = HANDOFF
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient(token=place.token, base_url=place.api_url, retry_handlers=[], session=session)
            return await _measured(database, clock, client)
    finally:
        await database.close()


async def _already_told(database: Database) -> None:
    """Who is on call before the handoff is no news, and neither are reminders."""
    for at in (START, HANDOFF - timedelta(minutes=1)):
        await watch_once(database, at)
    async with database.transaction() as tx:
        await tx.outbox.forget_before(START)
        while rows := await tx.outbox.to_fan_out(HANDOFF, 500):
            for row in rows:
                row.state = "sent"
            await tx.session.flush()


async def _measured(database: Database, clock: Wrist, client: AsyncWebClient) -> Took:
    sender = Noted(SlackSender(_Same(client), database))
    courier = Courier(database, clock, {Method.SLACK: sender})
    split = asyncio.Event()
    began = perf_counter()
    sending = asyncio.create_task(_keep_sending(courier, clock, split))
    await watch_once(database, clock.now())
    left = True
    while left:
        left = bool(await fan_out(database, clock.now(), email=False))
    outbox = perf_counter() - began
    split.set()
    await sending
    total = perf_counter() - began
    return Took(outbox, sender.first - began, total, await _floor(client, sender.posts))


async def _keep_sending(courier: Courier, clock: Wrist, split: asyncio.Event) -> None:
    """As the bot does; a target's pace is no matter of how fast Baton is, so its pauses are skipped."""
    while True:
        wake = await courier.deliver(Method.SLACK)
        if wake is None and split.is_set():
            return
        if wake is not None and wake > clock.now():
            clock.at = wake
        await asyncio.sleep(0.002)


@dataclass(frozen=True, slots=True)
class _Same:
    client: AsyncWebClient

    async def of(self, workspace_id: int) -> AsyncWebClient | None:
        return self.client


async def _floor(client: AsyncWebClient, posts: list[tuple[str, str, Any]]) -> float:
    began, room = perf_counter(), asyncio.Semaphore(AT_ONCE)

    async def one(target: str, text: str, blocks: Any) -> None:
        async with room:
            await client.chat_postMessage(channel=target, text=text, blocks=blocks)

    await asyncio.gather(*(one(*post) for post in posts))
    return perf_counter() - began


def run() -> Report:
    with slack_elsewhere() as place:
        runs = []
        for _ in range(REPEATS):
            with tempfile.TemporaryDirectory() as folder:
                runs.append(asyncio.run(hand_over(place, Path(folder))))
    samples = (
        _sample("Baton: told everybody", [took.total for took in runs]),
        _sample("slack_sdk alone: the same posts", [took.floor for took in runs]),
        _sample("Baton: all notices are in the outbox", [took.outbox for took in runs]),
        _sample("Baton: first request to Slack", [took.first for took in runs]),
    )
    targets = (
        Target(f"all in the outbox within {OUTBOX_SECONDS:g} s", max(t.outbox for t in runs) <= OUTBOX_SECONDS),
        Target(f"first request within {FIRST_SECONDS:g} s", max(t.first for t in runs) <= FIRST_SECONDS),
    )
    return Report("handoffs", f"{SCHEDULES:,} schedules hand over at once, {3 * SCHEDULES:,} posts", samples, targets)


def _sample(name: str, seconds: list[float]) -> Sample:
    return Sample(name, statistics.median(seconds), min(seconds), max(seconds), len(seconds))
