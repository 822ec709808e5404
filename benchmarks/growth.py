"""Growth from one schedule to a thousand: resolving a year, proposing a month and loading a roster, per schedule.

Ratios are against one schedule; linear growth keeps them near one.
"""

from __future__ import annotations

from datetime import timedelta
from time import process_time

from benchmarks.measure import Report, Sample, Target, compete
from benchmarks.resolve import YEAR, overrides, schedule
from oncall.proposals import propose
from oncall.roles import resolve
from oncall.roster import Roster

SIZES = (1, 10, 100, 1_000)
MOST_PER_SCHEDULE = 1.5
NOW = YEAR.start + timedelta(days=60)


def work(size: int) -> Roster:
    """What Baton does for ``size`` schedules: resolve the year, propose to the horizon, load the roster."""
    roster, shifts = Roster(), overrides()
    for schedule_id in range(size):
        rotations = schedule(schedule_id)
        roster.put(schedule_id, resolve(rotations, shifts, YEAR))
        propose(rotations, shifts, NOW)
    return roster


def run() -> Report:
    samples = compete(
        {f"{size:,} at once": (lambda size=size: work(size)) for size in SIZES}, repeats=5, clock=process_time
    )
    each = tuple(
        Sample(f"{s.name}, each", s.median / size, s.fastest / size, s.slowest / size, s.repeats)
        for s, size in zip(samples, SIZES, strict=True)
    )
    report = Report("growth", "Resolve, propose and load, for one schedule of many", each)
    linear = report.ratio(each[-1]) <= MOST_PER_SCHEDULE
    target = Target(f"at {SIZES[-1]:,} schedules each takes at most {MOST_PER_SCHEDULE} times as long", linear)
    return Report(report.name, report.title, each, (target,))
