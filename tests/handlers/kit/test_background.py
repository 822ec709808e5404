"""Work after the answer is neither lost to the garbage collector nor to a shutdown."""

from __future__ import annotations

import asyncio
import gc

from structlog.testing import capture_logs

from handlers.kit import background
from storage.trouble import DatabaseTrouble


async def test_work_survives_garbage_collection() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.set()

    background.start(work(), "work")
    await asyncio.sleep(0)
    gc.collect()
    assert await background.drain(5) == 0
    assert done.is_set()


async def test_draining_waits_for_work_that_work_starts() -> None:
    done = asyncio.Event()

    async def second() -> None:
        done.set()

    async def first() -> None:
        await asyncio.sleep(0)
        background.start(second(), "second")

    background.start(first(), "first")
    assert await background.drain(5) == 0
    assert done.is_set()


async def test_draining_gives_up_in_time_and_counts_what_is_left() -> None:
    never = asyncio.Event()

    async def work() -> None:
        await never.wait()

    background.start(work(), "work")
    assert await background.drain(0.01) == 1
    never.set()
    assert await background.drain(5) == 0


async def test_a_failure_is_logged_under_its_name() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with capture_logs() as logs:
        background.start(work(), "dividing")
        await background.drain(5)
    assert [entry["what"] for entry in logs] == ["dividing"]


async def test_draining_waits_for_a_listener_that_was_started_and_has_not_begun() -> None:
    done = asyncio.Event()

    async def listener() -> None:
        background.hold_current()
        await asyncio.sleep(0.01)
        done.set()

    started = asyncio.ensure_future(listener())
    assert await background.drain(5) == 0
    assert done.is_set()
    await started


async def test_a_database_that_is_away_is_no_defect_and_is_told_on_a_line() -> None:
    async def work() -> None:
        raise DatabaseTrouble("it is starting or stopping")

    with capture_logs() as logged:
        background.start(work(), "leaving an answer")
        assert await background.drain(5) == 0
    assert logged == [
        {
            "event": "background work was cut off",
            "log_level": "warning",
            "what": "leaving an answer",
            "reason": "it is starting or stopping",
        }
    ]
