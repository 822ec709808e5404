"""A gap that a deed makes is named before it is done: just that gap, and nothing that was open or stays covered."""

from __future__ import annotations

from datetime import time, timedelta

from sandbox.client import Person
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from tests.support.running import Baton
from tests.support.slack_steps import actor, assign, full_hour, make_schedule, modal_says, user_id

ROTATION = "Rotation"


async def rotate(
    baton: Baton, schedule: ScheduleView, name: str, *users: str, opens: int | None = None, closes: int = 0
) -> None:
    """Turns of a day on the first role, begun two days ago at midnight UTC; with ``opens`` for some hours a day."""
    first = baton.house.clock.now().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    draft = RotationDraft(
        schedule_id=schedule.id,
        name=name,
        role=schedule.roles[0].id,
        members=tuple([await user_id(baton, user) for user in users]),
        every=1,
        unit="days",
        first_handoff=first - timedelta(days=2),
        zone="UTC",
        opens=None if opens is None else time(opens),
        closes=None if opens is None else time(closes),
    )
    await rotations.save_rotation(baton.house, await actor(baton), draft)


async def rotation_id(baton: Baton, schedule: ScheduleView, name: str) -> int:
    known = await rotations.list_rotations(baton.house, await actor(baton), schedule.id)
    return next(one.id for one in known if one.name == name)


async def ending(alice: Person, name: str) -> str:
    await alice.command("/oncall rotation Payments", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", f"{name} (Primary)")
    text = (await modal_says(alice, "End rotation")).text
    await alice.close_all()
    return text


async def test_ending_a_rotation_names_its_own_hours_and_not_those_of_another(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule, "Night", "alice", opens=0, closes=8)
    await rotate(baton, schedule, "Day", "bob", opens=8, closes=20)

    [one] = await rotations.opened_by_ending(
        baton.house, await actor(baton), schedule.id, await rotation_id(baton, schedule, "Night")
    )

    assert len(one.times) > 7
    assert all(time.start.hour == 0 and time.end.hour == 8 for time in one.times[1:-1])
    assert "If this rotation ends, nobody is on call as Primary" in await ending(alice, "Night")


async def test_what_is_confirmed_is_no_gap_and_it_goes_on_after_the_horizon(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule, "Daily", "alice", "bob")
    days = (await schedules.get_schedule(baton.house, await actor(baton), schedule.id)).horizon_days
    begin = full_hour(baton, 0)
    await assign(baton, schedule, "alice", begin, 24 * days + 48)

    [one] = await rotations.opened_by_ending(
        baton.house, await actor(baton), schedule.id, await rotation_id(baton, schedule, "Daily")
    )

    assert one.goes_on
    assert [time.start for time in one.times] == [begin + timedelta(days=days + 2)]
    assert " on\n" in f"{await ending(alice, 'Daily')}\n"


async def test_a_rotation_that_leaves_no_gap_is_ended_without_a_warning(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule, "Daily", "alice", "bob")
    await assign(baton, schedule, "alice", full_hour(baton, 0), 24 * 300)

    assert "If this rotation ends" not in await ending(alice, "Daily")


async def test_who_is_made_not_assignable_and_leaves_a_gap_is_asked_about_first(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule, "Daily", "bob")
    await alice.command("/oncall members", channel="#ops")
    await alice.modal("Members")
    await alice.press("Edit", within="@bob")
    await alice.modal("Edit member")
    await alice.fill("Assignable", "No")

    asked = await alice.submit()

    assert asked is not None
    assert "Nobody would be Primary from" in asked.text
    assert await rotations.list_rotations(baton.house, await actor(baton), schedule.id)
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    await alice.submit()
    await modal_says(alice, "Out of the rotations: Daily")
    assert await rotations.list_rotations(baton.house, await actor(baton), schedule.id) == []


async def test_removing_the_last_of_a_rotation_is_asked_about_first(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule, "Daily", "bob")
    await alice.command("/oncall members", channel="#ops")
    await alice.modal("Members")

    await alice.press("Remove", within="@bob")

    asked = await alice.modal("Remove this member")
    assert "Nobody would be Primary from" in asked.text
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    await alice.submit()
    shown = await modal_says(alice, "Removed @bob")
    assert "@bob · member" not in shown.text


async def test_one_of_two_leaves_without_a_question(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule, "Daily", "alice", "bob")
    await alice.command("/oncall members", channel="#ops")
    await alice.modal("Members")

    await alice.press("Remove", within="@bob")

    await modal_says(alice, "Removed @bob")


async def test_fewer_hours_are_previewed_with_the_gap_they_make(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule, "Daily", "alice", "bob")
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Daily (Primary)")
    await modal_says(alice, "End rotation")
    await alice.fill("Coverage", "Daily hours")
    await modal_says(alice, "Days")
    await alice.fill("From", "09:00")
    await alice.fill("To", "17:00")

    preview = await alice.submit()

    assert preview is not None
    assert "By this change nobody is on call any more as Primary" in preview.text
