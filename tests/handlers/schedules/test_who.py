"""Looking: `/oncall who` and `/oncall shifts`."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.shifts import calendar_table
from sandbox.client import Person
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, in_channel, make_schedule


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
    assert "1–10 of 11 schedules" in message.shown
    assert "Schedule 10" not in message.shown
    await alice.press("Next", where="#ops")
    again = await alice.wait_for_message("Schedule 10", channel="ephemeral")
    assert "Schedule 09" not in again.shown
    assert len(await alice.ephemerals("#ops")) == 1


async def test_a_team_or_a_name_with_its_team_can_be_asked_for(baton: Baton, alice: Person) -> None:
    for name, team in (("Payments", "Money"), ("Payments", "Search team"), ("Ranking", "Search team")):
        await make_schedule(baton, name, team=team)
    for typed, shown, hidden in (
        ("Search team", ("Payments (Search team)", "Ranking (Search team)"), "Payments (Money)"),
        ("payments (money)", ("Payments (Money)",), "Payments (Search team)"),
        ("Search team/Payments", ("Payments (Search team)",), "Payments (Money)"),
        ("payments", ("Payments (Money)", "Payments (Search team)"), "Ranking"),
    ):
        [message] = await alice.command(f"/oncall who {typed}", channel="#ops")
        assert all(text in message.shown for text in shown), typed
        assert hidden not in message.shown
        await baton.settled()


@pytest.mark.parametrize("typed", ["@bob", "bob smith", "bob"])
async def test_a_person_can_be_asked_for(baton: Baton, alice: Person, typed: str) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, 0), 5)
    await assign(baton, schedule, "bob", full_hour(baton, 40), 5, role=1)
    await assign(baton, schedule, "alice", full_hour(baton, 50), 5, role=1)
    await alice.command(f"/oncall who {typed}", channel="#ops")
    message = await alice.wait_for_message("Shifts of @bob", channel="ephemeral")
    assert "On call now: Primary of Payments until" in message.shown
    assert message.shown.count("Secondary of Payments") == 1


async def test_in_a_schedules_own_channel_it_need_not_be_named(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments")
    await in_channel(baton, await make_schedule(baton, "Search"), "ops")
    await alice.command("/oncall who", channel="#ops")
    message = await alice.wait_for_message("Search (Money)", channel="ephemeral")
    assert "Payments" not in message.shown
    await alice.command("/oncall who all", channel="#ops")
    await alice.wait_for_message("Payments (Money)", channel="ephemeral")
    await alice.command("/oncall members", channel="#ops")
    assert "Schedule: Search" in (await alice.modal("Members")).text


async def test_the_only_schedule_that_one_administers_need_not_be_named(baton: Baton, bob: Person) -> None:
    await make_schedule(baton, "Payments")
    await make_schedule(baton, "Search", admins=("bob",))
    await bob.command("/oncall edit", channel="#ops")
    assert (await bob.modal("Edit schedule")).fields["Name"] == "Search"


async def test_me_lists_ones_own_shifts_of_every_schedule(baton: Baton, bob: Person) -> None:
    for number, name in enumerate(("Payments", "Search")):
        schedule = await make_schedule(baton, name)
        await assign(baton, schedule, "bob", full_hour(baton, number), 5)
        await assign(baton, schedule, "alice", full_hour(baton, 10), 5)
    await bob.command("/oncall me", channel="#ops")
    message = await bob.wait_for_message("Your shifts", channel="ephemeral")
    assert "On call now: Primary of Payments until" in message.shown
    assert message.shown.count("Primary of Search") == 1
    await bob.press("Ask for cover", where="#ops")
    await bob.wait_for_message("Which schedule do you mean?", channel="ephemeral")
    await bob.fill("Choose a schedule", "Search", where="#ops")
    assert len((await bob.modal("Ask for cover")).options("Shift")) == 1


async def test_who_without_any_schedule_says_how_to_make_one(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall who", channel="#ops")
    await alice.wait_for_message("There are no schedules yet", channel="ephemeral")


async def test_an_unknown_name_lists_what_there_is(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall who serch & <!channel>", channel="#ops")
    await alice.wait_for_message("No schedule is called “serch & <!channel>”", channel="ephemeral")
    await alice.fill("Choose a schedule", "Payments", where="#ops")
    await alice.wait_for_message("Payments (Money)", channel="ephemeral")


async def test_four_weeks_are_a_table_of_days_and_roles_in_the_schedules_time_and_ones_own(
    baton: Baton, bob: Person
) -> None:
    schedule = await make_schedule(baton)
    zone, own = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
    tomorrow = baton.house.clock.now().astimezone(zone).replace(hour=9, minute=0, second=0, microsecond=0)
    tomorrow += timedelta(days=1)
    await assign(baton, schedule, "alice", tomorrow, 24 * 40)
    await assign(baton, schedule, "bob", tomorrow + timedelta(days=1, hours=3), 2)
    await bob.command("/oncall shifts", channel="#ops")
    message = await bob.wait_for_message("Days and times of Europe/Berlin", channel="ephemeral")
    [table] = [block for block in message.blocks if block["type"] == "table"]
    assert len(table["rows"]) == 29
    rows = [line for line in message.shown.split("\n") if " | " in line]
    assert rows[0] == "Day | Primary | Secondary"
    nine = f"09:00 ({tomorrow.astimezone(own):%H:%M})"
    assert f":warning: nobody until {nine} @alice | nobody yet" in message.shown
    handed = tomorrow + timedelta(days=1)
    twelve, two = (f"{at}:00 ({(handed + timedelta(hours=at - 9)).astimezone(own):%H:%M})" for at in (12, 14))
    assert f"{handed:%a %-d %b} | @alice until {twelve} @bob until {two} @alice | nobody yet" in message.shown
    await bob.press("Next", where="#ops")
    later = await bob.wait_for_message(f": {tomorrow + timedelta(days=27):%a %-d %b} –", channel="ephemeral")
    assert "Today" not in later.shown
    await bob.press("Previous", where="#ops")
    await bob.wait_for_message("Today", channel="ephemeral")


async def test_where_slack_takes_no_table_the_same_is_said_in_words(
    baton: Baton, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, 1), 5)
    monkeypatch.setattr(calendar_table, "table", lambda *_: {"type": "table", "rows": []})
    await bob.command("/oncall shifts", channel="#ops")
    told = await bob.wait_for_message("Who is on call in Payments", channel="ephemeral")
    assert "Primary: @alice" in told.shown
    assert "Secondary: not planned from" in told.shown


async def test_coming_shifts_are_listed_by_role(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, 1), 5)
    await assign(baton, schedule, "bob", full_hour(baton, 2), 5, role=1)
    await bob.command("/oncall shifts", channel="#ops")
    await bob.wait_for_message("Today", channel="ephemeral")
    await bob.press("As a list", where="#ops")
    shown = (await bob.wait_for_message("coming shifts", channel="ephemeral")).shown
    assert shown.index("Primary") < shown.index("@alice") < shown.index("Secondary") < shown.index("@bob")


async def test_a_long_list_of_shifts_can_be_paged_to_its_end_and_narrowed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    for number in range(45):
        await assign(baton, schedule, ("alice", "bob")[number % 2], full_hour(baton, 1 + number), 1)
    await alice.command("/oncall shifts", channel="#ops")
    await alice.wait_for_message("Today", channel="ephemeral")
    await alice.press("As a list", where="#ops")
    message = await alice.wait_for_message("coming shifts", channel="ephemeral")
    assert message.shown.count("•") == 40
    assert "1–40 of 45 shifts" in message.shown
    await alice.press("Next", where="#ops")
    assert (await alice.wait_for_message("41–45 of 45 shifts", channel="ephemeral")).shown.count("•") == 5
    await alice.press("Only mine", where="#ops")
    shown = (await alice.wait_for_message("your coming shifts", channel="ephemeral")).shown
    assert shown.count("@alice") == 23
    assert "@bob" not in shown
    await alice.fill("From day", full_hour(baton, 36).date(), where="#ops")  # among them at any time of the day
    await baton.settled()
    [only] = await alice.ephemerals("#ops")
    assert 0 < only.shown.count("@alice") < 23


async def test_shifts_can_be_narrowed_by_what_is_typed(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    for number in range(6):
        await assign(baton, schedule, ("alice", "bob")[number % 2], full_hour(baton, 1 + 24 * number), 20)
    day = (full_hour(baton) + timedelta(days=3)).date()
    await bob.command(f"/oncall shifts payments mine from {day}", channel="#ops")
    shown = (await bob.wait_for_message("your coming shifts", channel="ephemeral")).shown
    assert 0 < shown.count("@bob") < 3
    assert "@alice" not in shown


async def test_the_first_role_comes_first_whoever_starts_earlier(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, 1), 5, role=1)
    await assign(baton, schedule, "alice", full_hour(baton, 2), 5)
    await bob.command("/oncall shifts", channel="#ops")
    shown = (await bob.wait_for_message("Today", channel="ephemeral")).shown
    assert shown.index("Primary") < shown.index("Secondary")
    await bob.press("As a list", where="#ops")
    shown = (await bob.wait_for_message("coming shifts", channel="ephemeral")).shown
    assert shown.index("Primary") < shown.index("Secondary")


async def test_without_shifts_the_next_step_is_named(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall shifts", channel="#ops")
    await alice.wait_for_message("/oncall assign Payments", channel="ephemeral")


async def test_a_day_that_no_calendar_has_is_refused(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall shifts payments from 2026-13-45", channel="#ops")
    assert (
        "for example: 2026-12-24"
        in (await alice.wait_for_message("There is no day 2026-13-45", channel="ephemeral")).shown
    )


@pytest.mark.parametrize("typed", ["for 0 hours", "Payments for banana", "for 99999 days", "for -1 minutes"])
async def test_a_time_to_take_over_for_that_can_not_be_read_is_refused(baton: Baton, alice: Person, typed: str) -> None:
    await make_schedule(baton)
    await alice.command(f"/oncall take {typed}", channel="#ops")
    told = await alice.wait_for_message("is no time to take over for", channel="ephemeral")
    assert "/oncall take for 2 hours" in told.shown
