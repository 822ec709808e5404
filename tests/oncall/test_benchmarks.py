"""Benchmarks compare like with like: both sides give the same answer, and a run leaves its history behind."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import resolve
from benchmarks.measure import KEPT_RUNS, Report, Target, compete, save


def test_both_sides_resolve_the_same_schedule_year() -> None:
    assert resolve.ours() == resolve.theirs(resolve.parsed(resolve.calendars()))


def test_sixty_overrides_are_seen_in_the_resolved_year() -> None:
    timelines = resolve.ours()
    shifts = resolve.overrides()
    assert len(shifts) == 60
    assert all(timelines[shift.role_id].at(shift.start) == (shift.user,) for shift in shifts)


def test_a_run_is_added_to_a_history_that_stays_small(tmp_path: Path) -> None:
    samples = compete({"us": lambda: None, "them": lambda: sum(range(100))}, repeats=5, seconds=0.0)
    report = Report("nothing", "Nothing", samples, (Target("is quick", met=True),))
    for _ in range(KEPT_RUNS + 1):
        path = save(report, tmp_path)
    history = json.loads(path.read_text())
    assert len(history) == KEPT_RUNS
    assert [sample["name"] for sample in history[-1]["samples"]] == ["us", "them"]
    assert history[-1]["samples"][0]["ratio"] == 1
    assert history[-1]["targets"] == {"is quick": True}
