"""Every request of the adapter is one that PagerDuty's own OpenAPI description allows, where it is at hand."""

from dataclasses import replace

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from sandbox.pagerduty import InProcessTransport, World
from sync.ports import NewSchedule, NewUser, Wanted
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


async def test_every_request_for_shifts_is_as_pagerduty_describes_it(bench: Bench, api: OpenAPI) -> None:
    schedule = bench.account.add_shift_schedule("By shifts").id
    transport = DescribedOnly(bench.world, api)
    bench.reconnect(transport=transport)
    account, board = bench.link(), bench.shift_board(schedule)

    await account.schedule(schedule)
    (shift,) = made(await board.create([wanted(bench.cem, NOW + HOUR)]))
    over = Wanted(bench.ann, NOW + HOUR, NOW + 2 * HOUR, shift.id, bench.cem)
    (override,) = made(await board.create([over]))
    await board.change(shift.id, wanted(bench.cem, NOW + HOUR, hours=2))
    await board.change(override.id, replace(over, user=bench.bob))
    await board.look(WEEK)
    await board.items(WEEK)
    await board.delete(override.id)
    await board.delete(shift.id)

    assert transport.checked == len(bench.world.log) == 10
    assert {entry.status for entry in bench.world.log} == {200, 201, 204}


async def test_every_request_is_as_pagerduty_describes_it(bench: Bench, api: OpenAPI) -> None:
    transport = DescribedOnly(bench.world, api)
    bench.reconnect(transport=transport)
    account, board = bench.link(), bench.board()

    await account.check()
    await account.schedules()
    assert await account.find_user("ann@example.com")
    await account.create_user(NewUser("Dan", "dan@example.com", "Europe/Berlin", "user", "ann@example.com"))
    await account.create_schedule(NewSchedule("Shifts", "UTC", "v3"))
    await account.create_schedule(NewSchedule("Layers", "UTC", "v2", somebody=bench.ann))
    (item,) = made(await board.create([wanted(bench.cem, NOW + HOUR)]))
    await board.look(WEEK)
    await board.items(WEEK)
    await board.delete(item.id)

    assert transport.checked == len(bench.world.log) == 13
    assert {entry.status for entry in bench.world.log} == {200, 201, 204}
