"""Calendars as destinations, in Slack and in real calendar servers: the three modes, and what people hear."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.client import Person
from services.shifts import assigning as shifts
from sync.core.model import Mode
from tests.support.calendar_servers import CalendarServer, utc
from tests.support.calendars_in_slack import link_calendar, shown
from tests.support.running import Baton
from tests.support.slack_steps import actor, assign, full_hour, make_schedule, modal_says

HOURS = 8


@pytest.fixture(params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest) -> CalendarServer:
    """Each of the two real servers."""
    return request.getfixturevalue(f"{request.param}_server")


async def test_a_calendar_is_added_shown_before_it_is_written_and_has_the_shift(
    beside_calendars: Baton, alice: Person, radicale_server: CalendarServer
) -> None:
    schedule = await make_schedule(beside_calendars)
    await link_calendar(beside_calendars, await make_schedule(beside_calendars, "Other"), radicale_server)
    calendar = radicale_server.new_calendar("Payments duty")
    start = full_hour(beside_calendars, 26)
    await assign(beside_calendars, schedule, "bob", start, HOURS)
    await alice.command("/oncall destinations Payments", channel="#ops")
    await alice.modal("Destinations")
    await alice.press("Add destination")
    form = await alice.modal("Add destination")
    assert list(form.fields) == ["Connection", "Calendar", "Linked assignee", "Operating mode"]
    await beside_calendars.settled()
    await alice.fill("Calendar", "Payments duty")
    await alice.submit()
    asked = await modal_says(alice, "The first export would write 1 stretch")
    assert "1 where nobody is on call" in asked.text
    assert shown(calendar) == [], "nothing is written that was not shown"
    await alice.submit()
    await modal_says(alice, "Exported: Payments duty (Primary): found 1 difference, wrote 1")
    assert shown(calendar) == [("bob@example.com", start, start + timedelta(hours=HOURS))]
    assert "PagerDuty" not in asked.text


async def test_authoritative_puts_back_what_was_moved_and_removes_what_others_put_there(
    beside_calendars: Baton, alice: Person, bob: Person, server: CalendarServer
) -> None:
    schedule = await make_schedule(beside_calendars)
    linked = await link_calendar(beside_calendars, schedule, server)
    for person in (alice, bob):
        await person.command("/oncall notifications", channel="#ops")
        await person.modal("Notifications")
        await person.fill("Destination override removed", ["Slack"])
        await person.submit()
    start = full_hour(beside_calendars, 26)
    await assign(beside_calendars, schedule, "alice", start, HOURS)
    await linked.refresh()
    [event] = linked.ours
    linked.calendar.edit(event, (utc(start), utc(start + timedelta(hours=2))))
    linked.calendar.add(
        "SUMMARY:Payments for Bob",
        f"DTSTART:{utc(start)}",
        f"DTEND:{utc(start + timedelta(hours=HOURS))}",
        "ATTENDEE:mailto:bob@example.com",
    )
    linked.calendar.add("SUMMARY:Lunch", f"DTSTART:{utc(start)}", f"DTEND:{utc(start + timedelta(hours=1))}")
    await linked.refresh()
    mine = [one for one in linked.shown() if one[0].endswith("@example.com")]
    assert mine == [("alice@example.com", start, start + timedelta(hours=HOURS))]
    assert any(name.startswith("by-hand") for name in linked.calendar.names()), "lunch is nobody's business"
    hers = await alice.wait_for_message("Bob Smith's event in")
    his = await bob.wait_for_message("Your event in")
    for told in (hers, his):
        assert "was removed to keep" in told.shown


async def test_bidirectional_brings_home_what_was_moved_and_whom_else_it_invites(
    beside_calendars: Baton, server: CalendarServer
) -> None:
    schedule = await make_schedule(beside_calendars)
    linked = await link_calendar(beside_calendars, schedule, server, Mode.BIDIRECTIONAL)
    first, second = full_hour(beside_calendars, 26), full_hour(beside_calendars, 50)
    await assign(beside_calendars, schedule, "alice", first, HOURS)
    await assign(beside_calendars, schedule, "bob", second, HOURS)
    await linked.refresh()
    for event in linked.ours:
        if "alice@example.com" in linked.calendar.text(event):
            linked.calendar.edit(event, ("alice@example.com", "bob@example.com"))
        else:
            end = second + timedelta(hours=HOURS)
            linked.calendar.edit(event, (utc(end), utc(end - timedelta(hours=2))))
    await linked.refresh()
    found = await shifts.coming_shifts(beside_calendars.house, await actor(beside_calendars), schedule.id)
    on_call = [(one.user_id, one.start, one.end) for one in found if one.user_id]
    bob = next(member.user_id for member in schedule.members if member.user_id != schedule.admins[0].user_id)
    assert on_call == [
        (bob, first, first + timedelta(hours=HOURS)),
        (bob, second, second + timedelta(hours=HOURS - 2)),
    ]


async def test_manual_export_waits_and_then_writes_what_was_shown(
    beside_calendars: Baton, alice: Person, server: CalendarServer
) -> None:
    schedule = await make_schedule(beside_calendars)
    linked = await link_calendar(beside_calendars, schedule, server, Mode.MANUAL_EXPORT)
    start = full_hour(beside_calendars, 26)
    await assign(beside_calendars, schedule, "bob", start, HOURS)
    await linked.refresh()
    assert linked.shown() == []
    await alice.command("/oncall pending Payments", channel="#ops")
    await modal_says(alice, "1 change waits for a manual export")
    await alice.press("Export now")
    await modal_says(alice, "wrote 1")
    assert linked.shown() == [("bob@example.com", start, start + timedelta(hours=HOURS))]


async def test_who_declines_stays_on_call_and_the_admins_hear_of_it_once(
    beside_calendars: Baton, alice: Person, xandikos_server: CalendarServer
) -> None:
    """On the other server, which takes no name for a calendar when it is made and lets in everybody."""
    schedule = await make_schedule(beside_calendars)
    linked = await link_calendar(beside_calendars, schedule, xandikos_server, Mode.BIDIRECTIONAL)
    start = full_hour(beside_calendars, 26)
    await assign(beside_calendars, schedule, "bob", start, HOURS)
    await linked.refresh()
    [event] = linked.ours
    text = linked.calendar.text(event)
    [line] = [one for one in text.replace("\n ", "").splitlines() if one.startswith("ATTENDEE")]
    declined = line.replace("PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED")
    assert "DECLINED" in declined, line
    linked.calendar.put(event, text.replace("\n ", "").replace(line, declined))
    for _ in range(2):
        await linked.refresh()
    told = [message for message in await alice.dms() if "declined a shift" in message.shown]
    assert len(told) == 1
    assert "Bob Smith" in told[0].shown
    assert "/oncall change Payments" in told[0].shown
    assert [who for who, _, _ in linked.shown()] == ["bob@example.com"]


async def test_an_address_that_slack_does_not_know_is_held_until_it_is_matched_and_then_brought_home(
    beside_calendars: Baton, alice: Person, radicale_server: CalendarServer
) -> None:
    schedule = await make_schedule(beside_calendars)
    linked = await link_calendar(beside_calendars, schedule, radicale_server, Mode.BIDIRECTIONAL)
    start = full_hour(beside_calendars, 26)
    await assign(beside_calendars, schedule, "bob", start, HOURS)
    await linked.refresh()
    linked.calendar.edit(linked.ours[0], ("mailto:bob@example.com", "mailto:alice@home.example"))
    await linked.refresh()
    await alice.wait_for_message("alice@home.example in On-call (Payments) is nobody that Baton knows in Slack")
    await alice.press("Match person", where="dm")
    form = await alice.modal("Match person")
    assert "remembers the answer for this calendar account" in form.text
    await alice.fill("Slack user", "alice")
    await alice.submit()
    await beside_calendars.settled()
    await linked.refresh()
    [shift] = await shifts.coming_shifts(beside_calendars.house, await actor(beside_calendars), schedule.id)
    assert shift.user_id == schedule.admins[0].user_id
    assert [who for who, _, _ in linked.shown()] == ["alice@home.example"]
