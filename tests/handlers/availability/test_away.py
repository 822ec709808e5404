"""``/oncall away`` as people use it: what they enter is shown, what is in its way is named, and admins can help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings

from handlers.availability import calendar_views, listeners, views
from handlers.kit import slow_work
from handlers.kit.blocks import View
from oncall.availability import Leaning
from oncall.timeline import Interval
from sandbox.client import Person, Workspace
from sandbox.slack.blockkit import check_view
from services.availability import fetching
from services.availability.calendars import CalDavDraft, FeedDraft
from services.availability.entering import Clash, Entered
from services.availability.listing import AwayView, CalendarView, RegionView, Time
from services.availability.wishes import wishes_of
from services.kit.wording import escape
from storage.public_addresses import Address, checked
from tests.handlers.kit.samples import METADATA, NOW, names
from tests.handlers.shifts.test_hearing_of_it import Mail, tell
from tests.support.feed_server import feed_server
from tests.support.listening import listeners_of, unanswered
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, make_schedule, modal_says, user_id

KNOWN = listeners_of(listeners)
TITLE = "When I can't be on call"


def drawn(name: str) -> Iterator[View]:
    """Every state of the modals, with none, some and more times than fit."""
    end = NOW + timedelta(hours=8)
    times = [
        Time(NOW, end, Leaning.CANNOT, 1, end, name, "U2"),
        Time(NOW, end, Leaning.WOULD_LIKE),
        Time(NOW, end, None, holiday=name),
        Time(NOW, end, Leaning.RATHER_NOT, holiday=name),
    ]
    for count in (0, 1, 30):
        for own in (True, False):
            known = AwayView("U1", "Europe/Berlin", own, not own, tuple(times * count), region=BAVARIA if own else None)
            entered = Entered("U1", NOW, end, Leaning.CANNOT, (Clash(1, name, name, NOW, end, "1.1"),) * count)
            yield views.away_view(known, METADATA, views.saved(entered, own=own))
    for shown in (
        CalendarView(1, "ics", name, None, "", 0),
        CalendarView(2, "ics", name, NOW, "", 1),
        CalendarView(3, "caldav", name, NOW, name, 7),
    ):
        yield calendar_views.calendars_view([shown] * 5, METADATA, escape(name))
    yield calendar_views.calendars_view([], METADATA)
    yield calendar_views.feed_form(METADATA)
    yield calendar_views.feed_form(METADATA, FeedDraft(name, name), {"address": name, "email": name})
    yield calendar_views.caldav_form(METADATA)
    yield calendar_views.caldav_form(
        METADATA, CalDavDraft(name, name, name, name), {"server": name, "password": name, "calendar": name}
    )
    yield calendar_views.reading_view()
    yield calendar_views.read_view(3)
    yield views.holidays_view(BAVARIA, METADATA, 16)
    yield views.holidays_view(RegionView("", "", rather_not=False), METADATA)
    yield views.holidays_view(None, METADATA)


BAVARIA = RegionView("DE", "BY", rather_not=True, ends=2026)


@settings(max_examples=15, deadline=None)
@given(names)
def test_slack_takes_every_state_of_the_modals(name: str) -> None:
    for view in drawn(name):
        assert check_view(view) == []
        assert list(unanswered(view, KNOWN)) == []


async def test_what_is_entered_is_shown_with_the_shifts_in_its_way_and_can_be_removed(
    baton: Baton, alice: Person, bob: Person
) -> None:
    schedule = await make_schedule(baton)
    start = full_hour(baton, 48)
    await assign(baton, schedule, "bob", start, 8)
    await bob.command("/oncall away", channel="#ops")
    opened = await bob.modal(TITLE)
    assert "Times are in your Slack time zone" in opened.text
    assert "Nothing entered yet" in opened.text

    await bob.fill("From", start + timedelta(hours=2))
    await bob.fill("To", start)
    await bob.fill("Repeats", "Weekly, until the day below")
    refused = await bob.submit()
    assert refused is not None
    assert refused.errors["To"] == "It must end after it starts."
    assert refused.errors["Until"] == "Choose the last day on which it starts."
    await bob.fill("To", start + timedelta(hours=4))
    await bob.fill("Until", (start + timedelta(days=30)).date())
    await bob.fill("Why", "Choir")
    saved = await bob.submit()
    assert saved is not None
    assert "Saved: you can't be on call" in saved.text
    assert "You have 1 shift then" in saved.text
    assert "each week until" in saved.text
    assert "Choir" in saved.text
    assert not saved.fields["Why"]

    await bob.press("Ask for cover")
    assert (await bob.modal("Ask for cover")).fields["Shift"]
    await bob.close()
    await bob.press("Remove")
    removed = await modal_says(bob, "Removed")
    assert "Choir" not in removed.text


async def test_an_admin_enters_time_for_a_member_who_is_told_and_nobody_else_can(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    await make_schedule(baton)
    start = full_hour(baton, 48)
    await alice.command("/oncall away", channel="#ops")
    await alice.fill("Whose times", "bob")
    shown = await modal_says(alice, "who is told of what you enter")
    assert "They can't" in shown.text
    await alice.fill("From", start)
    await alice.fill("To", start + timedelta(days=9))
    await alice.fill("Why", "Parental leave")
    saved = await alice.submit()
    assert saved is not None
    assert "can't be on call" in saved.text
    await tell(baton)
    told = [m for m in await Mail(ws).of("bob") if "entered for you" in m.shown]
    assert len(told) == 1
    assert "Parental leave" not in told[0].shown

    await bob.command("/oncall away", channel="#ops")
    own = await bob.modal(TITLE)
    assert "Parental leave" in own.text
    assert "entered by" in own.text
    async with baton.house.database.read() as tx:
        users = [await user_id(baton, "bob")]
        found = await wishes_of(tx, baton.workspace, users, Interval(start, start + timedelta(days=30)))
        trail = await tx.audit.of_schedule(1, 5)
    assert [(wish.start, wish.end) for wish in found] == [(start, start + timedelta(days=9))]
    assert any("entered for <@" in line.summary for line in trail)
    assert "Parental" not in str([(line.summary, line.details) for line in trail])


async def test_public_holidays_are_chosen_by_typing_and_listed_among_the_times(baton: Baton, bob: Person) -> None:
    await bob.command("/oncall away", channel="#ops")
    await bob.press("Public holidays")
    await bob.modal("Public holidays")
    assert (await bob.search("Country", "germ"))[0] == "Germany"
    await bob.fill("Country", "Germany")
    await modal_says(bob, "Region")
    assert await bob.search("Region", "baye") == ["Bayern"]
    await bob.fill("Region", "Bayern")
    await bob.fill("On these days", ["I would rather not be on call on public holidays"])
    await bob.submit()
    listed = await modal_says(bob, "Public holidays: Germany, Bayern")
    assert "New Year's Day" in listed.text or "Christmas Day" in listed.text
    await bob.press("Public holidays")
    again = await bob.modal("Public holidays")
    assert (again.fields["Country"], again.fields["Region"]) == ("Germany", "Bayern")


async def anywhere(host: str, port: int, *, allow_private: bool) -> Address:
    """The look at an address, of an operator who allows private ones."""
    return await checked(host, port, allow_private=True)


async def test_a_calendar_link_is_read_at_once_and_what_is_wrong_stands_at_its_field(
    baton: Baton, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_schedule(baton)
    monkeypatch.setattr(fetching, "checked", anywhere)
    monkeypatch.setattr(slow_work, "PATIENCE", 0)
    async with feed_server() as feeds:
        start = full_hour(baton, 24)
        lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT8H", "SUMMARY:noc"]
        feeds.bodies["/me.ics"] = "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()
        await bob.command("/oncall away", channel="#ops")
        await bob.press("Calendars")
        await bob.modal("Calendars")
        await bob.press("Add calendar link")
        await bob.modal("Add calendar link")
        await bob.fill("Address", f"{feeds.url}/none.ics")
        await bob.submit()
        refused = await modal_says(bob, "The server answered 404")
        assert refused.fields["Address"] == f"{feeds.url}/none.ics"
        monkeypatch.setattr(slow_work, "PATIENCE", 20)
        refused = await bob.submit()
        assert refused is not None
        assert "404" in refused.errors["Address"]
        await bob.fill("Address", f"{feeds.url}/me.ics")
        await bob.submit()
        await modal_says(bob, "says 1 time in the coming year")
    await bob.press("Remove")
    await modal_says(bob, "Removed, and what it said is forgotten")
