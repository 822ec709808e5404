"""Looking: `/oncall who` and `/oncall shifts`."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sandbox.client import Person
from tests.handlers.steps import assign, full_hour, make_schedule
from tests.running import Baton


async def test_who_tells_until_when_and_who_is_next(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, -1), 5)
    await assign(baton, schedule, "bob", full_hour(baton, 4), 5)
    await bob.command("/oncall who payments", channel="#ops")
    message = await bob.wait_for_message("Primary: @alice until", channel="ephemeral")
    assert "next: @bob" in message.shown
    assert "Secondary: :warning: nobody, and no shifts ahead" in message.shown


async def test_over_a_gap_who_tells_who_is_next_and_from_when(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    monday = full_hour(baton, 60)
    await assign(baton, schedule, "alice", full_hour(baton, -1), 5)
    await assign(baton, schedule, "alice", monday, 8)
    await assign(baton, schedule, "bob", full_hour(baton, -1), 5, role=1)
    await bob.command("/oncall who", channel="#ops")
    message = await bob.wait_for_message("Primary: @alice until", channel="ephemeral")
    there = monday.astimezone(ZoneInfo("America/New_York"))
    assert "next: @alice from" in message.shown
    assert f"{there:%-I:%M %p}; nobody in between" in message.shown
    assert "next: nobody yet" in message.shown


async def test_times_are_in_each_readers_own_zone(baton: Baton, alice: Person, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, -1), 5)
    seen = []
    for reader in (alice, bob):
        await reader.command("/oncall who", channel="#ops")
        seen.append((await reader.wait_for_message("Primary: @alice until", channel="ephemeral")).shown)
    assert seen[0] != seen[1]


async def test_a_gap_says_when_somebody_is_on_call_again(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, 4), 5)
    await alice.command("/oncall who", channel="#ops")
    message = await alice.wait_for_message("nobody until", channel="ephemeral")
    assert "next: @bob" in message.shown


async def test_who_without_a_schedule_shows_all_up_to_a_limit(baton: Baton, alice: Person) -> None:
    for number in range(11):
        await make_schedule(baton, f"Schedule {number:02}")
    await alice.command("/oncall who", channel="#ops")
    message = await alice.wait_for_message("Schedule 09", channel="ephemeral")
    assert "… and 1 more" in message.shown
    assert "Schedule 10" not in message.shown


async def test_who_without_any_schedule_says_how_to_make_one(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall who", channel="#ops")
    await alice.wait_for_message("There are no schedules yet", channel="ephemeral")


async def test_an_unknown_name_lists_what_there_is(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall who serch & <!channel>", channel="#ops")
    message = await alice.wait_for_message("No schedule is called “serch & <!channel>”", channel="ephemeral")
    assert "/oncall who Payments" in message.shown


async def test_coming_shifts_are_listed_by_role(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, 1), 5)
    await assign(baton, schedule, "bob", full_hour(baton, 2), 5, role=1)
    await bob.command("/oncall shifts", channel="#ops")
    shown = (await bob.wait_for_message("coming shifts", channel="ephemeral")).shown
    assert shown.index("Primary") < shown.index("@alice") < shown.index("Secondary") < shown.index("@bob")


async def test_a_long_list_of_shifts_is_capped_and_says_so(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    for number in range(45):
        await assign(baton, schedule, ("alice", "bob")[number % 2], full_hour(baton, 1 + number), 1)
    await alice.command("/oncall shifts", channel="#ops")
    message = await alice.wait_for_message("coming shifts", channel="ephemeral")
    assert message.shown.count("•") == 40
    assert "… and 5 more" in message.shown


async def test_without_shifts_the_next_step_is_named(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall shifts", channel="#ops")
    await alice.wait_for_message("/oncall assign Payments", channel="ephemeral")
