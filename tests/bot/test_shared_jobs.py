"""Jobs in the memory of one process and jobs in PostgreSQL: what both promise, and what only several processes need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.jobs import JobQueue, queue_of
from bot.leader import Leader, leader_of
from bot.shared_jobs import SharedJobs
from storage.database import Database
from storage.queued import shared
from tests.support.migrated import lay
from tests.support.pooler import PGBOUNCER, pooled
from tests.support.postgres import migrated_database


@dataclass
class Work:
    """Notes when a run begins and ends; ``gate`` holds it back."""

    started: list[int] = field(default_factory=list[int])
    ended: list[int] = field(default_factory=list[int])
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, key: int) -> int:
        self.started.append(key)
        await self.gate.wait()
        self.ended.append(key)
        return len(self.ended)


@dataclass
class Process:
    """What a process of Baton's has of the queue."""

    database: Database
    queue: JobQueue
    work: Work

    async def leave(self, *keys: int) -> None:
        async with self.database.transaction() as tx:
            for key in keys:
                tx.defer("work", key)

    async def rows(self, sql: str) -> list[Any]:
        async with self.database.transaction() as tx:
            found = await tx.session.execute(text(sql))
            return list(found.all()) if found.returns_rows else []


async def begin(stack: AsyncExitStack, address: str, *, work: Work | None = None) -> Process:
    database = Database(address)
    stack.push_async_callback(database.close)
    process = Process(database, queue_of(database), work or Work())
    process.queue.register("work", process.work)
    stack.push_async_callback(process.queue.drain, 0)
    await process.queue.start()
    return process


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not met():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture(params=["sqlite", "postgresql"])
async def process(request: pytest.FixtureRequest, tmp_path: Path, stack: AsyncExitStack) -> Process:
    if request.param == "sqlite":
        lay(tmp_path / "baton.db")
        return await begin(stack, f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    return await begin(stack, migrated_database(request.getfixturevalue("postgres")))


async def test_what_a_transaction_leaves_is_done_after_its_commit_and_never_after_a_rollback(process: Process) -> None:
    process.work.gate.set()
    with pytest.raises(RuntimeError, match="changed my mind"):
        await taken_back(process)
    async with process.database.transaction() as tx:
        tx.defer("work", 2)
        await asyncio.sleep(0.7)
        assert process.work.started == []
    await process.queue.idle()
    assert process.work.ended == [2]


async def taken_back(process: Process) -> None:
    async with process.database.transaction() as tx:
        tx.defer("work", 1)
        await tx.jobs.put()
        raise RuntimeError("changed my mind")


async def test_many_hints_while_one_runs_become_one_more_run(process: Process) -> None:
    await process.leave(1)
    await until(lambda: process.work.started == [1])
    for _ in range(3):
        await process.leave(1, 1)
    await asyncio.sleep(0.1)
    assert process.work.started == [1]
    process.work.gate.set()
    await process.queue.idle()
    assert process.work.started == [1, 1]


async def test_what_the_clock_has_done_goes_on_after_a_failure(process: Process) -> None:
    tries: list[int] = []

    async def fail(key: int) -> None:
        tries.append(key)
        raise ValueError("no")

    process.queue.register("work", fail)
    process.queue.defer("work", 1)
    await process.queue.idle()
    process.queue.defer("work", 1)
    await process.queue.idle()
    assert tries == [1, 1]


async def test_whoever_waits_for_an_outcome_has_it(process: Process) -> None:
    process.work.gate.set()
    assert await process.queue.run("work", 7) == 1


async def test_draining_ends_what_runs_and_begins_nothing_more(process: Process) -> None:
    await process.leave(1)
    await until(lambda: process.work.started == [1])
    await process.leave(1)
    draining = asyncio.create_task(process.queue.drain(30))
    await asyncio.sleep(0.1)
    process.work.gate.set()
    await draining
    assert (process.work.started, process.work.ended) == ([1], [1])


@pytest.fixture
async def pair(postgres: str, stack: AsyncExitStack) -> tuple[Process, Process]:
    """Two processes, of which the second has not begun yet to take jobs."""
    address = migrated_database(postgres)
    first = await begin(stack, address)
    second = Database(address)
    stack.push_async_callback(second.close)
    return first, Process(second, queue_of(second), Work())


async def join(stack: AsyncExitStack, process: Process) -> None:
    process.queue.register("work", process.work)
    stack.push_async_callback(process.queue.drain, 0)
    await process.queue.start()


async def test_a_job_that_is_cut_off_when_a_process_stops_is_done_by_another(
    pair: tuple[Process, Process], stack: AsyncExitStack
) -> None:
    first, second = pair
    await first.leave(1)
    await until(lambda: first.work.started == [1])
    await first.queue.drain(0)
    second.work.gate.set()
    await join(stack, second)
    await second.queue.idle()
    assert (first.work.ended, second.work.ended) == ([], [1])


async def test_a_job_of_a_process_that_is_gone_is_taken_over_and_what_it_held_is_free(
    pair: tuple[Process, Process], stack: AsyncExitStack
) -> None:
    first, second = pair
    await first.leave(1)
    await until(lambda: first.work.started == [1])
    second.work.gate.set()
    await join(stack, second)
    await second.queue.take_over()
    await asyncio.sleep(0.7)
    assert second.work.started == []
    await first.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '21 seconds'")
    async with first.database.read() as tx:
        found = await shared(tx.session)
    assert found is not None
    assert [(one.kind, one.running, one.stalled) for one in found.kinds] == [("work", 1, 1)]
    await second.queue.take_over()
    await until(lambda: second.work.ended == [1])


async def test_what_only_newer_processes_can_do_waits_for_one(
    pair: tuple[Process, Process], stack: AsyncExitStack
) -> None:
    older, newer = pair
    older.work.gate.set()
    async with older.database.transaction() as tx:
        tx.defer("newer", 5)
        tx.defer("work", 1)
    await older.queue.idle()
    await asyncio.sleep(0.7)
    [waiting] = await older.rows("SELECT queue_name, status::text FROM procrastinate_jobs")
    assert tuple(waiting) == ("newer", "todo")
    work = Work()
    work.gate.set()
    newer.queue.register("newer", work)
    await join(stack, newer)
    await until(lambda: work.ended == [5])


async def test_a_job_that_waited_before_a_change_is_not_begun_before_its_commit(
    pair: tuple[Process, Process], stack: AsyncExitStack
) -> None:
    changing, working = pair
    await changing.queue.drain(0)
    await changing.leave(1)
    async with changing.database.transaction() as tx:
        tx.defer("work", 1)
        await tx.jobs.put()
        working.work.gate.set()
        await join(stack, working)
        await asyncio.sleep(0.7)
        assert working.work.started == []
    await until(lambda: working.work.ended == [1])


async def test_of_two_processes_one_leads_and_the_other_when_that_is_gone(postgres: str, stack: AsyncExitStack) -> None:
    database = Database(migrated_database(postgres))
    stack.push_async_callback(database.close)
    leaders = [await leading(stack, database) for _ in range(2)]
    await until(lambda: leaders[0].leads)
    gained: list[int] = []
    leaders[1].on_gain(lambda: gained.append(1))
    async with database.transaction() as tx:
        await tx.session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
            )
        )
    await until(lambda: leaders[1].leads and not leaders[0].leads)
    assert gained == [1]


async def test_one_that_hangs_leads_no_more(
    postgres: str, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.shared_leader.HUNG_SECONDS", 1)
    monkeypatch.setattr("bot.shared_leader.CHECK_SECONDS", 60)  # as if it did not get round to it
    database = Database(migrated_database(postgres))
    stack.push_async_callback(database.close)
    leaders = [await leading(stack, database) for _ in range(2)]
    await until(lambda: leaders[0].leads)
    await until(lambda: leaders[1].leads)


async def leading(stack: AsyncExitStack, database: Database) -> Leader:
    leader = leader_of(database)
    stack.push_async_callback(leader.stop)
    leader.start()
    await asyncio.sleep(0.3)
    return leader


@pytest.mark.skipif(PGBOUNCER is None, reason="needs pgbouncer: apt-get install pgbouncer")
async def test_behind_a_pooler_jobs_are_done_and_whoever_stops_leading_lets_another(
    postgres: str, stack: AsyncExitStack
) -> None:
    url = stack.enter_context(pooled(migrated_database(postgres), 3))
    process = await begin(stack, url)
    process.work.gate.set()
    first = await leading(stack, process.database)
    await until(lambda: first.leads)
    second = await leading(stack, process.database)
    await process.leave(*range(20))
    await process.queue.idle()
    assert sorted(process.work.ended) == list(range(20))
    assert not second.leads
    await first.stop()
    await until(lambda: second.leads)


async def test_a_job_of_the_clock_leaves_alone_what_runs_already(pair: tuple[Process, Process]) -> None:
    process, _ = pair
    await process.leave(1)
    await until(lambda: process.work.started == [1])
    process.queue.defer("work", 1)
    await until(lambda: process.queue.is_idle is False)
    await asyncio.sleep(0.3)
    process.work.gate.set()
    await process.queue.idle()
    assert process.work.started == [1]


async def test_jobs_of_one_transaction_are_one_statement_and_one_that_takes_some(pair: tuple[Process, Process]) -> None:
    process, _ = pair
    await until(lambda: has_room(process))
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(process.database.engine.sync_engine, "before_cursor_execute", note)
    await process.leave(*range(100))
    assert [" ".join(sql.split()[:2]) for sql in asked] == ["INSERT INTO", "UPDATE procrastinate_jobs"]


def has_room(process: Process) -> bool:
    queue = process.queue
    return isinstance(queue, SharedJobs) and queue.has_room


async def test_what_a_transaction_leaves_is_its_own_workers_with_the_commit_as_long_as_that_has_room(
    pair: tuple[Process, Process],
) -> None:
    process, other = pair
    await until(lambda: has_room(process))
    await process.leave(*range(12))
    [(taken, waiting)] = await other.rows(
        "SELECT count(*) FILTER (WHERE status = 'doing' AND worker_id = (SELECT id FROM procrastinate_workers)),"
        " count(*) FILTER (WHERE status = 'todo') FROM procrastinate_jobs"
    )
    events = await other.rows("SELECT type::text, count(*) FROM procrastinate_events GROUP BY type ORDER BY 1")
    assert taken in (7, 8), "while the worker looks by itself, it has one of its eight places"
    assert taken + waiting == 12
    assert [tuple(one) for one in events] in ([("deferred", 12), ("started", n)] for n in (7, 8))
    process.work.gate.set()
    await process.queue.idle()
    assert sorted(process.work.ended) == list(range(12))


async def test_of_one_key_one_runs_at_a_time_though_each_process_would_take_it_at_once(
    pair: tuple[Process, Process], stack: AsyncExitStack
) -> None:
    first, second = pair
    await join(stack, second)
    await until(lambda: has_room(first) and has_room(second))
    await asyncio.gather(*(process.leave(1, 2) for process in (first, second) for _ in range(3)))
    await asyncio.sleep(0.7)
    assert sorted([*first.work.started, *second.work.started]) == [1, 2]
    for process in (first, second):
        process.work.gate.set()
    await asyncio.gather(first.queue.idle(), second.queue.idle())
    assert sorted([*first.work.ended, *second.work.ended]) == [1, 1, 2, 2]


async def test_who_leaves_the_same_the_old_way_comes_after_what_was_taken(pair: tuple[Process, Process]) -> None:
    process, old = pair
    old.database.hands = None
    await until(lambda: has_room(process))
    async with process.database.transaction() as tx:
        tx.defer("work", 1)
        await tx.jobs.put()
        leaving = asyncio.create_task(old.leave(1))
        await asyncio.sleep(0.2)
        assert not leaving.done()
    await leaving
    found = await old.rows("SELECT status::text FROM procrastinate_jobs ORDER BY id")
    assert [one[0] for one in found] == ["doing", "todo"]
    process.work.gate.set()
    await process.queue.idle()
    assert process.work.ended == [1, 1]


async def test_what_was_committed_without_its_process_hearing_of_it_is_done_all_the_same(
    postgres: str, stack: AsyncExitStack
) -> None:
    database = Database(migrated_database(postgres))
    stack.push_async_callback(database.close)

    def fail(_unit: object) -> None:
        raise RuntimeError("in the middle of it")

    database.on_commit(fail)  # before the queue, which so does not hear of it
    process = Process(database, queue_of(database), Work())
    process.work.gate.set()
    await join(stack, process)
    await until(lambda: has_room(process))
    with pytest.raises(RuntimeError, match="in the middle"):
        await process.leave(1)
    await until(lambda: process.work.ended == [1])
