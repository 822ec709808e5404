"""A week of handoffs, fast-forward, with the process killed at random steps: nothing is missed, nothing told twice.

What should be told is worked out by looking at the shifts hour by hour. A kill between an answer and its being written
down is the one case in which something may be told twice, and exactly those are allowed to be.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from notices.deciding.fanout import fan_out
from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from notices.sending.courier import Courier
from notices.sending.senders import Notice, Outcome, Patience, Sent
from oncall.shifts import Shift
from storage.database import Database
from storage.notices import FANOUT, NoticeKind
from storage.unit import Unit
from tests.support.histories import histories
from tests.support.notice_house import NAMES, START, NoticeHouse

HOURS = 24 * 7
CHANNEL = "COPS"
Shifts = list[tuple[int, int, str]]
Told = tuple[int, datetime, str]
"""Which schedule, which instant, whom."""


class Killed(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Fate:
    """Kills the process at random steps, unless it is told to spare it."""

    chance: random.Random
    odds: float = 0.02

    def strike(self) -> None:
        if self.chance.random() < self.odds:
            raise Killed


@dataclass(slots=True)
class MortalDatabase:
    """The database of a process that may die before a transaction, before its commit or right after it."""

    database: Database
    fate: Fate

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Unit]:
        self.fate.strike()
        async with self.database.transaction() as tx:
            yield tx
            self.fate.strike()
        self.fate.strike()

    def read(self) -> Any:
        return self.database.read()


@dataclass(slots=True)
class Wire:
    """Where notices arrive; the process may die before a call or after it."""

    fate: Fate
    arrived: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    this_life: set[int] = field(default_factory=set)
    patience: Patience = field(default_factory=lambda: Patience((timedelta(seconds=5),), timedelta(hours=48)))

    async def send(self, notice: Notice) -> Outcome:
        self.fate.strike()
        self.arrived[notice.id] += 1
        self.this_life.add(notice.id)
        return Sent()


def roster(chance: random.Random) -> Shifts:
    """A week of shifts one after the other, with gaps, overlaps and people who follow themselves."""
    shifts, at = Shifts(), 0
    while at < HOURS:
        length = chance.choice((1, 2, 5, 8, 12))
        if chance.random() < 0.85:
            shifts.append((at, at + length, chance.choice(list(NAMES))))
        at += max(1, length - chance.choice((0, 0, 0, 1)))
    return shifts


def on_call(shifts: Shifts, hour: int) -> set[str]:
    return {user for start, end, user in shifts if start <= hour < end}


def expected(schedules: dict[int, Sequence[Shifts]]) -> set[Told]:
    found: set[Told] = set()
    for schedule, roles in schedules.items():
        for hour in range(HOURS):
            changed = [(on_call(r, hour - 1), on_call(r, hour)) for r in roles]
            at = START + timedelta(hours=hour)
            found |= {(schedule, at, user) for before, after in changed for user in before ^ after}
            found |= {(schedule, at, CHANNEL) for before, after in changed if before != after}
    return found


async def store(house: NoticeHouse, schedule: int, roles: Sequence[Shifts]) -> None:
    for position, shifts in enumerate(roles):
        role = await house.role(schedule, position)
        made = [Shift(role, user, house.hours(start), house.hours(end)) for start, end, user in shifts]
        async with house.database.transaction() as tx:
            await tx.shifts.add(schedule, made, START)


async def live(house: NoticeHouse, fate: Fate, wire: Wire) -> datetime:
    """One life of the process: it works until it is killed or has nothing to do; says when to look again."""
    mortal = cast(Database, MortalDatabase(house.database, fate))
    courier = Courier(mortal, house.clock, {Method.SLACK: wire})
    wire.this_life.clear()
    try:
        wakes = [await watch_once(mortal, house.clock.now())]
        while await fan_out(mortal, house.clock.now(), email=False):
            pass
        wakes.append(await courier.deliver(Method.SLACK))
    except Killed:
        return house.clock.now() + timedelta(seconds=fate.chance.choice((0, 5, 95, 300)))
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*(task for task in left if task is not None), return_exceptions=True)
        wire.lost.update(row.id for row in await house.items(state="sending") if row.id in wire.this_life)
    return min((wake for wake in wakes if wake), default=START + timedelta(hours=HOURS))


async def told(house: NoticeHouse, wire: Wire) -> Counter[Told]:
    facts = {row.key: row.payload for row in await house.items(FANOUT, kind=NoticeKind.ON_CALL_SWITCH)}
    arrived: Counter[Told] = Counter()
    for row in await house.items("slack", kind=NoticeKind.ON_CALL_SWITCH):
        about = facts[row.key.split(">")[0]]
        assert about["late"] is False
        arrived[(about["schedule_id"], datetime.fromisoformat(about["at"]), row.target)] += wire.arrived[row.id]
    return arrived


@histories(6, in_suite=1)
async def test_a_week_with_kills_at_random_is_told_completely_and_once(house: NoticeHouse, seed: int) -> None:
    chance = random.Random(seed)
    schedules: dict[int, Sequence[Shifts]] = {}
    for number in range(2):
        schedule = await house.add_schedule(f"Schedule {number}", channel=CHANNEL)
        schedules[schedule] = [roster(chance), roster(chance)]
        await store(house, schedule, schedules[schedule])
    fate = Fate(chance)
    wire = Wire(fate)
    lives = 0
    end = START + timedelta(hours=HOURS) - timedelta(minutes=1)
    while house.clock.now() < end:
        house.clock.at = min(max(await live(house, fate, wire), house.clock.now()), end)
        lives += 1
    fate.odds = 0.0
    for _ in range(3):
        await live(house, fate, wire)
        house.clock.pass_(minutes=2)
    arrived = await told(house, wire)
    assert set(arrived) == expected(schedules)
    assert wire.arrived == Counter(dict.fromkeys(wire.arrived, 1)) + wire.lost
    assert wire.lost.total() > 0
    assert lives > 100


async def test_a_week_of_clean_restarts_is_told_exactly_once(house: NoticeHouse) -> None:
    chance = random.Random(7)
    schedule = await house.add_schedule("Clean", channel=CHANNEL)
    roles = [roster(chance), roster(chance)]
    await store(house, schedule, roles)
    fate = Fate(chance, odds=0.0)
    wire = Wire(fate)
    end = START + timedelta(hours=HOURS) - timedelta(minutes=1)
    while house.clock.now() < end:
        house.clock.at = min(await live(house, fate, wire) + timedelta(minutes=chance.choice((0, 0, 3, 9))), end)
    await live(house, fate, wire)
    assert await told(house, wire) == Counter(expected({schedule: roles}))
