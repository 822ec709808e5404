"""A thousand schedules hand over at the same instant: how soon everything is in the outbox, and how soon it is sent.

Everything is as it runs: the parts of the bot, its loops, its clock, and a handoff that comes at a real instant, from
which all times are counted. The sandbox's Slack is on the other end of real sockets, in a process of its own, and takes
whatever comes. Every schedule has its channel and its people, so that the pace of one message a second to each of them
holds up nothing. The floor is slack_sdk alone, posting the same messages with as many posts under way at once, in the
same process. The sandbox has a core of its own and needs half a millisecond for each post, which both sides wait for.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import aiohttp
from cryptography.fernet import Fernet
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, insert, select, update

from benchmarks.measure import Report, Sample, Target
from bot import notices
from bot.clock import Ticker
from bot.parts import Parts, assemble
from bot.run import leave_out_what_stays
from bot.settings import Settings
from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from notices.sending.senders import AT_ONCE
from oncall.clock import SystemClock
from oncall.shifts import ShiftSource, ShiftState
from sandbox.client import Workspace
from sandbox.client.shapes import Call
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.tables import ChannelSettings, Member, OutboxItem, Person, Schedule, ShiftRow
from storage.unit import Unit

SCHEDULES, PEOPLE_EACH, REPEATS = 1_000, 2, 5
POSTS = 3 * SCHEDULES
SHIFT_LENGTH, SHIFTS = timedelta(hours=24), 30
BREATH = timedelta(seconds=20)
"""From writing the shifts down to the handoff."""

OUTBOX_SECONDS, FIRST_SECONDS, MOST_OF_FLOOR = 1.0, 0.3, 1.3


@dataclass(frozen=True, slots=True)
class Place:
    """Where Slack is, and who and what is in it."""

    api_url: str
    control_url: str
    token: str
    users: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds after the instant; the floor has none to wait for."""

    outbox: float
    first: float
    total: float
    floor: float
    cpu: float
    floor_cpu: float


@dataclass(slots=True)
class Grown:
    """Notes when the outbox last took something in."""

    last: datetime | None = None

    def hear(self, unit: Unit) -> None:
        if unit.told_something:
            self.last = SystemClock().now()


async def told(database: Database) -> None:
    """Until everything is sent. Asking Slack would be work for it, and for this process."""
    sent = select(func.count()).where(OutboxItem.state == "sent", OutboxItem.method == Method.SLACK)
    before = None
    while True:
        async with database.read() as tx:
            now = await tx.session.scalar(sent) or 0
        before = now if before is None else before
        if now - before >= POSTS:
            return
        await asyncio.sleep(0.1)


async def arrived(ws: Workspace, since: datetime) -> list[Call]:
    """Every post since then."""
    found = [call for call in await ws.calls("chat.postMessage") if call.at >= since]
    return sorted(found, key=lambda call: call.at)


def serve(pipe: Connection) -> None:
    """Slack, until the pipe says something."""

    async def go() -> None:
        async with SlackSandbox.start() as slack, Workspace.connect(slack.control_url) as ws:
            users = [await ws.add_user(f"user{n}") for n in range(PEOPLE_EACH * SCHEDULES)]
            channels = [await ws.add_channel(f"duty{n}", bot_is_member=True) for n in range(SCHEDULES)]
            pipe.send(Place(slack.api_url, slack.control_url, slack.bot_token, tuple(users), tuple(channels)))
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


async def prepare(database: Database, place: Place) -> datetime:
    """Schedules that hand over daily, all at the same instant; returns the next one, which is soon."""
    now = SystemClock().now()
    async with database.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "", now)
        team = await tx.schedules.ensure_team(workspace.id, "Engineering")
        tx.session.add_all(
            Person(workspace_id=workspace.id, user_id=user, name=user, real_name=user, seen_at=now)
            for user in place.users
        )
        roles = [await _add_schedule(tx, number, workspace.id, team.id, place, now) for number in range(SCHEDULES)]
    handoff = SystemClock().now() + BREATH
    async with database.transaction() as tx:
        rows = [row for number, ids in enumerate(roles) for row in _shifts(*ids, _mine(place, number), handoff)]
        await tx.session.execute(insert(ShiftRow), rows)
        await tx.told.bring_forward(schedule for schedule, _ in roles)
    await watch_once(database, handoff - timedelta(seconds=1))
    async with database.transaction() as tx:  # who is on call before the handoff is no news
        await tx.session.execute(update(OutboxItem).values(state="sent"))
    if SystemClock().now() >= handoff:
        raise RuntimeError("this machine is too busy to have everything ready before the handoff")
    return handoff


def _mine(place: Place, number: int) -> tuple[str, ...]:
    return place.users[number * PEOPLE_EACH : (number + 1) * PEOPLE_EACH]


def _shifts(schedule: int, role: int, users: tuple[str, ...], handoff: datetime) -> list[dict[str, Any]]:
    """A shift a day, one of which ends at the handoff."""
    starts = [handoff + (day - 1) * SHIFT_LENGTH for day in range(SHIFTS)]
    return [
        {
            "schedule_id": schedule,
            "role_id": role,
            "user_id": users[day % PEOPLE_EACH],
            "starts_at": start,
            "ends_at": start + SHIFT_LENGTH,
            "state": ShiftState.CONFIRMED,
            "source": ShiftSource.ROTATION,
            "created_at": handoff - SHIFT_LENGTH,
        }
        for day, start in enumerate(starts)
    ]


async def _add_schedule(
    tx: Unit, number: int, workspace: int, team: int, place: Place, now: datetime
) -> tuple[int, int]:
    mine = _mine(place, number)
    schedule = Schedule(
        workspace_id=workspace,
        team_id=team,
        public_id=f"schedule-{number}",
        name=f"Schedule {number}",
        name_key=f"schedule {number}",
        time_zone="UTC",
        horizon_days=SHIFTS,
        confirm_mode="automatically",
        channel_id=place.channels[number],
        created_at=now,
        created_by=mine[0],
    )
    await tx.schedules.add(schedule, ["Primary"], [Member(user_id=u, access="admin", assignable=True) for u in mine])
    await tx.session.merge(_without_reminders(schedule.id, now))
    return schedule.id, (await tx.schedules.roles(schedule.id))[0].id


def _without_reminders(schedule_id: int, now: datetime) -> ChannelSettings:
    """Daily shifts would have everybody reminded at the very instant that is measured."""
    return ChannelSettings(
        schedule_id=schedule_id,
        topics={},
        quiet_gaps=False,
        reminder_hours=0,
        digest_day=None,
        digest_hour=9,
        changed_at=now,
    )


async def hand_over(place: Place, folder: Path) -> Took:
    """One run: everything from the instant of the handoff to the last post, then the same posts by slack_sdk alone."""
    async with Workspace.connect(place.control_url) as ws, assemble(_settings(place, folder), exclusive=False) as parts:
        return await _measured(parts, place, ws)


def _settings(place: Place, folder: Path) -> Settings:
    values: dict[str, Any] = {
        "slack_bot_token": place.token,
        "slack_api_url": place.api_url,
        "baton_database_url": f"sqlite+aiosqlite:///{folder / 'baton.db'}",
        "baton_encryption_keys": Fernet.generate_key().decode(),
    }
    return Settings(**values, _env_file=None)  # pyright: ignore[reportCallIssue]


async def _measured(parts: Parts, place: Place, ws: Workspace) -> Took:
    handoff, grown = await prepare(parts.house.database, place), Grown()
    parts.house.database.on_commit(grown.hear)
    running = notices.start(parts, Ticker())
    leave_out_what_stays()
    await asyncio.sleep((handoff - SystemClock().now()).total_seconds())
    began = process_time()
    await told(parts.house.database)
    cpu = process_time() - began
    await running.stop(10)
    posts = await arrived(ws, handoff)
    outbox, first, last = (at - handoff for at in (grown.last or handoff, posts[0].at, posts[-1].at))
    began = process_time()
    floor = await _floor(place, [call.arguments for call in posts])
    floor_cpu = process_time() - began
    return Took(outbox.total_seconds(), first.total_seconds(), last.total_seconds(), floor, cpu, floor_cpu)


async def _floor(place: Place, posts: list[dict[str, Any]]) -> float:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(client: AsyncWebClient, post: dict[str, Any]) -> None:
        said = {name: post[name] for name in ("channel", "text", "blocks")}
        async with room:
            await client.chat_postMessage(**said, unfurl_links=False, unfurl_media=False)

    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=place.token, base_url=place.api_url, retry_handlers=[], session=session)
        began = perf_counter()
        await asyncio.gather(*(one(client, post) for post in posts))
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
        _sample("Baton: CPU until all were told", [took.cpu for took in runs]),
        _sample("slack_sdk alone: CPU", [took.floor_cpu for took in runs]),
    )
    ratio = statistics.median(took.total / took.floor for took in runs)
    cpu = statistics.median(took.cpu / took.floor_cpu for took in runs)
    beside = f"{ratio:.2f} × the time and {cpu:.2f} × the CPU of slack_sdk alone (at most {MOST_OF_FLOOR})"
    targets = (
        Target(f"all told in {beside}", ratio <= MOST_OF_FLOOR),
        Target(f"all in the outbox within {OUTBOX_SECONDS:g} s", max(t.outbox for t in runs) <= OUTBOX_SECONDS),
        Target(f"first request within {FIRST_SECONDS:g} s", max(t.first for t in runs) <= FIRST_SECONDS),
    )
    return Report("handoffs", f"{SCHEDULES:,} schedules hand over at once, {POSTS:,} posts", samples, targets)


def _sample(name: str, seconds: list[float]) -> Sample:
    return Sample(name, statistics.median(seconds), min(seconds), max(seconds), len(seconds))
