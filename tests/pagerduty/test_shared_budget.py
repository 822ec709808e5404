"""A key's budget, shared by several operating-system processes through the database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.pagerduty import InProcessTransport, PagerDutySandbox
from storage.database import Database
from sync.destinations.pagerduty.budget import MINUTE, SMALLEST_SHARE, VALID, Budget, Spending, take, told
from sync.destinations.pagerduty.spending import StoredSpending
from tests.pagerduty.support import NOW, Bench
from tests.pagerduty.test_limits import busiest_minute
from tests.support.forked import ROOT, Forked, start_forked
from tests.support.migrated import lay
from tests.support.postgres import migrated_database


@dataclass(slots=True)
class Spender:
    """Another process, and when it wants to be woken."""

    process: Forked
    wakes: float | None = None

    async def heard(self) -> str:
        return (await self.process.stdout.readline()).decode().strip()

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")


@dataclass(slots=True)
class Town:
    """A sandbox with a clock of its own, a database, and processes that share both and one key."""

    bench: Bench
    url: str
    folder: Path
    spenders: list[Spender] = field(default_factory=list)

    @property
    def database(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder / 'baton.db'}"

    def show_time(self) -> float:
        now = self.bench.world.clock.now().timestamp()
        (self.folder / "clock").write_text(str(now))
        return now

    async def start(self) -> Spender:
        self.show_time()
        arguments = [self.url, self.database, self.bench.key, str(self.folder / "clock")]
        module = "tests.pagerduty.spender"
        process = await start_forked(ROOT, os.environ, *arguments, module=module, spoken_to=True)
        spender = Spender(process)
        self.spenders.append(spender)
        assert await spender.heard() == "ready"
        return spender

    async def spend(self, *work: tuple[Spender, Iterable[str]], word: str = "routine") -> None:
        """Let these look at schedules, all at once, and time go by whenever all of them wait."""
        for spender, schedules in work:
            spender.say(" ".join([word, *schedules]))
        running = [spender for spender, _ in work]
        while running:
            for spender, line in zip(running, await asyncio.gather(*(one.heard() for one in running)), strict=True):
                spender.wakes = None if line == "done" else self.show_time() + float(line.split()[1])
            running = self._woken([spender for spender, _ in work if spender.wakes is not None])

    def _woken(self, asleep: list[Spender]) -> list[Spender]:
        """Let time go by until the first of them wakes."""
        clock = self.bench.world.clock
        clock.advance(max(0.0, min((one.wakes or 0.0 for one in asleep), default=0.0) - clock.now().timestamp()))
        now = self.show_time()
        due = [one for one in asleep if one.wakes is not None and one.wakes <= now + 0.001]
        for one in due:
            one.wakes = None
            one.say("")
        return due

    async def stop(self) -> None:
        for spender in self.spenders:
            assert spender.process.stdin is not None
            spender.process.stdin.close()
            assert await spender.process.wait() == 0

    def refusals(self) -> int:
        return [entry.status for entry in self.bench.world.log].count(429)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    bench = Bench()
    await bench.systems.aclose()
    async with PagerDutySandbox.start(world=bench.world) as sandbox:
        made = Town(bench, sandbox.api_url, tmp_path)
        lay(tmp_path / "baton.db")
        yield made
        await made.stop()


async def test_two_processes_never_exceed_the_budget_of_their_key_together(town: Town) -> None:
    town.bench.world.switches.change(rate_limit_per_minute=240)
    first, second = await town.start(), await town.start()

    await town.spend((first, [town.bench.schedule] * 150), (second, [town.bench.schedule] * 150))

    assert len(town.bench.world.log) == 300
    assert town.refusals() == 0
    assert 220 <= busiest_minute(town.bench) <= 240


async def test_a_process_that_sat_idle_causes_no_refusal(town: Town) -> None:
    town.bench.world.switches.change(rate_limit_per_minute=60)
    idle, busy = await town.start(), await town.start()
    await town.spend((idle, [town.bench.schedule]))
    town.bench.world.clock.advance(50)
    town.show_time()
    await town.spend((busy, [town.bench.schedule] * 57))

    await town.spend((idle, [town.bench.schedule] * 5))

    assert town.refusals() == 0
    assert busiest_minute(town.bench) <= 60


async def test_what_one_process_hears_of_other_users_of_the_key_the_others_heed(town: Town) -> None:
    town.bench.world.switches.change(rate_limit_per_minute=100)
    idle, busy = await town.start(), await town.start()
    headers = {"Authorization": f"Token token={town.bench.key}"}
    async with httpx.AsyncClient(headers=headers, transport=InProcessTransport(town.bench.world)) as somebody:
        for _ in range(95):
            await somebody.get("http://pagerduty.test/abilities")
    await town.spend((busy, [town.bench.schedule]), word="urgent")

    await town.spend((idle, [town.bench.schedule] * 9), word="urgent")

    assert town.refusals() == 0


async def test_the_urgent_of_one_process_has_what_the_routine_of_another_leaves(town: Town) -> None:
    town.bench.world.switches.change(rate_limit_per_minute=240)
    routine, urgent = await town.start(), await town.start()
    await town.spend((routine, [town.bench.schedule] * 228))
    before = town.bench.world.clock.now()

    await town.spend((urgent, [town.bench.schedule] * 10), word="urgent")

    assert town.bench.world.clock.now() == before
    assert town.refusals() == 0


def spent_by(spending: Spending, moments: Iterable[float], asked: Callable[[int], int]) -> list[tuple[float, int]]:
    """What is given at each of these seconds."""
    given: list[tuple[float, int]] = []
    for number, second in enumerate(moments):
        spending, share = take(spending, NOW + timedelta(seconds=second), asked(number), urgent=number % 3 == 0)
        given.append((second, share.count))
    return given


def test_no_minute_sees_more_than_the_account_allows_whenever_shares_are_used() -> None:
    given = spent_by(Spending(100), [n * 0.7 for n in range(900)], lambda number: 1 + number % 7)
    longest = (MINUTE + VALID).total_seconds()

    for begin, _ in given:
        assert sum(count for at, count in given if begin <= at < begin + longest) <= 100
    assert sum(count for _, count in given) > 900


def test_a_clock_that_was_set_back_does_not_stop_everything() -> None:
    ahead = Spending(10, ((NOW + timedelta(hours=1), 10),), NOW + timedelta(hours=1), NOW + timedelta(hours=1))

    _, share = take(ahead, NOW, 3, urgent=False)

    assert share.count == 3


def test_the_longest_pause_that_was_heard_counts() -> None:
    heard = told(Spending(urgent_from=NOW + MINUTE), Spending(960, (), NOW + VALID, NOW + VALID))

    assert (heard.routine_from, heard.urgent_from) == (NOW + VALID, NOW + MINUTE)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_processes_that_take_at_the_same_moment_never_take_too_much(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}"
    lay(tmp_path / "baton.db")
    url = file if kind == "sqlite" else migrated_database(request.getfixturevalue("postgres"))
    first, second = Database(url), Database(url)
    budgets = [Budget(StoredSpending(one), "a key") for one in (first, second, first, second)]

    async def insist(budget: Budget) -> int:
        return sum([not await budget.pause(NOW, urgent=True) for _ in range(300)])

    given = await asyncio.gather(*(insist(budget) for budget in budgets))

    await first.close()
    await second.close()
    assert 956 - 4 * (960 // SMALLEST_SHARE) <= sum(given) <= 956
