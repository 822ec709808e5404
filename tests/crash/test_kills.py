"""kill -9 of the real process, at each step of an export and at random: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path

import pytest

from sandbox.pagerduty import Fault
from tests.crash.dying import STEPS
from tests.crash.place import PATIENCE, Place, a_place
from tests.support.soaking import SOAKING

KILLS = 100 if SOAKING else 24
PLACES = 2
DAYS = 20
USERS = ("UALICE", "UBOB", "UCAROL", None)


@pytest.mark.slow(seconds=10)
@pytest.mark.parametrize("step", STEPS)
async def test_an_export_killed_at_any_step_is_finished_by_the_next_start(tmp_path: Path, step: str) -> None:
    async with a_place(tmp_path) as place:
        await place.assign("UALICE", 24, 48)
        await place.assign("UBOB", 48, 72)
        process = await place.start(step, module="tests.crash.dying")
        await asyncio.wait_for(process.wait(), PATIENCE)
        assert process.returncode == -signal.SIGKILL
        assert await place.serve_until_settled() == 0
        assert list(place.wrongs()) == []
        assert len(place.overrides()) == 2


@pytest.mark.slow(seconds=20)
@pytest.mark.timeout(480)
@pytest.mark.histories
@pytest.mark.parametrize("seed", range(PLACES))
async def test_a_busy_sync_survives_kills_at_random_instants(tmp_path: Path, seed: int) -> None:
    async with a_place(tmp_path) as place:
        await _kill_again_and_again(place, random.Random(seed), KILLS // PLACES)
        place.world.faults.clear()
        place.let_the_lag_pass()
        assert await place.serve_until_settled() == 0
        assert list(place.wrongs()) == [], f"seed {seed}"
        assert place.world.count("POST") + place.world.count("DELETE") > KILLS // PLACES // 3, "it was not busy"


async def _kill_again_and_again(place: Place, chance: random.Random, kills: int) -> None:
    place.world.faults.next(Fault.SLOW, times=1_000_000, seconds=0.03)
    for _ in range(kills):
        await _disturb(place, chance)
        process = await place.start("run")
        await _let_it_work(place, chance)
        process.kill()
        await asyncio.wait_for(process.wait(), PATIENCE)


async def _let_it_work(place: Place, chance: random.Random) -> None:
    """Some die while they start, most a moment after their first requests."""
    if chance.random() < 0.1:
        return await asyncio.sleep(chance.uniform(0.0, 1.0))
    before = len(place.world.log)
    async with asyncio.timeout(PATIENCE):
        while len(place.world.log) == before:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)
    return await asyncio.sleep(chance.uniform(0.0, 0.6))


async def _disturb(place: Place, chance: random.Random) -> None:
    """Shifts change here, an admin agrees to large changes, and sometimes somebody edits PagerDuty."""
    await place.agree()
    for _ in range(2):
        start = 6 * chance.randrange(DAYS * 4)
        await place.assign(chance.choice(USERS), start, start + 6 * chance.choice((2, 4, 8)))
    match chance.randrange(4):
        case 0:
            start = 6 * chance.randrange(DAYS * 4)
            place.override("UCAROL", start, start + 6 * chance.choice((1, 2, 6)))
        case 1:
            place.delete_one_of_ours(chance.randrange(100))
        case _:
            pass
