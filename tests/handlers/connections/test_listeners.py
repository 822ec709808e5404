"""PagerDuty accounts: `/oncall connections`."""

from __future__ import annotations

import asyncio

import pytest

from handlers.kit import slow_work
from sandbox.client import Modal, Person, Workspace
from sandbox.pagerduty import PagerDutySandbox
from services.connections import credentials as connections
from services.connections.drafts import ConnectionDraft
from services.destinations.configuring import list_destinations
from services.kit.house import Actor, House
from tests.handlers.shifts.test_card_to_shift import tell
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    make_connection,
    make_destination,
    make_schedule,
    modal_says,
)

LIST, FORM = "Connections", "PagerDuty connection"


async def open_form(person: Person) -> Modal:
    await person.command("/oncall connections", channel="#ops")
    await person.modal(LIST)
    await person.press("Add PagerDuty")
    return await person.modal(FORM)


async def save(person: Person, subdomain: str, key: str, region: str = "US") -> Modal | None:
    await person.fill("PagerDuty subdomain", subdomain)
    await person.fill("PagerDuty API key", key)
    await person.fill("Service region", region)
    return await person.submit()


async def known(baton: Baton) -> list[connections.ConnectionView]:
    return await connections.list_connections(baton.house, await actor(baton))


async def test_a_working_key_is_saved_and_the_list_shows_it(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    form = await open_form(alice)
    assert form.submit == "Save"
    assert list(form.fields) == ["PagerDuty subdomain", "PagerDuty API key", "Service region"]
    assert form.options("Service region") == ["US", "EU"]
    await save(alice, "https://acme.pagerduty.com/schedules", baton.key)
    modal = await modal_says(alice, "acme.pagerduty.com")
    assert modal.title == LIST
    assert "Works · 0 destinations" in modal.text
    assert baton.key not in str(modal.view)


async def test_a_refused_key_is_an_error_on_its_field(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_form(alice)
    modal = await save(alice, "acme", "nonsense")
    assert modal is not None
    assert list(modal.errors) == ["PagerDuty API key"]
    assert "Check the key, or choose the region EU" in modal.errors["PagerDuty API key"]
    assert "/oncall connections" not in modal.errors["PagerDuty API key"]
    assert modal.fields["PagerDuty subdomain"] == "acme"
    assert await known(baton) == []


@pytest.mark.parametrize(
    ("subdomain", "key", "label"),
    [
        ("not a domain", "abc", "PagerDuty subdomain"),
        ("acme", "two words", "PagerDuty API key"),
        ("acme", "   ", "PagerDuty API key"),
        ("umbrella", None, "PagerDuty subdomain"),
    ],
)
async def test_what_can_not_be_right_is_an_error_on_its_field(
    baton: Baton, alice: Person, subdomain: str, key: str | None, label: str
) -> None:
    await make_schedule(baton)
    await open_form(alice)
    modal = await save(alice, subdomain, baton.key if key is None else key)
    assert modal is not None
    assert list(modal.errors) == [label]


@pytest.fixture
def slow_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """PagerDuty takes longer than Slack waits; both are sped up."""
    at_once = connections.try_credentials

    async def slowly(house: House, someone: Actor, draft: ConnectionDraft) -> connections.Tried:
        await asyncio.sleep(0.3)
        return await at_once(house, someone, draft)

    monkeypatch.setattr(connections, "try_credentials", slowly)
    monkeypatch.setattr(slow_work, "PATIENCE", 0.05)


@pytest.mark.usefixtures("slow_check")
async def test_a_slow_check_says_so_and_then_shows_the_outcome(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_form(alice)
    checking = await save(alice, "acme", baton.key)
    assert checking is not None
    assert "Checking the key with PagerDuty…" in checking.text
    saved = await modal_says(alice, "Saved.")
    assert saved.submit is None
    below = await alice.close()
    assert below is not None
    assert below.title == LIST
    assert "acme.pagerduty.com" in (await modal_says(alice, "acme.pagerduty.com")).text


@pytest.mark.usefixtures("slow_check")
async def test_a_slow_refusal_brings_the_form_back_without_the_key(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_form(alice)
    await save(alice, "acme", "wrong-key-here", region="EU")
    form = await modal_says(alice, ":warning:")
    assert form.title == FORM
    assert form.fields["PagerDuty subdomain"] == "acme"
    assert form.fields["Service region"] == "EU"
    assert form.fields["PagerDuty API key"] is None
    assert "wrong-key-here" not in str(form.view)


@pytest.mark.usefixtures("slow_check")
async def test_closing_the_modal_during_a_slow_check_still_saves(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_form(alice)
    await save(alice, "acme", baton.key)
    await alice.close_all()
    await baton.settled()
    assert [connection.subdomain for connection in await known(baton)] == ["acme"]
    assert await alice.top_modal() is None


async def test_pagerduty_being_down_is_told_in_the_form(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_form(alice)
    baton.pagerduty.world.faults.next("http_500", times=20)
    modal = await save(alice, "acme", baton.key)
    assert modal is not None
    if not modal.errors:  # the adapter may try again for longer than Slack waits
        modal = await modal_says(alice, "Try again in a moment")
        return
    assert "Try again in a moment" in modal.errors["PagerDuty subdomain"]


async def test_without_connections_the_list_says_what_they_are(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall connections", channel="#ops")
    modal = await alice.modal(LIST)
    assert "No connections yet" in modal.text
    assert modal.buttons == ["Add PagerDuty", "Add calendar"]


async def test_a_connection_is_seen_by_its_admins_alone(baton: Baton, ws: Workspace, bob: Person) -> None:
    await make_schedule(baton)
    await make_connection(baton)
    await bob.command("/oncall connections", channel="#ops")
    modal = await bob.modal(LIST)
    assert "acme" not in modal.text
    assert modal.buttons == ["Add PagerDuty", "Add calendar"]
    root = ws.person("root")
    await root.command("/oncall connections", channel="#ops")
    assert "acme.pagerduty.com" in (await root.modal(LIST)).text


async def test_a_key_is_replaced_by_the_admins_of_its_connection_alone(baton: Baton, bob: Person) -> None:
    await make_schedule(baton)
    await make_connection(baton)
    await open_form(bob)
    modal = await save(bob, "acme", baton.key)
    assert modal is not None
    assert list(modal.errors) == ["PagerDuty subdomain"]
    assert "its admins alone can replace its key: Alice Johnson" in modal.errors["PagerDuty subdomain"]


async def test_other_admins_are_named_and_told(baton: Baton, alice: Person, bob: Person) -> None:
    await make_schedule(baton)
    await make_connection(baton)
    await alice.command("/oncall connections", channel="#ops")
    await alice.modal(LIST)
    await alice.press("Admins")
    await alice.modal("Connection admins")
    await alice.fill("Admins", ["alice", "bob"])
    await alice.submit()
    await modal_says(alice, "Saved who administers it.")
    await tell(baton)
    await bob.wait_for_message("You are an admin of the PagerDuty connection acme")
    await bob.command("/oncall connections", channel="#ops")
    assert "acme.pagerduty.com" in (await bob.modal(LIST)).text


async def test_a_connection_is_tested_and_says_what_is_wrong(
    baton: Baton, alice: Person, pagerduty: PagerDutySandbox
) -> None:
    await make_schedule(baton)
    await make_connection(baton)
    await alice.command("/oncall connections", channel="#ops")
    await alice.modal(LIST)
    await alice.press("Test")
    await modal_says(alice, "acme: the key works.")
    pagerduty.world.account.keys.clear()
    await alice.press("Test")
    assert "PagerDuty" in (await modal_says(alice, ":red_circle: acme")).text


async def test_removing_a_connection_says_what_stops_and_tells_who_used_it(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton, admins=("alice", "bob"))
    await make_destination(baton, schedule)
    root, bob = ws.person("root"), ws.person("bob")
    await root.command("/oncall connections", channel="#ops")
    await root.modal(LIST)
    await root.press("Remove")
    asked = await root.modal("Remove connection")
    assert "Payments (Primary) to Platform primary is not exported any more" in asked.text
    await root.submit()
    assert "Removed acme; 1 export stopped." in (await modal_says(root, "Removed acme")).text
    await tell(baton)
    await bob.wait_for_message("removed the PagerDuty connection acme")
    assert await known(baton) == []
    assert await list_destinations(baton.house, await actor(baton), schedule.id) == []
    await make_connection(baton)
    assert [one.destinations for one in await known(baton)] == [0]


async def test_losing_the_right_while_typing_is_told_in_the_form(baton: Baton, ws: Workspace, alice: Person) -> None:
    schedule = await make_schedule(baton, admins=["alice", "bob"])
    await open_form(alice)
    async with baton.house.database.transaction() as tx:
        workspace = await tx.people.workspace_by_id(baton.workspace)
        assert workspace is not None
        workspace.creators = "admins"
        member = await tx.schedules.member(schedule.id, schedule.admins[0].user_id)
        assert member is not None
        member.access = "member"
    modal = await save(alice, "acme", baton.key)
    assert modal is not None
    assert "Only people who can make schedules" in modal.text
    assert await known(baton) == []


async def test_a_broken_connection_shows_why(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    made = await make_connection(baton)
    async with baton.house.database.transaction() as tx:
        row = await tx.connections.get(made.id)
        assert row is not None
        row.state, row.state_reason = "error", "PagerDuty refuses the key & all."
    await alice.command("/oncall connections", channel="#ops")
    assert "PagerDuty refuses the key & all." in (await alice.modal(LIST)).text


async def test_saving_twice_at_once_makes_one_connection(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_form(alice)
    await alice.fill("PagerDuty subdomain", "acme")
    await alice.fill("PagerDuty API key", baton.key)
    await asyncio.gather(alice.submit(), alice.submit(), return_exceptions=True)
    await baton.settled()
    assert len(await known(baton)) == 1
