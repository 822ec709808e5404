from collections.abc import AsyncIterator

import pytest

from tests.caldav.support import CalendarDesk
from tests.support.calendar_servers import CalendarServer


@pytest.fixture(params=["radicale", "xandikos"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[CalendarDesk]:
    """A calendar of its own on each of the servers, and a board that has looked at it once."""
    server: CalendarServer = request.getfixturevalue(f"{request.param}_server")
    async with CalendarDesk.at(server) as made:
        yield made
