from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.service_world import Desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A schedule with an admin, a destination, and nothing assigned yet."""
    async with Desk.at(tmp_path) as made:
        yield made
