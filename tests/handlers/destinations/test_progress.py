"""A long export shows one message with a bar, which is rewritten in place until it says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.loops import Loop
from notices.deciding.fanout import fan_out
from notices.deciding.topics import Method
from notices.sending.courier import Courier
from notices.sending.progress import ProgressPosts
from notices.sending.slack import SlackSender
from oncall.shifts import Shift
from sandbox.client import Message, Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.client.waiting import until
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationView
from services.schedules.creating import ScheduleView
from storage.tables import Progress
from sync.steps import settle
from tests.support.running import Baton, baton_beside
from tests.support.slack_steps import actor, exported, full_hour, make_destination, make_schedule, user_id
from tests.support.telling import OneClient

EXPORTING = "Exporting Payments"
MANY = 60
QUICKLY = timedelta(seconds=0.1)


@asynccontextmanager
async def telling(baton: Baton) -> AsyncGenerator[None]:
    """The loops that send notices and rewrite progress, as `baton run` has them."""
    database, clock = baton.house.database, baton.house.clock
    clients = OneClient(AsyncWebClient(token=baton.slack.bot_token, base_url=baton.slack.api_url, retry_handlers=[]))
    courier = Courier(database, clock, {Method.SLACK: SlackSender(clients, database)})

    async def split() -> None:
        await fan_out(database, clock.now(), email=False)

    loops = [
        Loop("fan-out", clock, split, QUICKLY),
        Loop("slack", clock, lambda: courier.deliver(Method.SLACK), QUICKLY),
        Loop("progress", clock, ProgressPosts(database, clock, clients).update, QUICKLY),
    ]
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        courier.close()
        for loop in loops:
            loop.end()
        await asyncio.gather(*tasks)


async def fill(baton: Baton, schedule: ScheduleView) -> None:
    """Alice and Bob take turns by the hour, confirmed."""
    people = [await user_id(baton, name) for name in ("alice", "bob")]
    start, hour = full_hour(baton), timedelta(hours=1)
    role = schedule.roles[0].id
    shifts = [Shift(role, people[n % 2], start + n * hour, start + (n + 1) * hour) for n in range(MANY)]
    async with baton.house.database.transaction() as tx:
        await tx.shifts.add(schedule.id, shifts, baton.house.clock.now())
        await tx.destinations.mark_dirty([role])


async def long_export(baton: Baton) -> tuple[ScheduleView, DestinationView]:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    await fill(baton, schedule)
    return schedule, destination


async def reads(person: Person, *texts: str) -> Message:
    """The direct message with all of these."""

    async def look() -> Message | None:
        return next((one for one in await person.dms() if all(text in one.shown for text in texts)), None)

    found = await until(look, 15)
    assert found is not None, (texts, [one.shown for one in await person.dms()])
    return found


async def test_who_asks_for_a_long_export_sees_one_message_go_from_nothing_to_what_came_of_it(
    baton: Baton, ws: Workspace, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle, "READ_LAG", timedelta(0))  # lists of the sandbox are never late here
    _schedule, destination = await long_export(baton)
    async with telling(baton), PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.fault("slow", method="POST", path_contains="/overrides", times=1, seconds=1.2)
        await control.fault("http_502", method="POST", path_contains="/overrides", times=99)
        await ws.fail_next("chat.update", error="internal_error")
        await alice.command("/oncall export Payments", channel="#ops")
        first = await reads(alice, EXPORTING, f"0 of {MANY} changes", "░")
        assert "refused" not in first.shown

        held_up = await reads(alice, f"50 of {MANY} changes", "Baton tries again by itself", "█")
        assert (held_up.ts, held_up.channel) == (first.ts, first.channel)

        await baton.settled()
        await control.clear_faults()
        await destinations.refresh_destination(baton.house, await actor(baton), destination.id)
        over = await reads(alice, f"Exported Payments to Platform primary: {MANY} changes made")
        assert over.ts == first.ts

        async def forgotten() -> bool | None:
            async with baton.house.database.read() as tx:
                return await tx.session.get(Progress, destination.id) is None or None

        assert await until(forgotten, 5), "nothing is rewritten any more"
    assert len(await exported(baton, destination)) == MANY
    assert len([one for one in await alice.dms() if "Export" in one.shown]) == 1
    times = [call.at.timestamp() for call in await ws.calls("chat.update")]
    assert all(later - sooner >= 0.9 for sooner, later in pairwise(times))


async def test_an_export_that_is_killed_half_way_is_finished_in_its_message_by_who_takes_over(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    database, key = tmp_path / "baton.db", "Zm9yIHRlc3RzIG9ubHksIG5vdGhpbmcgc2VjcmV0ISE="
    async with baton_beside(slack, pagerduty, database, key) as baton:
        _schedule, destination = await long_export(baton)
        async with telling(baton), PagerDutyControl(pagerduty.control_url) as control:
            await control.fault("slow", method="POST", path_contains="/overrides", times=1, skip=1, seconds=4)
            baton.jobs.defer("reconcile", destination.id)
            first = await reads(alice, EXPORTING, f"50 of {MANY} changes")
        await baton.jobs.drain(0)
    async with PagerDutyControl(pagerduty.control_url) as control:
        await control.clear_faults()
    async with baton_beside(slack, pagerduty, database, key, exclusive=True) as baton:
        assert "50 of" in (await reads(alice, EXPORTING)).shown
        async with telling(baton):
            await baton.jobs.run("reconcile", destination.id)
            over = await reads(alice, f"Exported Payments to Platform primary: {MANY} changes made")
        assert over.ts == first.ts
        assert len(await exported(baton, destination)) == MANY
