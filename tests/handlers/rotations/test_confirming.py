"""Proposed shifts that admins confirm in Slack."""

from __future__ import annotations

from oncall.shifts import ShiftState
from sandbox.client import Person
from services.rotations import saving as rotations
from tests.handlers.rotations.steps import make_rotation, waiting
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    exported,
    make_destination,
    make_schedule,
)


async def test_confirming_in_slack_exports_to_pagerduty(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    await make_rotation(baton, schedule)

    await alice.command("/oncall confirm Payments", channel="#ops")
    modal = await alice.modal("Confirm shifts")
    assert modal.submit == "Confirm"
    assert await alice.submit() is None

    await alice.wait_for_message("Confirmed", channel="ephemeral")
    await baton.settled()
    assert await waiting(baton, schedule) == []
    assert [who for who, *_ in await exported(baton, destination)][:2] == ["Alice Johnson", "Bob Smith"]


async def test_what_is_not_ticked_goes_on_waiting(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_rotation(baton, schedule)
    await alice.command("/oncall confirm", channel="#ops")
    modal = await alice.modal("Confirm shifts")
    count = len(modal.options("Shifts"))

    await alice.fill("Shifts", modal.options("Shifts")[:1])
    await alice.submit()

    await alice.wait_for_message("Confirmed 1 shift", channel="ephemeral")
    assert len(await waiting(baton, schedule)) == count - 1


async def test_what_changed_meanwhile_is_shown_as_it_is_now(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    saved = await make_rotation(baton, schedule)
    await alice.command("/oncall confirm", channel="#ops")
    await alice.modal("Confirm shifts")
    await rotations.end_rotation(baton.house, await actor(baton), schedule.id, saved.id)

    shown = await alice.submit()

    assert shown is not None
    assert "changed meanwhile" in shown.text
    assert "Nothing waits to be confirmed" in shown.text


async def test_members_see_what_waits_without_a_button(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await make_rotation(baton, schedule)

    await bob.command("/oncall confirm", channel="#ops")
    modal = await bob.modal("Confirm shifts")

    assert modal.submit is None
    assert "Primary: Alice Johnson" in modal.text
    assert "Admins confirm shifts: @alice" in modal.text


async def test_nothing_ticked_is_nothing_confirmed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_rotation(baton, schedule)
    await alice.command("/oncall confirm", channel="#ops")
    await alice.modal("Confirm shifts")
    await alice.fill("Shifts", [])

    shown = await alice.submit()

    assert shown is not None
    assert "Tick the shifts" in shown.text
    async with baton.house.database.read() as tx:
        found = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    assert {shift.state for shift in found} == {ShiftState.PROPOSED}
