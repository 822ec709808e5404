"""One side of the comparison with an earlier commit in the resolve benchmark: a script for a process of its own.

Run with ``PYTHONPATH`` on the tree that is measured, whose rules it uses so far as both trees have them. It prints the
CPU seconds that the first schedule-year takes, before anything of the zone is remembered, and what each of a lot takes
afterwards, for as many lots as asked for; and what the year is resolved to.
"""

from __future__ import annotations

import gc
import hashlib
import json
import sys
from datetime import UTC, datetime, time, timedelta
from time import process_time

from oncall.roles import resolve
from oncall.rotations import Rotation, members
from oncall.shifts import Shift
from oncall.timeline import Interval, Timeline
from oncall.windows import WORKING_DAYS, Daily

PRIMARY, SECONDARY = 1, 2
PEOPLE = tuple(f"U{number:02}" for number in range(10))
YEAR = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
ANCHOR = datetime(2025, 1, 6, 9)  # noqa: DTZ001 – a wall time
AT_ONCE = 40


def schedule() -> tuple[Rotation, Rotation]:
    order, office = members(*PEOPLE), Daily(time(8), time(20), WORKING_DAYS)
    return (
        Rotation(PRIMARY, "America/New_York", ANCHOR, order, name="Weeks"),
        Rotation(SECONDARY, "America/New_York", ANCHOR.replace(hour=0), order, coverage=office, name="Office hours"),
    )


def overrides() -> tuple[Shift, ...]:
    return tuple(
        Shift(
            role_id=(PRIMARY, SECONDARY)[number % 2],
            user=PEOPLE[number * 7 % 10],
            start=YEAR.start + timedelta(days=6 * number, hours=number % 24),
            end=YEAR.start + timedelta(days=6 * number, hours=number % 24 + 4 + number % 27),
        )
        for number in range(60)
    )


def digest(resolved: dict[int, Timeline]) -> str:
    rows = [
        (role, s.start.isoformat(), s.end.isoformat(), s.users)
        for role, line in sorted(resolved.items())
        for s in line.segments
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def seconds(number: int) -> float:
    """For one year, of so many in a row."""
    rotations, shifts = schedule(), overrides()
    gc.collect()
    began = process_time()
    for _ in range(number):
        resolve(rotations, shifts, YEAR)
    return (process_time() - began) / number


if __name__ == "__main__":
    first, lots = seconds(1), [seconds(AT_ONCE) for _ in range(int(sys.argv[1]))]
    print(json.dumps({"first": first, "lots": lots, "digest": digest(resolve(schedule(), overrides(), YEAR))}))
