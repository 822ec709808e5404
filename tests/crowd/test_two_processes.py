"""Two processes on one PostgreSQL under the hands of many people: nothing that anybody did is lost.

Whoever has no answer within Slack's three seconds, on a busy machine, tries again, as people do. `BATON_CROWD` says how
many assignments are made, 80 by default.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crowd.place import crowd
from tests.postgres import new_database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


async def test_what_people_assign_through_two_processes_is_stored_and_exported_once(
    postgres: str, tmp_path: Path
) -> None:
    async with crowd(new_database(postgres), tmp_path) as town:
        town.plan(int(os.environ.get("BATON_CROWD", "80")))
        await town.act(insist=True)
        await town.settle()
        assert await town.wrongs() == []
