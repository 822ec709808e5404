"""Jobs that wait in PostgreSQL, for whichever process has room: procrastinate.

What a transaction leaves is in procrastinate's table with its commit (:mod:`storage.jobs`). Every process runs one of
its workers; each kind of job has a queue of its own and a worker asks only for the kinds it knows, so that during an
upgrade what only newer processes can do waits for one of them.

A job that a worker took is done as every other job of this process: one at a time per key, also where somebody waits
for the outcome (:meth:`JobQueue.run`). Its row goes when it is over, however it went, since the clock brings back what
is still to be done. What is cut off when Baton stops is queued anew; what a killed process was at is queued anew by
the leader, once its worker has given no sign for twenty seconds (:meth:`SharedJobs.take_over`).

Workers look every half a second, and at once when this process has committed something or a job of it has ended, for
which another may have waited. Nothing listens for notifications: each would wake every process, and poolers that
change connections between transactions don't pass them on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from bot.ending import end_within
from bot.jobs import JobQueue, Stopped
from bot.turns import LATE_SECONDS
from storage.again import run_again
from storage.database import Database
from storage.jobs import BY_THE_CLOCK, NOW, RECONCILE, Job
from storage.queued import left
from storage.trouble import DatabaseTrouble
from storage.unit import Unit

log = structlog.get_logger()

LOOK_SECONDS = 0.5
HEARTBEAT_SECONDS = 5.0
PAUSE_SECONDS = 1.0
"""Before a worker that can't reach the database is begun again."""

GIVING_BACK_SECONDS = 3.0
SETTLED_SECONDS = 0.05
COMING_SECONDS, COMING_LOOK_SECONDS = 0.1, 0.01


class WokenWorker(Worker):
    """Looks at once when it is woken. One that is woken while it looks, too late for what that look finds, looks again:
    procrastinate's own worker forgets what came meanwhile, and waits for its next look."""

    woken = False

    def wake(self) -> None:
        self.woken = True
        self._new_job_event.set()

    def add_place(self) -> None:
        """For one job more at a time."""
        self._job_semaphore.release()
        self.wake()

    async def take_place(self) -> None:
        """Take one away again, as soon as one is free."""
        await self._job_semaphore.acquire()

    async def _fetch_and_process_jobs(self) -> None:
        self.woken = True
        while self.woken and not self._stop_event.is_set():
            self.woken = False
            await super()._fetch_and_process_jobs()


class SharedJobs(JobQueue):
    """The queue that all processes on one PostgreSQL share."""

    def __init__(self, database: Database, concurrency: int = 8, late_seconds: float = LATE_SECONDS) -> None:
        super().__init__(concurrency, late_seconds)
        self._database = database
        self._concurrency = concurrency
        self._worker: WokenWorker | None = None
        self._working: asyncio.Task[None] | None = None
        self._to_put: dict[Job, None] = {}
        self._coming: set[Job] = set()
        """What this process has just left and not begun; another one may have it."""
        self._filling: set[asyncio.Task[Any]] = set()
        self._turns.make_room = self._more_room
        self._putting: asyncio.Task[None] | None = None

    @property
    def kinds(self) -> list[str]:
        return sorted(self._work)

    async def start(self) -> None:
        self._working = asyncio.get_running_loop().create_task(self._go_on(), name="shared jobs")

    def heard(self, unit: Unit) -> None:
        if jobs := list(unit.jobs):
            self._coming.update(jobs)
            asyncio.get_running_loop().call_later(COMING_SECONDS, self._coming.difference_update, jobs)
            self._wake()

    async def passed(self, kind: str, seconds: float) -> None:
        waited = 0.0
        for _ in range(int(seconds / COMING_LOOK_SECONDS)):
            if not any(job[0] == kind for job in self._coming):
                break
            await asyncio.sleep(COMING_LOOK_SECONDS)
            waited += COMING_LOOK_SECONDS
        await super().passed(kind, seconds - waited)

    def defer(self, kind: str, key: int) -> None:
        """Have it done soon by whoever has room; not the word of anybody who waits."""
        if self._stopped:
            return
        self._to_put[(kind, key)] = None
        if self._putting is None or self._putting.done():
            self._putting = asyncio.get_running_loop().create_task(self._put_all())

    async def take_over(self) -> None:
        gone = await self._take_over()
        if gone:
            log.warning("took over what a process left behind", jobs=[f"{kind}:{key}" for kind, key in gone])

    async def drain(self, timeout: float) -> None:
        """Take no more jobs and wait for those that run; what is left is cancelled and queued anew for others."""
        if self._worker is not None:
            self._worker.stop()
        await super().drain(timeout)
        working = [task for task in (self._working, self._putting) if task is not None]
        await end_within(working, GIVING_BACK_SECONDS)

    @property
    def is_idle(self) -> bool:
        return super().is_idle and not self._to_put and (self._putting is None or self._putting.done())

    async def idle(self) -> None:
        """Wait until no process has anything queued or running of the kinds that this one knows."""
        while True:
            await super().idle()
            async with self._database.read() as tx:
                more = await left(tx.session, self.kinds)
            if self.is_idle and not more:
                return
            await asyncio.sleep(SETTLED_SECONDS)

    @run_again
    async def _take_over(self) -> list[Job]:
        async with self._database.transaction() as tx:
            gone = list(await tx.jobs.take_over())
            if left := [key for kind, key in gone if kind == RECONCILE]:
                await tx.destinations.break_leases(left)
            return gone

    async def _put_all(self) -> None:
        while self._to_put:
            jobs, self._to_put = self._to_put, {}
            try:
                await self._put(jobs)
            except DatabaseTrouble as error:
                log.warning("jobs could not be queued, the clock brings them back", reason=error.why)

    @run_again
    async def _put(self, jobs: dict[Job, None], priority: int = BY_THE_CLOCK) -> None:
        async with self._database.transaction() as tx:
            tx.jobs.priority = priority
            tx.jobs.add(*jobs)

    async def _go_on(self) -> None:
        """Have a worker, and another one whenever that loses the database."""
        while not self._stopped:
            try:
                async with self._app() as app:
                    self._worker = self._worker_of(app)
                    if not self._stopped:
                        await self._worker.run()
            except Exception as error:
                reason = " ".join(str(error.__cause__ or error).split())
                log.warning("jobs can't be taken from the database; trying again", reason=reason)
            if not self._stopped:
                await asyncio.sleep(PAUSE_SECONDS)

    @asynccontextmanager
    async def _app(self) -> AsyncGenerator[App]:
        pool = AsyncConnectionPool(
            self._database.libpq_address,
            min_size=1,
            max_size=4,
            kwargs={"autocommit": True, "prepare_threshold": None},  # poolers may change connections between statements
            open=False,
        )
        app = App(connector=PsycopgConnector())
        for kind in self.kinds:
            app.task(name=kind, queue=kind, pass_context=True)(self._task(kind))
        async with pool, app.open_async(pool):
            yield app

    def _worker_of(self, app: App) -> WokenWorker:
        return WokenWorker(
            app,
            queues=self.kinds,
            concurrency=self._concurrency,
            fetch_job_polling_interval=LOOK_SECONDS,
            listen_notify=False,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
        )

    def _task(self, kind: str) -> Any:
        async def do(_context: object, key: int) -> None:
            task = asyncio.current_task()
            if task is not None:
                task.add_done_callback(lambda _task: self._wake())
            self._coming.discard((kind, key))
            if await self._turns.is_held_up((kind, key)):
                log.info("a job is left to the clock: its account does not answer", job=kind, key=key)
                return
            try:
                await self.run(kind, key)
            except Stopped:
                await self._put({(kind, key): None}, NOW)
            except Exception:  # noqa: S110 - it is logged already
                pass

        return do

    def _more_room(self) -> Callable[[], None]:
        """Have the worker take one job more, until what came late is over."""
        worker = self._worker
        if worker is None:
            return lambda: None
        worker.add_place()

        def one_less() -> None:
            task = asyncio.get_running_loop().create_task(worker.take_place())
            self._filling.add(task)
            task.add_done_callback(self._filling.discard)

        return one_less

    def _wake(self) -> None:
        if self._worker is not None:
            self._worker.wake()
