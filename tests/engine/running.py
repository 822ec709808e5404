"""Run histories by seed: the same seed gives the same histories, on a busy machine and in a long run of tests too.

Nothing gives way to others by the clock (:data:`storage.inline.TURN`). Hypothesis 6.170 draws values from the constants
of whatever local modules are imported by then, so that a seed told other histories after other tests
(findings/hypothesis-seed-follows-imports.sh); here it draws none of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import engine, providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import run_state_machine_as_test

from storage import inline
from tests.engine.machine import EngineMachine, SharedGround

STEPS = 20
SHRINKING_SECONDS = 60


@contextmanager
def by_seed_alone() -> Iterator[None]:
    """Whatever was imported before, and however busy the machine is."""
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        with patch.object(providers, "_get_local_constants", Constants), patch.object(inline, "TURN", math.inf):
            yield
    finally:
        providers.CONSTANTS_CACHE.cache.clear()


@contextmanager
def machine() -> Iterator[type[EngineMachine]]:
    """The machine on a loop and a database of its own."""
    shared = SharedGround()
    try:
        yield type("Machine", (EngineMachine,), {"shared": shared})
    finally:
        shared.close()


def run_histories(seed: int, histories: int, *, steps: int = STEPS, shrink: bool = False) -> None:
    """Raises what the first failing history raises; Hypothesis prints its steps, shortest form with ``shrink``."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    with (
        machine() as one,
        patch.object(engine, "MAX_SHRINKING_SECONDS", SHRINKING_SECONDS),
        by_seed_alone(),
    ):
        run_state_machine_as_test(hypothesis.seed(seed)(one), settings=chosen)
