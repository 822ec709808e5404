from collections.abc import AsyncIterator

import pytest

from tests.services.feeds.place import Place
from tests.support.service_world import Desk


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """A schedule with an admin and three members, and feeds that can be reached."""
    async with Desk.at() as desk:
        yield Place.of(desk)
