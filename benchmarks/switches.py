"""The look for switches after a commit that changed one schedule's shifts: what it costs as installations grow.

CPU seconds of processes of their own, with nothing to tell. The peer is Baton at 286dd81, which looked at every
schedule each time, in the same run.
"""

from __future__ import annotations

import statistics

from benchmarks.earlier import BEFORE, ROOT, earlier, measured_in
from benchmarks.measure import Report, Sample, Target

STEPS = "switches_steps.py"
FEW, MANY = 1_000, 10_000
LOOKS, OLD_LOOKS, REPEATS = 60, 10, 3
MOST_GROWTH, MOST_OF_BEFORE = 1.5, 20


def run() -> Report:
    few, many, old = [], [], []
    with earlier() as before:
        for _ in range(REPEATS):
            few.append(measured_in(ROOT, STEPS, FEW, LOOKS))
            old.append(measured_in(before, STEPS, FEW, OLD_LOOKS))
            many.append(measured_in(ROOT, STEPS, MANY, LOOKS))
    samples = (
        _sample(f"a look among {FEW:,} schedules", few),
        _sample(f"a look among {MANY:,} schedules", many),
        _sample(f"a look among {FEW:,} schedules at {BEFORE}", old),
    )
    growth = samples[1].median / samples[0].median
    share = samples[0].median / samples[2].median
    targets = (
        Target(
            f"ten times the schedules cost {growth:.2f} times as much (at most {MOST_GROWTH})", growth <= MOST_GROWTH
        ),
        Target(f"1/{1 / share:.1f} of the CPU at {BEFORE} (at most 1/{MOST_OF_BEFORE})", share <= 1 / MOST_OF_BEFORE),
    )
    return Report("switches", "Looking for switches after a commit", samples, targets)


def _sample(name: str, runs: list[dict[str, float]]) -> Sample:
    looks = [found["look"] for found in runs]
    return Sample(name, statistics.median(looks), min(looks), max(looks), len(looks))
