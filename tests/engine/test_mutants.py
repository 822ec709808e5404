"""The machine is worth something only if it fails where the engine takes a shortcut."""

from __future__ import annotations

import pytest

from tests.engine.mutants import MUTANTS, mutated
from tests.engine.running import run_histories

BUDGET = 400
SEEDS = {
    "delete first": 2,
    "two-way diff": 1,
    "remote ids alone": 2,
    "no own-write guard": 8,
    "no adoption": 6,
    "no way back": 10,
}
"""Where a mutant shows within ten histories. A change to the machine, or to the points of a refresh where it may die,
tells other histories, so each may take the budget all the same; most then take twenty."""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", MUTANTS)
def test_an_engine_with_a_shortcut_is_found_out(name: str) -> None:
    with mutated(name), pytest.raises(AssertionError):
        run_histories(SEEDS[name], BUDGET)
