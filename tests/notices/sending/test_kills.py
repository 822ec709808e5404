"""kill -9 of the real process while it sends: everybody hears of every switch, and twice only where a reply was lost.

Slack and a receiver of webhooks live in this process, Baton in its own. Thirty schedules hand over at a time; Baton is
started, killed at a random instant after its first request, and started again. What should be told is known from the
handoffs themselves. What was under way at each kill is read from the database: only that may be told again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from oncall.clock import SystemClock
from oncall.shifts import Shift, assign
from sandbox.client import Workspace
from sandbox.client.shapes import Call
from sandbox.slack import SlackSandbox
from storage.tables import Told
from tests.support.forked import ROOT, Forked, start_forked
from tests.support.notice_house import NoticeHouse, notice_house
from tests.support.processes import environment, socket_mode
from tests.support.webhook_receiver import Receiver, receiving

SCHEDULES, PEOPLE, KILLS = 30, 3, 10
PATIENCE = 45.0
TAKES_OVER = re.compile(r"<@(\w+)> takes over from <@(\w+)>")
NAMED = re.compile(r"of \*(Schedule \d+)\*")
Heard = tuple[str, ...]
"""Where, and what about: the same for everything that tells the same person or channel of the same switch."""


@dataclass(slots=True)
class Place:
    """Thirty schedules, each with a channel and three people of its own, who follow each other."""

    house: NoticeHouse
    ws: Workspace
    receiver: Receiver
    settings: dict[str, str]
    schedules: list[int]
    channels: list[str]
    users: list[list[str]]
    turns: list[int] = field(default_factory=lambda: [0] * SCHEDULES)
    expected: Counter[Heard] = field(default_factory=Counter)
    lost: Counter[Heard] = field(default_factory=Counter)
    met: list[int] = field(default_factory=list[int])
    """How many notices were under way at each kill."""

    async def hand_over(self) -> None:
        """The next person of every schedule whose last switch is on its way; the others keep theirs for now."""
        now = SystemClock().now()
        async with self.house.database.transaction() as tx:
            await tx.told.bring_forward(self.schedules)
            for number, schedule in enumerate(self.schedules):
                (role,) = await tx.schedules.roles(schedule)
                row, people = await tx.session.get_one(Told, schedule), self.users[number]
                before = people[self.turns[number] % PEOPLE]
                if row.users and row.users != {str(role.id): [before]}:
                    continue
                row.users = row.users or {str(role.id): [before]}
                self.turns[number] += 1
                after = people[self.turns[number] % PEOPLE]
                existing = await tx.shifts.of_role(role.id, now, now + timedelta(days=9))
                wanted = assign(existing, Shift(role.id, after, now, now + timedelta(days=9)))
                await tx.shifts.apply(schedule, wanted, now)
                self._expect(number, before, after)

    def _expect(self, number: int, before: str, after: str) -> None:
        name = f"Schedule {number}"
        self.expected[(self.channels[number], after, before)] += 1
        self.expected[(after, "starts", name)] += 1
        self.expected[(before, "ends", name)] += 1
        self.expected[("webhook", name, f"user-{number}-{self.turns[number] % PEOPLE}")] += 1

    async def posts(self) -> list[Call]:
        return [call for call in await self.ws.calls("chat.postMessage") if call.ok]

    async def heard(self) -> Counter[Heard]:
        found = Counter(_about(call.arguments["channel"], call.arguments["text"]) for call in await self.posts())
        for posted in self.receiver.bodies:
            found.update(_webhook(posted.decode()))
        return found

    def note_what_was_under_way(self) -> None:
        under_way = self._rows(UNDER_WAY)
        self.met.append(len(under_way))
        for method, target, text, body in under_way:
            self.lost.update(_webhook(str(body)) if method == "webhook" else [_about(str(target), str(text))])

    def attempts(self) -> int:
        """How often something was taken to be sent."""
        return sum(int(str(number)) for (number,) in self._rows("SELECT attempts FROM outbox"))

    def is_done(self) -> bool:
        return not self._rows(OPEN) and not any(
            f'["{self.users[number][self.turns[number] % PEOPLE]}"]' not in str(users)
            for number, (users,) in enumerate(self._rows(PEOPLE_TOLD))
        )

    def _rows(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.house.database.file or "", timeout=15)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


UNDER_WAY = (
    "SELECT method, target, json_extract(payload, '$.text'), json_extract(payload, '$.body') FROM outbox"
    " WHERE state = 'sending'"
)
OPEN = "SELECT 1 FROM outbox WHERE state IN ('pending', 'sending')"
PEOPLE_TOLD = "SELECT users FROM told ORDER BY schedule_id"


def _about(target: str, text: str) -> Heard:
    if found := TAKES_OVER.search(text):
        return (target, found[1], found[2])
    name = NAMED.search(text)
    return (target, "starts" if text.startswith("You are on call now") else "ends", name[1] if name else text)


def _webhook(body: str) -> list[Heard]:
    """Every transition of a body: schedule and who starts."""
    teams = json.loads(body)["transitions"].values()
    entries = [entry for schedules in teams for listed in schedules.values() for entry in listed]
    return [("webhook", entry["schedule_name"], entry["new_user"]["username"]) for entry in entries]


@asynccontextmanager
async def a_place(folder: Path, slack: SlackSandbox, ws: Workspace) -> AsyncIterator[Place]:
    async with notice_house(folder, team=slack.team_id) as house, receiving() as receiver:
        house.clock.at = SystemClock().now()
        # Whoever isn't in Slack's directory has left, and their webhooks are silent.
        maker = await ws.add_user("maker")
        users = [[await ws.add_user(f"user-{n}-{m}") for m in range(PEOPLE)] for n in range(SCHEDULES)]
        channels = [await ws.add_channel(f"duty-{n}", bot_is_member=True) for n in range(SCHEDULES)]
        schedules = [
            await house.add_schedule(
                f"Schedule {n}", roles=["Primary"], channel=channels[n], admins=users[n][:1], members=users[n]
            )
            for n in range(SCHEDULES)
        ]
        await house.add_webhook(receiver.url, created_by=maker)
        await house.add_people({user: f"user-{n}-{m}" for n, three in enumerate(users) for m, user in enumerate(three)})
        settings = {
            **environment(folder, **socket_mode(slack)),
            "BATON_ENCRYPTION_KEYS": house.key,
            "BATON_WEBHOOK_ALLOW_PRIVATE": "true",
        }
        yield Place(house, ws, receiver, settings, schedules, channels, users)


async def _start(place: Place) -> Forked:
    return await start_forked(ROOT, place.settings, "run", quiet=True)


async def _kill_again_and_again(place: Place, chance: random.Random) -> None:
    for _ in range(KILLS):
        await place.hand_over()
        before = place.attempts()
        process = await _start(place)
        await _let_it_send(place, before, chance)
        process.kill()
        await asyncio.wait_for(process.wait(), PATIENCE)
        place.note_what_was_under_way()


async def _let_it_send(place: Place, before: int, chance: random.Random) -> None:
    """Some die before their first request, most at it or a moment after it."""
    if chance.random() < 0.1:
        return await asyncio.sleep(chance.uniform(0.3, 1.0))
    with contextlib.suppress(TimeoutError):  # on a busy machine it may die before it has begun
        async with asyncio.timeout(PATIENCE / 2):
            while place.attempts() == before:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.01)
    return await asyncio.sleep(chance.uniform(0.0, 0.8))


async def _serve_until_done(place: Place) -> int:
    process = await _start(place)
    try:
        async with asyncio.timeout(PATIENCE):
            while not place.is_done():  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0


@pytest.mark.slow(seconds=15)
@pytest.mark.timeout(200)
async def test_whenever_it_is_killed_everybody_hears_once_except_where_a_reply_was_lost(
    tmp_path: Path, slack: SlackSandbox, ws: Workspace
) -> None:
    async with a_place(tmp_path, slack, ws) as place:
        await _kill_again_and_again(place, random.Random(3))
        assert await _serve_until_done(place) in (0, -signal.SIGTERM)  # the latter before it listens to signals
        heard = await place.heard()
    assert place.expected.total() > 4 * SCHEDULES, "hardly anything happened"
    assert min(place.met) < 3 * SCHEDULES, "each kill met everything under way"
    assert any(place.met), "no kill met anything under way"
    assert place.expected - heard == Counter(), "somebody never heard"
    assert heard - place.expected - place.lost == Counter(), "somebody heard twice"
