"""A year of fair assignment, four weeks at a time, beside round-robin with the same leave; and half a year at once.

Round-robin goes round the circle: whoever is away, or had the shift before, is passed over and keeps their place.
What is compared is how evenly eight people with full shares end up: the most that one has more than another.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.fair_case import NAMES, problem, stands
from benchmarks.measure import Report, Sample, Target
from oncall.availability import Leaning
from oncall.fairness import Problem, Slot, Stand, problem_text
from solver.exact import solve

PEOPLE, PARTS = 8, 13
MANY, HALF_A_YEAR = 12, 26 * 7
MOST_GAP, MOST_MEGABYTES, MOST_SECONDS = 0.05, 10, 30
MEMORY = """
import asyncio, json, sys
from oncall.fairness import problem_from
from solver.child import Solver
problem = problem_from(sys.stdin.read())
def kilobytes(what): return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(what))
async def main():
    before = kilobytes("VmRSS")
    found = await Solver().solve(problem)
    print(json.dumps([(kilobytes("VmHWM") - before) / 1024, found.solver, found.proven]))
asyncio.run(main())
"""


def dealt() -> tuple[Stand, ...]:
    """A year by Baton."""
    had: tuple[Stand, ...] = ()
    for part in range(PARTS):
        four_weeks = problem(PEOPLE, 28 * part, 28, had)
        had += stands(four_weeks, solve(four_weeks, lambda _: None).given)
    return had


def in_turn() -> tuple[Stand, ...]:
    """A year by round-robin."""
    year, had, circle = problem(PEOPLE, 0, 28 * PARTS, ()), [], list(NAMES[:PEOPLE])
    for slot in sorted(year.slots):
        busy = {stand.user for stand in had[-4:] if stand.end + timedelta(days=1) > slot.start}
        user = next(one for one in circle if one not in busy and not _is_away(year, one, slot))
        circle.remove(user)
        circle.append(user)
        had += stands(year, ((slot.id, user),))
    return tuple(had)


def _is_away(year: Problem, user: str, slot: Slot) -> bool:
    return any(
        wish.user == user and wish.leaning is Leaning.CANNOT and wish.start < slot.end and slot.start < wish.end
        for wish in year.wishes
    )


def spread(had: Iterable[Stand]) -> tuple[int, float]:
    """The most that somebody has more than somebody else: shifts, and weekends of 48 hours."""
    shifts, weekends = Counter[str](), Counter[str]()
    for stand in had:
        shifts[stand.user] += 1
        weekends[stand.user] += stand.weekend
    found = [weekends[name] / 2880 for name in NAMES[:PEOPLE]]
    return max(shifts.values()) - min(shifts.values()), max(found) - min(found)


def memory() -> tuple[float, str, bool]:
    """By how many megabytes at most a process grew that had four weeks solved."""
    text = problem_text(problem(PEOPLE, 0, 28, ()))
    root = Path(__file__).parent.parent
    found = subprocess.run(
        [sys.executable, "-c", MEMORY], input=text, capture_output=True, text=True, check=True, cwd=root
    )
    grown, solver, proven = json.loads(found.stdout)
    return grown, solver, proven


def run() -> Report:
    started = perf_counter()
    ours = dealt()
    year = perf_counter() - started
    started, used = perf_counter(), process_time()
    long = solve(problem(MANY, 0, HALF_A_YEAR, ()), lambda _: None)
    half, used = perf_counter() - started, process_time() - used
    gap = (long.cost - (long.bound or 0)) / max(long.bound or 0, 1)
    (shifts, weekends), (other_shifts, other_weekends) = spread(ours), spread(in_turn())
    grown, solver, proven = memory()
    targets = (
        Target(
            f"a year: at most 1 shift and 1 weekend between any two: {shifts} and {weekends:.1f}"
            f" (round-robin {other_shifts} and {other_weekends:.1f})",
            shifts <= 1 and weekends <= 1,
        ),
        Target(
            f"26 weeks × {MANY} people within {MOST_GAP:.0%} of the bound: {gap:.1%}, {long.cost} against {long.bound},"
            f" {len(long.open)} open, {used:.0f} s of processor time",
            gap <= MOST_GAP and not long.open and used <= MOST_SECONDS,
        ),
        Target(
            f"the bot's memory grows by at most {MOST_MEGABYTES} MB: {grown:.1f} MB ({solver}, proven: {proven})",
            grown <= MOST_MEGABYTES and solver == "exact",
        ),
    )
    samples = (
        Sample("A year, four weeks at a time", year, year, year, 1),
        Sample(f"26 weeks × {MANY} people at once", half, half, half, 1),
    )
    return Report("fair_year", "Fair over a year", samples, targets)
