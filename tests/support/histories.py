"""What random histories share: faults and crashes while something is reconciled, and an eye on every moment of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, TypeVar

import pytest

from sandbox.pagerduty import Fault
from tests.support.engine_house import EngineWorld
from tests.support.soaking import SOAKING

FAULTS = (
    Fault.COMMIT_THEN_DROP,
    Fault.COMMIT_THEN_500,
    Fault.DROP_BEFORE,
    Fault.HTTP_500,
    Fault.HTTP_502,
    Fault.HTTP_408,
    Fault.RATE_LIMITED,
    Fault.RATE_LIMITED_BARE,
)
LEASE_HOURS = 0.06
"""A little longer than a dead worker keeps its lease."""

People = Mapping[int, set[str]]


Test = TypeVar("Test", bound=Callable[..., Any])


def histories(count: int, *, in_suite: int | None = None) -> Callable[[Test], Test]:
    """A test of random histories by seed: all of them in `make soak`, in the suite so many, or a quarter."""
    seeds = range(count if SOAKING else in_suite or -(-count // 4))

    def told(test: Test) -> Test:
        return pytest.mark.histories(pytest.mark.parametrize("seed", seeds)(test))

    return told


class Crashed(BaseException):
    """The process dies: PagerDuty has done what was asked, and nobody hears of it."""


class Watched(list[Any]):
    """A request log that looks at the schedule after every request, and in which the process may die."""

    def __init__(self, entries: list[Any], look: Callable[[], None], dies_after: int | None) -> None:
        super().__init__(entries)
        self._look = look
        self._left = dies_after

    def append(self, entry: Any) -> None:
        super().append(entry)
        self._look()
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Crashed


def trouble(house: EngineWorld, random: Random) -> None:
    """Something goes wrong with one of the next requests."""
    house.world.faults.next(
        random.choice(FAULTS),
        random.choice(["GET", "POST", "PUT", "DELETE", None]),
        times=random.choice([1, 1, 2, 4]),
        skip=random.choice([0, 0, 1, 3]),
        seconds=random.choice([1, 20]),
    )


async def reconcile_watched(
    house: EngineWorld, random: Random, people: Callable[[], People], covered: set[int], crashes: float = 0.25
) -> None:
    """Reconcile; whatever was covered stays so after every single request."""

    def look() -> None:
        there = people()
        assert not [slot for slot in covered if slot in there and not there[slot]]

    dies_after = random.randrange(8) if random.random() < crashes else None
    house.world.log = Watched(list(house.world.log), look, dies_after)
    try:
        await house.reconcile()
    except Crashed:
        house.pass_hours(LEASE_HOURS)
    finally:
        house.world.log = list(house.world.log)


async def calm_down(house: EngineWorld) -> None:
    """Nothing goes wrong any more, and admins agree to whatever waits."""
    house.world.faults.rules.clear()
    for _ in range(4):
        house.pass_hours(0.1)
        await house.reconcile()
        await house.approve()
