"""The clock calls what is due, and lets it finish when it is stopped."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.clock import Ticker


async def test_a_tick_comes_again_and_again_and_never_twice_at_once() -> None:
    ticker, calls, at_once = Ticker(), list[int](), list[int]()

    async def tick() -> None:
        calls.append(1)
        at_once.append(len(calls))
        await asyncio.sleep(0.05)
        calls.pop()

    ticker.every(timedelta(seconds=0.02), tick)
    ticker.start()
    await asyncio.sleep(0.4)
    await ticker.stop(1)
    assert len(at_once) > 1
    assert set(at_once) == {1}


async def test_a_tick_that_is_under_way_is_finished_before_the_clock_stops() -> None:
    ticker, begun, done = Ticker(), asyncio.Event(), list[bool]()

    async def tick() -> None:
        begun.set()
        await asyncio.sleep(0.1)
        done.append(True)

    ticker.every(timedelta(hours=1), tick, at_once=True)
    ticker.start()
    await asyncio.wait_for(begun.wait(), 5)
    await ticker.stop(5)
    assert done == [True]


async def test_a_tick_that_takes_too_long_is_cancelled() -> None:
    ticker, begun, cancelled = Ticker(), asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    ticker.every(timedelta(hours=1), tick, at_once=True)
    ticker.start()
    await asyncio.wait_for(begun.wait(), 5)
    await ticker.stop(0.01)
    await asyncio.wait_for(cancelled.wait(), 5)


async def test_a_tick_that_fails_comes_again() -> None:
    ticker, calls = Ticker(), list[int]()

    async def tick() -> None:
        calls.append(1)
        raise ValueError("no")

    ticker.every(timedelta(seconds=0.02), tick)
    ticker.start()
    await asyncio.sleep(0.3)
    await ticker.stop(1)
    assert len(calls) > 1


async def test_a_clock_that_was_never_started_stops() -> None:
    await Ticker().stop(1)
