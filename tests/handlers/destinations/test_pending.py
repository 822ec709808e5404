"""`/oncall pending`, **Export now** and what people answer to imports."""

from __future__ import annotations

from datetime import timedelta

from sandbox.client import Person
from sandbox.client.pagerduty import PagerDutyControl
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationView
from services.schedules.finding import find_schedule
from sync.core.model import Mode
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
    within_a_turn,
)


async def manual(baton: Baton, mode: Mode = Mode.MANUAL_EXPORT) -> DestinationView:
    """Bob's shift of eight hours, waiting at a destination in this mode."""
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    who = await actor(baton)
    await destinations.update_destination(baton.house, who, destination.id, role_id=destination.role_id, mode=mode)
    await baton.settled()
    await assign(baton, schedule, "bob", within_a_turn(baton, 24 * 14), 8)
    await baton.settled()
    return destination


async def test_pending_lists_who_and_when_and_exports_exactly_that(baton: Baton, alice: Person) -> None:
    destination = await manual(baton)
    await alice.command("/oncall pending payments", channel="#ops")
    modal = await alice.modal("Pending changes")
    assert "@bob instead of" in modal.text
    await alice.press("Export now")
    await modal_says(alice, "Exported: Platform primary")
    assert [who for who, _, _ in await exported(baton, destination)] == ["Bob Smith"]
    await modal_says(alice, "Nothing waits")


async def test_a_list_that_changed_meanwhile_is_shown_anew_and_nothing_is_written(baton: Baton, alice: Person) -> None:
    destination = await manual(baton)
    await alice.command("/oncall pending payments", channel="#ops")
    await alice.modal("Pending changes")
    schedule = await make_other_shift(baton)
    assert schedule
    await alice.press("Export now")
    await modal_says(alice, "Something changed meanwhile")
    assert await exported(baton, destination) == []


async def make_other_shift(baton: Baton) -> bool:

    schedule = await find_schedule(baton.house, await actor(baton), "payments")
    await assign(baton, schedule, "alice", full_hour(baton, 48), 8)
    await baton.settled()
    return True


async def test_the_destinations_modal_shows_what_waits(baton: Baton, alice: Person) -> None:
    await manual(baton)
    await alice.command("/oncall destinations payments", channel="#ops")
    modal = await alice.modal("Destinations")
    assert "1 change waits for a manual export" in modal.text
    assert "@bob instead of" in modal.text


async def test_only_admins_see_the_button(baton: Baton, bob: Person) -> None:
    await manual(baton)
    await bob.command("/oncall pending payments", channel="#ops")
    assert (await bob.modal("Pending changes")).buttons == []


async def test_history_tells_who_did_what(baton: Baton, alice: Person) -> None:
    await manual(baton)
    await alice.command("/oncall history payments", channel="#ops")
    modal = await alice.modal("History")
    assert "@alice assigned @bob as Primary" in modal.text
    assert "@alice created the schedule Payments" in modal.text


async def test_history_names_pagerduty_where_a_change_came_from_there(baton: Baton, alice: Person) -> None:
    destination = await manual(baton, Mode.BIDIRECTIONAL)
    start = within_a_turn(baton, 24 * 14)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        override = await control.create_override(
            destination.external_id, "Alice Johnson", start, start + timedelta(hours=8)
        )
    await alice.command("/oncall refresh payments", channel="#ops")
    await alice.wait_for_message("imported 1", channel="ephemeral")
    await alice.command("/oncall history payments", channel="#ops")
    told = (await alice.modal("History")).text
    assert "PagerDuty changed @bob to @alice" in told
    assert f"(override {override})" in told


async def test_history_gives_the_reason_that_was_given(baton: Baton, alice: Person) -> None:
    from services.shifts import changing as changes
    from services.shifts.each_change import ShiftRef

    await manual(baton)
    who = await actor(baton)
    schedule = await find_schedule(baton.house, who, "payments")
    async with baton.house.database.read() as tx:
        [shift] = await tx.shifts.of_role(schedule.roles[0].id, baton.house.clock.now())
    ref = ShiftRef(shift.id or 0, shift.revision)
    await changes.reassign(baton.house, who, schedule.id, ref, who.user_id, "a <wedding>")
    await baton.settled()
    await alice.command("/oncall history payments", channel="#ops")
    told = (await alice.modal("History")).text
    assert "gave the shift of @bob to @alice" in told
    assert "“a <wedding>”" in told
