from collections.abc import AsyncIterator

import pytest

from tests.support.service_world import Desk


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A schedule with an admin, a destination, and nothing assigned yet."""
    async with Desk.at() as made:
        yield made
