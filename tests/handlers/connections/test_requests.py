"""Whoever does not administer a PagerDuty connection asks for its use; its admins allow or refuse exactly that."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sandbox.client import NothingThere, Person, Workspace
from services.connections import admins_and_removal as connection_care
from services.connections import allowed_work as access_work
from services.connections import requests as access
from services.destinations.configuring import DestinationView, list_destinations
from services.schedules.creating import ScheduleView
from storage.repositories.access import AccessState
from storage.tables import AccessRequest
from tests.handlers.shifts.test_card_to_shift import tell
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
    user_id,
)

CARD = "asks to export Search to PagerDuty"


@pytest.fixture
async def search(baton: Baton) -> ScheduleView:
    """Bob's schedule; the connection is Alice's."""
    await make_connection(baton)
    return await make_schedule(baton, "Search", members=("bob", "carol"), admins=("bob",))


async def ask_for(bob: Person, external: str = PLATFORM) -> None:
    await bob.command("/oncall destinations search", channel="#ops")
    await bob.modal("Destinations")
    await bob.press("Add destination")
    await bob.modal("Ask for a destination")
    await bob.fill("PagerDuty schedule", external)
    await bob.submit()


async def destinations_of(baton: Baton, schedule: ScheduleView) -> list[DestinationView]:
    return await list_destinations(baton.house, await actor(baton, "bob"), schedule.id)


async def requests(baton: Baton) -> list[AccessRequest]:
    async with baton.house.database.read() as tx:
        return [row for state in AccessState for row in await tx.access.in_state(state)]


def calls_to_pagerduty(baton: Baton) -> int:
    return len(baton.pagerduty.world.log)


async def test_asking_reads_and_writes_nothing_in_pagerduty_and_shows_what_would_be_written(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await assign(baton, search, "carol", full_hour(baton), 8)
    before = calls_to_pagerduty(baton)
    await ask_for(bob)
    await modal_says(bob, "Asked @alice")
    await tell(baton)
    card = await alice.wait_for_message(CARD)
    assert card.buttons == ["Allow", "Refuse"]
    assert "@bob asks to export Search" in card.shown
    assert "PagerDuty schedule: “Platform primary”" in card.shown
    assert "Role: Primary" in card.shown
    assert "1 confirmed shift ahead (@carol)" in card.shown
    assert calls_to_pagerduty(baton) == before
    assert await destinations_of(baton, search) == []


async def test_what_was_allowed_is_done_once_and_begins_paused(
    baton: Baton, ws: Workspace, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await assign(baton, search, "carol", full_hour(baton), 8)
    await ask_for(bob)
    await tell(baton)
    await alice.wait_for_message(CARD)
    await ws.person("root").wait_for_message(CARD)
    await alice.press("Allow", where="dm")
    await tell(baton)
    await bob.wait_for_message("@alice allowed you to export Search to “Platform primary” in PagerDuty. It is done.")
    settled = await ws.person("root").wait_for_message("@alice allowed this.")
    assert settled.buttons == []
    [made] = await destinations_of(baton, search)
    assert (made.external_name, made.paused) == (PLATFORM, True)
    assert await exported(baton, made) == []
    assert [row.state for row in await requests(baton)] == [AccessState.DONE]


async def test_two_admins_at_once_settle_a_request_once(
    baton: Baton, ws: Workspace, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await ask_for(bob)
    await tell(baton)
    root = ws.person("root")
    await alice.wait_for_message(CARD)
    await root.wait_for_message(CARD)
    await asyncio.gather(
        alice.press("Allow", where="dm"), alice.press("Allow", where="dm"), root.press("Allow", where="dm")
    )
    await baton.settled()
    assert len(await destinations_of(baton, search)) == 1
    assert [row.state for row in await requests(baton)] == [AccessState.DONE]


async def test_a_refusal_is_told_and_nothing_happens(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await ask_for(bob)
    await tell(baton)
    await alice.wait_for_message(CARD)
    before = calls_to_pagerduty(baton)
    await alice.press("Refuse", where="dm")
    await tell(baton)
    await bob.wait_for_message("@alice refused your request to export Search")
    assert await destinations_of(baton, search) == []
    assert calls_to_pagerduty(baton) == before


async def test_a_request_lapses_and_who_asked_hears_of_it(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await ask_for(bob)
    await tell(baton)
    await alice.wait_for_message(CARD)
    async with baton.house.database.transaction() as tx:
        for row in await tx.access.in_state(AccessState.OPEN):
            row.expires_at = baton.house.clock.now() - timedelta(seconds=1)
    await alice.press("Allow", where="dm")
    await baton.settled()
    assert await destinations_of(baton, search) == []
    assert await access.lapse(baton.house) == 1
    assert await access.lapse(baton.house) == 0
    await tell(baton)
    await bob.wait_for_message("Your request to export Search to “Platform primary” in PagerDuty has lapsed.")


async def test_asking_twice_is_one_request(baton: Baton, search: ScheduleView, bob: Person) -> None:
    await ask_for(bob)
    await bob.close_all()
    await ask_for(bob)
    await modal_says(bob, "You asked for this already.")
    assert len(await requests(baton)) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Nothing of that name", "There is no PagerDuty schedule with the name or id"),
        ("https://acme.pagerduty.com/schedules#PNOPE99", "There is no PagerDuty schedule with the name or id"),
    ],
)
async def test_what_is_not_there_is_found_out_after_the_yes(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person, typed: str, told: str
) -> None:
    await ask_for(bob, typed)
    await tell(baton)
    await alice.wait_for_message(CARD)
    await alice.press("Allow", where="dm")
    await tell(baton)
    assert told in (await bob.wait_for_message("but that did not work out")).shown
    assert await destinations_of(baton, search) == []
    assert [row.state for row in await requests(baton)] == [AccessState.FAILED]


async def test_rights_are_looked_at_again_when_it_is_done(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await ask_for(bob)
    await tell(baton)
    await alice.wait_for_message(CARD)
    async with baton.house.database.transaction() as tx:
        person = await tx.people.get(baton.workspace, await user_id(baton, "bob"))
        assert person is not None
        person.is_guest = True
    await alice.press("Allow", where="dm")
    await tell(baton)
    assert "Guests" in (await bob.wait_for_message("but that did not work out")).shown
    assert await destinations_of(baton, search) == []


async def test_a_yes_that_a_restart_interrupted_is_done_afterwards(
    baton: Baton, search: ScheduleView, bob: Person
) -> None:
    await ask_for(bob)
    async with baton.house.database.transaction() as tx:
        [row] = await tx.access.in_state(AccessState.OPEN)
        assert await tx.access.move(row, AccessState.OPEN, AccessState.ALLOWED, baton.house.clock.now(), "UADMIN")
    await access_work.carry_out_all(baton.house)
    await baton.settled()
    assert len(await destinations_of(baton, search)) == 1


async def test_changing_the_mode_of_what_was_allowed_is_asked_for_again(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await ask_for(bob)
    await tell(baton)
    await alice.wait_for_message(CARD)
    await alice.press("Allow", where="dm")
    await baton.settled()
    await bob.close_all()
    await bob.command("/oncall destinations search", channel="#ops")
    await bob.modal("Destinations")
    await bob.press("Edit")
    await bob.modal("Update destination")
    await bob.fill("Operating mode", "Bidirectional")
    await bob.submit()
    await modal_says(bob, "Asked @alice")
    assert [one.mode.value for one in await destinations_of(baton, search)] == ["authoritative"]
    await tell(baton)
    await alice.wait_for_message("asks to change what Search writes to PagerDuty")
    await alice.press("Allow", where="dm")
    await tell(baton)
    await bob.wait_for_message("allowed you to change what Search writes")
    assert [one.mode.value for one in await destinations_of(baton, search)] == ["bidirectional"]


async def test_a_sync_is_asked_for_and_made_after_the_yes(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    before = calls_to_pagerduty(baton)
    await bob.command("/oncall sync search", channel="#ops")
    form = await bob.modal("PagerDuty sync")
    assert "Connection" not in form.fields
    await bob.submit()
    await modal_says(bob, "Asked @alice")
    assert calls_to_pagerduty(baton) == before
    await tell(baton)
    await alice.wait_for_message("asks to make a PagerDuty schedule for Search")
    await alice.press("Allow", where="dm")
    await tell(baton)
    await bob.wait_for_message("allowed you to make “Search” in PagerDuty for Search")
    assert [one.external_name for one in await destinations_of(baton, search)] == ["Search"]


async def test_linking_is_asked_for_and_gone_on_with_after_the_yes(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    before = calls_to_pagerduty(baton)
    await bob.command("/oncall link", channel="#ops")
    await bob.modal("Link schedule")
    await bob.fill("PagerDuty schedule", PLATFORM)
    await bob.submit()
    await modal_says(bob, "Asked @alice")
    assert calls_to_pagerduty(baton) == before
    await tell(baton)
    await alice.wait_for_message("asks to take over a schedule from PagerDuty")
    await alice.press("Allow", where="dm")
    await tell(baton)
    await bob.close_all()
    await bob.wait_for_message("allowed you to take over “Platform primary” from PagerDuty")
    await bob.press("Go on", where="dm")
    form = await bob.modal("Link schedule")
    assert "PagerDuty schedule: Platform primary" in form.text
    await bob.fill("Team", "Platform")
    await bob.submit()
    await modal_says(bob, "Linked Platform primary")
    assert [row.state for row in await requests(baton)] == [AccessState.DONE]
    await bob.close_all()
    await bob.press("Go on", where="dm")
    await bob.wait_for_message("You have used this already", channel="ephemeral")


async def test_who_uses_a_connection_that_is_theirs_is_not_asked(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_destination(baton, schedule)
    assert await requests(baton) == []


async def test_a_card_is_good_for_nobody_else(
    baton: Baton, ws: Workspace, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await ask_for(bob)
    [row] = await requests(baton)
    for name in ("bob", "carol"):
        with pytest.raises(Exception, match="Only admins of this connection"):
            await access.allow(baton.house, await actor(baton, name), row.id)
    with pytest.raises(NothingThere):
        await ws.person("carol").press("Allow", where="dm")


async def test_admins_of_connections_from_before_are_told_once(
    baton: Baton, ws: Workspace, search: ScheduleView, alice: Person
) -> None:
    async with baton.house.database.transaction() as tx:
        [connection] = await tx.connections.of_workspace(baton.workspace)
        connection.admins_told = False
    assert await connection_care.tell_admins(baton.house, baton.workspace) == 1
    assert await connection_care.tell_admins(baton.house, baton.workspace) == 0
    await tell(baton)
    told = await alice.wait_for_message("You are an admin of the PagerDuty connection acme")
    assert "What it is used for goes on as before" in told.shown
    await ws.person("root").wait_for_message("You are an admin of the PagerDuty connection acme")
