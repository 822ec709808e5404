"""The budget of a key: shared by everything that uses it, never exceeded, and the urgent first."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from sandbox.pagerduty import InProcessTransport
from sync.core.urgency import urgency
from sync.destinations import PagerDuty, Systems
from sync.destinations.pagerduty.turnstile import Turnstile
from sync.ports import Board
from tests.pagerduty.support import HOUR, NOW, WEEK, Bench, wanted


class Unhurried(InProcessTransport):
    """Lets others run before it answers, as a network does."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return await super().handle_async_request(request)


Connect = Callable[[], Systems]


@pytest.fixture
async def another(bench: Bench) -> AsyncIterator[Connect]:
    """Further processes that use the same key, each knowing only what its own replies say."""
    made: list[Systems] = []

    async def sleep(seconds: float) -> None:
        bench.slept.append(seconds)
        bench.world.clock.advance(seconds)
        await asyncio.sleep(0)

    def connect() -> Systems:
        systems = Systems(PagerDuty(clock=bench.world.clock, sleep=sleep, transport=Unhurried(bench.world)))
        made.append(systems)
        return systems

    yield connect
    for systems in made:
        await systems.aclose()


def boards(bench: Bench, systems: Systems, count: int) -> list[Board]:
    account = systems.account(1, subdomain="acme", region="us", key=bench.key)
    return [systems.board(account, bench.account.add_schedule(f"S{n}").id, "v2") for n in range(count)]


async def refresh(board: Board, bench: Bench) -> None:
    """What a destination with something to write costs: look, list, create, look."""
    await board.look(WEEK)
    await board.items(WEEK)
    await board.create([wanted(bench.ann, NOW + HOUR * 100)])
    await board.look(WEEK)


def busiest_minute(bench: Bench) -> int:
    """The most requests in any sixty seconds that began with one of them."""
    times = [entry.at for entry in bench.world.log]
    ends, most = 0, 0
    for begin, moment in enumerate(times):
        while ends < len(times) and (times[ends] - moment).total_seconds() < 60:
            ends += 1
        most = max(most, ends - begin)
    return most


async def test_a_burst_on_500_destinations_in_two_processes_stays_within_the_budget(
    bench: Bench, another: Connect
) -> None:
    every = boards(bench, another(), 250) + boards(bench, another(), 250)

    await asyncio.gather(*(refresh(board, bench) for board in every))

    assert len(bench.world.log) == 2000
    assert {entry.status for entry in bench.world.log} == {200, 201}
    assert 900 <= busiest_minute(bench) <= 960


async def test_what_others_used_up_is_learned_from_one_refusal(bench: Bench, another: Connect) -> None:
    bench.world.switches.change(rate_limit_per_minute=40)
    (first,), (second,) = boards(bench, another(), 1), boards(bench, another(), 1)
    await second.look(WEEK)
    for _ in range(38):
        await first.look(WEEK)
    await first.look(WEEK)

    await second.look(WEEK)

    assert [entry.status for entry in bench.world.log].count(429) <= 1


async def test_the_urgent_goes_before_routine_that_waits(bench: Bench, another: Connect) -> None:
    board, other = boards(bench, another(), 2)
    routine = [asyncio.create_task(board.look(WEEK)) for _ in range(20)]
    await asyncio.sleep(0)

    with urgency(True):
        await other.create([wanted(bench.ann, NOW + HOUR)])

    assert [entry.method for entry in bench.world.log].index("POST") <= 1
    await asyncio.gather(*routine)


async def test_what_routine_leaves_over_is_for_the_urgent(bench: Bench, another: Connect) -> None:
    bench.world.switches.change(rate_limit_per_minute=100)
    board, other = boards(bench, another(), 2)
    for _ in range(95):
        await board.look(WEEK)

    with urgency(True):
        await other.create([wanted(bench.ann, NOW + HOUR)])
    assert bench.slept == []
    await board.look(WEEK)

    assert 59 <= bench.slept[0] <= 61


async def test_the_urgent_does_not_wait_for_routine_that_pauses(bench: Bench, another: Connect) -> None:
    bench.world.switches.change(rate_limit_per_minute=100)
    passed = asyncio.Event()
    board, other = boards(bench, _with_sleep(bench, passed.wait), 2)
    for _ in range(95):
        await board.look(WEEK)
    paused = asyncio.create_task(board.look(WEEK))
    await asyncio.sleep(0)

    with urgency(True):
        await other.create([wanted(bench.ann, NOW + HOUR)])
    assert not paused.done()
    bench.world.clock.advance(61)
    passed.set()

    await paused


def _with_sleep(bench: Bench, wait: Callable[[], Awaitable[object]]) -> Systems:
    async def sleep(seconds: float) -> None:
        await wait()

    bench.systems = Systems(PagerDuty(clock=bench.world.clock, sleep=sleep, transport=InProcessTransport(bench.world)))
    return bench.systems


async def test_whoever_gives_up_waiting_at_a_turnstile_holds_nobody_up() -> None:
    turnstile, order = Turnstile(), list[str]()

    async def pass_through(name: str, *, urgent: bool = False) -> None:
        async with turnstile.turn(urgent=urgent):
            order.append(name)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(pass_through(name)) for name in ("first", "second", "third")]
    tasks.append(asyncio.create_task(pass_through("urgent", urgent=True)))
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await pass_through("afterwards")

    assert order == ["first", "urgent", "third", "afterwards"]
