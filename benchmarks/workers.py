"""Two workers on one PostgreSQL against one: refreshing destinations that each have a connection of their own.

Real processes (`baton worker`), a real PostgreSQL, and PagerDuty's answers given again by a program that costs next to
nothing, so that neither side waits for a sandbox. Every refresh is a job of its own. Counted is from the first refresh
to the last, after one round that nobody counts; rounds of one and of two workers take turns.

Beside the time by the clock, which other programs on the machine spoil, stands the CPU time of whichever worker needed
most of it: a worker is one thread, so that on a machine of its own that is what it takes.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from sqlalchemy import text

from benchmarks.measure import Report, Sample, Target
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Connection, Destination, Member, Role, Schedule
from storage.unit import Unit
from tests.support.postgres import migrated_database, running_server

SIZE = int(os.environ.get("BATON_BENCHMARK_SIZE", "5000"))
ROUNDS = int(os.environ.get("BATON_BENCHMARK_ROUNDS", "3"))
MOST = 0.6
PATIENCE = 3600.0
Row = TypeVar("Row", bound=Any)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = text("UPDATE destination SET refreshed_at = NULL, refresh_due_at = now() - interval '1 second'")
LEFT = text("SELECT count(*) FROM destination WHERE refreshed_at IS NULL")
TAKEN = text("SELECT extract(epoch FROM max(refreshed_at) - min(refreshed_at)) FROM destination")


@contextmanager
def program(*words: str, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def environment(address: str, key: str, port: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "BATON_"))},
        "BATON_DATABASE_URL": address,
        "BATON_ENCRYPTION_KEYS": key,
        "BATON_PORT": "0",
        "BATON_REFRESH_SECONDS": "3600",
        "PAGERDUTY_API_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }


async def store(database: Database, secrets: SecretBox) -> None:
    """Destinations that nothing is to be exported to, each with a schedule and a connection of its own, and each of
    these with a key of its own: an account takes 960 requests a minute by one key."""
    async with database.transaction() as tx:
        await tx.people.ensure_workspace("T1", "", "Acme", START)
        await tx.schedules.ensure_team(1, "Team")
    for first in range(0, SIZE, 1000):
        numbers = range(first, min(first + 1000, SIZE))
        async with database.transaction() as tx:
            connections = await _added(tx, [_connection(number, secrets) for number in numbers])
            schedules = await _added(tx, [_schedule(number) for number in numbers])
            roles = await _added(tx, [Role(schedule_id=one.id, position=0, name="Primary") for one in schedules])
            await _added(
                tx, [Member(schedule_id=one.id, position=0, user_id="U1", access="admin") for one in schedules]
            )
            destinations = zip(numbers, schedules, roles, connections, strict=True)
            await _added(tx, [_destination(number, *(row.id for row in rest)) for number, *rest in destinations])


async def _added(tx: Unit, rows: list[Row]) -> list[Row]:
    """The rows, with their ids."""
    tx.session.add_all(rows)
    await tx.session.flush()
    return rows


def _connection(number: int, secrets: SecretBox) -> Connection:
    return Connection(
        workspace_id=1,
        kind="pagerduty",
        subdomain=f"acme-{number}",
        region="us",
        secret=secrets.seal(f"u+{number:018}"),
        state="ok",
        checked_at=START,
        created_at=START,
        created_by="U1",
    )


def _schedule(number: int) -> Schedule:
    return Schedule(
        workspace_id=1,
        team_id=1,
        public_id=f"s-{number}",
        name=f"Service {number:05}",
        name_key=f"service {number:05}",
        time_zone="UTC",
        horizon_days=30,
        confirm_mode="by_hand",
        created_at=START,
        created_by="U1",
    )


def _destination(number: int, schedule_id: int, role_id: int, connection_id: int) -> Destination:
    return Destination(
        schedule_id=schedule_id,
        role_id=role_id,
        connection_id=connection_id,
        external_id=f"P{number:06}",
        external_kind="v2",
        external_name=f"Service {number:05}",
        mode="authoritative",
        status="ok",
        refresh_due_at=datetime(2100, 1, 1, tzinfo=UTC),
        created_at=START,
    )


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds from the first refresh to the last, and of CPU of the worker that needed most."""

    clock: float
    cpu: float


async def round_of(database: Database, workers: int, env: dict[str, str]) -> Round:
    with ExitStack() as stack:
        ids = [stack.enter_context(program("bot", "worker", env=env)).pid for _ in range(workers)]
        await _until_at_work(database, workers)
        before = [_cpu(one) for one in ids]
        async with database.transaction() as tx:
            await tx.session.execute(DUE)
        async with asyncio.timeout(PATIENCE):
            while await _asked(database, LEFT):  # noqa: ASYNC110
                await asyncio.sleep(1)
        cpu = max(_cpu(one) - earlier for one, earlier in zip(ids, before, strict=True))
    return Round(float(await _asked(database, TAKEN)), cpu)


def _cpu(process: int) -> float:
    """Seconds of CPU that it has needed so far (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _until_at_work(database: Database, workers: int) -> None:
    async with asyncio.timeout(120):
        while await _asked(database, text("SELECT count(*) FROM procrastinate_workers")) != workers:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def _asked(database: Database, query: object) -> float:
    async with database.read() as tx:
        return await tx.session.scalar(query) or 0  # type: ignore[call-overload]


async def measured() -> dict[int, list[Round]]:
    """Every round that counts, by the number of workers."""
    taken: dict[int, list[Round]] = {1: [], 2: []}
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        os.chdir(folder)  # where no .env is
        address = migrated_database(stack.enter_context(running_server()))
        key = Fernet.generate_key().decode()
        plain = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        replaying = stack.enter_context(program("benchmarks.replayed_pagerduty", env=plain))
        assert replaying.stdout is not None
        env = environment(address, key, replaying.stdout.readline().strip())
        database = Database(address)
        await store(database, SecretBox([key]))
        await round_of(database, 2, env)
        for _ in range(ROUNDS):
            for workers, rounds in taken.items():
                rounds.append(await round_of(database, workers, env))
        await database.close()
    return taken


def run() -> Report:
    taken = asyncio.run(measured())
    clock = {workers: [one.clock for one in rounds] for workers, rounds in taken.items()}
    cpu = {workers: [one.cpu for one in rounds] for workers, rounds in taken.items()}
    by_clock, by_cpu = _ratio(clock), _ratio(cpu)
    return Report(
        name="workers",
        title=f"Refreshing {SIZE:,} destinations that each have a connection of their own, on PostgreSQL",
        samples=(
            _sample("two of `baton worker`", clock[2]),
            _sample("one of them", clock[1]),
            _sample("two of them, CPU of the busier one", cpu[2]),
            _sample("one of them, CPU", cpu[1]),
        ),
        targets=(
            Target(f"two workers take {by_clock:.2f} times as long as one (at most {MOST})", by_clock <= MOST),
            Target(f"the busier one needs {by_cpu:.2f} times the CPU of one alone (at most {MOST})", by_cpu <= MOST),
        ),
    )


def _ratio(taken: dict[int, list[float]]) -> float:
    return statistics.median(taken[2]) / statistics.median(taken[1])


def _sample(name: str, taken: list[float]) -> Sample:
    return Sample(name, statistics.median(taken), min(taken), max(taken), len(taken))
