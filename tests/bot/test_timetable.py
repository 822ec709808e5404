"""What the clock does by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot import timetable
from bot.parts import assemble
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.running import settings_for


async def test_the_clock_extends_every_schedule_to_its_horizon_from_the_start(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extended = asyncio.Event()

    async def extend_all(_house: object) -> int:
        extended.set()
        return 0

    monkeypatch.setattr("services.horizon.extend_all", extend_all)
    async with assemble(settings_for(slack, pagerduty, tmp_path / "baton.db")) as parts:
        ticker = timetable.start(parts, with_slack=False)
        try:
            await asyncio.wait_for(extended.wait(), 5)
        finally:
            await ticker.stop(5)
            await parts.jobs.drain(5)
