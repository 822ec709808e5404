"""Every request of the adapter is one that PagerDuty's own OpenAPI description allows, where it is at hand."""

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from sandbox.pagerduty import InProcessTransport, World
from tests.pagerduty.support import HOUR, NOW, WEEK, Bench, made, wanted
from tests.sandbox_pagerduty.contract import adapted, description


class DescribedOnly(InProcessTransport):
    """Lets only requests through that the description allows."""

    def __init__(self, world: World, api: OpenAPI) -> None:
        super().__init__(world)
        self._api = api
        self.checked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        url = request.url
        asked = MockRequest(
            "https://api.pagerduty.com",
            request.method.lower(),
            url.path,
            args=dict(url.params.multi_items()),
            headers=headers,
            data=await request.aread() or None,
        )
        self._api.validate_request(asked)
        self.checked += 1
        return await super().handle_async_request(request)


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return OpenAPI.from_dict(adapted(description()))


async def test_every_request_is_as_pagerduty_describes_it(bench: Bench, api: OpenAPI) -> None:
    transport = DescribedOnly(bench.world, api)
    bench.reconnect(transport=transport)
    account, board = bench.link(), bench.board()

    await account.check()
    await account.schedules()
    assert await account.find_user("ann@example.com")
    (item,) = made(await board.create([wanted(bench.cem, NOW + HOUR)]))
    await board.look(WEEK)
    await board.items(WEEK)
    await board.delete(item.id)

    assert transport.checked == len(bench.world.log) == 8
    assert {entry.status for entry in bench.world.log} == {200, 201, 204}
