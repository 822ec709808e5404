"""Two processes on one PostgreSQL under the hands of many people: nothing that anybody did is lost.

Whoever has no answer within Slack's three seconds, on a busy machine, tries again, as people do. `BATON_CROWD` says how
many assignments are made; without it the test is left out, since it needs a machine to itself (`make crowd`).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crowd.place import crowd
from tests.support.postgres import new_database

MANY = os.environ.get("BATON_CROWD")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not MANY, reason="needs a machine to itself: make crowd"),
]


async def test_what_people_assign_through_two_processes_is_stored_and_exported_once(
    postgres: str, tmp_path: Path
) -> None:
    async with crowd(new_database(postgres), tmp_path) as town:
        town.plan(int(MANY or 0))
        await town.act(insist=True)
        await town.settle()
        assert await town.wrongs() == []
