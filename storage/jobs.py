"""Jobs that a transaction leaves behind: hints that something wants looking at, seen by others once it is committed.

On PostgreSQL they go into procrastinate's table on the transaction's own connection, all in one statement, as the last
thing before the commit: no job is there without its change, none comes before it. On SQLite there is one process, which
hears of them after the commit (:meth:`storage.database.Database.on_commit`); nothing is written.

What procrastinate's own ``defer`` can't do, and is done by the statement here: several jobs at once, and a key that
waits already is no error, which would end the transaction. Such a job is locked until the commit. A worker that took it
before would not see what this transaction changed, and there would be no job for that; workers pass over what is locked
(``SKIP LOCKED``), and find it with their next look. Jobs by the clock are about what is committed already: one that
waits or runs is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

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
"""
_PUT_NOW = text(
    _PUT.format(
        condition="",
        conflict="DO UPDATE SET priority = greatest(procrastinate_jobs.priority, excluded.priority)",
    )
)
_PUT_BY_THE_CLOCK = text(
    _PUT.format(
        condition="WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing' AND lock = name)",
        conflict="DO NOTHING",
    )
)
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


class JobsLeft:
    """What one transaction leaves to be done."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._jobs: dict[Job, None] = {}
        self.priority = NOW

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    def add(self, *jobs: Job) -> None:
        self._jobs.update(dict.fromkeys(jobs))

    async def put(self) -> None:
        """Leave them where every process finds them; to be the last thing before the commit."""
        if self._jobs and self._session.get_bind().dialect.name == "postgresql":
            statement = _PUT_NOW if self.priority == NOW else _PUT_BY_THE_CLOCK
            await (await self._session.connection()).execute(
                statement, _columns(self._jobs) | {"priority": self.priority}
            )

    async def take_over(self) -> Collection[Job]:
        """Have done again what a worker began that is gone; says what that is."""
        connection = await self._session.connection()
        gone = [(kind, key) for kind, key in await connection.execute(_TAKEN_OVER, {"silent": SILENT_FOR})]
        self.add(*gone)
        return gone


def _columns(jobs: Iterable[Job]) -> dict[str, Any]:
    known = list(jobs)
    return {
        "kinds": [kind for kind, _key in known],
        "names": [name_of(job) for job in known],
        "keys": [key for _kind, key in known],
    }
