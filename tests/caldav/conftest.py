from collections.abc import AsyncIterator, Iterator

import pytest

from tests.caldav.support import CalendarDesk
from tests.support.calendar_servers import CalendarServer, radicale, xandikos


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[CalendarDesk]:
    """A calendar of its own on each of the servers, and a board that has looked at it once."""
    server: CalendarServer = request.getfixturevalue(f"{request.param}_server")
    async with CalendarDesk.at(server) as made:
        yield made
