"""``baton run`` until ``/readyz`` says yes, by the clock on the wall and in CPU seconds.

The floor is a bare Bolt app that imports the same modules and asks Slack who it is. Baton at 286dd81 and its own floor
are beside it; all are processes of their own, one after the other in turn.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from benchmarks.earlier import BEFORE, ROOT, earlier, measured_in
from benchmarks.measure import Report, Sample, Target
from benchmarks.programs import BARE, BATON, agreeable_slack, started

MANY, ROLES, REPEATS = 1_000, 2, 7
MOST = 1.15

Side = tuple[Path, tuple[str, ...], str]
Times = dict[str, list[tuple[float, float]]]
"""Wall and CPU seconds of each start, by side."""


def run() -> Report:
    with earlier() as before, tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        measured_in(ROOT, "horizon_steps.py", MANY, ROLES, 1, here / "many.db")
        sides = {
            "baton run": (ROOT, BATON, "few.db"),
            f"baton run, {MANY:,} schedules × {ROLES} roles": (ROOT, BATON, "many.db"),
            "a bare app with the same imports": (ROOT, BARE, ""),
            f"baton run at {BEFORE}": (before, BATON, "before.db"),
            f"a bare app with the imports of {BEFORE}": (before, BARE, ""),
        }
        found = asyncio.run(_starts(sides, here))
    few, many, bare, *_ = found.values()
    samples = tuple(
        _sample(f"{name}, {kind}", [one[place] for one in taken])
        for place, kind in ((1, "CPU"), (0, "wall"))
        for name, taken in found.items()
    )
    targets = (*_targets("", few, bare), *_targets(f", {MANY:,} schedules", many, bare))
    return Report("start", "Starting, until ready", samples, targets)


async def _starts(sides: dict[str, Side], folder: Path) -> Times:
    found: Times = {name: [] for name in sides}
    async with agreeable_slack() as slack:
        for number in range(REPEATS + 1):
            for name, (tree, command, database) in sides.items():
                async with started(slack, tree, command, folder / database) as one:
                    if number:  # the first one makes its database, and compiles
                        found[name].append((one.wall, one.cpu))
    return found


def _targets(what: str, ours: list[tuple[float, float]], bare: list[tuple[float, float]]) -> list[Target]:
    wall, cpu = (statistics.median(o[n] for o in ours) / statistics.median(b[n] for b in bare) for n in (0, 1))
    text = f"ready in {cpu:.2f} × the CPU, {wall:.2f} × the time of a bare app (at most {MOST}){what}"
    return [Target(text, cpu <= MOST)]


def _sample(name: str, seconds: list[float]) -> Sample:
    return Sample(name, statistics.median(seconds), min(seconds), max(seconds), len(seconds))
