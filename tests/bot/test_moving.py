"""A clock that the demo moves: what goes by it notices, and nobody else can start such a bot."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Ticker
from bot.in_demo import check_that_it_is_the_demo
from bot.moving import MovedClock
from bot.parts import CannotStart
from bot.settings import Settings
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.running import settings_for


def test_a_moved_clock_goes_forward_only_and_says_by_how_much() -> None:
    clock = MovedClock()
    before = datetime.now(UTC)
    assert clock.move_to(timedelta(hours=2)) == timedelta(hours=2)
    assert clock.now() - before >= timedelta(hours=2)
    assert clock.move_to(timedelta(hours=1)) == timedelta(0)
    assert clock.offset == timedelta(hours=2)


async def test_ticks_come_once_for_a_time_that_is_skipped_and_not_before_their_interval_is_full() -> None:
    ticker, called = Ticker(), list[str]()

    async def hourly() -> None:
        called.append("hourly")

    async def daily() -> None:
        called.append("daily")

    ticker.every(timedelta(hours=1), hourly)
    ticker.every(timedelta(days=1), daily)
    await ticker.skip(timedelta(minutes=40))
    assert called == []
    await ticker.skip(timedelta(minutes=40))
    assert called == ["hourly"]
    await ticker.skip(timedelta(days=1))
    assert called == ["hourly", "hourly", "daily"]


async def test_a_skip_waits_for_a_tick_that_runs_and_then_calls_it_again() -> None:
    ticker, calls, begun, free = Ticker(), list[int](), asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        calls.append(len(calls))
        begun.set()
        await free.wait()

    ticker.every(timedelta(hours=1), tick, at_once=True)
    ticker.start()
    await asyncio.wait_for(begun.wait(), 5)
    skipping = asyncio.create_task(ticker.skip(timedelta(hours=1)))
    await asyncio.sleep(0.05)
    assert calls == [0]
    free.set()
    await skipping
    assert calls == [0, 1]
    await ticker.stop(1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slack_api_url", "https://slack.com/api/"),
        ("slack_api_url", "http://localhost.example.com/api/"),
        ("pagerduty_api_url", None),
        ("pagerduty_api_url", "https://api.pagerduty.com"),
        ("database_url", "postgresql+psycopg://baton@127.0.0.1/baton"),
    ],
)
def test_only_a_slack_and_a_pagerduty_on_loopback_and_a_file_are_taken_for_the_demo(name: str, value: str) -> None:
    good = {"slack_api_url": "http://127.0.0.1:1/api/", "pagerduty_api_url": "http://127.0.0.1:2"}
    check_that_it_is_the_demo(Settings(**good, _env_file=None))  # type: ignore[call-arg, arg-type]
    with pytest.raises(CannotStart, match="demo"):
        check_that_it_is_the_demo(Settings(**good | {name: value}, _env_file=None))  # type: ignore[call-arg, arg-type]


async def test_the_bot_follows_the_demos_clock_and_ends_when_the_demo_is_gone(tmp_path: Path) -> None:
    async with SlackSandbox.start() as slack, PagerDutySandbox.start() as pagerduty:
        settings = settings_for(slack, pagerduty, tmp_path / "baton.db")
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.in_demo"),
            cwd=tmp_path,
            env={
                "SLACK_API_URL": settings.slack_api_url,
                "PAGERDUTY_API_URL": pagerduty.api_url,
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "BATON_PORT": "0",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
        )
        assert bot.stdin is not None
        assert bot.stdout is not None
        bot.stdin.write(b'{"ahead": 3600.0}\n{"ahead": 60.0}\n')
        answers = [json.loads(await bot.stdout.readline())["ahead"] for _ in range(2)]
        assert answers == [3600.0, 3600.0], "time does not run backwards"
        bot.stdin.close()
        assert await asyncio.wait_for(bot.wait(), 30) == 0
