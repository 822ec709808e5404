"""Jobs that wait in PostgreSQL, for whichever process has room: procrastinate.

What a transaction leaves is in procrastinate's table with its commit (:mod:`storage.jobs`). Every process runs one of
its workers; each kind of job has a queue of its own and a worker asks only for the kinds it knows, so that during an
upgrade what only newer processes can do waits for one of them.

What a transaction of this process leaves is taken by its own worker with the commit, as long as that has room: the row
is committed as procrastinate would have left it for a worker that asked (:meth:`SharedJobs.offered`, ADR 39). Where it
is not known whether a commit went through, the row tells (:meth:`SharedJobs.doubted`).

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
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as Row
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from bot.ending import end_within
from bot.jobs import JobQueue, Stopped
from bot.turns import LATE_SECONDS
from storage.again import run_again
from storage.database import Database
from storage.jobs import BY_THE_CLOCK, NOW, RECONCILE, Job, JobsLeft, name_of, was_committed
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

    @property
    def has_place(self) -> bool:
        return self.worker_id is not None and not self._stop_event.is_set() and not self._job_semaphore.locked()

    def give_back(self) -> None:
        """A place that :meth:`take_place` took, for what is not to be done."""
        self._job_semaphore.release()

    def begin_with(self, job: Job, row: int | None) -> None:
        """Use a place that was kept for a job, whose row this is where it became this worker's; or give it back."""
        if row is None:
            self.give_back()
        else:
            self.begin(job, row)

    def begin(self, job: Job, row: int) -> None:
        """Do what is this worker's already and has its place, as if it had asked for it."""
        kind, key = job
        taken = Row(
            id=row, queue=kind, lock=name_of(job), queueing_lock=name_of(job), task_name=kind, task_kwargs={"key": key},
            status="doing", worker_id=self.worker_id,
        )  # fmt: skip
        context = JobContext(
            app=self.app, worker_name=self.worker_name, worker_queues=self.queues, additional_context={}, job=taken,
            abort_reason=lambda: self._job_ids_to_abort.get(row), start_timestamp=time.time(),
        )  # fmt: skip
        task = asyncio.get_running_loop().create_task(self._process_job(context), name=f"process job {kind}[{row}]")
        self._running_jobs[task] = context
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._running_jobs.pop(task, None)
        self._job_semaphore.release()

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        self._stop_event.set()  # also where it ends by losing the database: nothing more is kept a place for
        await super()._shutdown(side_tasks)

    async def _fetch_and_process_jobs(self) -> None:
        self.woken = True
        while self.woken and not self._stop_event.is_set():
            self.woken = False
            await super()._fetch_and_process_jobs()


@dataclass(frozen=True, slots=True)
class Kept:
    """Places of a worker, one for each of these jobs."""

    worker: int
    jobs: list[Job]
    hand: WokenWorker


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
        self._settling: set[asyncio.Task[None]] = set()
        database.hands = self
        database.on_doubt(self.doubted)
        self._putting: asyncio.Task[None] | None = None

    @property
    def kinds(self) -> list[str]:
        return sorted(self._work)

    @property
    def has_room(self) -> bool:
        """Whether a job that is left now is begun with the commit that leaves it."""
        return self._worker is not None and self._worker.has_place

    async def start(self) -> None:
        self._working = asyncio.get_running_loop().create_task(self._go_on(), name="shared jobs")

    async def offered(self, jobs: Iterable[Job]) -> Kept | None:
        worker = self._worker
        if worker is None or worker.worker_id is None or self._stopped:
            return None
        kept = Kept(worker.worker_id, [], worker)
        for job in jobs:
            if worker.has_place and job[0] in self._work:
                await worker.take_place()  # without waiting, since there is one
                kept.jobs.append(job)
        return kept

    def heard(self, unit: Unit) -> None:
        if jobs := list(unit.jobs):
            self._coming.update(jobs)
            asyncio.get_running_loop().call_later(COMING_SECONDS, self._coming.difference_update, jobs)
            if (kept := _kept(unit)) is not None:
                for job in kept.jobs:
                    kept.hand.begin_with(job, unit.jobs.taken.get(job))
            if len(unit.jobs.taken) < len(jobs):
                self._wake()

    def doubted(self, unit: Unit) -> None:
        """A transaction was not seen to end well; should it be committed all the same, what it took has to be done."""
        if (kept := _kept(unit)) is None:
            return
        for _job in kept.jobs:
            kept.hand.give_back()
        if unit.jobs.taken:
            task = asyncio.get_running_loop().create_task(self._settle(kept.hand, unit.jobs))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def _settle(self, worker: WokenWorker, left: JobsLeft) -> None:
        while (was_it := await self._was_committed(left.transaction)) is None and worker is self._worker:  # noqa: ASYNC110
            await asyncio.sleep(PAUSE_SECONDS)
        for job, row in left.taken.items() if was_it else ():
            await worker.take_place()
            if worker is self._worker:  # else the leader takes them over, as all that the former one was at
                worker.begin(job, row)

    async def _was_committed(self, transaction: int) -> bool | None:
        """None while that is not known."""
        try:
            async with self._database.read() as tx:
                return await was_committed(tx.session, transaction)
        except DatabaseTrouble:
            return None

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
            was_idle = self.is_idle  # what is queued while it is asked for may not be counted yet
            async with self._database.read() as tx:
                more = await left(tx.session, self.kinds)
            if was_idle and self.is_idle and not more:
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


def _kept(unit: Unit) -> Kept | None:
    """What places this process has kept for a transaction; whoever asks first sees to them."""
    kept, unit.jobs.offer = unit.jobs.offer, None
    return kept if isinstance(kept, Kept) else None
