"""A hundred thousand schedules in five thousand workspaces, on PostgreSQL: what each tick asks, and how long it takes.

The database is filled by statements that make their own rows (:mod:`tests.support.filled`): half an hour's work for a
machine's disk is a few minutes' of its. One in two hundred of whatever the clock looks for is due. Each tick and each
loop is done once; then PostgreSQL is asked for the plan of every statement, with its own choice of them. Nothing is
sent: no workspace has Baton installed, and one account is the sandbox's.

``BATON_SCHEDULES`` says how many; `docs/scale.md` has the arithmetic of requests.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from dataclasses import dataclass, field
from time import perf_counter, process_time

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from benchmarks.measure import Report, Sample, Target
from bot.settings import Settings
from storage.database import Database
from tests.support.filled import PER_WORKSPACE
from tests.support.plans import Asked, Plan, Recorder, planned
from tests.support.postgres import migrated_database, running_server
from tests.support.ticks import fill, idle

SCHEDULES = int(os.environ.get("BATON_SCHEDULES", "100000"))
MOST_SECONDS = 60.0
"""Of CPU for any tick: the shortest interval of those that look at many is a minute."""


@dataclass(slots=True)
class Found:
    """What one tick took, and its most expensive statement."""

    seconds: float
    cpu: float
    statements: int = 0
    plan: Plan | None = None
    asked: Asked | None = None
    indexes: set[str] = field(default_factory=set)


def run() -> Report:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    for name in ("SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET"):
        os.environ.setdefault(f"SLACK_{name}", "1")
    with running_server() as server:
        address = migrated_database(server)
        engine = create_engine(address)
        started = perf_counter()
        with engine.begin() as connection:
            fill(connection, SCHEDULES)
        sys.stdout.write(f"filled in {perf_counter() - started:.0f} s\n")
        recorder = Recorder()
        ticks = asyncio.run(_each(address, recorder))
        with engine.begin() as connection:
            size = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
            connection.execute(text("SET random_page_cost = 1.1"))  # as for a disk without heads; docs/scale.md
            plans = [(asked, planned(connection, asked)) for asked in recorder.found.values()]
        engine.dispose()
    _gathered(ticks, recorder, plans)
    _show(ticks)
    return _report(ticks, plans, size)


async def _each(address: str, recorder: Recorder) -> dict[str, Found]:
    database, found = Database(address), dict[str, Found]()
    try:
        async with idle(database, Settings()) as baton:  # pyright: ignore[reportCallIssue] - values of the environment
            for name in baton.ticks:
                started, worked = perf_counter(), process_time()
                await baton.record(recorder, [name])
                found[name] = Found(perf_counter() - started, process_time() - worked)
    finally:
        await database.close()
    return found


def _gathered(ticks: dict[str, Found], recorder: Recorder, plans: list[tuple[Asked, Plan]]) -> None:
    for name, count in recorder.counts.items():
        ticks[name].statements = count
    for asked, plan in plans:
        tick = ticks[asked.by]
        tick.indexes.update(plan.indexes)
        if tick.plan is None or plan.cost > tick.plan.cost:
            tick.plan, tick.asked = plan, asked


def _show(ticks: dict[str, Found]) -> None:
    table = Table(title="Each tick once", title_justify="left")
    for heading in ("tick", "seconds", "CPU", "statements", "costliest", "its indexes"):
        table.add_column(heading)
    for name, one in ticks.items():
        cost, indexes = (f"{one.plan.cost:,.0f}", ", ".join(one.plan.indexes)) if one.plan else ("", "")
        table.add_row(name, f"{one.seconds:.2f}", f"{one.cpu:.2f}", str(one.statements), cost, indexes)
    Console(width=200).print(table)


def _report(ticks: dict[str, Found], plans: list[tuple[Asked, Plan]], size: int) -> Report:
    whole = [(asked, plan) for asked, plan in plans if plan.reads_all_of]
    for asked, plan in whole:
        sys.stdout.write(f"{asked.by} reads all of {sorted(plan.reads_all_of)}: {' '.join(asked.statement.split())}\n")
    slowest = max(one.cpu for one in ticks.values())
    each = [Sample(f"{name}, CPU", max(one.cpu, 1e-6), one.cpu, one.cpu, 1) for name, one in ticks.items()]
    return Report(
        "hundred_thousand",
        f"{SCHEDULES:,} schedules in {SCHEDULES // PER_WORKSPACE:,} workspaces: CPU of each tick, once",
        tuple(each),
        (
            Target(f"{len(plans)} statements, {len(whole)} of which read all of a table that grows (none)", not whole),
            Target(
                f"the longest tick takes {slowest:.1f} s of CPU (at most {MOST_SECONDS:.0f})", slowest <= MOST_SECONDS
            ),
            Target(f"{size / SCHEDULES / 1024:.1f} KB of database per schedule", size > 0),
        ),
    )
