"""Rotations on another clock than their PagerDuty schedule's, set up in Slack with layers, read in PagerDuty.

What PagerDuty's final schedule shows is compared with the rotations instant by instant for more than a year, so on both
sides of every clock change of both zones, and in the weeks between two of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.destinations.words import report_line
from oncall.roles import pattern
from oncall.timeline import Interval, Segment, Timeline
from sandbox.client import Person
from services.destinations.configuring import refresh_schedule
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleDraft, ScheduleView
from services.schedules.horizon import rotations_of
from services.shifts import confirming
from sync.core.model import Status
from tests.handlers.pagerduty.test_updates import MERGE, OTHER, open_sync
from tests.support.running import Baton
from tests.support.slack_steps import actor, make_connection, modal_says, user_id

FURTHER_THAN_A_YEAR = timedelta(days=395)
TEAM = ("alice", "bob", "carol")


async def schedule_in(baton: Baton, name: str, zone: str) -> ScheduleView:
    people = [await user_id(baton, one) for one in TEAM]
    draft = ScheduleDraft(name, "Money", zone, ["Primary"], people, people[:1])
    return await schedules.create_schedule(baton.house, await actor(baton), draft)


async def rotate(person: Person, schedule: str, zone: str, opens: time, closes: time, who: list[str]) -> None:
    """`/oncall rotation`: daily hours on the clock of a city, each week somebody else's."""
    await person.command(f"/oncall rotation {schedule}", channel="#ops")
    await person.modal("Rotation")
    await person.fill("Rotation name", "Hours")
    await person.fill("Members, in order", who)
    await person.fill("First handoff", datetime.combine(datetime.now(UTC) - timedelta(days=7), opens, UTC))
    await person.fill("Time zone", zone)
    await person.fill("Coverage", "Daily hours")
    await person.fill("From", opens)
    await person.fill("To", closes)
    preview = await person.submit()
    assert preview is not None
    assert preview.title == "Rotation: preview", preview.errors
    await person.submit()
    await person.wait_for_message("Saved the rotation", channel="ephemeral")


async def set_up(baton: Baton, person: Person, schedule: str) -> None:
    await open_sync(person, schedule)
    await person.fill("Kind", "Layers")
    await person.submit()
    await modal_says(person, f"shows this schedule as {schedule}")
    await baton.settled()
    await person.close()


async def merge(baton: Baton, person: Person, schedule: str, into: str) -> None:
    await open_sync(person, schedule)
    await person.fill("How", MERGE)
    await modal_says(person, OTHER)
    await person.fill(OTHER, f"{into} ({into})")
    await person.submit()
    await modal_says(person, "Nothing was written yet")
    await person.submit()
    await modal_says(person, f"Exported: {into}")
    await baton.settled()
    await person.close()


async def by_rotation(baton: Baton, schedule: ScheduleView, within: Interval) -> Timeline:
    async with baton.house.database.read() as tx:
        return pattern(await rotations_of(tx, schedule.id), schedule.roles[0].id, within)


async def in_pagerduty(baton: Baton, name: str, within: Interval) -> Timeline:
    """PagerDuty's final schedule, with Slack users."""
    account = baton.pagerduty.world.account
    (found,) = [one for one in account.schedules.values() if one.name == name]
    slack = {account.user_by_email(f"{one}@example.com").id: await user_id(baton, one) for one in TEAM}
    entries = account.final_schedule(found.id, within.start, within.end)
    return Timeline.of(Segment(one.start, one.end, (slack[one.user_id],)) for one in entries)


def ahead(baton: Baton) -> Interval:
    now = baton.house.clock.now().replace(microsecond=0) + timedelta(seconds=5)
    return Interval(now, now + FURTHER_THAN_A_YEAR)


def overrides(baton: Baton, name: str) -> int:
    account = baton.pagerduty.world.account
    (found,) = [one for one in account.schedules.values() if one.name == name]
    now = baton.house.clock.now()
    return len(account.overrides(found.id, now, now + FURTHER_THAN_A_YEAR))


async def test_new_york_hours_on_a_schedule_in_utc(baton: Baton, alice: Person) -> None:
    schedule = await schedule_in(baton, "Payments", "UTC")
    await make_connection(baton)
    await rotate(alice, "Payments", "New York", time(9), time(17), ["carol", "bob"])
    await confirming.confirm(baton.house, await actor(baton), schedule.id)

    await set_up(baton, alice, "Payments")

    year = ahead(baton)
    there = await in_pagerduty(baton, "Payments", year)
    assert there == await by_rotation(baton, schedule, year)
    new_york = ZoneInfo("America/New_York")
    assert {s.start.astimezone(new_york).time() for s in there.segments[1:]} == {time(9)}
    assert {s.start.time() for s in there.segments[1:]} == {time(13), time(14)}
    assert overrides(baton, "Payments") == 0
    await alice.command("/oncall refresh Payments", channel="#ops")
    await alice.wait_for_message("found 0 differences, wrote nothing", channel="ephemeral")


@pytest.mark.parametrize(
    ("zone", "opens", "closes"),
    [("Tokyo", time(4), time(15)), ("Kathmandu", time(2), time(12)), ("Sydney", time(7), time(16))],
)
async def test_a_rotation_merged_into_a_schedule_on_another_clock_takes_nobodys_time(
    baton: Baton, alice: Person, zone: str, opens: time, closes: time
) -> None:
    europe = await schedule_in(baton, "Europe", "Europe/Berlin")
    japan = await schedule_in(baton, "Japan", "Asia/Tokyo")
    await make_connection(baton)
    await rotate(alice, "Europe", "Berlin", time(9), time(20), ["alice", "bob"])
    await rotate(alice, "Japan", zone, opens, closes, ["carol"])
    for schedule in (europe, japan):
        await confirming.confirm(baton.house, await actor(baton), schedule.id)
    await set_up(baton, alice, "Europe")

    await merge(baton, alice, "Japan", "Europe")

    year = ahead(baton)
    both = (await by_rotation(baton, europe, year)).overlay(await by_rotation(baton, japan, year))
    assert await in_pagerduty(baton, "Europe", year) == both
    assert overrides(baton, "Europe") == 0
    for schedule in (europe, japan):
        assert await refreshed(baton, schedule) == (Status.OK, 0)


async def refreshed(baton: Baton, schedule: ScheduleView) -> tuple[Status, int]:
    [(view, report)] = await refresh_schedule(baton.house, await actor(baton), schedule.id)
    assert report is not None
    other = "Japan" if schedule.name == "Europe" else "Europe"
    assert f"(Primary of {schedule.name}, shared with {other})" in report_line(view, report)
    return report.status, report.differences


async def test_what_one_schedule_changes_the_others_see_at_once(baton: Baton, alice: Person) -> None:
    """The merge used to put Japan over Europe's hours until Europe's own next refresh."""
    europe = await schedule_in(baton, "Europe", "Europe/Berlin")
    await schedule_in(baton, "Japan", "Asia/Tokyo")
    await make_connection(baton)
    await rotate(alice, "Europe", "Berlin", time(9), time(20), ["alice", "bob"])
    await rotate(alice, "Japan", "Tokyo", time(4), time(15), ["carol"])
    await set_up(baton, alice, "Europe")
    await merge(baton, alice, "Japan", "Europe")
    before = await last_refresh(baton, europe)

    await rotate_more(alice, "Japan")
    await baton.settled()

    assert await last_refresh(baton, europe) > before


async def last_refresh(baton: Baton, schedule: ScheduleView) -> datetime:
    async with baton.house.database.read() as tx:
        [row] = await tx.destinations.of_schedule(schedule.id)
    assert row.refreshed_at is not None
    assert row.dirty == 0
    return row.refreshed_at


async def rotate_more(person: Person, schedule: str) -> None:
    """Another rotation: an hour later in the day."""
    await rotate(person, schedule, "Tokyo", time(15), time(16), ["carol"])
