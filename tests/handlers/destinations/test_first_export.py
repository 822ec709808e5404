"""The first export to a destination whose people PagerDuty doesn't know yet waits until there is a list to show."""

from __future__ import annotations

import pytest

from sandbox.client import Modal, Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationView
from services.schedules.creating import ScheduleView
from sync.core.model import Mode, Status
from tests.handlers.shifts.test_hearing_of_it import tell
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

LIST, MATCH = "Destinations", "Match person"
PERSON = "Person in PagerDuty"
WAITS = "The first export of Payments"
LOOK = "Show what it writes"


@pytest.fixture
async def nora(ws: Workspace) -> str:
    """She is nora@ in Slack; who she is in PagerDuty has to be said."""
    return await ws.add_user("nora", real_name="Nora Berg", email="nora@example.com")


@pytest.fixture
async def payments(nora: str, baton: Baton) -> ScheduleView:
    """Only Nora has a shift."""
    await make_connection(baton)
    await in_pagerduty(baton, "nora.berg@example.com")
    schedule = await make_schedule(baton, members=("alice", "nora"))
    await assign(baton, schedule, "nora", within_a_turn(baton), 8)
    return schedule


async def in_pagerduty(baton: Baton, email: str) -> None:
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.add_user("Nora Berg", email)


async def add(person: Person, mode: str = "Authoritative") -> Modal:
    await person.command("/oncall destinations", channel="#ops")
    await person.modal(LIST)
    await person.press("Add destination")
    await person.fill("PagerDuty schedule", PLATFORM)
    await person.fill("Operating mode", mode)
    await person.submit()
    return await modal_says(person, "PagerDuty does not know @nora yet")


async def the_only(baton: Baton, schedule: ScheduleView) -> DestinationView:
    [found] = await destinations.list_destinations(baton.house, await actor(baton), schedule.id)
    return found


async def match(person: Person) -> None:
    await person.press("Match person")
    await person.modal(MATCH)
    [found] = await person.search(PERSON, "berg")
    await person.fill(PERSON, found)
    await person.submit()


@pytest.mark.parametrize("mode", ["Authoritative", "Bidirectional"])
async def test_once_the_only_person_is_matched_the_list_is_shown_before_anything_is_written(
    payments: ScheduleView, baton: Baton, alice: Person, mode: str
) -> None:
    first = await add(alice, mode)
    assert (first.title, first.submit, first.close) == ("First export", None, "Close")
    assert "a notice with what would be written as soon as there is something" in first.text
    await alice.close()
    shown = await modal_says(alice, "there is nothing to export yet")
    assert "Say who that is with Match person" in shown.text

    await match(alice)
    await baton.settled()

    made = await the_only(baton, payments)
    assert (made.paused, await exported(baton, made)) == (True, [])
    await alice.close_all()
    await tell(baton)
    card = await alice.wait_for_message(WAITS)
    assert "Nora Berg instead of" in card.text
    await alice.press(LOOK, where="dm")
    form = await modal_says(alice, "The first export would write 1 stretch")
    assert (form.submit, form.close) == ("Export now", "Not yet")
    await alice.submit()
    await modal_says(alice, "Exported: ")
    await baton.settled()
    assert [user for user, _start, _end in await exported(baton, made)] == ["Nora Berg"]
    assert not (await the_only(baton, payments)).paused


async def test_once_the_only_person_appears_in_pagerduty_the_list_waits_for_a_word(
    payments: ScheduleView, baton: Baton, alice: Person
) -> None:
    await add(alice)
    await alice.close_all()
    await in_pagerduty(baton, "nora@example.com")

    await alice.command("/oncall refresh Payments", channel="#ops")
    await alice.wait_for_message("Refreshed", channel="ephemeral")
    await baton.settled()

    made = await the_only(baton, payments)
    assert await exported(baton, made) == []
    await tell(baton)
    await alice.wait_for_message(WAITS)
    await alice.command("/oncall export Payments", channel="#ops")
    await alice.wait_for_message("wrote 1", channel="ephemeral")
    assert [user for user, _start, _end in await exported(baton, made)] == ["Nora Berg"]


async def test_an_export_while_nobody_is_known_is_no_word_on_what_comes_later(
    payments: ScheduleView, baton: Baton, alice: Person
) -> None:
    await add(alice)
    await alice.close()
    await modal_says(alice, "there is nothing to export yet")
    await alice.press("Export now")
    await modal_says(alice, "Exported: Platform primary (Primary): found 0 differences, wrote nothing")

    await match(alice)
    await baton.settled()

    assert await exported(baton, await the_only(baton, payments)) == []


async def test_once_the_shifts_are_somebody_elses_whom_pagerduty_knows_the_list_is_told_as_well(
    payments: ScheduleView, baton: Baton, alice: Person
) -> None:
    await add(alice)
    await alice.close_all()

    await assign(baton, payments, "alice", full_hour(baton), 8)
    await baton.settled()

    assert await exported(baton, await the_only(baton, payments)) == []
    await tell(baton)
    assert "Alice Johnson instead of Bob Smith" in (await alice.wait_for_message(WAITS)).text


async def test_in_manual_export_it_waits_as_everything_does(
    payments: ScheduleView, baton: Baton, alice: Person
) -> None:
    await alice.command("/oncall destinations", channel="#ops")
    await alice.modal(LIST)
    await alice.press("Add destination")
    await alice.fill("PagerDuty schedule", PLATFORM)
    await alice.fill("Operating mode", "Manual Export")
    await alice.submit()
    await modal_says(alice, "Added: Platform primary")

    await match(alice)

    await modal_says(alice, "1 change waits for a manual export")
    assert await exported(baton, await the_only(baton, payments)) == []


async def test_after_a_change_the_form_does_not_call_it_the_first_export(baton: Baton, alice: Person) -> None:
    await make_connection(baton)
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton), 8)
    await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton), 8, role=1)
    await alice.command("/oncall destinations", channel="#ops")
    await alice.modal(LIST)
    await alice.press("Edit")
    await alice.modal("Update destination")
    await alice.fill("Linked assignee", "Secondary")

    await alice.submit()

    form = await modal_says(alice, "The next export would write 1 stretch: 1 instead of @alice")
    assert (form.title, form.submit, form.close) == ("Export after a change", "Export now", "Not yet")


async def test_a_changed_destination_waits_too_until_its_new_people_are_known(
    payments: ScheduleView, baton: Baton, alice: Person
) -> None:
    """Its new role has nobody but Nora."""
    made = await make_destination(baton, payments)
    await assign(baton, payments, "nora", full_hour(baton, 40), 8, role=1)
    someone, role = await actor(baton), payments.roles[1].id
    await destinations.update_destination(baton.house, someone, made.id, role_id=role, mode=Mode.BIDIRECTIONAL)
    await baton.settled()
    assert (await the_only(baton, payments)).status is Status.PAUSED
    await in_pagerduty(baton, "nora@example.com")
    await destinations.refresh_destination(baton.house, someone, made.id)
    assert await exported(baton, made) == []
    await tell(baton)
    await alice.wait_for_message(WAITS)
