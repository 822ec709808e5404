"""The machine is worth something only if it fails where the engine takes a shortcut."""

from __future__ import annotations

import pytest

from tests.engine.mutants import MUTANTS, mutated
from tests.engine.running import run_histories

BUDGET = 400
SEEDS = {"no own-write guard": 20}
"""Where a mutant shows early; 7 for all others."""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", MUTANTS)
def test_an_engine_with_a_shortcut_is_found_out(name: str) -> None:
    with mutated(name), pytest.raises(AssertionError):
        run_histories(SEEDS.get(name, 7), BUDGET)
