"""The real process is ended while the solver's child works out a plan: all of it is stored later, or nothing ever.

The child is stopped (SIGSTOP) as soon as it shows under ``/proc``, so it is at work for as long as that takes. Of the
three batches that are dealt here, one child each, the kill comes in the second: the first is worked out by then.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from oncall.fairness.arrangement import next_start
from services.fairness.drafting import FairDraft
from storage.database import Database
from tests.engine.ground import Ground, ground
from tests.support.forked import Forked
from tests.support.processes import PATIENCE, environment, start

TEAM = ("UALICE", "UBOB", "UCAROL")
DAYS, BEYOND = 60, 7
NOWHERE = "http://127.0.0.1:9/"
ASKED = "SELECT count(*) FROM outbox WHERE kind = 'shifts_to_confirm' AND method = 'fanout'"
TABLES = ("shift", "fair_deal", "fair_choice", "outbox")

pytestmark = [
    pytest.mark.slow(seconds=10),
    pytest.mark.timeout(240),
    pytest.mark.skipif(not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="/proc shows no children"),
]


@dataclass(slots=True)
class Due:
    """A schedule with a fair role that nothing was dealt for yet."""

    folder: Path
    settings: dict[str, str]
    now: datetime
    first: datetime

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Forked]:
        process = await start("worker", self.folder, self.settings)
        assert isinstance(process, Forked)
        try:
            yield process
        finally:
            for child in solvers(process) if process.returncode is None else ():
                os.kill(child, signal.SIGKILL)  # it may be stopped, and would stay so
            process.kill()
            await process.wait()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.folder / "baton.db", timeout=15)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def counts(self) -> dict[str, int]:
        return {table: len(self.rows(f"SELECT id FROM {table}")) for table in TABLES}  # noqa: S608 - names of ours


async def a_due_schedule(folder: Path) -> Due:
    laid = await asyncio.to_thread(ground)
    (folder / "baton.db").write_bytes(laid.image)
    settings = environment(folder, SLACK_API_URL=NOWHERE, PAGERDUTY_API_URL=NOWHERE)
    now = datetime.now(UTC)
    return Due(folder, settings, now, await _fill(laid, settings["BATON_DATABASE_URL"], now))


async def _fill(laid: Ground, url: str, now: datetime) -> datetime:
    """A week at a time from the week after tomorrow on, as the form stores it; returns when the first one begins."""
    role = laid.roles[0]
    weeks = FairDraft(schedule_id=laid.schedule_id, role=role, zone="UTC", members=TEAM)
    since = next_start(weeks.arrangement(None, now), now + timedelta(days=1))
    database = Database(url)
    try:
        async with database.transaction() as tx:
            schedule = await tx.schedules.get(laid.schedule_id)
            destination = await tx.destinations.get(laid.destination_id)
            assert schedule is not None
            assert destination is not None
            schedule.horizon_days, destination.paused = DAYS, True
            await tx.fairness.save(laid.schedule_id, role, [weeks.arrangement(None, since)], now)
    finally:
        await database.close()
    return since


async def come(what: Callable[[], bool], pause: float) -> None:
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(pause)


def state(pid: int) -> str:
    """As in /proc: T is stopped, Z has ended; empty is nobody."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def ended(pid: int) -> bool:
    return state(pid) in ("", "Z")


def solvers(bot: Forked) -> list[int]:
    """The solving processes that the bot has begun."""
    with suppress(OSError):
        found = Path(f"/proc/{bot.pid}/task/{bot.pid}/children").read_text().split()
        return [int(pid) for pid in found if _words(int(pid))[1:] == [b"-m", b"solver"]]
    return []


def _words(pid: int) -> list[bytes]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    return []


async def held(bot: Forked, before: int = 0) -> int:
    """A solving process other than the one before, stopped in the middle of its work."""
    caught = 0

    def is_caught() -> bool:
        nonlocal caught
        assert bot.returncode is None, "the bot ended"
        for pid in solvers(bot):
            if pid != before and not ended(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                caught = pid
        return bool(caught) and state(caught) == "T"

    await come(is_caught, 0.01)
    return caught


async def held_in_the_second_batch(bot: Forked) -> int:
    first = await held(bot)
    os.kill(first, signal.SIGCONT)
    return await held(bot, first)


async def deals_all_of_it_once(due: Due) -> None:
    async with due.worker() as bot:
        await come(lambda: bool(due.rows("SELECT id FROM fair_deal")), 0.1)
        bot.terminate()
        await asyncio.wait_for(bot.communicate(), PATIENCE)
        assert bot.returncode == 0
    shifts = [
        (_at(a), _at(b), who) for a, b, who in due.rows("SELECT starts_at, ends_at, user_id FROM shift ORDER BY 1")
    ]
    assert shifts[0][0] == due.first
    assert all(a[1] == b[0] for a, b in pairwise(shifts)), "no gap and nothing twice"
    assert shifts[-1][1] >= due.now + timedelta(days=DAYS + BEYOND)
    assert {who for *_, who in shifts} == set(TEAM)
    chosen = due.rows("SELECT starts_at, ends_at, user_id FROM fair_choice ORDER BY 1")
    assert [(_at(a), _at(b), who) for a, b, who in chosen] == shifts
    assert due.counts()["fair_deal"] == 1
    assert due.rows(ASKED) == [(1,)]


def _at(stored: object) -> datetime:
    return datetime.fromisoformat(str(stored)).replace(tzinfo=UTC)


async def test_killed_while_it_is_worked_out_nothing_is_stored_and_the_next_start_deals_it_all_once(
    tmp_path: Path,
) -> None:
    due = await a_due_schedule(tmp_path)
    async with due.worker() as bot:
        child = await held_in_the_second_batch(bot)
        bot.kill()
        assert await bot.wait() == -signal.SIGKILL
    os.kill(child, signal.SIGCONT)
    assert not any(due.counts().values())
    await come(lambda: ended(child), 0.05)
    await deals_all_of_it_once(due)


async def test_told_to_stop_while_it_is_worked_out_it_ends_in_time_with_its_solver_and_the_next_start_deals_it_once(
    tmp_path: Path,
) -> None:
    due = await a_due_schedule(tmp_path)
    async with due.worker() as bot:
        child = await held_in_the_second_batch(bot)
        bot.terminate()
        _, log = await asyncio.wait_for(bot.communicate(), PATIENCE)
        assert bot.returncode == 0
        assert b"stopping" in log
        assert b"stopped with work under way" not in log, "it took until somebody would have killed it"
        assert b"Traceback" not in log
    assert ended(child)
    assert not any(due.counts().values())
    await deals_all_of_it_once(due)
