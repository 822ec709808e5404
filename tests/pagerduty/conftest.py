from collections.abc import AsyncIterator

import pytest

from sandbox.pagerduty import PagerDutySandbox
from tests.pagerduty.support import Bench


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """An account in memory and the adapter on it, without sockets."""
    made = Bench()
    yield made
    await made.systems.aclose()


@pytest.fixture
async def served() -> AsyncIterator[Bench]:
    """The same over real sockets."""
    made = Bench()
    async with PagerDutySandbox.start(world=made.world) as sandbox:
        made.reconnect(api_url=sandbox.api_url)
        yield made
        await made.systems.aclose()
