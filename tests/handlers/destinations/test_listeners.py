"""Where schedules are exported to: `/oncall destinations`."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.client import Modal, Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationView
from services.schedules.creating import ScheduleView
from tests.support.running import Baton
from tests.support.slack_steps import (
    PLATFORM,
    actor,
    assign,
    exported,
    full_hour,
    make_connection,
    make_destination,
    make_schedule,
    modal_says,
    within_a_turn,
)

LIST = "Destinations"
BUTTONS = ["Edit", "Export now", "Refresh", "Pause", "Remove"]


async def open_list(person: Person, argument: str = "") -> Modal:
    await person.command(f"/oncall destinations {argument}".rstrip(), channel="#ops")
    return await person.modal(LIST)


async def open_add(person: Person) -> Modal:
    await open_list(person)
    await person.press("Add destination")
    return await person.modal("Add destination")


async def known(baton: Baton, schedule: ScheduleView) -> list[DestinationView]:
    return await destinations.list_destinations(baton.house, await actor(baton), schedule.id)


async def test_without_a_connection_the_next_step_is_named(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    modal = await open_list(alice)
    assert "No destinations yet" in modal.text
    assert "/oncall connections" in modal.text
    assert modal.buttons == ["Start PagerDuty Updates"]


async def test_a_destination_is_added_exported_and_shown_with_its_status(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    await assign(baton, schedule, "bob", within_a_turn(baton), 8)
    form = await open_add(alice)
    assert form.submit == "Add"
    assert list(form.fields) == ["Connection", "PagerDuty schedule", "Linked assignee", "Operating mode"]
    assert form.fields["Connection"] == "acme"
    assert form.fields["Operating mode"] == "Authoritative"
    assert await alice.search("PagerDuty schedule", "platf") == [PLATFORM]
    await alice.fill("PagerDuty schedule", PLATFORM)
    await alice.submit()
    first = await modal_says(alice, "The first export would write 1 stretch")
    assert (first.title, first.submit, first.close) == ("First export", "Export now", "Not yet")
    [destination] = await known(baton, schedule)
    assert await exported(baton, destination) == [], "nothing is written that was not shown"
    await alice.submit()
    modal = await modal_says(alice, "Exported: Platform primary (Primary): found 1 difference, wrote 1")
    if modal.title != LIST:  # PagerDuty took longer than Slack waits
        await alice.close()
        modal = await alice.modal(LIST)
    assert "Linked assignee: Primary · Operating mode: Authoritative" in modal.text
    assert "OK" in modal.text
    assert "Last refresh: not yet" not in modal.text
    assert modal.buttons == ["Put somebody there", *BUTTONS, "Add destination", "Start PagerDuty Updates"]
    [destination] = await known(baton, schedule)
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Bob Smith"]


async def test_the_external_schedule_is_a_link(baton: Baton, alice: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    modal = await open_list(alice)
    assert any("<https://acme.pagerduty.com/" in str(block) for block in modal.view["blocks"])


async def test_a_schedule_that_is_new_in_pagerduty_can_be_found(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await make_connection(baton)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.add_schedule("Brand new <one>")
    await open_add(alice)
    await baton.settled()
    assert await alice.search("PagerDuty schedule", "brand") == ["Brand new <one>"]


async def test_another_connection_offers_its_own_schedules(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.add_account("zenith")
        await control.add_schedule("Zenith nights", account="zenith")
        key = await control.add_key(account="zenith")
    from services.connections import credentials as connections
    from services.connections.drafts import ConnectionDraft

    someone = await actor(baton)
    tried = await connections.try_credentials(baton.house, someone, ConnectionDraft("zenith", key))
    await connections.save_connection(baton.house, someone, tried)
    await open_add(alice)
    await alice.fill("PagerDuty schedule", PLATFORM)
    await alice.fill("Linked assignee", "Secondary")
    await alice.fill("Connection", "zenith")
    await baton.settled()
    modal = await alice.modal("Add destination")
    assert modal.fields["PagerDuty schedule"] is None
    assert modal.fields["Linked assignee"] == "Secondary"
    await alice.fill("PagerDuty schedule", "Zenith nights")
    await alice.submit()
    await modal_says(alice, "Zenith nights")
    [destination] = await known(baton, schedule)
    assert (destination.external_name, destination.role) == ("Zenith nights", "Secondary")


async def test_an_external_schedule_that_is_taken_is_an_error_on_its_field(baton: Baton, alice: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    await open_add(alice)
    await alice.fill("PagerDuty schedule", PLATFORM)
    await alice.fill("Linked assignee", "Secondary")
    modal = await alice.submit()
    assert modal is not None
    assert list(modal.errors) == ["PagerDuty schedule"]
    assert modal.fields["Linked assignee"] == "Secondary"


async def test_adding_twice_at_once_makes_one_destination(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    await open_add(alice)
    await alice.fill("PagerDuty schedule", PLATFORM)
    await asyncio.gather(alice.submit(), alice.submit(), return_exceptions=True)
    await baton.settled()
    assert len(await known(baton, schedule)) == 1


async def test_the_linked_assignee_can_be_changed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_destination(baton, schedule)
    await open_list(alice)
    await alice.press("Edit", within=PLATFORM)
    modal = await alice.modal("Update destination")
    assert modal.submit == "Update Destination"
    assert modal.fields["Linked assignee"] == "Primary"
    await alice.fill("Linked assignee", "Secondary")
    await alice.submit()
    modal = await modal_says(alice, "Updated")
    assert "Linked assignee: Secondary" in modal.text
    assert [destination.role for destination in await known(baton, schedule)] == ["Secondary"]


async def test_refresh_puts_a_removed_override_back_and_says_so(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton, 200), 8)
    await baton.settled()
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        now = baton.house.clock.now()
        [override] = await control.overrides(destination.external_id, now, full_hour(baton, 300))
        await control.delete_override(destination.external_id, override["id"])
    await open_list(alice)
    await alice.press("Refresh", within=PLATFORM)
    await baton.settled()
    assert "Refreshed: Platform primary (Primary): found" in (await alice.modal(LIST)).text
    assert "found 1 difference, wrote 1 (1 created, 0 removed)" in (await alice.modal(LIST)).text
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Bob Smith"]


async def test_export_now_reports_in_the_list(baton: Baton, alice: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    await open_list(alice)
    await alice.press("Export now", within=PLATFORM)
    await modal_says(alice, "Exported: Platform primary (Primary): found 0 differences, wrote nothing")


async def test_two_presses_at_once_do_no_harm(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", within_a_turn(baton), 8)
    await open_list(alice)
    await asyncio.gather(alice.press("Refresh"), alice.press("Refresh"))
    await baton.settled()
    assert len(await exported(baton, destination)) == 1


async def test_paused_nothing_is_written_until_an_admin_resumes(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    await open_list(alice)
    await alice.press("Pause", confirm=False)
    assert "Pause" in (await alice.modal(LIST)).buttons
    await alice.press("Pause")
    modal = await modal_says(alice, "Paused: Platform primary (Primary).")
    assert "Paused by an admin: it is refreshed, but nothing is written" in modal.text

    await assign(baton, schedule, "bob", within_a_turn(baton), 8)
    await baton.settled()
    assert await exported(baton, destination) == []
    await alice.press("Refresh", within=PLATFORM)
    assert "add @bob" in (await modal_says(alice, "Refreshed: Platform primary")).text

    await alice.press("Resume")
    modal = await modal_says(alice, "Resumed: Platform primary (Primary).")
    assert "OK" in modal.text
    assert "Pause" in modal.buttons
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Bob Smith"]


async def test_remove_asks_first_and_says_what_stays(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", within_a_turn(baton), 8)
    await baton.settled()
    modal = await open_list(alice)
    assert "stay in PagerDuty" in str(modal.view["blocks"])
    await alice.press("Remove", confirm=False)
    assert len(await known(baton, schedule)) == 1
    await alice.press("Remove")
    modal = await modal_says(alice, "Removed Platform primary. What was exported there stays in PagerDuty.")
    assert "No destinations yet" in modal.text
    assert await known(baton, schedule) == []
    assert len(await exported(baton, destination)) == 1


async def test_closing_the_list_while_it_refreshes_is_no_error(baton: Baton, ws: Workspace, alice: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    await open_list(alice)
    baton.pagerduty.world.faults.next("slow", seconds=0.3)
    await alice.press("Refresh")
    await modal_says(alice, "Refreshing…")
    await alice.close_all()
    await baton.settled()
    assert await alice.ephemerals() == []


async def test_others_see_the_list_without_buttons(baton: Baton, bob: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    modal = await open_list(bob)
    assert PLATFORM in modal.text
    assert modal.buttons == []
    assert "@alice" in modal.text


async def test_losing_the_right_while_the_list_is_open_is_told_in_it(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, admins=["alice", "bob"])
    await make_destination(baton, schedule)
    await open_list(alice)
    async with baton.house.database.transaction() as tx:
        member = await tx.schedules.member(schedule.id, schedule.admins[0].user_id)
        assert member is not None
        member.access = "member"
    await alice.press("Refresh")
    await modal_says(alice, "Only admins of Payments can do that: @bob")


async def test_a_destination_that_is_gone_is_told_in_the_list(baton: Baton, alice: Person) -> None:
    destination = await make_destination(baton, await make_schedule(baton))
    await open_list(alice)
    await destinations.remove_destination(baton.house, await actor(baton), destination.id)
    await alice.press("Edit")
    await modal_says(alice, "That destination was removed already.")


async def test_a_person_whom_pagerduty_does_not_know_is_named_in_the_status(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=["zoe", "bob"])
    await make_destination(baton, schedule)
    await assign(baton, schedule, "zoe", full_hour(baton), 8)
    await assign(baton, schedule, "bob", full_hour(baton, 10), 8)
    await baton.settled()
    modal = await open_list(alice)
    assert "Zoe Stranger" in modal.text
    assert "Error" in modal.text


async def test_with_several_schedules_the_one_meant_is_chosen(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments")
    await make_schedule(baton, "Search")
    await alice.command("/oncall destinations", channel="#ops")
    await alice.wait_for_message("Which schedule do you mean?", channel="ephemeral")
    await alice.fill("Choose a schedule", "Search", where="#ops")
    assert "Search (Money)" in (await alice.modal("Destinations")).text
    assert "Search (Money)" in (await open_list(alice, "sea")).text


async def add(person: Person, mode: str = "Authoritative") -> None:
    await open_add(person)
    await person.fill("PagerDuty schedule", PLATFORM)
    await person.fill("Operating mode", mode)
    await person.submit()


@pytest.mark.parametrize("mode", ["Authoritative", "Bidirectional"])
async def test_what_the_first_export_would_write_over_whom_is_said_and_not_yet_leaves_it_paused(
    baton: Baton, alice: Person, mode: str
) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    for day in range(7):
        await assign(baton, schedule, "alice", full_hour(baton, 24 * day + 1), 24)
    await add(alice, mode)
    first = await modal_says(alice, "The first export would write")
    assert "instead of @" in first.text

    await alice.close()

    shown = await alice.modal(LIST)
    assert "Paused" in shown.text
    assert "Resume" in shown.buttons
    [destination] = await known(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton, 500), 8)
    await baton.settled()
    assert await exported(baton, destination) == [], "a confirmed shift is no word on the first export"
    await alice.press("Export now")
    await modal_says(alice, "Something changed meanwhile")
    await alice.press("Export now")
    await modal_says(alice, "Exported: Platform primary")
    await baton.settled()
    assert {user for user, _start, _end in await exported(baton, destination)} == {"Alice Johnson", "Bob Smith"}


async def test_with_nothing_to_write_it_is_just_added(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)

    await add(alice)

    await modal_says(alice, "Added: Platform primary (Primary). :white_circle: Pending – Nothing to export yet")
    [destination] = await known(baton, schedule)
    assert not destination.paused
    await assign(baton, schedule, "alice", within_a_turn(baton), 8)
    await baton.settled()
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Alice Johnson"]


async def test_what_changed_since_it_was_shown_is_not_written_but_shown(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    await assign(baton, schedule, "alice", within_a_turn(baton), 8)
    await add(alice)
    await modal_says(alice, "The first export would write 1 stretch")
    await assign(baton, schedule, "alice", full_hour(baton, 40), 8)
    await baton.settled()

    await alice.submit()

    await modal_says(alice, "Something changed meanwhile, so nothing was written")
    [destination] = await known(baton, schedule)
    assert await exported(baton, destination) == []
    await alice.submit()
    await modal_says(alice, "Exported: Platform primary")
    await baton.settled()
    assert len(await exported(baton, destination)) == 2


async def test_another_mode_shows_what_it_writes_before_it_does(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    await assign(baton, schedule, "alice", within_a_turn(baton), 8)
    await add(alice, "Manual Export")
    await modal_says(alice, "The first export would write 1 stretch")
    await alice.close()
    await alice.press("Edit")
    await alice.modal("Update destination")
    await alice.fill("Operating mode", "Authoritative")

    await alice.submit()

    await modal_says(alice, "The first export would write 1 stretch")
    [destination] = await known(baton, schedule)
    assert await exported(baton, destination) == []
    await alice.submit()
    await modal_says(alice, "Exported: Platform primary")
    await baton.settled()
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Alice Johnson"]


async def test_while_pagerduty_is_slow_the_form_says_what_is_being_read(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    await assign(baton, schedule, "alice", within_a_turn(baton), 8)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.fault("slow", seconds=3, path_contains="/schedules/", times=1)

    await add(alice)

    await modal_says(alice, "Reading what PagerDuty has")
    await modal_says(alice, "The first export would write 1 stretch")
