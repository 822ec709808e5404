"""Calendar servers: `/oncall connections`, **Add calendar**, against a real Radicale."""

from __future__ import annotations

from sandbox.client import Person
from services.connections import credentials as connections
from tests.handlers.shifts.test_card_to_shift import tell
from tests.support.calendar_servers import PASSWORD, USER, CalendarServer
from tests.support.calendars_in_slack import link_calendar, open_form, save
from tests.support.running import Baton
from tests.support.slack_steps import actor, make_schedule, modal_says


def account(server: CalendarServer) -> str:
    return f"{USER} on {server.url.removeprefix('http://')}"


async def test_a_calendar_account_is_found_saved_and_listed_without_its_password(
    beside_calendars: Baton, alice: Person, radicale_server: CalendarServer
) -> None:
    await make_schedule(beside_calendars)
    radicale_server.new_calendar("Team duty")
    form = await open_form(alice)
    assert (form.submit, list(form.fields)) == ("Save", ["Server address", "User name", "App password"])
    await save(alice, radicale_server.url)
    modal = await modal_says(alice, account(radicale_server))
    if modal.title != "Connections":  # the server took longer than Slack waits
        await alice.close()
        modal = await modal_says(alice, account(radicale_server))
    assert "Works · 0 destinations" in modal.text
    assert "Change password" in modal.buttons
    [known] = await connections.list_connections(beside_calendars.house, await actor(beside_calendars))
    async with beside_calendars.house.database.read() as tx:
        row = await tx.connections.get(known.id)
        assert row is not None
        listed = [one.name for one in await tx.connections.schedules(known.id)]
    assert "Team duty" in listed
    assert PASSWORD not in row.secret
    assert PASSWORD not in str(modal.view)
    await alice.close_all()
    await alice.command("/oncall link", channel="#ops")
    await modal_says(alice, "Baton needs a PagerDuty account first")


async def test_each_error_stands_at_its_field_and_the_password_alone_has_to_be_typed_again(
    beside_calendars: Baton, alice: Person, radicale_server: CalendarServer
) -> None:
    await make_schedule(beside_calendars)
    await open_form(alice)
    cases = (
        ((radicale_server.url, USER, "wrong"), "App password", "does not accept the user name or the app password"),
        (("http://127.0.0.1:9", USER, PASSWORD), "Server address", "can't be reached"),
        (("ftp://x", USER, PASSWORD), "Server address", "Enter an address such as"),
        ((radicale_server.url, " ", PASSWORD), "User name", "Type the user name"),
    )
    for typed, field, said in cases:
        modal = await save(alice, *typed)
        assert modal is not None
        if not modal.errors:  # told in the form itself, after Slack had its answer
            modal = await modal_says(alice, said)
            assert modal.fields["App password"] is None
            assert modal.fields["Server address"] == typed[0]
            continue
        assert list(modal.errors) == [field]
        assert said in modal.errors[field]
    assert await connections.list_connections(beside_calendars.house, await actor(beside_calendars)) == []


async def test_a_private_address_is_refused_where_the_operator_does_not_allow_it(
    baton: Baton, alice: Person, radicale_server: CalendarServer
) -> None:
    await make_schedule(baton)
    await open_form(alice)
    for address in (radicale_server.url.replace("http:", "https:"), radicale_server.url):
        modal = await save(alice, address)
        assert modal is not None
        assert list(modal.errors) == ["Server address"]
    assert "readable on its way" in modal.errors["Server address"]


async def test_the_password_is_changed_and_the_connection_is_removed_by_its_admins_alone(
    beside_calendars: Baton, alice: Person, bob: Person, radicale_server: CalendarServer
) -> None:
    schedule = await make_schedule(beside_calendars, admins=("alice", "bob"))
    await link_calendar(beside_calendars, schedule, radicale_server)
    await bob.command("/oncall connections", channel="#ops")
    assert "No connections yet" in (await bob.modal("Connections")).text
    await alice.command("/oncall connections", channel="#ops")
    await alice.modal("Connections")
    await alice.press("Change password")
    form = await alice.modal("Calendar connection")
    assert (form.fields["User name"], form.fields["App password"]) == (USER, None)
    await alice.fill("App password", PASSWORD)
    await alice.submit()
    await modal_says(alice, account(radicale_server))
    await beside_calendars.settled()
    await alice.close_all()
    await alice.command("/oncall connections", channel="#ops")
    await alice.modal("Connections")
    await alice.press("Remove")
    asked = await alice.modal("Remove connection")
    assert "its password is forgotten" in asked.text
    assert "What was exported stays in the calendar as it is." in asked.text
    await alice.submit()
    await modal_says(alice, "Its password is forgotten")
    await tell(beside_calendars)
    told = await bob.wait_for_message("removed the calendar connection")
    assert "On-call" in told.shown


async def test_who_does_not_administer_the_account_asks_for_a_calendar_by_its_name(
    beside_calendars: Baton, alice: Person, bob: Person, radicale_server: CalendarServer
) -> None:
    await link_calendar(beside_calendars, await make_schedule(beside_calendars), radicale_server)
    radicale_server.new_calendar("Search duty")
    await make_schedule(beside_calendars, "Search", admins=("bob",))
    await bob.command("/oncall destinations Search", channel="#ops")
    await bob.modal("Destinations")
    await bob.press("Add destination")
    form = await bob.modal("Ask for a destination")
    assert next(iter(form.fields)) == "Calendar"
    await bob.fill("Calendar", "Search duty")
    await bob.submit()
    await modal_says(bob, "who decide what this connection is used for")
    await tell(beside_calendars)
    card = await alice.wait_for_message("asks to export")
    assert "Calendar: “Search duty”" in card.shown
    await alice.press("Allow")
    await beside_calendars.settled()
    await tell(beside_calendars)
    told = await bob.wait_for_message("allowed you to export")
    assert "to the calendar “Search duty”. It is done" in told.shown
