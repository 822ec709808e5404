"""Where nobody is on call here and PagerDuty pages somebody all the same, people hear whom, and can change that."""

from __future__ import annotations

from datetime import timedelta

from sandbox.client import Person
from sandbox.client.pagerduty import PagerDutyControl
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
    assert "goes on paging" in warned.text
    assert "layer or an override there says so" in warned.text
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
