"""Shifts that change hands in Slack: `/oncall swap`, `take` and `change`."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.client import Person
from services.shifts import assigning as shifts
from services.shifts import changing as changes
from tests.handlers.shifts.steps import CHANGE, COVER, SWAP, TAKE, open_modal, option_of, rows, say_yes, two_shifts
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_destination,
    make_schedule,
)


async def test_without_shifts_of_their_own_there_is_nothing_to_swap(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton), 8)

    modal = await open_modal(bob, "swap", SWAP)

    assert "You have no shifts ahead to swap" in modal.text
    assert modal.submit is None


async def test_who_comes_second_is_told_what_happened_and_loses_nothing_typed(
    baton: Baton, alice: Person, bob: Person
) -> None:
    schedule, start = await two_shifts(baton)
    modal = await open_modal(bob, "swap", SWAP)
    await bob.fill("Your shift", option_of(modal, "Your shift"))
    await bob.fill("Their shift", option_of(modal, "Their shift"))
    await bob.fill("Reason", "concert")
    [first, _] = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)
    carol = (await actor(baton, "carol")).user_id
    await changes.reassign(baton.house, await actor(baton), schedule.id, first.ref, carol)

    again = await bob.submit()

    assert again is not None
    assert "@alice gave the shift of @alice to @carol" in again.text
    assert again.fields["Reason"] == "concert"
    await bob.fill("Your shift", option_of(again, "Your shift"))
    await bob.fill("Their shift", option_of(again, "Their shift"))
    assert await bob.submit() is None
    await bob.wait_for_message("Asked @carol to swap shifts of Payments", channel="ephemeral")
    assert (await rows(baton, schedule))[0] == ("carol", start, start + timedelta(hours=8))


async def test_taking_over_a_running_shift_takes_the_rest_and_reaches_pagerduty(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    start = full_hour(baton, 0)
    await assign(baton, schedule, "alice", start, 8)
    modal = await open_modal(bob, "take Payments", TAKE)

    await bob.fill("Shift", option_of(modal, "Shift"))
    assert await bob.submit() is None

    await bob.wait_for_message("Taken over in Payments", channel="ephemeral")
    await baton.settled()
    assert [name for name, *_ in await rows(baton, schedule)] == ["bob"]
    assert ("Bob Smith", start + timedelta(hours=8)) in [(n, end) for n, _, end in await exported(baton, destination)]


async def test_who_cannot_be_assigned_is_told_who_can_help(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton, members=("alice",))
    await assign(baton, schedule, "alice", full_hour(baton), 8)
    modal = await open_modal(bob, "take", TAKE)
    await bob.fill("Shift", option_of(modal, "Shift"))

    shown = await bob.submit()

    assert shown is not None
    assert "Ask an admin to add you: @alice" in shown.text


async def test_an_admin_reassigns_ends_and_unassigns(baton: Baton, alice: Person) -> None:
    schedule, start = await two_shifts(baton)
    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("Member", "Carol Diaz")
    assert await alice.submit() is None
    await alice.wait_for_message("Reassigned in Payments", channel="ephemeral")

    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("What to do", "End early")
    await alice.fill("Ends", start + timedelta(hours=2))
    await say_yes(alice, "Nobody would be Primary")
    await alice.wait_for_message("Ended early in Payments", channel="ephemeral")

    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", modal.options("Shift")[-1])
    await alice.fill("What to do", "Leave unassigned")
    await say_yes(alice, "Nobody would be Primary")
    await alice.wait_for_message("Left unassigned in Payments", channel="ephemeral")
    assert [name for name, *_ in await rows(baton, schedule)] == ["carol", "nobody", "nobody"]


async def test_problems_of_a_change_stand_at_their_fields(baton: Baton, alice: Person) -> None:
    _schedule, start = await two_shifts(baton)
    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))

    refused = await alice.submit()
    assert refused is not None
    assert "Choose a member" in refused.errors["Member"]
    await alice.fill("What to do", "End early")
    await alice.fill("Ends", start + timedelta(days=9))

    refused = await alice.submit()
    assert refused is not None
    assert "between the start and the end" in refused.errors["Ends"]


async def test_a_gap_is_named_with_its_times_before_it_is_made(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    start = full_hour(baton, -1)
    await assign(baton, schedule, "bob", start, 9)
    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("What to do", "End early")
    await alice.fill("Reason", "moving house")

    warned = await alice.submit()

    assert warned is not None
    assert "Nobody would be Primary today" in warned.text
    assert "now it is @bob" in warned.text
    assert warned.fields["Reason"] == "moving house"
    assert [name for name, *_ in await rows(baton, schedule)] == ["bob"]
    await say_yes(alice, "Nobody would be Primary")
    await alice.wait_for_message("Ended early in Payments", channel="ephemeral")
    assert [name for name, *_ in await rows(baton, schedule)] == ["nobody"]


async def test_yes_to_one_warning_is_not_yes_to_another(baton: Baton, alice: Person) -> None:
    _schedule, start = await two_shifts(baton)
    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("What to do", "End early")
    await alice.fill("Ends", start + timedelta(hours=7))
    assert await alice.submit() is not None
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    await alice.fill("Ends", start + timedelta(hours=1))

    again = await alice.submit()

    assert again is not None
    assert again.fields["Do it all the same?"] == []
    await say_yes(alice, "Nobody would be Primary")


async def test_a_part_of_a_shift_is_given_away(baton: Baton, alice: Person) -> None:
    schedule, start = await two_shifts(baton)
    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("Member", "Carol Diaz")
    await alice.fill("Starts", start + timedelta(hours=2))
    await alice.fill("Ends", start + timedelta(hours=4))
    assert await alice.submit() is None
    await alice.wait_for_message("Reassigned in Payments", channel="ephemeral")
    assert await rows(baton, schedule) == [
        ("alice", start, start + timedelta(hours=2)),
        ("carol", start + timedelta(hours=2), start + timedelta(hours=4)),
        ("alice", start + timedelta(hours=4), start + timedelta(hours=8)),
        ("bob", start + timedelta(hours=8), start + timedelta(hours=16)),
    ]


async def test_only_a_part_is_left_unassigned(baton: Baton, alice: Person) -> None:
    schedule, start = await two_shifts(baton)
    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("What to do", "Leave unassigned")
    await alice.fill("Ends", start + timedelta(hours=4))
    await say_yes(alice, "Nobody would be Primary")
    assert [name for name, *_ in await rows(baton, schedule)] == ["nobody", "alice", "bob"]


async def test_what_a_change_would_ignore_is_refused_at_its_field(baton: Baton, alice: Person) -> None:
    _schedule, start = await two_shifts(baton)
    modal = await open_modal(alice, "change", CHANGE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("What to do", "End early")
    await alice.fill("Member", "Carol Diaz")
    await alice.fill("Starts", start + timedelta(hours=1))

    refused = await alice.submit()

    assert refused is not None
    assert set(refused.errors) == {"Member", "Starts"}


async def test_a_member_takes_over_now_for_two_hours(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "alice", full_hour(baton, -1), 9)
    await assign(baton, schedule, "carol", full_hour(baton, 20), 9)
    modal = await open_modal(bob, "take payments for 2 hours", TAKE)
    assert "Alice Johnson" in modal.fields["Shift"]
    assert modal.fields["For"] == "2 hours"

    assert await bob.submit() is None

    await bob.wait_for_message("Taken over in Payments", channel="ephemeral")
    now = baton.house.clock.now()
    [(who, start, end), (then, *_), _carol] = await rows(baton, schedule)
    assert (who, then) == ("bob", "alice")
    assert timedelta(hours=2) - timedelta(seconds=60) < end - now <= timedelta(hours=2)
    assert start <= now


@pytest.mark.parametrize(
    ("length", "ends", "problem"),
    [("soon", None, "Type how long"), ("30 hours", None, "ends before that"), ("1h", 4, "not both")],
)
async def test_a_time_that_makes_no_sense_is_refused_at_its_field(
    baton: Baton, bob: Person, length: str, ends: int | None, problem: str
) -> None:
    _schedule, start = await two_shifts(baton)
    modal = await open_modal(bob, "take", TAKE)
    await bob.fill("Shift", option_of(modal, "Shift"))
    await bob.fill("For", length)
    if ends:
        await bob.fill("Ends", start + timedelta(hours=ends))
    refused = await bob.submit()
    assert refused is not None
    assert problem in refused.errors["For"]


async def test_two_roles_at_once_are_asked_about_wherever_they_come_about(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    start = full_hour(baton)
    await assign(baton, schedule, "alice", start, 8, role=1)
    await assign(baton, schedule, "bob", start, 8)
    both = "@alice would be Primary and Secondary at once"

    modal = await open_modal(alice, "take", TAKE)
    await alice.fill("Shift", option_of(modal, "Shift"))
    await alice.fill("For", "3h")
    await say_yes(alice, both)
    await alice.wait_for_message("Taken over in Payments", channel="ephemeral")

    modal = await open_modal(alice, "change", CHANGE)
    [choice] = [option for option in modal.options("Shift") if "Bob Smith" in option]
    await alice.fill("Shift", choice)
    await alice.fill("Member", "Alice Johnson")
    await say_yes(alice, both)
    await alice.wait_for_message("Reassigned in Payments", channel="ephemeral")


async def test_an_assignment_says_what_else_somebody_does_then(baton: Baton, alice: Person) -> None:
    schedule, other = await make_schedule(baton), await make_schedule(baton, "Search")
    start = full_hour(baton, 24 * 40)
    for one, role in ((schedule, 1), (other, 0)):
        await assign(baton, one, "bob", start, 8, role=role)
    await open_modal(alice, "assign Payments", "Assign shift")
    await alice.fill("Member", "Bob Smith")
    await alice.fill("Starts", start)
    await alice.fill("Ends", start + timedelta(hours=8))
    await say_yes(alice, "@bob would be Primary and Secondary at once")
    told = await alice.wait_for_message("@bob is Primary of Payments", channel="ephemeral")
    assert "@bob is on call in Search, too" in told.shown
    assert "further ahead than the horizon of Payments, which is 30 days" in told.shown


async def test_every_shift_can_be_found_however_many_there_are(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    start = full_hour(baton)
    for number in range(103):
        await assign(baton, schedule, ("alice", "bob")[number % 2], start + timedelta(hours=number), 1)
    await assign(baton, schedule, "bob", start + timedelta(days=20), 1, role=1)
    for command, title, label in (("change", CHANGE, "Shift"), ("cover", COVER, "Shift")):
        await open_modal(alice, command, title)
        assert len(await alice.search(label, "")) == 100
        [found] = await alice.search(label, "secondary bob")
        assert "Secondary: Bob Smith" in found
        day = (start + timedelta(days=20)).astimezone(ZoneInfo("Europe/Berlin")).date()
        assert await alice.search(label, f"{day}") == [found]
        await alice.fill(label, found)
        await alice.close_all()
    modal = await open_modal(alice, "change", CHANGE)
    assert "104 shifts" in modal.text
    await alice.search("Shift", "secondary")
    await alice.fill("Shift", "Secondary: Bob Smith")
    await alice.fill("Member", "Alice Johnson")
    assert await alice.submit() is None
    await alice.wait_for_message("Secondary", channel="ephemeral")


@pytest.mark.parametrize("command", ["swap", "take", "cover", "change"])
async def test_with_several_schedules_the_one_meant_is_chosen_from_a_menu_that_goes_on(
    baton: Baton, alice: Person, command: str
) -> None:
    await make_schedule(baton, "Payments")
    search = await make_schedule(baton, "Search")
    await assign(baton, search, "alice", full_hour(baton), 8)

    [message] = await alice.command(f"/oncall {command}", channel="#ops")
    assert "Which schedule do you mean?" in message.shown
    await alice.fill("Choose a schedule", "Search", where="#ops")

    assert "Schedule: Search (Money)" in (await alice.modal()).text
    await baton.settled()
    assert await alice.ephemerals("#ops") == []
