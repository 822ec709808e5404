"""Forty histories, in parts that run side by side; each mutant is found by a seed of its own within ten.

A failure names its seed. Fifty thousand more are `make soak`; see :mod:`tests.engine.soak`.
"""

from __future__ import annotations

import pytest

from tests.engine.running import run_histories

HISTORIES, STEPS = 40, 16
SEEDS = range(2)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", SEEDS)
def test_both_sides_agree_again_after_whatever_happened(seed: int) -> None:
    run_histories(seed, HISTORIES // len(SEEDS), steps=STEPS)
