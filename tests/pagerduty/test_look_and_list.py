"""A look and its list, asked for at once: the same two requests, in one turn of the key."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from sandbox.pagerduty import InProcessTransport
from sync.ports import RemoteError, ScheduleGone
from sync.run import SwiftBoard
from tests.pagerduty.support import HOUR, NOW, WEEK, Bench


class Busy(InProcessTransport):
    """Notes how many requests are under way at once."""

    under_way = most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        try:
            return await super().handle_async_request(request)
        finally:
            self.under_way -= 1


def board(bench: Bench) -> SwiftBoard:
    found = bench.board()
    assert isinstance(found, SwiftBoard)
    return found


async def test_a_look_and_its_list_are_under_way_at_once_and_give_what_each_gives(bench: Bench) -> None:
    busy = Busy(bench.world)
    bench.reconnect(transport=busy)
    bench.by_hand(bench.cem, NOW + HOUR, NOW + 2 * HOUR)
    alone = await board(bench).look(WEEK), await board(bench).items(WEEK)
    assert busy.most == 1

    both = await board(bench).look_and_items(WEEK)

    assert busy.most == 2
    assert both == alone
    assert len(bench.world.log) == 4


async def test_nobody_else_has_a_turn_between_a_look_and_its_list(bench: Bench) -> None:
    busy = Busy(bench.world)
    bench.reconnect(transport=busy)

    await asyncio.gather(board(bench).look_and_items(WEEK), board(bench).look(WEEK), board(bench).look(WEEK))

    assert busy.most == 2
    assert [entry.path.endswith("/overrides") for entry in bench.world.log] == [False, True, False, False]


async def test_where_a_pause_is_demanded_they_are_asked_for_one_after_the_other(bench: Bench) -> None:
    bench.world.switches.change(rate_limit_per_minute=2)
    account = bench.link()
    await account.client.get("/abilities")
    await account.client.get("/abilities")

    seen, listed = await board(bench).look_and_items(WEEK)

    assert bench.slept
    assert (seen.window, listed) == (WEEK, [])


async def test_what_one_of_them_is_refused_is_refused_to_both(bench: Bench) -> None:
    del bench.account.schedules[bench.schedule]

    with pytest.raises(ScheduleGone):
        await board(bench).look_and_items(WEEK)
    with pytest.raises(RemoteError):
        await board(bench).look(WEEK)
