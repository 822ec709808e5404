"""The run that extends every schedule to its horizon: with nothing to do, as it grows, and from nothing.

CPU seconds of a process of its own, with the look for switches that each commit wakes, as a running Baton has it. The
peer is Baton at 286dd81, checked out into a folder of its own, in the same run; each side is given the same
schedules, with a weekly rotation per role. Baton's side is measured as the next day finds it, as a restart finds it,
and with every schedule worked out again although nothing is due ("each once more"); growth is that of the last. A hold
is how long the loop that answers Slack was kept by one thing without a break, in CPU seconds.
"""

from __future__ import annotations

from benchmarks.earlier import BEFORE, ROOT, earlier, measured_in
from benchmarks.measure import Report, Sample, Target

STEPS = "horizon_steps.py"
SIZES = (100, 200, 400)
MANY = 1_000
MOST_GROWTH, MOST_OF_BEFORE, MOST_HOLD, MOST_FROM_NOTHING = 2.1, 15, 0.05, 60.0


def run() -> Report:
    with earlier() as before:
        old = measured_in(before, STEPS, MANY, 1, 2)
    ours = {size: measured_in(ROOT, STEPS, size, 1, 4) for size in SIZES}
    many = measured_in(ROOT, STEPS, MANY, 2, 3)
    hold = max(many[f"{step} hold"] for step in ("restart", "next_day"))
    samples = (
        _sample(f"{MANY:,} schedules × 2 roles, the next day", many["next_day"]),
        _sample(f"{MANY:,} schedules × 2 roles, after a restart", many["restart"]),
        _sample(f"{MANY:,} schedules × 2 roles, the longest hold of these", hold),
        *(_sample(f"{size} schedules, each once more", ours[size]["every"]) for size in SIZES),
        _sample(f"{SIZES[-1]} schedules, each once more, the longest hold", ours[SIZES[-1]]["every hold"]),
        _sample(f"{MANY:,} schedules × 1 role, nothing to do, at {BEFORE}", old["restart"]),
        _sample(f"{MANY:,} schedules × 1 role, nothing to do, at {BEFORE}, the longest hold", old["restart hold"]),
        _sample(f"{MANY:,} schedules × 2 roles, from nothing", many["first"]),
    )
    each = {size: found["every"] for size, found in ours.items()}
    growth = max(each[2 * size] / each[size] for size in SIZES[:-1])
    fewer = old["restart"] / max(many["next_day"], many["restart"])
    longest = f"the longest hold with nothing to do is {hold * 1000:.0f} ms (at most {MOST_HOLD * 1000:.0f})"
    targets = (
        Target(f"twice the schedules take {growth:.2f} times as long (at most {MOST_GROWTH})", growth <= MOST_GROWTH),
        Target(f"1/{fewer:.0f} of the CPU at {BEFORE} (at most 1/{MOST_OF_BEFORE})", fewer >= MOST_OF_BEFORE),
        Target(longest, hold <= MOST_HOLD),
        Target(
            f"{MANY:,} schedules × 2 roles from nothing in at most {MOST_FROM_NOTHING:.0f} s of CPU",
            many["first"] <= MOST_FROM_NOTHING,
        ),
    )
    return Report("horizon", "Extending schedules to their horizon", samples, targets)


def _sample(name: str, seconds: float) -> Sample:
    return Sample(name, seconds, seconds, seconds, 1)
