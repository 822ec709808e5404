"""The machine is worth something only if it fails where the engine takes a shortcut."""

from __future__ import annotations

import pytest

from tests.engine.mutants import MUTANTS, mutated
from tests.engine.running import run_histories

BUDGET = 400
SEEDS = {
    "delete first": 2,
    "two-way diff": 6,
    "remote ids alone": 2,
    "no own-write guard": 3,
    "no adoption": 6,
}
"""Where a mutant shows within ten histories, the one without a guard within thirty; 7 for all others. A change to the
machine, or to how many points a refresh passes at which it may die, tells other histories, so each may take the budget
all the same."""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", MUTANTS)
def test_an_engine_with_a_shortcut_is_found_out(name: str) -> None:
    with mutated(name), pytest.raises(AssertionError):
        run_histories(SEEDS.get(name, 7), BUDGET)
