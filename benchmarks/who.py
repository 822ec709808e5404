"""Who is on call now, of ten thousand schedules: a point query once everything is loaded.

The peer is what a database-backed scheduler does at best: read the shifts of one role at one instant from an indexed
SQLite table in memory.
"""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime, timedelta
from time import process_time

from benchmarks.measure import Report, Sample, Target, compete
from benchmarks.resolve import PRIMARY, SECONDARY, YEAR, schedule
from oncall.roles import resolve
from oncall.roster import Roster
from oncall.timeline import Interval, Timeline, Users

SCHEDULES, QUERIES = 10_000, 1_000
SPAN = timedelta(days=30)
MONTH = Interval(YEAR.start, YEAR.start + SPAN)
TARGET_SECONDS = 5e-6

Question = tuple[int, int, datetime]


def timelines() -> tuple[dict[int, Timeline], ...]:
    """A month of ten different schedules; ten thousand take turns with them."""
    return tuple(resolve(schedule(first), (), MONTH) for first in range(10))


def roster(size: int = SCHEDULES) -> Roster:
    loaded, kinds = Roster(), timelines()
    for schedule_id in range(size):
        loaded.put(schedule_id, kinds[schedule_id % len(kinds)])
    return loaded


def table(size: int = SCHEDULES) -> sqlite3.Connection:
    connection, kinds = sqlite3.connect(":memory:"), timelines()
    connection.execute("create table shift (schedule int, role int, start int, until int, users text)")
    connection.execute("create index lookup on shift (schedule, role, start)")
    connection.executemany(
        "insert into shift values (?, ?, ?, ?, ?)",
        (
            (schedule_id, role, segment.start.timestamp(), segment.end.timestamp(), segment.users[0])
            for schedule_id in range(size)
            for role, timeline in kinds[schedule_id % len(kinds)].items()
            for segment in timeline.segments
        ),
    )
    return connection


def questions(size: int = SCHEDULES, number: int = QUERIES) -> list[Question]:
    chance = random.Random(7)
    return [
        (
            chance.randrange(size),
            chance.choice((PRIMARY, SECONDARY)),
            MONTH.start + chance.random() * timedelta(days=30),
        )
        for _ in range(number)
    ]


def ask_table(connection: sqlite3.Connection, question: Question) -> Users:
    schedule_id, role, at = question
    row = connection.execute(
        "select users, until from shift where schedule = ? and role = ? and start <= ? order by start desc limit 1",
        (schedule_id, role, at.timestamp()),
    ).fetchone()
    return (row[0],) if row is not None and at.timestamp() < row[1] else ()


def run() -> Report:
    loaded, connection, asked = roster(), table(), questions()
    if [loaded.who(*question).users for question in asked] != [ask_table(connection, question) for question in asked]:
        raise AssertionError("the two sides disagree about who is on call")
    samples = compete(
        {
            "Baton: who, until when, who next": lambda: [loaded.who(*question) for question in asked],
            "SQLite in memory: who": lambda: [ask_table(connection, question) for question in asked],
        },
        seconds=0.0,
        clock=process_time,
    )
    connection.close()
    each = tuple(
        Sample(s.name, s.median / QUERIES, s.fastest / QUERIES, s.slowest / QUERIES, s.repeats) for s in samples
    )
    target = Target(f"at most {TARGET_SECONDS * 1e6:.0f} µs for one query", each[0].median <= TARGET_SECONDS)
    return Report("who", f"Who is on call now, one query of {SCHEDULES:,} schedules", each, (target,))
