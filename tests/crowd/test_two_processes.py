"""Two processes on one PostgreSQL under the hands of many people: nothing that anybody did is lost.

Whoever has no answer within Slack's three seconds, on a busy machine, tries again, as people do. `BATON_CROWD` says how
many assignments are made, `BATON_KILLS` how often one of four processes is killed, whichever leads among them. Without
these that is left out, since it needs a machine to itself (`make crowd`).
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.crowd.place import crowd
from tests.support.postgres import migrated_database

MANY = os.environ.get("BATON_CROWD")
KILLS = os.environ.get("BATON_KILLS")
pytestmark = pytest.mark.slow
FEW = 24


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not MANY, reason="needs a machine to itself: make crowd")
async def test_what_people_assign_through_two_processes_is_stored_and_exported_once(
    postgres: str, tmp_path: Path
) -> None:
    async with crowd(migrated_database(postgres), tmp_path) as town:
        town.plan(int(MANY or 0))
        await town.act()
        await town.settle()
        sys.stdout.write(f"\n{town.figures()}\n")
        assert await town.wrongs() == []


@pytest.mark.timeout(300)
async def test_one_of_two_processes_is_killed_and_the_other_carries_on(postgres: str, tmp_path: Path) -> None:
    async with crowd(migrated_database(postgres), tmp_path, assigners=3) as town:
        town.plan(FEW)
        acting = asyncio.create_task(town.act())
        await town.until_answered(FEW // 3)
        await town.servers[0].kill()
        await acting
        await town.settle()
        assert await town.wrongs() == []
        assert town.answered == FEW


@pytest.mark.timeout(3600)
@pytest.mark.skipif(not KILLS, reason="needs a machine to itself: make crowd")
async def test_four_processes_lose_and_double_nothing_however_often_one_is_killed(
    postgres: str, tmp_path: Path
) -> None:
    kills = int(KILLS or 0)
    async with crowd(migrated_database(postgres), tmp_path, assigners=3, workers=2) as town:
        town.plan(2 * kills)
        acting = asyncio.create_task(town.act())
        for number in range(kills):
            await town.until_answered(2 * number)
            victim = town.servers[(0, 2, 1, 3)[number % 4]]
            await victim.kill()
            await victim.start_again()
        await acting
        await town.settle()
        sys.stdout.write(f"\n{kills} kills; {town.figures()}\n")
        assert await town.wrongs() == []
        assert town.answered == 2 * kills
