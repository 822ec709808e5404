"""Jobs: at most one queued and one running per key.

A job is a hint that something in the database wants looking at. Losing one costs time, never correctness: the clock
finds what is due. A failing job is logged and forgotten for the same reason.

There are two kinds of queue, and whoever leaves jobs or does them knows of neither: on SQLite they wait in the memory
of the only process (:class:`JobQueue`), on PostgreSQL in the database, for every process (:mod:`bot.shared_jobs`). What
a transaction leaves (``tx.defer``) is queued with its commit by both.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.ending import end_within
from bot.outage import Outage
from bot.turns import LATE_SECONDS, Lane, Turns
from services.kit.errors import Refusal
from storage.database import Database
from storage.jobs import Job
from storage.trouble import DatabaseTrouble, LostRace
from storage.unit import Unit

log = structlog.get_logger()

Work = Callable[[int], Awaitable[Any]]


RESTARTING = "Baton is restarting; try again in a moment."


class Stopped(Refusal):
    """The process is shutting down and takes no more work."""


class JobQueue:
    """Runs jobs as tasks of the running event loop, ``concurrency`` at a time, those aside that take long
    (:mod:`bot.turns`)."""

    def __init__(self, concurrency: int = 8, late_seconds: float = LATE_SECONDS) -> None:
        self._work: dict[str, Work] = {}
        self._waiting: dict[Job, asyncio.Future[Any]] = {}
        self._tasks: dict[Job, asyncio.Task[None]] = {}
        self._turns = Turns(concurrency, late_seconds)
        self._stopped = False
        self._outage = Outage("jobs")

    async def start(self) -> None:
        """Begin with what is queued, now that every kind is registered."""

    async def take_over(self) -> None:
        """Have done again what another process began and did not end. Raises DatabaseTrouble."""

    def heard(self, unit: Unit) -> None:
        """Queue what a transaction left, which is committed."""
        for kind, key in unit.jobs:
            self.defer(kind, key)

    def register(self, kind: str, work: Work, lane: Lane | None = None) -> None:
        """What a job of this kind does with its key, and which account or the like may keep it waiting."""
        self._work[kind] = work
        if lane is not None:
            self._turns.set_lane(kind, lane)

    def defer(self, kind: str, key: int) -> None:
        """Have it done soon. While the process shuts down the job is dropped; the database remembers."""
        if not self._stopped:
            self._queue((kind, key))

    async def run(self, kind: str, key: int) -> Any:
        """Have it done and wait for its outcome. Raises what the work raised, or Stopped."""
        if self._stopped:
            raise Stopped(RESTARTING)
        return await asyncio.shield(self._queue((kind, key)))

    async def drain(self, timeout: float) -> None:
        """Take no more jobs and wait for the ones that run; what is left after ``timeout`` seconds is cancelled."""
        self._stopped = True
        for future in self._waiting.values():
            _fail(future, Stopped(RESTARTING))
        self._waiting.clear()
        self._turns.let_go()
        await end_within(list(self._tasks.values()), timeout)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is queued or running."""
        return not self._tasks

    async def idle(self) -> None:
        """Wait until nothing is queued or running."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def passed(self, kind: str, seconds: float) -> None:
        """Wait until nothing of this kind is queued or running here, at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while under_way := [one for job, one in self._tasks.items() if job[0] == kind and not one.done()]:
                    await asyncio.wait(under_way)

    def _queue(self, job: Job) -> asyncio.Future[Any]:
        waiting = self._waiting.get(job)
        if waiting is None:
            waiting = self._waiting[job] = asyncio.get_running_loop().create_future()
            if job not in self._tasks:
                self._start(job)
        return waiting

    def _start(self, job: Job) -> None:
        task = asyncio.get_running_loop().create_task(self._do(job), name=f"{job[0]}:{job[1]}")
        self._tasks[job] = task
        task.add_done_callback(lambda _task: self._ended(job))

    def _ended(self, job: Job) -> None:
        del self._tasks[job]
        if job in self._waiting and not self._stopped:
            self._start(job)

    async def _do(self, job: Job) -> None:
        kind, key = job
        async with self._turns.turn(job, lambda: not self._stopped):
            future = self._waiting.pop(job, None)
            if future is None:
                return
            try:
                outcome = await self._work[kind](key)
            except asyncio.CancelledError:
                _fail(future, Stopped(RESTARTING))
                raise
            except LostRace as lost:
                log.warning("job lost a race, the clock brings it back", job=kind, key=key, race=str(lost.__cause__))
                _fail(future, lost)
            except DatabaseTrouble as error:
                self._outage.note(error)
                _fail(future, error)
            except Exception as error:
                log.exception("job failed", job=kind, key=key)
                _fail(future, error)
            else:
                self._outage.passed()
                if not future.done():
                    future.set_result(outcome)


def queue_of(database: Database) -> JobQueue:
    """The queue that fits the database, which is told of each commit."""
    if database.is_sqlite:
        queue = JobQueue()
    else:
        from bot.shared_jobs import SharedJobs  # needs what SQLite alone does not

        queue = SharedJobs(database)
    database.on_commit(queue.heard)
    return queue


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    """Tell whoever waits; that nobody does is no reason to complain."""
    if not future.done():
        future.set_exception(error)
        future.exception()
