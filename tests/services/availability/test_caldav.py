"""Calendars of people on real servers: found by name, read in one request while nothing changes, never written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from oncall.availability import Leaning
from oncall.timeline import Interval
from services.availability import caldav, calendars
from services.availability.calendars import CalDavDraft
from services.availability.listing import get_away
from services.availability.wishes import wishes_of
from services.kit.errors import FieldErrors
from services.kit.house import House, Offers
from sync.destinations.caldav.system import CalDav
from tests.support.calendar_servers import PASSWORD, USER, CalendarServer, radicale, utc, xandikos
from tests.support.service_world import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module", params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    start = {"radicale": radicale, "xandikos": xandikos}[request.param]
    with start(tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def house(desk: Desk) -> House:
    return replace(desk.house, offers=Offers(private_webhooks=True))


async def said(desk: Desk) -> list[tuple[datetime, Leaning]]:
    async with desk.house.database.read() as tx:
        found = await wishes_of(tx, desk.workspace, ["UBOB"], Interval(desk.now, desk.now + 60 * DAY))
    return [(wish.start, wish.leaning) for wish in found]


async def test_a_calendar_is_found_by_its_name_and_read_whenever_it_changed(
    desk: Desk, house: House, server: CalendarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(**options: object) -> CalDav:
        return CalDav(**options, asked=lambda method, path, status: asked.append(method))  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(caldav, "CalDav", counted)
    private, _ = server.new_calendar("Private"), server.new_calendar("Work")
    start = desk.now + 3 * DAY
    name = private.add(f"DTSTART:{utc(start)}", f"DTEND:{utc(start + DAY)}", "SUMMARY:noc")
    private.add(f"DTSTART:{utc(start + 7 * DAY)}", "DURATION:P1D", "SUMMARY:Dentist")
    private.add(
        f"DTSTART:{utc(start + 14 * DAY)}",
        f"DTEND:{utc(start + 15 * DAY)}",
        "SUMMARY:prefer oncall",
        "RRULE:FREQ=DAILY;COUNT=2",
    )
    draft = CalDavDraft(server.url, USER, PASSWORD)
    with pytest.raises(FieldErrors, match="Private, Work"):
        await calendars.add_caldav(house, desk.bob, draft)
    assert await calendars.add_caldav(house, desk.bob, replace(draft, calendar="private")) == 2
    assert await said(desk) == [(start, Leaning.CANNOT), (start + 14 * DAY, Leaning.WOULD_LIKE)]
    with pytest.raises(FieldErrors, match="read already"):
        await calendars.add_caldav(house, desk.bob, replace(draft, calendar="private"))

    asked.clear()
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    assert asked == ["PROPFIND"]
    private.delete(name)
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    assert await said(desk) == [(start + 14 * DAY, Leaning.WOULD_LIKE)]
    assert set(asked) == {"PROPFIND", "REPORT"}

    private.remove()
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    [view] = (await get_away(house, desk.bob, "UBOB")).calendars
    assert view.shown == "Private"
    assert "was deleted" in view.trouble
    assert await said(desk) == [(start + 14 * DAY, Leaning.WOULD_LIKE)]


async def test_what_is_wrong_with_an_account_stands_at_its_field(
    desk: Desk, house: House, server: CalendarServer
) -> None:
    if not server.guards:
        pytest.skip("this server asks for no password")
    server.new_calendar("Somewhere")
    for draft, field, words in (
        (CalDavDraft(server.url, USER, "wrong"), "password", "user name or the app password"),
        (CalDavDraft(server.url, USER, ""), "password", "app password as well"),
        (CalDavDraft("http://127.0.0.1:9", USER, PASSWORD), "server", "nothing answers there."),
        (CalDavDraft("ftp://x", USER, PASSWORD), "server", "Enter an address"),
        (CalDavDraft(server.url, USER, PASSWORD, "Nowhere"), "calendar", "Type which one"),
    ):
        with pytest.raises(FieldErrors) as caught:
            await calendars.add_caldav(house, desk.bob, draft)
        assert words in caught.value.fields[field]
    with pytest.raises(FieldErrors) as caught:
        await calendars.add_caldav(desk.house, desk.bob, CalDavDraft(server.url.replace("http:", "https:"), USER, "x"))
    assert "private or special address" in caught.value.fields["server"]


async def test_of_two_calendars_with_one_name_each_can_be_chosen(
    desk: Desk, house: House, server: CalendarServer
) -> None:
    first, second = server.new_calendar("Twin"), server.new_calendar("Twin")
    draft = CalDavDraft(server.url, USER, PASSWORD, "twin")
    with pytest.raises(FieldErrors) as caught:
        await calendars.add_caldav(house, desk.bob, draft)
    for one in (first, second):
        assert f"Twin ({one.path})" in caught.value.fields["calendar"]
        await calendars.add_caldav(house, desk.bob, replace(draft, calendar=f"Twin ({one.path})"))
    assert len((await get_away(house, desk.bob, "UBOB")).calendars) == 2
