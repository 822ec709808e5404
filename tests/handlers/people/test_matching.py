"""Who a member is in PagerDuty, where e-mail addresses don't tell: **Match person**."""

from __future__ import annotations

import pytest

from sandbox.client import Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationView
from services.schedules.creating import ScheduleView
from sync.core.model import Mode, Status
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
)

MEMBERS, DESTINATIONS, MATCH = "Members", "Destinations", "Match person"
PERSON = "Person in PagerDuty"


@pytest.fixture
async def nora(ws: Workspace) -> str:
    """She is nora@ in Slack and nora.berg@ in PagerDuty."""
    return await ws.add_user("nora", real_name="Nora Berg", email="nora@example.com")


@pytest.fixture
async def nomi(ws: Workspace) -> str:
    """Slack shows no address of her."""
    return await ws.add_user("nomi", real_name="Nomi Mail", email="")


async def in_pagerduty(baton: Baton, name: str = "Nora Berg", email: str = "nora.berg@example.com") -> str:
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        return await control.add_user(name, email)


async def on_call_unmatched(baton: Baton, mode: Mode = Mode.AUTHORITATIVE) -> tuple[ScheduleView, DestinationView]:
    """Nora has a shift that can't be exported."""
    await in_pagerduty(baton)
    schedule = await make_schedule(baton, members=("alice", "nora"))
    made = await make_destination(baton, schedule)
    await destinations.update_destination(
        baton.house, await actor(baton), made.id, role_id=schedule.roles[0].id, mode=mode
    )
    await baton.settled()
    await assign(baton, schedule, "nora", full_hour(baton), 8)
    await baton.settled()
    return schedule, await destinations.get_destination(baton.house, await actor(baton), made.id)


async def open_members(person: Person) -> None:
    await person.command("/oncall members Payments", channel="#ops")
    await person.modal(MEMBERS)


async def match(person: Person, whom: str) -> None:
    await person.modal(MATCH)
    [found] = await person.search(PERSON, whom)
    await person.fill(PERSON, found)
    await person.submit()


@pytest.mark.parametrize("mode", [Mode.AUTHORITATIVE, Mode.BIDIRECTIONAL])
async def test_somebody_with_another_address_is_matched_from_the_destination_and_exported(
    nora: str, baton: Baton, alice: Person, mode: Mode
) -> None:
    _schedule, destination = await on_call_unmatched(baton, mode)
    assert "Say who that is with Match person" in destination.reason
    await alice.command("/oncall destinations Payments", channel="#ops")
    await alice.modal(DESTINATIONS)

    await alice.press("Match person")
    await modal_says(alice, "Confirmed shifts of that person are then written there at once")
    await match(alice, "berg")

    shown = await modal_says(alice, "@nora is Nora Berg in PagerDuty")
    assert "OK" in shown.text
    assert "Match person" not in shown.buttons
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Nora Berg"]


async def test_in_manual_export_the_matched_persons_shift_waits_for_the_export(
    nora: str, baton: Baton, alice: Person
) -> None:
    _schedule, destination = await on_call_unmatched(baton, Mode.MANUAL_EXPORT)
    await alice.command("/oncall destinations Payments", channel="#ops")
    await alice.modal(DESTINATIONS)
    await alice.press("Match person")

    await match(alice, "berg")

    await modal_says(alice, "for a manual export")
    await modal_says(alice, "@nora instead of")
    assert await exported(baton, destination) == []


async def test_a_member_is_matched_from_the_list_of_members_before_they_have_any_shift(
    nora: str, baton: Baton, alice: Person
) -> None:
    await in_pagerduty(baton)
    schedule = await make_schedule(baton, members=("alice", "nora"))
    destination = await make_destination(baton, schedule)
    await open_members(alice)
    await alice.press("Match person", within="@nora")
    await match(alice, "berg")
    await modal_says(alice, "@nora · member · assignable · Nora Berg in PagerDuty")

    await assign(baton, schedule, "nora", full_hour(baton), 8)
    await baton.settled()

    assert [user for user, _start, _end in await exported(baton, destination)] == ["Nora Berg"]


async def test_a_report_and_a_card_offer_the_match_as_well(nora: str, baton: Baton, alice: Person) -> None:
    _schedule, destination = await on_call_unmatched(baton)
    await alice.command("/oncall refresh Payments", channel="#ops")
    told = await alice.wait_for_message("Refreshed", channel="ephemeral")
    assert told.buttons == ["Match person"]

    await alice.press("Match person")
    await match(alice, "berg")

    await alice.wait_for_message("@nora is Nora Berg in PagerDuty", channel="ephemeral")
    await baton.settled()
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Nora Berg"]


async def test_whoever_is_matched_already_is_not_given_to_somebody_else(nora: str, baton: Baton, alice: Person) -> None:
    _schedule, destination = await on_call_unmatched(baton)
    await assign(baton, _schedule, "alice", full_hour(baton, 20), 8)
    await baton.settled()
    await open_members(alice)
    await alice.press("Match person", within="@nora")
    await alice.modal(MATCH)
    await alice.search(PERSON, "alice")
    await alice.fill(PERSON, (await alice.search(PERSON, "alice"))[0])

    refused = await alice.submit()

    assert refused is not None
    assert "is the match of Alice Johnson already" in refused.errors[PERSON]
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Alice Johnson"]


async def test_a_match_is_changed_and_the_shift_follows(nora: str, baton: Baton, alice: Person) -> None:
    _schedule, destination = await on_call_unmatched(baton)
    await in_pagerduty(baton, "Nora B. Erg", "nora.second@example.com")
    await open_members(alice)
    await alice.press("Match person", within="@nora")
    await match(alice, "nora.berg")
    await modal_says(alice, "· Nora Berg in PagerDuty")
    await alice.press("Match person", within="@nora")
    assert (await alice.modal(MATCH)).fields[PERSON] == "Nora Berg (nora.berg@example.com)"

    await match(alice, "second")

    await modal_says(alice, "@nora is Nora B. Erg in PagerDuty instead of Nora Berg")
    await baton.settled()
    assert [user for user, _start, _end in await exported(baton, destination)] == ["Nora B. Erg"]


async def test_a_match_is_removed_and_the_destination_says_who_is_missing_again(
    nora: str, baton: Baton, alice: Person
) -> None:
    _schedule, destination = await on_call_unmatched(baton)
    await open_members(alice)
    await alice.press("Match person", within="@nora")
    await match(alice, "nora.berg")
    await modal_says(alice, "· Nora Berg in PagerDuty")
    await baton.settled()
    await alice.press("Match person", within="@nora")
    await alice.modal(MATCH)

    await alice.press("Remove match")

    await modal_says(alice, "is not matched with Nora Berg any more")
    await baton.settled()
    view = await destinations.get_destination(baton.house, await actor(baton), destination.id)
    assert view.status is Status.ERROR
    assert "nobody with the e-mail address of Nora Berg" in view.reason
    assert len(await exported(baton, destination)) == 1, "what was exported stays until somebody is known again"


async def test_a_member_may_not_match_anybody(nora: str, baton: Baton, bob: Person) -> None:
    await on_call_unmatched(baton)
    await bob.command("/oncall refresh Payments", channel="#ops")
    await open_members(bob)
    shown = await bob.top_modal()
    assert shown is not None
    assert "Match person" not in shown.buttons


async def test_while_pagerduty_is_silent_the_people_known_so_far_are_offered(
    nora: str, baton: Baton, alice: Person
) -> None:
    schedule, _destination = await on_call_unmatched(baton)
    await assign(baton, schedule, "alice", full_hour(baton, 20), 8)
    await baton.settled()
    await open_members(alice)
    await alice.press("Match person", within="@nora")
    await alice.modal(MATCH)

    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.fault("slow", seconds=4, path_contains="/users", times=5)

    assert await alice.search(PERSON, "alice") == ["Alice Johnson (alice@example.com)"]


async def test_somebody_without_an_address_has_a_sentence_of_their_own(nomi: str, baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "nomi"))
    destination = await make_destination(baton, schedule)

    await assign(baton, schedule, "nomi", full_hour(baton), 8)
    await baton.settled()

    view = await destinations.get_destination(baton.house, await actor(baton), destination.id)
    assert "Slack shows no e-mail address of Nomi Mail" in view.reason
    assert "Match person" in view.reason
