"""Six hundred histories, in parts that run side by side: more than twice what finds the slowest mutant.

A failure names its seed. Fifty thousand more are `make soak`; see :mod:`tests.engine.soak`.
"""

from __future__ import annotations

import pytest

from tests.engine.running import run_histories

HISTORIES, STEPS = 600, 16
SEEDS = range(6)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", SEEDS)
def test_both_sides_agree_again_after_whatever_happened(seed: int) -> None:
    run_histories(seed, HISTORIES // len(SEEDS), steps=STEPS)
