"""What the processes on one PostgreSQL have to do, and whether one of them leads: for whoever watches over them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.jobs import SILENT_FOR

LEADING = 0x6C656164
"""Of PostgreSQL's advisory locks, the one that whoever leads holds; "lead" in ASCII."""

_LEFT = text(
    "SELECT count(*) FROM procrastinate_jobs"
    " WHERE status IN ('todo', 'doing') AND queue_name = ANY(CAST(:kinds AS text[]))"
)
_COUNTED = text(
    """
    SELECT job.queue_name, count(*) FILTER (WHERE job.status = 'todo'), count(*) FILTER (WHERE job.status = 'doing'),
        count(*) FILTER (WHERE job.status = 'doing'
            AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :silent))),
        extract(epoch FROM now() - min(event.at) FILTER (WHERE job.status = 'todo'))
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status IN ('todo', 'doing') GROUP BY job.queue_name ORDER BY job.queue_name
    """
)
_WORKERS = text(
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= now() - make_interval(secs => :silent)"
)
_LEADER = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock AND objsubid = 1"
    " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Jobs of one kind: how many wait, run, and were begun by a process that is gone; how long the first has waited."""

    kind: str
    waiting: int
    running: int
    stalled: int
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Shared:
    """What all processes on one database do together."""

    kinds: tuple[Waiting, ...]
    workers: int
    has_leader: bool


async def left(session: AsyncSession, kinds: Collection[str]) -> int:
    """How many jobs of these kinds wait or run."""
    return await session.scalar(_LEFT, {"kinds": sorted(kinds)}) or 0


async def shared(session: AsyncSession) -> Shared | None:
    """What there is to say of the processes on this database; None on SQLite, which is for one."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    silent = {"silent": SILENT_FOR}
    rows = await session.execute(_COUNTED, silent)
    kinds = tuple(
        Waiting(kind, waiting, running, stalled, timedelta(seconds=float(longest or 0)))
        for kind, waiting, running, stalled, longest in rows
    )
    workers = await session.scalar(_WORKERS, silent)
    return Shared(kinds, workers or 0, bool(await session.scalar(_LEADER, {"lock": LEADING})))
