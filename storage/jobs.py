"""Jobs that a transaction leaves behind: hints that something wants looking at, seen by others once it is committed.

On PostgreSQL they go into procrastinate's table on the transaction's own connection, all in one statement, as the last
thing before the commit: no job is there without its change, none comes before it. On SQLite there is one process, which
hears of them after the commit (:meth:`storage.database.Database.on_commit`); nothing is written.

What procrastinate's own ``defer`` can't do, and is done by the statement here: several jobs at once, and a key that
waits already is no error, which would end the transaction. Such a job is locked until the commit. A worker that took it
before would not see what this transaction changed, and there would be no job for that; workers pass over what is locked
(``SKIP LOCKED``), and find it with their next look. Jobs by the clock are about what is committed already: one that
waits or runs is left alone.

Where this process has a worker with room (:class:`Hands`), what somebody has just changed is committed as taken by that
worker already, as if it had asked for it (ADR 39): it begins with the commit, instead of with a look that follows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Protocol

from sqlalchemy import column, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.swift import swift

Job = tuple[str, int]
"""What is to be done, and with which row."""

RECONCILE = "reconcile"
NOW, BY_THE_CLOCK = 10, 0
"""Priorities: what somebody has just changed goes before what is only due."""

SILENT_FOR = 20
"""Seconds without a heartbeat after which a worker is taken for dead."""

_PUT = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
SELECT kind, kind, :priority, name, name, jsonb_build_object('key', key)
FROM unnest(CAST(:kinds AS text[]), CAST(:names AS text[]), CAST(:keys AS bigint[])) AS wanted (kind, name, key)
{condition}
ORDER BY name
ON CONFLICT (queueing_lock) WHERE status = 'todo'
{conflict}
RETURNING id, queue_name, CAST(args ->> 'key' AS bigint)
"""
_ROW = column("id"), column("kind"), column("key")
_PUT_NOW = swift(
    text(
        _PUT.format(
            condition="",
            conflict="DO UPDATE SET priority = greatest(procrastinate_jobs.priority, excluded.priority)",
        )
    ).columns(*_ROW)
)
_PUT_BY_THE_CLOCK = swift(
    text(
        _PUT.format(
            condition="WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing' AND lock = name)",
            conflict="DO NOTHING",
        )
    ).columns(*_ROW)
)
_TAKE = swift(
    text(
        """
    UPDATE procrastinate_jobs AS job SET status = 'doing', worker_id = :worker
    WHERE id = ANY(:ids) AND status = 'todo'
    AND NOT EXISTS (SELECT FROM procrastinate_jobs AS other WHERE other.lock = job.lock AND other.status = 'doing')
    RETURNING id, CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    """
    ).columns(column("id"), column("number"))
)
_BECAME = text("SELECT pg_xact_status(CAST(CAST(:transaction AS text) AS xid8))")
_TAKEN_OVER = text(
    """
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT job.id FROM procrastinate_jobs AS job
        LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
        WHERE job.status = 'doing'
        AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :silent))
        FOR UPDATE OF job SKIP LOCKED
    ) RETURNING queue_name, CAST(args ->> 'key' AS bigint)
    """
)


def name_of(job: Job) -> str:
    """What a job waits for and is waited for by: of one name at most one waits and one runs."""
    kind, key = job
    return f"{'destination' if kind == RECONCILE else kind}:{key}"


class Offer(Protocol):
    """A worker of this process, by its number, and what it has kept places for."""

    @property
    def worker(self) -> int: ...

    @property
    def jobs(self) -> Collection[Job]: ...


class Hands(Protocol):
    """Whoever of this process can begin with a job at once."""

    async def offered(self, jobs: Iterable[Job]) -> Offer | None:
        """What can be begun with as soon as it is committed. Places are given back by whoever hears what became of the
        transaction."""
        ...


class JobsLeft:
    """What one transaction leaves to be done."""

    def __init__(self, session: AsyncSession, hands: Hands | None = None) -> None:
        self._session = session
        self._hands = hands
        self._jobs: dict[Job, None] = {}
        self.priority = NOW
        self.offer: Offer | None = None
        self.taken: dict[Job, int] = {}
        """Of what was offered, what is this process' to do once it is committed, by the number of its row."""
        self.transaction = 0
        """The number of the transaction that took them."""

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    def add(self, *jobs: Job) -> None:
        self._jobs.update(dict.fromkeys(jobs))

    async def put(self) -> None:
        """Leave them where every process finds them; to be the last thing before the commit."""
        if self._jobs and self._session.get_bind().dialect.name == "postgresql":
            statement = _PUT_NOW if self.priority == NOW else _PUT_BY_THE_CLOCK
            connection = await self._session.connection()
            rows = await connection.execute(statement, _columns(self._jobs) | {"priority": self.priority})
            if self._hands is not None and self.offer is None and self.priority == NOW:
                await self._take({(kind, key): row for row, kind, key in rows}, self._hands)

    async def _take(self, rows: dict[Job, int], hands: Hands) -> None:
        """Have this process begin with some of these after the commit. By a statement of its own, which sees what
        others have begun with until then; what the one before has put or locked nobody else can begin with any more."""
        self.offer = await hands.offered(self._jobs)
        if self.offer is not None and self.offer.jobs:
            ids = [rows[job] for job in self.offer.jobs]
            connection = await self._session.connection()
            taken = list(await connection.execute(_TAKE, {"ids": ids, "worker": self.offer.worker}))
            numbers = {number for number, _ in taken}
            self.taken = {job: rows[job] for job in self.offer.jobs if rows[job] in numbers}
            self.transaction = taken[0][1] if taken else 0

    async def take_over(self) -> Collection[Job]:
        """Have done again what a worker began that is gone; says what that is."""
        connection = await self._session.connection()
        gone = [(kind, key) for kind, key in await connection.execute(_TAKEN_OVER, {"silent": SILENT_FOR})]
        self.add(*gone)
        return gone


async def was_committed(session: AsyncSession, transaction: int) -> bool | None:
    """None while it is under way."""
    became = await session.scalar(_BECAME, {"transaction": transaction})
    return None if became == "in progress" else became == "committed"


def _columns(jobs: Iterable[Job]) -> dict[str, Any]:
    known = list(jobs)
    return {
        "kinds": [kind for kind, _key in known],
        "names": [name_of(job) for job in known],
        "keys": [key for _kind, key in known],
    }
