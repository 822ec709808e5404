"""Benchmarks compare like with like: both sides give the same answer, and a run leaves its history behind."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from benchmarks import growth, resolve, who
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
    path = save(report, tmp_path)
    [first] = json.loads(path.read_text())
    path.write_text(json.dumps([{**first, "commit": str(number)} for number in range(KEPT_RUNS)]))
    save(report, tmp_path)
    history = json.loads(path.read_text())
    assert [run["commit"] for run in history[:-1]] == [str(number) for number in range(1, KEPT_RUNS)]
    assert [sample["name"] for sample in history[-1]["samples"]] == ["us", "them"]
    assert history[-1]["samples"][0]["ratio"] == 1
    assert history[-1]["targets"] == {"is quick": True}


def test_both_sides_say_the_same_about_who_is_on_call() -> None:
    roster, connection, asked = who.roster(20), who.table(20), who.questions(20, 200)
    with closing(connection):
        assert [roster.who(*question).users for question in asked] == [
            who.ask_table(connection, question) for question in asked
        ]


def test_growth_is_measured_on_work_that_is_really_done() -> None:
    roster = growth.work(3)
    assert len(roster) == 3
    found = {roster.who(number, resolve.PRIMARY, growth.NOW).users for number in range(3)}
    assert len(found) == 3
