"""The solving process: there is a plan whatever happens to it, and nobody is left behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from oncall.fairness import Limits, Problem, Spacing, deal, solution_text
from solver.child import ROOT, Solver
from tests.support.fair import away, days, team

PROBLEM = Problem(
    team(5),
    days(14) + days(14, "secondary"),
    wishes=(away("ann", 3, 4), away("bob", 9)),
    limits=Limits(rest=720),
    spacing=Spacing(days=2),
)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def says(*texts: str, then: str = "") -> Solver:
    return Solver(python(f"import time\nfor text in {texts!r}: print(text, flush=True)\n{then}"), longest=20)


async def test_it_answers_with_a_proven_plan_that_is_no_worse_than_greedys_and_the_same_every_time() -> None:
    solver = Solver()
    first, second = await asyncio.gather(solver.solve(PROBLEM), solver.solve(PROBLEM))
    assert first == second
    assert (first.solver, first.proven, first.bound) == ("exact", True, first.cost)
    assert first.rank <= deal(PROBLEM).rank


async def test_without_the_library_greedy_answers() -> None:
    solver = Solver()
    solver._command = ()
    assert await solver.solve(PROBLEM) == deal(PROBLEM)


@pytest.mark.parametrize(
    "command",
    [
        ("/nowhere/at/all",),
        python("raise SystemExit(3)"),
        python("import os; os.abort()"),
        python("print('[]')"),
        python("print('{\"given\": 1}')"),
        python("print('no plan')"),
        python("pass"),
    ],
    ids=["not there", "ends badly", "crashes", "a list", "half a plan", "nonsense", "silent"],
)
async def test_whatever_happens_to_it_greedy_answers(command: tuple[str, ...]) -> None:
    assert await Solver(command).solve(PROBLEM) == deal(PROBLEM)


def test_the_process_takes_no_more_memory_and_time_than_it_gave_itself() -> None:
    code = """
import resource
from solver.__main__ import MOST_BYTES, MOST_SECONDS, _limit
_limit()
assert resource.getrlimit(resource.RLIMIT_CPU) == (MOST_SECONDS, MOST_SECONDS)
try:
    bytearray(MOST_BYTES)
except MemoryError:
    print("refused")
"""
    done = subprocess.run(python(code), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("refused\n", "")


async def test_what_was_heard_before_a_crash_counts() -> None:
    heard = replace(deal(PROBLEM), solver="exact")
    crashed = says(solution_text(heard), then="import os; os.abort()")
    assert await crashed.solve(PROBLEM) == heard


async def test_what_was_heard_before_time_is_up_counts() -> None:
    heard = replace(deal(PROBLEM), solver="exact")
    endless = says(solution_text(heard), then="time.sleep(600)")
    endless._longest = 5
    assert await endless.solve(PROBLEM) == heard


async def test_a_wrong_plan_is_a_defect_in_the_log_and_greedy_answers() -> None:
    right = deal(PROBLEM)
    wrong = replace(right, given=tuple((slot, "ann") for slot, _ in right.given))
    with capture_logs() as logged:
        assert await says(solution_text(wrong)).solve(PROBLEM) == right
    assert [line["log_level"] for line in logged] == ["error"]


async def test_whoever_gives_up_waiting_leaves_no_process_behind(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    solver = Solver(python(f"import os, time; open({str(noted)!r}, 'w').write(str(os.getpid())); time.sleep(600)"))
    task = asyncio.create_task(solver.solve(PROBLEM))
    while not (noted.exists() and noted.read_text()):  # noqa: ASYNC110 (a file says nothing by itself)
        await asyncio.sleep(0.05)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


async def test_the_process_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_SECRET", "xoxb-1")
    code = "import os, sys; sys.exit(0 if 'BATON_SECRET' in os.environ else 7)"
    with capture_logs() as logged:
        await Solver(python(code)).solve(PROBLEM)
    assert [line["status"] for line in logged] == [7]
