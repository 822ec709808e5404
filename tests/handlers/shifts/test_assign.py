"""Putting people on call: `/oncall assign`."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

import handlers
from sandbox.client import Person, Workspace
from services.shifts import assigning as shifts
from tests.support.running import Baton
from tests.support.slack_steps import actor, exported, full_hour, make_destination, make_schedule

ASSIGN = "Assign shift"


async def open_assign(person: Person, argument: str = "") -> None:
    await person.command(f"/oncall assign {argument}".rstrip(), channel="#ops")
    await person.modal(ASSIGN)


async def wait_for_field(person: Person, label: str) -> None:
    for _ in range(100):
        modal = await person.top_modal()
        if modal and label in modal.fields:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{label} never came")


async def test_with_one_schedule_it_is_preset_and_not_asked_for(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall assign", channel="#ops")
    modal = await alice.modal(ASSIGN)
    assert list(modal.fields) == ["Role", "Member", "Starts", "Ends"]
    assert modal.fields["Role"] == "Primary"
    assert modal.options("Member") == ["Alice Johnson", "Bob Smith"]
    assert modal.fields["Starts"] > baton.house.clock.now()
    assert timedelta(days=6) < modal.fields["Ends"] - modal.fields["Starts"] < timedelta(days=8)
    assert "Payments" in modal.text
    assert modal.submit == "Assign"


async def test_an_assigned_shift_is_confirmed_and_told(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await open_assign(alice, "Payments")
    start = full_hour(baton)
    await alice.fill("Role", "Secondary")
    await alice.fill("Member", "Bob Smith")
    await alice.fill("Starts", start)
    await alice.fill("Ends", start + timedelta(hours=8))
    assert await alice.submit() is None
    message = await alice.wait_for_message("is Secondary of Payments", channel="ephemeral")
    assert "@bob" in message.shown
    assert "no destination yet" in message.shown
    [shift] = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 10)
    assert (shift.role, shift.start, shift.state) == ("Secondary", start, "confirmed")


async def test_what_is_assigned_shows_in_pagerduty(baton: Baton, alice: Person) -> None:
    destination = await make_destination(baton, await make_schedule(baton))
    await open_assign(alice)
    start = full_hour(baton)
    await alice.fill("Member", "Bob Smith")
    await alice.fill("Starts", start)
    await alice.fill("Ends", start + timedelta(hours=8))
    await alice.submit()
    await alice.wait_for_message("On the way to 1 destination", channel="ephemeral")
    await baton.settled()
    assert await exported(baton, destination) == [("Bob Smith", start, start + timedelta(hours=8))]


async def test_whoever_is_replaced_is_named(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    for member in ("Bob Smith", "Alice Johnson"):
        await open_assign(alice)
        await alice.fill("Member", member)
        await alice.submit()
    message = await alice.wait_for_message("That replaces", channel="ephemeral")
    assert "@bob" in message.shown


async def test_with_several_schedules_one_is_chosen_and_its_roles_appear(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments", roles=["Primary"])
    await make_schedule(baton, "Search", roles=["Lead", "Helper"], members=["carol"])
    await alice.command("/oncall assign", channel="#ops")
    assert list((await alice.modal(ASSIGN)).fields) == ["Schedule", "Starts", "Ends"]
    start = full_hour(baton, 5)
    await alice.fill("Starts", start)
    await alice.fill("Schedule", "Search")
    await wait_for_field(alice, "Member")
    modal = await alice.modal(ASSIGN)
    assert modal.options("Role") == ["Lead", "Helper"]
    assert modal.options("Member") == ["Carol Diaz"]
    assert modal.fields["Starts"] == start
    await alice.fill("Member", "Carol Diaz")
    assert await alice.submit() is None
    await alice.wait_for_message("is Lead of Search", channel="ephemeral")


async def test_choosing_another_schedule_takes_its_roles_and_keeps_the_times(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments", roles=["Primary"])
    await make_schedule(baton, "Search", roles=["Lead"], members=["carol"])
    await open_assign(alice)
    await alice.fill("Schedule", "Search")
    await wait_for_field(alice, "Member")
    await alice.fill("Member", "Carol Diaz")
    await alice.fill("Schedule", "Payments")
    await baton.settled()
    modal = await alice.modal(ASSIGN)
    assert modal.fields["Role"] == "Primary"
    assert modal.fields["Member"] is None


@pytest.mark.parametrize(
    ("starts", "ends", "label", "problem"),
    [
        (-30, 5, "Starts", "at most a day ago"),
        (5, 5, "Ends", "end after it starts"),
        (5, 2, "Ends", "end after it starts"),
        (-10, -2, "Ends", "end in the future"),
        (1, 24 * 400, "Ends", "a year long at most"),
    ],
)
async def test_wrong_times_are_errors_on_their_fields(
    baton: Baton, alice: Person, starts: int, ends: int, label: str, problem: str
) -> None:
    await make_schedule(baton)
    await open_assign(alice)
    await alice.fill("Member", "Bob Smith")
    await alice.fill("Starts", full_hour(baton, starts))
    await alice.fill("Ends", full_hour(baton, ends))
    modal = await alice.submit()
    assert modal is not None
    assert list(modal.errors) == [label]
    assert problem in modal.errors[label]
    assert modal.fields["Member"] == "Bob Smith"


async def test_somebody_who_is_no_admin_is_told_who_is(baton: Baton, bob: Person) -> None:
    await make_schedule(baton)
    await bob.command("/oncall assign", channel="#ops")
    message = await bob.wait_for_message("Only admins of Payments can do that", channel="ephemeral")
    assert "@alice" in message.shown
    assert await bob.top_modal() is None


async def test_choosing_a_schedule_of_others_is_refused_in_the_modal(baton: Baton, bob: Person) -> None:
    await make_schedule(baton, "Payments")
    await make_schedule(baton, "Search", admins=["bob"])
    await open_assign(bob)
    await bob.fill("Schedule", "Payments")
    await baton.settled()
    assert "Only admins of Payments can do that: @alice" in (await bob.modal(ASSIGN)).text


async def test_losing_the_right_while_the_modal_is_open_is_told_in_it(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, admins=["alice", "bob"])
    await open_assign(alice)
    async with baton.house.database.transaction() as tx:
        member = await tx.schedules.member(schedule.id, schedule.admins[0].user_id)
        assert member is not None
        member.access = "member"
    await alice.fill("Member", "Bob Smith")
    modal = await alice.submit()
    assert modal is not None
    assert "Only admins of Payments can do that: @bob" in modal.text
    assert modal.fields["Member"] == "Bob Smith"


async def test_a_slack_admin_may_assign_anywhere(baton: Baton, ws: Workspace) -> None:
    await make_schedule(baton)
    root = ws.person("root")
    await open_assign(root)
    await root.fill("Member", "Bob Smith")
    assert await root.submit() is None


async def test_assigning_twice_at_once_leaves_one_shift(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await open_assign(alice)
    await alice.fill("Member", "Bob Smith")
    await asyncio.gather(alice.submit(), alice.submit(), return_exceptions=True)
    await baton.settled()
    assert len(await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 10)) == 1


async def test_an_ambiguous_name_offers_the_schedules_that_it_fits(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments EU")
    await make_schedule(baton, "Payments US")
    await alice.command("/oncall assign payments", channel="#ops")
    await alice.wait_for_message("Several schedules fit “payments”", channel="ephemeral")
    await alice.fill("Choose a schedule", "Payments US", where="#ops")
    assert "Schedule: Payments US" in (await alice.modal(ASSIGN)).text


async def test_a_quoted_name_is_understood(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments EU")
    await make_schedule(baton, "Payments US")
    await open_assign(alice, "“Payments EU”")
    assert "Payments EU" in (await alice.modal(ASSIGN)).text


async def test_more_than_a_hundred_members_are_searched(baton: Baton, ws: Workspace, alice: Person) -> None:
    names = [f"p{number}" for number in range(101)]
    for name in names:
        await ws.add_user(name, real_name=f"Person {name}")
    await handlers.load_directory(baton.client, baton.house, baton.slack.team_id, "")
    await make_schedule(baton, members=names)
    await open_assign(alice)
    assert await alice.search("Member", "p77") == ["Person p77"]
    await alice.fill("Member", "Person p77")
    assert await alice.submit() is None
