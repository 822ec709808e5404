"""Roles and teams of a schedule that exists, in `/oncall edit`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from oncall.shifts import Shift, ShiftSource, ShiftState
from sandbox.client import Modal, Person
from services.admin import history
from services.destinations import configuring as destinations
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from tests.handlers.shifts.test_card_to_shift import tell
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
    user_id,
)


async def open_edit(alice: Person) -> Modal:
    await alice.command("/oncall edit payments", channel="#ops")
    return await alice.modal("Edit schedule")


async def now(baton: Baton, schedule: ScheduleView) -> ScheduleView:
    return await schedules.get_schedule(baton.house, await actor(baton), schedule.id)


async def test_a_role_is_renamed_and_another_one_added(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await open_edit(alice)
    await alice.fill("Role 1", "First")
    await alice.fill("New roles", "Third, Fourth")
    await alice.submit()
    await alice.wait_for_message("Saved", channel="ephemeral")
    after = await now(baton, schedule)
    assert [role.name for role in after.roles] == ["First", "Secondary", "Third", "Fourth"]
    assert after.roles[0].id == schedule.roles[0].id


async def test_removing_a_role_says_first_what_goes_with_it(baton: Baton, alice: Person, bob: Person) -> None:
    schedule = await make_schedule(baton)
    made = await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await assign(baton, schedule, "bob", full_hour(baton, 20), 8, role=1)
    await baton.settled()
    await open_edit(alice)
    await alice.fill("Role 1", "")
    asked = await alice.submit()
    assert asked is not None
    assert "1 confirmed shift ahead of @bob, who are told" in asked.text
    assert "• nobody is on call " in asked.text
    assert f"the export to {made.external_name}; what was exported stays there" in asked.text
    assert len((await now(baton, schedule)).roles) == 2
    await alice.submit()
    saved = await alice.wait_for_message("Saved", channel="ephemeral")
    assert (
        f"Removed the role Primary, and with it 1 confirmed shift, the export to {made.external_name}." in saved.shown
    )
    assert [role.name for role in (await now(baton, schedule)).roles] == ["Secondary"]
    assert await destinations.list_destinations(baton.house, await actor(baton), schedule.id) == []
    async with baton.house.database.read() as tx:
        left = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    assert [shift.role_id for shift in left] == [schedule.roles[1].id]
    await tell(baton)
    await bob.wait_for_message("removed by Alice Johnson")


async def test_the_last_role_stays_and_names_are_their_own(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_edit(alice)
    await alice.fill("Role 1", "")
    await alice.fill("Role 2", "")
    refused = await alice.submit()
    assert refused is not None
    assert "at least one role" in str(refused.errors)
    await alice.fill("Role 1", "Same")
    await alice.fill("Role 2", "same")
    refused = await alice.submit()
    assert refused is not None
    assert "a name of its own" in str(refused.errors)


async def test_a_team_of_one_is_renamed_and_a_shared_one_is_left(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await open_edit(alice)
    await alice.fill("Team", "Treasury")
    await alice.submit()
    await alice.wait_for_message("Saved", channel="ephemeral")
    assert (await now(baton, schedule)).team == "Treasury"
    other = await make_schedule(baton, "Search", team="Treasury")
    await open_edit(alice)
    await alice.fill("Team", "Money")
    await alice.submit()
    await baton.settled()
    assert [(await now(baton, one)).team for one in (schedule, other)] == ["Money", "Treasury"]
    lines = [line.summary for line in (await history.history(baton.house, await actor(baton), schedule.id))]
    assert [line for line in lines if "team" in line] == [
        "changed the schedule Payments (team Money, was Treasury)",
        "changed the schedule Payments (team Treasury, was Money)",
    ]


async def test_what_was_before_a_role_was_removed_stays_readable(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    start = full_hour(baton, -30)
    bob = await user_id(baton, "bob")
    past = Shift(schedule.roles[0].id, bob, start, start + timedelta(hours=8), ShiftState.CONFIRMED, ShiftSource.PERSON)
    async with baton.house.database.transaction() as tx:
        await tx.shifts.add(schedule.id, [past], start)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await open_edit(alice)
    await alice.fill("Role 1", "")
    await alice.submit()
    await alice.submit()
    await alice.wait_for_message("Saved", channel="ephemeral")
    me = await actor(baton)
    seen = await shifts.coming_shifts(baton.house, me, schedule.id, since=start)
    assert [(one.role, one.user_id, one.start) for one in seen] == [("Primary", bob, start)]
    told = await history.history(baton.house, me, schedule.id)
    assert any("as Primary" in line.summary for line in told)
    await alice.command("/oncall archive Payments", channel="#ops")
    await alice.modal("Archive schedule")
    await alice.submit()
    await alice.wait_for_message("Archived", channel="ephemeral")
    await alice.command("/oncall archived", channel="#ops")
    await alice.modal("Archived schedules")
    await alice.press("History")
    await modal_says(alice, "as Primary")


async def test_a_rotation_that_filled_a_removed_role_once_goes_on(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    me = await actor(baton)
    first = full_hour(baton, -24 * 7).replace(tzinfo=None)
    draft = RotationDraft(
        schedule_id=schedule.id,
        name="Weekly",
        role=schedule.roles[0].id,
        members=(me.user_id,),
        first_handoff=first,
        zone="UTC",
    )
    saved = await rotations.save_rotation(baton.house, me, draft)
    seen = await rotations.draft_of(baton.house, me, schedule.id, saved.id)
    await rotations.save_rotation(baton.house, me, replace(seen, role=schedule.roles[1].id))
    await open_edit(alice)
    await alice.fill("Role 1", "")
    asked = await alice.submit()
    if asked is not None:
        assert "the rotation Weekly" not in asked.text
        await alice.submit()
    await alice.wait_for_message("Saved", channel="ephemeral")
    [left] = await rotations.list_rotations(baton.house, me, schedule.id)
    assert (left.name, left.role) == ("Weekly", "Secondary")
