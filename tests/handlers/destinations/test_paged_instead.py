"""Where nobody is on call here and PagerDuty pages somebody all the same, people hear whom, and can change that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.client import Person
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.pagerduty import weekly_layer
from services.destinations.configuring import DestinationView
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_destination,
    make_schedule,
)


async def exported_shift(baton: Baton) -> tuple[ScheduleView, DestinationView]:
    """Bob is on call for some hours, over somebody's layer in PagerDuty."""
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton, -1), 8)
    await baton.settled()
    assert [name for name, *_ in await exported(baton, destination)] == ["Bob Smith"]
    return schedule, destination


async def leave_unassigned(baton: Baton, alice: Person) -> str:
    await alice.command("/oncall change", channel="#ops")
    modal = await alice.modal("Change shift")
    await alice.fill("Shift", modal.options("Shift")[0])
    await alice.fill("What to do", "Leave unassigned")
    warned = await alice.submit()
    assert warned is not None
    assert "PagerDuty pages @" in warned.text
    assert "Reassign" in warned.text
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    assert await alice.submit() is None
    await alice.wait_for_message("Left unassigned in Payments", channel="ephemeral")
    await baton.settled()
    return warned.text


async def test_who_and_shifts_name_whom_pagerduty_pages(baton: Baton, alice: Person) -> None:
    _schedule, destination = await exported_shift(baton)
    await leave_unassigned(baton, alice)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        now = baton.house.clock.now()
        final = await control.final_schedule(destination.external_id, now, now + timedelta(minutes=5))
    assert final
    await alice.command("/oncall who", channel="#ops")
    message = await alice.wait_for_message("nobody here (PagerDuty pages", channel="ephemeral")
    assert "PagerDuty pages @" in message.shown or "somebody whom Slack does not know" not in message.shown
    await alice.command("/oncall shifts", channel="#ops")
    table = await alice.wait_for_message("Today", channel="ephemeral")
    assert "(PagerDuty pages @" in table.shown
    await alice.press("As a list", where="#ops")
    listed = await alice.wait_for_message("coming shifts", channel="ephemeral")
    assert "unassigned (PagerDuty pages" in listed.shown


async def test_somebody_is_put_there_by_a_button_with_role_and_times(baton: Baton, alice: Person) -> None:
    schedule, destination = await exported_shift(baton)
    await leave_unassigned(baton, alice)
    left = [s for s in await shifts.coming_shifts(baton.house, await actor(baton), schedule.id) if s.user_id is None]
    await alice.press("Put somebody there", where="#ops")
    modal = await alice.modal("Assign shift")
    assert modal.fields["Role"] == "Primary"
    await alice.fill("Member", "Alice Johnson")
    assert await alice.submit() is None
    await alice.wait_for_message("@alice is Primary of Payments", channel="ephemeral")
    await baton.settled()
    alices = [row for row in await exported(baton, destination) if row[0] == "Alice Johnson"]
    assert [row[2] for row in alices] == [left[0].end]
    await alice.command("/oncall who", channel="#ops")
    await alice.wait_for_message("Primary: @alice until", channel="ephemeral")


async def with_layer_of(baton: Baton, destination: DestinationView, name: str, email: str) -> None:
    """Somebody's own layer in PagerDuty lies beneath whatever Baton exports."""
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        user = await control.add_user(name, email)
        begin = full_hour(baton, -48)
        await control.set_layers(destination.external_id, [weekly_layer([user], begin)])
    baton.house.jobs.defer("reconcile", destination.id)
    await baton.settled()


async def warned_of(baton: Baton, alice: Person, what: str) -> str:
    """What the form says before it does it."""
    await alice.command("/oncall change", channel="#ops")
    modal = await alice.modal("Change shift")
    await alice.fill("Shift", modal.options("Shift")[0])
    await alice.fill("What to do", what)
    warned = await alice.submit()
    assert warned is not None
    return warned.text


@pytest.mark.parametrize("what", ["Leave unassigned", "End early"])
async def test_the_form_names_who_lies_beneath_before_it_is_done(baton: Baton, alice: Person, what: str) -> None:
    _schedule, destination = await exported_shift(baton)
    await with_layer_of(baton, destination, "Mallory", "mallory@elsewhere.example")
    said = await warned_of(baton, alice, what)
    assert "Nobody would be Primary" in said
    assert "PagerDuty pages Mallory then" in said
    assert [name for name, *_ in await exported(baton, destination)] == ["Bob Smith"]
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        now = baton.house.clock.now()
        [shown] = await control.final_schedule(destination.external_id, now, now + timedelta(minutes=1))
    assert shown[2] == "Bob Smith"
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    assert await alice.submit() is None
    done = await alice.wait_for_message("in Payments", channel="ephemeral")
    assert "PagerDuty pages Mallory then" in done.shown
    await baton.settled()
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        now = baton.house.clock.now()
        [shown] = await control.final_schedule(destination.external_id, now, now + timedelta(minutes=1))
    assert shown[2] == "Mallory"


async def test_the_same_form_puts_somebody_there_instead(baton: Baton, alice: Person) -> None:
    _schedule, destination = await exported_shift(baton)
    await with_layer_of(baton, destination, "Mallory", "mallory@elsewhere.example")
    assert "Reassign" in await warned_of(baton, alice, "Leave unassigned")
    await alice.fill("What to do", "Reassign")
    await alice.fill("Member", "Alice Johnson")
    assert await alice.submit() is None
    await alice.wait_for_message("Reassigned in Payments", channel="ephemeral")
    await baton.settled()
    assert "Alice Johnson" in [name for name, *_ in await exported(baton, destination)]


async def test_where_nobody_lies_beneath_the_form_says_so_of_nobody(baton: Baton, alice: Person) -> None:
    _schedule, destination = await exported_shift(baton)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.set_layers(destination.external_id, [])
    baton.house.jobs.defer("reconcile", destination.id)
    await baton.settled()
    said = await warned_of(baton, alice, "Leave unassigned")
    assert "Nobody would be Primary" in said
    assert "PagerDuty" not in said


async def test_the_list_says_whom_pagerduty_pages_where_nobody_was_ever_assigned(baton: Baton, alice: Person) -> None:
    schedule, destination = await exported_shift(baton)
    await with_layer_of(baton, destination, "Mallory", "mallory@elsewhere.example")
    await alice.command("/oncall destinations", channel="#ops")
    listed = await alice.modal("Destinations")
    assert "PagerDuty pages Mallory from" in listed.text
    assert "nobody is assigned here" in listed.text
    await alice.press("Put somebody there")
    form = await alice.modal("Assign shift")
    assert form.fields["Role"] == "Primary"
    await alice.fill("Member", "Alice Johnson")
    assert await alice.submit() is not None
    await alice.wait_for_message("@alice is Primary of Payments", channel="ephemeral")
    await baton.settled()
    bobs = [s for s in await shifts.coming_shifts(baton.house, await actor(baton), schedule.id)]
    assert bobs[1].start == bobs[0].end
    await alice.close()
    await alice.command("/oncall destinations", channel="#ops")
    assert "nobody is assigned here" not in (await alice.modal("Destinations")).text


async def test_many_times_without_anybody_are_told_shortly(baton: Baton, alice: Person) -> None:
    schedule, destination = await exported_shift(baton)
    await with_layer_of(baton, destination, "Mallory", "mallory@elsewhere.example")
    for day in range(1, 7):
        await assign(baton, schedule, "bob", full_hour(baton, 24 * day), 8)
    await baton.settled()
    await alice.command("/oncall destinations", channel="#ops")
    text = (await alice.modal("Destinations")).text
    assert text.count("nobody is assigned here") == 3
    assert "and 4 more like that within two weeks" in text


async def test_time_that_was_left_unassigned_is_not_told_as_never_assigned(baton: Baton, alice: Person) -> None:
    schedule, _destination = await exported_shift(baton)
    await assign(baton, schedule, "bob", full_hour(baton, 7), 24 * 20)
    await leave_unassigned(baton, alice)
    await alice.command("/oncall destinations", channel="#ops")
    assert "nobody is assigned here" not in (await alice.modal("Destinations")).text
