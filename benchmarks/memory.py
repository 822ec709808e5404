"""What ``baton run`` keeps in memory: empty, with 1,000 schedules × 2 roles, and a bare Bolt app with the same imports.

Resident memory of real processes, after the ticks of their first minute.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from benchmarks.earlier import ROOT, measured_in
from benchmarks.measure import Report, Sample, Target
from benchmarks.programs import BARE, BATON, agreeable_slack, started

MANY, ROLES, REPEATS = 1_000, 2, 3
SETTLED_SECONDS = 75
MOST, MEBIBYTE = 1.1, 2**20


def run() -> Report:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for size, file in ((0, "empty.db"), (MANY, "many.db")):
            measured_in(ROOT, "horizon_steps.py", size, ROLES, 1, here / file)
        empty, many, bare = asyncio.run(_measured(here))
    samples = (
        _sample("baton run, empty (MiB, not s)", empty),
        _sample(f"baton run, {MANY:,} schedules × {ROLES} roles (MiB, not s)", many),
        _sample("a bare app with the same imports (MiB, not s)", bare),
    )
    ratio = statistics.median(many) / statistics.median(empty)
    beside = statistics.median(empty) / statistics.median(bare)
    text = (
        f"{MANY:,} schedules take {ratio:.2f} × the memory of none (at most {MOST}); none {beside:.2f} × a bare app's"
    )
    return Report("memory", "Memory after the first minute", samples, (Target(text, ratio <= MOST),))


async def _measured(folder: Path) -> list[list[float]]:
    """MiB of each program in each repeat; those of one repeat run side by side."""
    sides = ((BATON, "empty.db"), (BATON, "many.db"), (BARE, ""))
    async with agreeable_slack() as slack:
        rounds = [
            await asyncio.gather(*[_resident(slack, command, folder / database) for command, database in sides])
            for _ in range(REPEATS)
        ]
    return [list(side) for side in zip(*rounds, strict=True)]


async def _resident(slack: str, command: tuple[str, ...], database: Path) -> float:
    async with started(slack, ROOT, command, database) as one:
        await asyncio.sleep(SETTLED_SECONDS)
        return one.resident / MEBIBYTE


def _sample(name: str, mebibytes: list[float]) -> Sample:
    return Sample(name, statistics.median(mebibytes), min(mebibytes), max(mebibytes), len(mebibytes))
