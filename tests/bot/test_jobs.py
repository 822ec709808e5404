"""Jobs: one queued and one running per key, and nothing lost while draining."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.jobs import JobQueue, Stopped
from bot.shared_jobs import SharedJobs
from storage.database import Database
from storage.trouble import DatabaseTrouble
from tests.support.postgres import migrated_database


@dataclass
class Work:
    """Notes when a run begins and ends; ``gate`` holds it back."""

    started: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, key: int) -> int:
        self.started.append(key)
        number = len(self.started)
        await self.gate.wait()
        self.ended.append(key)
        return number


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def queue(work: Work) -> JobQueue:
    queue = JobQueue()
    queue.register("work", work)
    return queue


async def begun() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_deferred_job_is_done(queue: JobQueue, work: Work) -> None:
    work.gate.set()
    queue.defer("work", 7)
    await queue.idle()
    assert work.ended == [7]


async def test_many_hints_while_one_runs_become_one_more_run(queue: JobQueue, work: Work) -> None:
    queue.defer("work", 1)
    await begun()
    for _ in range(10):
        queue.defer("work", 1)
    work.gate.set()
    await queue.idle()
    assert work.started == [1, 1]


async def test_the_same_key_never_runs_twice_at_once(queue: JobQueue, work: Work) -> None:
    queue.defer("work", 1)
    await begun()
    queue.defer("work", 1)
    await begun()
    assert work.started == [1]
    work.gate.set()
    await queue.idle()


async def test_different_keys_run_beside_each_other(queue: JobQueue, work: Work) -> None:
    queue.defer("work", 1)
    queue.defer("work", 2)
    await begun()
    assert work.started == [1, 2]
    work.gate.set()
    await queue.idle()


async def test_no_more_jobs_run_at_once_than_there_are_slots(work: Work) -> None:
    queue = JobQueue(concurrency=2)
    queue.register("work", work)
    for key in range(5):
        queue.defer("work", key)
    await begun()
    assert work.started == [0, 1]
    work.gate.set()
    await queue.idle()
    assert sorted(work.ended) == [0, 1, 2, 3, 4]


async def test_waiting_for_a_job_that_runs_already_waits_for_the_next_run(queue: JobQueue, work: Work) -> None:
    queue.defer("work", 1)
    await begun()
    waiting = asyncio.create_task(queue.run("work", 1))
    await begun()
    work.gate.set()
    assert await waiting == 2


async def test_two_who_wait_share_one_run(queue: JobQueue, work: Work) -> None:
    work.gate.set()
    assert await asyncio.gather(queue.run("work", 1), queue.run("work", 1)) == [1, 1]


async def test_whoever_stops_waiting_stops_nobody_else(queue: JobQueue, work: Work) -> None:
    impatient = asyncio.create_task(queue.run("work", 1))
    await begun()
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    work.gate.set()
    await queue.idle()
    assert work.ended == [1]


async def test_a_failure_reaches_whoever_waits_and_the_queue_goes_on() -> None:
    queue, tries = JobQueue(), list[int]()

    async def fail(key: int) -> None:
        tries.append(key)
        raise ValueError("no")

    queue.register("fail", fail)
    with pytest.raises(ValueError, match="no"):
        await queue.run("fail", 1)
    queue.defer("fail", 1)
    await queue.idle()
    assert tries == [1, 1]


async def test_draining_waits_for_what_runs_and_drops_what_is_queued(queue: JobQueue, work: Work) -> None:
    queue.defer("work", 1)
    await begun()
    queue.defer("work", 1)
    draining = asyncio.create_task(queue.drain(5))
    await begun()
    assert not draining.done()
    work.gate.set()
    await draining
    assert work.started == work.ended == [1]


async def test_while_draining_no_work_is_taken(queue: JobQueue, work: Work) -> None:
    await queue.drain(1)
    queue.defer("work", 1)
    await begun()
    assert work.started == []
    with pytest.raises(Stopped, match="try again"):
        await queue.run("work", 1)


async def test_what_takes_too_long_is_cancelled_when_draining(queue: JobQueue, work: Work) -> None:
    queue.defer("work", 1)
    await begun()
    await queue.drain(0.01)
    await queue.idle()
    assert (work.started, work.ended) == ([1], [])


async def test_whoever_waits_for_a_queued_job_hears_that_baton_stops(queue: JobQueue, work: Work) -> None:
    queue.defer("work", 1)
    await begun()
    waiting = asyncio.create_task(queue.run("work", 1))
    await begun()
    draining = asyncio.create_task(queue.drain(5))
    await begun()
    work.gate.set()
    await draining
    with pytest.raises(Stopped):
        await waiting


async def test_whoever_waits_for_a_job_that_is_cancelled_hears_that_baton_stops(queue: JobQueue, work: Work) -> None:
    waiting = asyncio.create_task(queue.run("work", 1))
    await begun()
    await queue.drain(0.01)
    with pytest.raises(Stopped):
        await asyncio.wait_for(waiting, 1)


async def test_an_account_that_never_answers_keeps_no_other_ones_jobs_waiting(work: Work) -> None:
    done: list[int] = []

    async def reconcile(key: int) -> None:
        if key < 100:
            await work(key)
        else:
            done.append(key)

    async def account(key: int) -> str:
        return "silent" if key < 100 else f"account {key % 7}"

    queue = JobQueue(late_seconds=0.01)
    queue.register("work", reconcile, account)
    for key in range(300):
        queue.defer("work", key)
    async with asyncio.timeout(20):
        while len(done) < 200:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert len(work.started) < 20, "the others of the silent account wait without a place"
    work.gate.set()
    await queue.idle()
    assert sorted(work.ended) == list(range(100))


async def test_a_database_that_does_not_say_whose_a_job_is_takes_no_place_for_good() -> None:
    gate, ended = asyncio.Event(), list[int]()

    async def reconcile(key: int) -> None:
        if key == 0:
            await gate.wait()
        ended.append(key)

    async def account(key: int) -> str:
        if key:
            raise DatabaseTrouble("it can't be reached")
        return "silent"

    queue = JobQueue(concurrency=1, late_seconds=0.01)
    queue.register("work", reconcile, account)
    for key in range(5):
        queue.defer("work", key)
    async with asyncio.timeout(20):
        while len(ended) < 4:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    gate.set()
    await queue.idle()
    assert sorted(ended) == list(range(5))


async def test_what_waits_for_a_silent_account_is_let_go_when_baton_stops(work: Work) -> None:
    async def account(_key: int) -> str:
        return "silent"

    queue = JobQueue(concurrency=1, late_seconds=0.01)
    queue.register("work", work, account)
    for key in range(20):
        queue.defer("work", key)
    async with asyncio.timeout(20):
        while len(work.started) < 4:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        work.gate.set()
        await queue.drain(10)
    assert len(work.ended) == len(work.started) < 20


async def test_where_processes_share_jobs_a_silent_accounts_are_left_to_the_clock(postgres: str, work: Work) -> None:
    database, done = Database(migrated_database(postgres)), list[int]()
    queue = SharedJobs(database, late_seconds=0.1)
    database.on_commit(queue.heard)

    async def reconcile(key: int) -> None:
        if key < 100:
            await work(key)
        else:
            done.append(key)

    async def account(key: int) -> str:
        return "silent" if key < 100 else f"account {key}"

    queue.register("work", reconcile, account)
    await queue.start()
    async with database.transaction() as tx:
        tx.jobs.add(*(("work", key) for key in range(200)))
    async with asyncio.timeout(60):
        while len(done) < 100:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    assert len(work.started) < 40
    work.gate.set()
    await queue.drain(10)
    await database.close()
