"""The Home tab as people see it: opened, pressed on, paged, and answered where they look."""

from __future__ import annotations

from sandbox.client import Person, Workspace
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.shifts import assigning as shifts
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
)


async def test_the_first_visit_shows_the_short_way_in(baton: Baton, alice: Person) -> None:
    home = await alice.open_home()
    assert "Welcome to Baton" in home.text
    assert home.buttons == ["Create schedule", "Connections", "Link from PagerDuty"]
    await alice.press("Create schedule", where="home")
    await alice.modal("Create schedule")


async def test_the_dashboard_shows_who_is_on_call_ones_shifts_and_schedules(
    baton: Baton, alice: Person, bob: Person, ws: Workspace
) -> None:
    schedule = await make_schedule(baton)
    await make_schedule(baton, "Search", members=("carol",), admins=("carol",))
    await assign(baton, schedule, "alice", full_hour(baton, -1), 8)
    await assign(baton, schedule, "alice", full_hour(baton, 30), 8)
    await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton, -1), 8, role=1)

    home = await alice.open_home()
    assert "You are on call now as Primary of Payments until" in home.text
    assert "Payments (Money)" in home.text
    assert "1 destination in step" in home.text
    assert "Search" not in home.text
    assert "Assign a shift" in home.buttons
    assert "Assign a shift" not in (await ws.person("zoe").open_home()).buttons
    assert "Workspace settings" in (await ws.person("root").open_home()).buttons

    await alice.press("Ask for cover", where="home", within="Primary of Payments")
    form = await alice.modal("Ask for cover")
    assert form.fields["Shift"]
    await alice.fill("Reason", "Dentist")
    assert await alice.submit() is None
    asked = await alice.wait_for_message("Asked for cover", channel="dm")
    assert asked.buttons == ["Withdraw"]

    assert "asks for cover as Primary of Payments" in (await bob.open_home()).text
    await bob.press("Take", where="home")
    await modal_says(bob, "The time is yours")
    await bob.close()
    assert "asks for cover" not in (await bob.open_home()).text
    await bob.press("All schedules", where="home")
    await modal_says(bob, "Search")


async def test_a_word_that_needs_a_schedule_asks_for_it_in_a_modal_that_becomes_the_form(
    baton: Baton, alice: Person
) -> None:
    payments, _search = [await make_schedule(baton, name) for name in ("Payments", "Search")]
    await alice.open_home()
    await alice.press("Assign a shift", where="home")
    await modal_says(alice, "Schedule")
    await alice.close_all()
    await alice.press("Coming shifts", where="home")
    await modal_says(alice, "Which schedule do you mean?")
    await alice.fill("Choose a schedule", "Search")
    await modal_says(alice, "None yet.")
    await alice.close_all()
    await assign(baton, payments, "bob", full_hour(baton, 30), 8)
    await alice.press("Coming shifts", where="home")
    await modal_says(alice, "Which schedule do you mean?")
    await alice.fill("Choose a schedule", "Payments")
    await modal_says(alice, "@bob")
    await alice.press("As a table")
    await modal_says(alice, "You find it in your messages with Baton.")
    table = await alice.wait_for_message("nobody yet", channel="dm")
    assert "Show picture" in table.buttons
    await alice.close_all()
    await alice.press("More…", where="home", within="Payments")
    await modal_says(alice, "Who changed what, and when")
    await alice.press("Edit schedule")
    assert (await alice.modal("Edit schedule")).depth == 1
    await alice.fill("Horizon (days)", "14")
    assert await alice.submit() is None
    await alice.wait_for_message("Saved", channel="dm")


async def test_many_schedules_are_paged_and_the_page_is_kept(baton: Baton, alice: Person) -> None:
    for number in range(30):
        await make_schedule(baton, f"Schedule {number:02}")
    first = await alice.open_home()
    assert "Page 1 of 3" in first.text
    assert "Schedule 11" in first.text
    await alice.press("More", where="home")
    await baton.settled()
    second = await alice.home()
    assert second is not None
    assert "Page 2 of 3" in second.text
    assert "Schedule 12" in second.text
    assert second.buttons[-2:] == ["Back", "More"]


async def test_what_cannot_be_done_is_said_where_the_person_looks(baton: Baton, alice: Person, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, 30), 8)
    [shift] = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id)
    asked = await cover.ask(baton.house, await actor(baton), CoverDraft(schedule.id, shift.ref))
    await bob.open_home()
    await cover.withdraw(baton.house, await actor(baton), asked.id)
    await bob.press("Take", where="home")
    await modal_says(bob, "withdrawn")
