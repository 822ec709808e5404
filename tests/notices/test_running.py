"""Baton running beside the sandbox's Slack: loops that are woken by what happens, by the real clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from bot.clock import Ticker
from bot.jobs import JobQueue
from bot.loops import Loop
from bot.notices import Running, start
from bot.parts import Parts, assemble
from bot.settings import Settings
from oncall.clock import SystemClock
from oncall.shifts import Shift, assign
from sandbox.client import Workspace
from sandbox.client.waiting import until
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.kit.house import Actor
from services.presence.choices import PresenceDraft, save_presence
from services.presence.listing import relist
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleDraft, ScheduleView
from storage.tables import OutboxItem, Person
from tests.support.migrated import lay
from tests.support.notice_house import HandClock, slack_client
from tests.support.running import settings_for


@pytest.fixture
async def parts(slack: SlackSandbox, pagerduty: PagerDutySandbox, tmp_path: Path) -> AsyncIterator[Parts]:
    settings = settings_for(slack, pagerduty, tmp_path / "baton.db")
    lay(tmp_path / "baton.db")
    async with assemble(settings, exclusive=False) as made:
        yield made


@pytest.fixture
async def running(parts: Parts, ws: Workspace) -> AsyncIterator[Running]:
    made = start(parts, Ticker())
    yield made
    await made.stop(5)


async def schedule(parts: Parts, slack: SlackSandbox, ws: Workspace) -> tuple[ScheduleView, dict[str, str]]:
    users = {user["name"]: user["id"] for user in (await slack_client(slack).users_list())["members"]}
    channel = await ws.add_channel("duty", members=["alice", "bob"], bot_is_member=True)
    async with parts.house.database.transaction() as tx:
        workspace = await tx.people.ensure_workspace(slack.team_id, "", "", parts.clock.now())
    actor = Actor(workspace.id, users["alice"])
    both = [users["alice"], users["bob"]]
    draft = ScheduleDraft("Payments", "Engineering", "UTC", ["Primary"], both, both[:1], channel_id=channel)
    return await schedules.create_schedule(parts.house, actor, draft), users


async def put(parts: Parts, view: ScheduleView, user: str, start: datetime, end: datetime) -> None:
    shift = Shift(view.roles[0].id, user, start, end)
    async with parts.house.database.transaction() as tx:
        existing = await tx.shifts.of_role(shift.role_id, start, end)
        await tx.shifts.apply(view.id, assign(existing, shift), parts.clock.now())


async def test_a_change_is_told_at_once_and_a_handoff_at_its_instant(
    parts: Parts, running: Running, slack: SlackSandbox, ws: Workspace
) -> None:
    view, users = await schedule(parts, slack, ws)
    now = datetime.now(UTC)
    handoff = now + timedelta(seconds=2.5)
    await put(parts, view, users["alice"], now, handoff)
    await put(parts, view, users["bob"], handoff, now + timedelta(hours=9))
    alice = ws.person("alice")
    await alice.wait_for_message("is on call now", "#duty", timeout=2)
    assert datetime.now(UTC) < handoff
    await alice.wait_for_message("takes over from", "#duty", timeout=5)
    late = datetime.now(UTC) - handoff
    assert timedelta(0) < late < timedelta(seconds=2)
    await ws.person("bob").wait_for_message("You are on call now")
    assert len([m for m in await alice.messages("#duty") if "Payments" in m.shown]) == 2


async def test_what_shows_who_is_on_call_follows_at_once_and_at_the_handoff(
    parts: Parts, running: Running, slack: SlackSandbox, ws: Workspace
) -> None:
    view, users = await schedule(parts, slack, ws)
    group = await ws.add_group("oncall")
    await relist(parts.house, (await workspace_of(parts, slack)), slack_client(slack))
    async with parts.house.database.transaction() as tx:
        listed = (await slack_client(slack).users_list())["members"]
        workspace = await workspace_of(parts, slack)
        await tx.people.keep(
            Person(workspace_id=workspace, user_id=one["id"], name=one["name"], seen_at=parts.clock.now())
            for one in listed
        )
    now = datetime.now(UTC)
    handoff = now + timedelta(seconds=2.5)
    await put(parts, view, users["alice"], now, handoff)
    await put(parts, view, users["bob"], handoff, now + timedelta(hours=9))
    draft = PresenceDraft(view.id, view.roles[0].id, group_id=group, channel_id=view.channel_id or "")
    await save_presence(parts.house, Actor(await workspace_of(parts, slack), users["alice"]), draft)

    async def shows(name: str) -> bool | None:
        members, channel = (await ws.group("oncall"))["users"], await ws.channel("duty")
        return (members == [name] and name in channel["topic"]) or None

    assert await until(lambda: shows("alice"), 5)
    assert await until(lambda: shows("bob"), 8)
    assert len(await ws.calls("usergroups.users.update")) == 2


async def workspace_of(parts: Parts, slack: SlackSandbox) -> int:
    async with parts.house.database.read() as tx:
        found = await tx.people.workspace(slack.team_id)
    assert found is not None
    return found.id


async def test_a_handoff_that_is_moved_while_the_clock_sleeps_is_told_at_its_new_instant(
    parts: Parts, running: Running, slack: SlackSandbox, ws: Workspace
) -> None:
    view, users = await schedule(parts, slack, ws)
    alice, bob, end = users["alice"], users["bob"], datetime.now(UTC) + timedelta(hours=9)
    now = datetime.now(UTC)
    await put(parts, view, alice, now, now + timedelta(hours=1))
    await put(parts, view, bob, now + timedelta(hours=1), end)
    reader = ws.person("alice")
    await reader.wait_for_message("is on call now", "#duty")
    earlier = datetime.now(UTC) + timedelta(seconds=1)
    await put(parts, view, bob, earlier, end)
    later = earlier + timedelta(seconds=1.5)
    await put(parts, view, alice, earlier, later)
    await reader.wait_for_message("takes over from", "#duty", timeout=10)
    soon = datetime.now(UTC) + timedelta(seconds=1.2)
    await put(parts, view, alice, soon, end)
    assert await until(lambda: _switches(ws, 2), 10)
    first, second = [float(m.ts) for m in await reader.messages("#duty") if "takes over" in m.shown]
    assert later.timestamp() < first < later.timestamp() + 5
    assert soon.timestamp() < second < soon.timestamp() + 5


async def _switches(ws: Workspace, number: int) -> bool | None:
    told = [m for m in await ws.person("alice").messages("#duty") if "takes over" in m.shown]
    return len(told) == number or None


async def test_stopping_waits_for_what_is_under_way(parts: Parts, slack: SlackSandbox, ws: Workspace) -> None:
    view, users = await schedule(parts, slack, ws)
    running = start(parts, Ticker())
    await put(parts, view, users["alice"], datetime.now(UTC), datetime.now(UTC) + timedelta(hours=9))
    await ws.person("alice").wait_for_message("is on call now", "#duty")
    await ws.person("alice").wait_for_message("You are on call now")
    await running.stop(5)
    async with parts.house.database.read() as tx:
        states = set(await tx.session.scalars(select(OutboxItem.state)))
    assert states == {"sent"}


async def test_a_loop_wakes_when_it_is_due_and_when_it_is_woken() -> None:
    clock, looked = SystemClock(), list[datetime]()

    async def work() -> datetime | None:
        looked.append(clock.now())
        return clock.now() + timedelta(milliseconds=80) if len(looked) == 1 else None

    loop = Loop("test", clock, work, timedelta(minutes=1))
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.3)
    assert len(looked) == 2
    loop.wake()
    await asyncio.sleep(0.05)
    assert len(looked) == 3
    loop.end()
    await asyncio.wait_for(task, 1)


async def test_what_a_change_wakes_lets_its_export_go_first_and_what_is_due_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.loops.AFTER_EXPORTS", timedelta(minutes=1))
    jobs, through, looks = JobQueue(), asyncio.Event(), asyncio.Queue[bool]()
    jobs.register("reconcile", lambda _key: through.wait())
    clock, due = HandClock(), [60.0, 0.1, 60.0]

    async def work() -> datetime | None:
        looks.put_nowait(through.is_set())
        return clock.now() + timedelta(seconds=due.pop(0))

    loop = Loop("test", clock, work, timedelta(minutes=1), partial(jobs.passed, "reconcile"))
    task = asyncio.create_task(loop.run())
    assert await looks.get() is False
    jobs.defer("reconcile", 1)
    loop.wake(patiently=True)
    await asyncio.sleep(0.02)
    assert looks.empty()
    through.set()
    assert await looks.get() is True
    through.clear()
    jobs.defer("reconcile", 1)
    clock.pass_(seconds=1)
    assert await looks.get() is False
    loop.end()
    through.set()
    await asyncio.wait_for(asyncio.gather(task, jobs.drain(1)), 1)


async def test_a_loop_survives_trouble() -> None:
    clock, looked = HandClock(), list[datetime]()

    async def work() -> datetime | None:
        looked.append(clock.now())
        raise RuntimeError("oh")

    loop = Loop("test", clock, work, timedelta(minutes=1))
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.05)
    clock.pass_(seconds=6)
    loop.wake()
    await asyncio.sleep(0.05)
    loop.end()
    await asyncio.wait_for(task, 1)
    assert len(looked) == 2


def configured(**values: str) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def test_email_is_offered_when_it_is_set_up() -> None:
    assert not configured().offers.email
    with pytest.raises(ValidationError, match="BATON_EMAIL_FROM"):
        configured(baton_smtp_url="smtp://mail")
    with pytest.raises(ValidationError, match="BATON_SMTP_URL"):
        configured(baton_email_from="baton@example.com")
    assert configured(baton_smtp_url="smtp://mail", baton_email_from="baton@example.com").offers.email


def test_a_mail_server_that_makes_no_sense_keeps_baton_from_starting() -> None:
    with pytest.raises(ValidationError, match="BATON_SMTP_URL"):
        configured(baton_smtp_url="mail.example.com", baton_email_from="baton@example.com")
