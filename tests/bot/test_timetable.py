"""What the clock does by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

import zonedata
from bot import timetable
from bot.parts import assemble
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.migrated import lay
from tests.support.running import settings_for
from tests.support.zonerules import NEW, OLD, folder_of, zone_rules
from zonedata import Origin, ZoneData


async def test_the_clock_extends_every_schedule_to_its_horizon_soon_after_the_start(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extended = asyncio.Event()

    async def extend_due(_house: object) -> int:
        extended.set()
        return 0

    monkeypatch.setattr("services.schedules.horizon.extend_due", extend_due)
    monkeypatch.setattr("bot.timetable.AFTER_START", timedelta(seconds=0.1))
    lay(tmp_path / "baton.db")
    async with assemble(settings_for(slack, pagerduty, tmp_path / "baton.db")) as parts:
        ticker = timetable.start(parts)
        try:
            await asyncio.wait_for(extended.wait(), 5)
        finally:
            await ticker.stop(5)
            await parts.jobs.drain(5)


async def test_when_zone_data_is_updated_under_a_running_baton_every_schedule_follows_by_the_second_look(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extended: list[str] = []

    async def extend_due(_house: object) -> int:
        extended.append(zonedata.in_use().version)
        return 0

    monkeypatch.setattr("services.schedules.horizon.extend_due", extend_due)
    lay(tmp_path / "baton.db")
    async with assemble(settings_for(slack, pagerduty, tmp_path / "baton.db")) as parts:
        with zone_rules(OLD):
            found = ZoneData(Origin.SYSTEM, (str(folder_of(NEW)),), NEW)
            monkeypatch.setattr(zonedata, "_newest", lambda: found)
            for _ in range(3):
                await timetable.follow_zones(parts)
    assert extended == [NEW]
