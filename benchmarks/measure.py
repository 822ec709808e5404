"""Measuring: interleaved repeats, medians with spread, ratios against a peer, and a small history on disk."""

from __future__ import annotations

import gc
import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

RESULTS = Path(__file__).parent / "results"
KEPT_RUNS = 20

Work = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds for one call of ``name``: the median of the repeats, the fastest and the slowest."""

    name: str
    median: float
    fastest: float
    slowest: float
    repeats: int


@dataclass(frozen=True, slots=True)
class Target:
    """Something that the run should show, and whether it did."""

    text: str
    met: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found. Ratios are against ``samples[0]``, which is Baton."""

    name: str
    title: str
    samples: tuple[Sample, ...]
    targets: tuple[Target, ...] = ()

    def ratio(self, sample: Sample) -> float:
        """How many times as long as Baton it takes."""
        return sample.median / self.samples[0].median


def compete(
    sides: Mapping[str, Work], *, repeats: int = 9, seconds: float = 0.05, clock: Clock = perf_counter
) -> tuple[Sample, ...]:
    """Time every side ``repeats`` times in turn; a repeat lasts at least ``seconds`` or one call. By ``process_time``
    it is CPU time, which other work on the machine does not stretch."""
    numbers = {name: _calls_for(work, seconds, clock) for name, work in sides.items()}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, work in sides.items():
            taken[name].append(_time(work, numbers[name], clock))
    return tuple(Sample(name, statistics.median(t), min(t), max(t), repeats) for name, t in taken.items())


def compete_anew(
    sides: Mapping[str, tuple[Callable[[], Any], Callable[[Any], object]]], *, repeats: int = 9
) -> tuple[Sample, ...]:
    """CPU time of every side in turn. Each has what makes its input, which is not measured, and what is done with it:
    each repeat is given an input of its own, so that nothing is remembered from the repeat before."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for repeat in range(repeats + 1):
        for name, (prepare, work) in sides.items():
            seconds = _time_anew(prepare(), work)
            if repeat:
                taken[name].append(seconds)
    return tuple(Sample(name, statistics.median(t), min(t), max(t), repeats) for name, t in taken.items())


def _time_anew(prepared: Any, work: Callable[[Any], object]) -> float:
    gc.collect()
    start = process_time()
    work(prepared)
    return process_time() - start


def _calls_for(work: Work, seconds: float, clock: Clock) -> int:
    _time(work, 1, clock)
    return max(1, round(seconds / max(_time(work, 1, clock), 1e-9)))


def _time(work: Work, number: int, clock: Clock) -> float:
    gc.collect()
    start = clock()
    for _ in range(number):
        work()
    return (clock() - start) / number


def save(report: Report, folder: Path = RESULTS) -> Path:
    """Add a run to the benchmark's history, which keeps the last few."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{report.name}.json"
    history = json.loads(path.read_text()) if path.exists() else []
    run = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "samples": [
            {
                "name": sample.name,
                "median_us": round(sample.median * 1e6, 3),
                "fastest_us": round(sample.fastest * 1e6, 3),
                "slowest_us": round(sample.slowest * 1e6, 3),
                "ratio": round(report.ratio(sample), 2),
            }
            for sample in report.samples
        ],
        "targets": {target.text: target.met for target in report.targets},
    }
    path.write_text(json.dumps([*history, run][-KEPT_RUNS:], indent=1, ensure_ascii=False) + "\n")
    return path
