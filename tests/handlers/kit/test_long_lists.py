"""Lists that are longer than a screen: everything in them can be reached."""

from __future__ import annotations

from datetime import timedelta

from handlers.admin import doctor
from oncall.shifts import Shift, ShiftChange, ShiftState
from sandbox.client import Person
from services.kit.audit import note
from services.notices.dead_letters import DeadLetters
from services.schedules.creating import ScheduleView
from services.shifts import confirming
from storage.tables import Connection, ConnectionAdmin, Destination
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_connection,
    make_destination,
    make_schedule,
    modal_says,
    user_id,
)


async def test_every_schedule_is_listed_page_by_page(baton: Baton, alice: Person) -> None:
    for number in range(120):
        await make_schedule(baton, f"Schedule {number:03}")
    await alice.command("/oncall schedules", channel="#ops")
    first = await alice.wait_for_message("1–50 of 120 schedules", channel="ephemeral")
    assert first.text == "120 schedules in this workspace"
    await alice.press("Next")
    await alice.wait_for_message("51–100 of 120 schedules", channel="ephemeral")
    await alice.press("Next")
    last = await alice.wait_for_message("101–120 of 120 schedules", channel="ephemeral")
    assert "Schedule 119" in last.shown


async def test_every_connection_can_be_reached(baton: Baton, alice: Person) -> None:
    someone = await actor(baton)
    async with baton.house.database.transaction() as tx:
        for number in range(95):
            row = Connection(
                workspace_id=baton.workspace,
                kind="pagerduty",
                subdomain=f"acme{number:03}",
                region="us",
                secret=baton.house.secrets.seal("key"),
                state="ok",
                created_by=someone.user_id,
                created_at=baton.house.clock.now(),
                checked_at=baton.house.clock.now(),
            )
            tx.session.add(row)
            await tx.session.flush()
            tx.session.add(ConnectionAdmin(connection_id=row.id, user_id=someone.user_id))
    await alice.command("/oncall connections", channel="#ops")
    assert "1–40 of 95 connections" in (await alice.modal("Connections")).text
    await alice.press("Next")
    await modal_says(alice, "41–80 of 95 connections")
    await alice.press("Next")
    assert "acme094" in (await modal_says(alice, "81–95 of 95 connections")).text


async def test_the_history_says_which_role_and_what_was_edited(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton), 8, role=1)
    await alice.command("/oncall take Payments", channel="#ops")
    form = await alice.modal("Take over a shift")
    await alice.fill("Shift", form.choices["Shift"][0])
    await alice.submit()
    await alice.wait_for_message("Taken over", channel="ephemeral")
    await alice.command("/oncall edit Payments", channel="#ops")
    await alice.modal("Edit schedule")
    await alice.fill("Horizon (days)", "14")
    await alice.fill("Role 1", "First")
    await alice.submit()
    await alice.wait_for_message("Saved", channel="ephemeral")

    await alice.command("/oncall history Payments", channel="#ops")
    text = (await alice.modal("History")).text

    assert "took over the shift of @bob as Secondary" in text
    assert "changed the schedule Payments (horizon 14 days; roles renamed: Primary to First)" in text


async def test_every_change_is_in_the_history(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    someone, now = await actor(baton), baton.house.clock.now()
    async with baton.house.database.transaction() as tx:
        for number in range(130):
            note(tx, someone, now + timedelta(seconds=number), "x", f"did number {number}", schedule_id=schedule.id)
    await alice.command("/oncall history", channel="#ops")
    assert "1–50 of 131 changes" in (await alice.modal("History")).text
    await alice.press("Next")
    await modal_says(alice, "51–100 of 131 changes")
    await alice.press("Next")
    last = await modal_says(alice, "101–131 of 131 changes")
    assert "did number 0" in last.text
    await alice.press("Previous")
    await modal_says(alice, "51–100 of 131 changes")


async def test_names_with_marks_stay_names_in_the_history(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await alice.command("/oncall sync payments", channel="#ops")
    await alice.modal("PagerDuty sync")
    await alice.fill("Schedule name", "New *x* `y`")
    await alice.submit()
    await modal_says(alice, "The first update is on its way")
    await baton.settled()
    await alice.close_all()
    await alice.command("/oncall history payments", channel="#ops")
    await modal_says(alice, "Baton wrote 1 entry in the PagerDuty schedule New ∗x∗ ˋyˋ")


def test_every_schedule_that_can_not_be_extended_is_named() -> None:
    stuck = [(f"Schedule {number:03}", "its rotation names nobody") for number in range(70)]
    shown = doctor.view([], DeadLetters((), 0), stuck=stuck)
    assert all(name in str(shown) for name, _ in stuck)
    assert len(shown["blocks"]) <= 100


async def proposed(baton: Baton, count: int) -> ScheduleView:
    """So many shifts of an hour each, by turns of Alice and Bob, that wait to be confirmed."""
    schedule = await make_schedule(baton)
    start, people = full_hour(baton), [await user_id(baton, name) for name in ("alice", "bob")]
    rows = [
        Shift(
            schedule.roles[0].id,
            people[number % 2],
            start + timedelta(hours=number),
            start + timedelta(hours=number + 1),
            ShiftState.PROPOSED,
        )
        for number in range(count)
    ]
    async with baton.house.database.transaction() as tx:
        await tx.shifts.apply(schedule.id, ShiftChange(added=tuple(rows)), baton.house.clock.now())
    return schedule


async def test_more_than_two_hundred_shifts_are_confirmed_lot_by_lot(baton: Baton, alice: Person) -> None:
    schedule = await proposed(baton, 205)
    await alice.command("/oncall confirm Payments", channel="#ops")
    assert "the first 200 of 205 shifts" in (await alice.modal("Confirm shifts")).text
    left = await alice.submit()
    assert left is not None
    assert "5 shifts still to confirm" in left.text
    assert await alice.submit() is None
    assert await confirming.pending(baton.house, await actor(baton), schedule.id) == []


async def test_more_than_two_hundred_shifts_are_confirmed_at_once(baton: Baton, alice: Person) -> None:
    schedule = await proposed(baton, 205)
    await alice.command("/oncall confirm Payments", channel="#ops")
    await alice.modal("Confirm shifts")
    await alice.press("Confirm all 205 shifts")
    await modal_says(alice, "Nothing waits to be confirmed")
    assert await confirming.pending(baton.house, await actor(baton), schedule.id) == []


async def test_who_may_not_confirm_reads_all_of_two_hundred_shifts_and_more(baton: Baton, bob: Person) -> None:
    await proposed(baton, 205)
    await bob.command("/oncall confirm Payments", channel="#ops")
    assert "1–200 of 205 shifts" in (await bob.modal("Confirm shifts")).text
    await bob.press("Next")
    assert (await modal_says(bob, "201–205 of 205 shifts")).text.count("Primary:") == 5
    await bob.press("Previous")
    await modal_says(bob, "1–200 of 205 shifts")


async def test_what_waits_is_shown_at_every_destination(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    made = await make_destination(baton, schedule)
    async with baton.house.database.transaction() as tx:
        first = await tx.destinations.get(made.id)
        assert first is not None
        kept = {column.key: getattr(first, column.key) for column in Destination.__table__.columns}
        for number in range(1, 25):
            twin = {"id": None, "external_id": f"P{number:03}", "external_name": f"Board {number:03}", "paused": True}
            tx.session.add(Destination(**kept | twin))
    await alice.command("/oncall pending Payments", channel="#ops")
    seen = (await alice.modal("Pending changes")).text
    for span in ("9–16 of 25", "17–24 of 25", "25–25 of 25"):
        await alice.press("Next")
        seen += (await modal_says(alice, f"{span} destinations")).text
    assert all(f"Board {number:03}" in seen for number in range(1, 25))


async def test_the_last_of_many_shifts_is_swapped_and_taken(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    start = full_hour(baton)
    for number in range(202):
        await assign(baton, schedule, ("alice", "bob")[number % 2], start + timedelta(hours=number), 1)
    last = [start + timedelta(days=20, hours=number) for number in range(2)]
    await assign(baton, schedule, "alice", last[0], 1, role=1)
    await assign(baton, schedule, "bob", last[1], 1, role=1)

    await alice.command("/oncall swap Payments", channel="#ops")
    await alice.modal("Swap shifts")
    for label, name in (("Your shift", "Alice Johnson"), ("Their shift", "Bob Smith")):
        assert len(await alice.search(label, "")) == 100
        [found] = await alice.search(label, f"secondary {name.split()[0]}")
        assert f"Secondary: {name}" in found
        await alice.fill(label, found)
    assert await alice.submit() is None
    await alice.wait_for_message("Asked", channel="ephemeral")

    await alice.command("/oncall take Payments", channel="#ops")
    await alice.modal("Take over a shift")
    assert len(await alice.search("Shift", "")) == 100
    [found] = await alice.search("Shift", "secondary bob")
    await alice.fill("Shift", found)
    assert await alice.submit() is None
    await alice.wait_for_message("Taken over", channel="ephemeral")
