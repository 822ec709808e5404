"""Calendars of people, read from a real web server: what is kept of them, how often they are read, what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from oncall.availability import Leaning
from oncall.timeline import Interval
from services.availability import calendar_child, calendars
from services.availability.calendars import FeedDraft
from services.availability.listing import get_away
from services.availability.wishes import wishes_of
from services.kit.errors import FieldErrors, NotAllowed, NotFound
from services.kit.house import House, Offers
from storage.notices import NoticeKind
from tests.support.feed_server import FeedServer, feed_server
from tests.support.memory import MemoryDatabase
from tests.support.service_world import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "private-0123456789"
PATH = f"/{SECRET}/basic.ics"


@pytest.fixture
async def feeds() -> AsyncIterator[FeedServer]:
    async with feed_server() as server:
        yield server


@pytest.fixture
def house(desk: Desk) -> House:
    """One whose operator allows private addresses."""
    return replace(desk.house, offers=Offers(private_webhooks=True))


def calendar(title: str, start: datetime, length: timedelta = DAY, extra: str = "") -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:1",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + length:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{title}",
        *([extra] if extra else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join(lines).encode()


async def said(desk: Desk, user: str = "UBOB") -> list[tuple[datetime, Leaning]]:
    async with desk.house.database.read() as tx:
        found = await wishes_of(tx, desk.workspace, [user], Interval(desk.now, desk.now + 30 * DAY))
    return [(wish.start, wish.leaning) for wish in found]


async def told(desk: Desk) -> list[str]:
    return [payload["text"] for payload in await desk.told(NoticeKind.AVAILABILITY)]


async def test_a_feed_is_read_when_it_is_added_and_each_hour_and_nothing_of_it_is_stored_but_times(
    desk: Desk, house: House, feeds: FeedServer
) -> None:
    start = desk.now + 3 * DAY
    feeds.bodies[PATH] = calendar("Secret operation, noc", start)
    assert await calendars.add_feed(house, desk.bob, FeedDraft(feeds.url + PATH)) == 1
    assert await said(desk) == [(start, Leaning.CANNOT)]
    [view] = (await get_away(house, desk.bob, "UBOB")).calendars
    assert (view.times, view.trouble) == (1, "")
    assert view.shown in feeds.url
    everything = "\n".join(cast(MemoryDatabase, desk.world.database).raw.iterdump())
    assert "operation" not in everything
    assert SECRET not in everything

    await calendars.read_due(house)
    assert feeds.sent == [200]
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    assert feeds.sent == [200, 304]
    feeds.bodies[PATH] = calendar("prefer oncall", start + DAY)
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    assert await said(desk) == [(start + DAY, Leaning.WOULD_LIKE)]
    desk.pass_time(DAY)
    await calendars.read_due(house)
    assert feeds.sent == [200, 304, 200, 200], "once a day it is read anew: a year ahead is another year then"


async def test_a_feed_that_breaks_keeps_what_it_said_and_its_owner_hears_of_it_once(
    desk: Desk, house: House, feeds: FeedServer
) -> None:
    start = desk.now + 9 * DAY
    feeds.bodies[PATH] = calendar("noc", start)
    await calendars.add_feed(house, desk.bob, FeedDraft(feeds.url + PATH))
    feeds.statuses[PATH] = 503
    for hour in range(8):
        desk.pass_time(HOUR)
        await calendars.read_due(house)
        assert len(await told(desk)) == int(hour >= 5)
    assert await said(desk) == [(start, Leaning.CANNOT)]
    [view] = (await get_away(house, desk.bob, "UBOB")).calendars
    assert view.trouble == "The server answered 503."
    del feeds.statuses[PATH]
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    assert (await get_away(house, desk.bob, "UBOB")).calendars[0].trouble == ""
    feeds.bodies[PATH] = b"<!doctype html>Sign in"
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    assert len(await told(desk)) == 2
    assert SECRET not in str(await told(desk))
    assert await said(desk) == [(start, Leaning.CANNOT)]
    feeds.bodies[PATH] = calendar("noc", start)[:30]
    desk.pass_time(HOUR)
    await calendars.read_due(house)
    assert (await get_away(house, desk.bob, "UBOB")).calendars[0].trouble == "What the server sent ended too early."
    assert await said(desk) == [(start, Leaning.CANNOT)], "what was cut off says nothing of what is missing"


async def test_a_feed_that_can_not_be_read_is_not_added(desk: Desk, house: House, feeds: FeedServer) -> None:
    async def problem(address: str, where: House = house) -> str:
        with pytest.raises(FieldErrors) as caught:
            await calendars.add_feed(where, desk.bob, FeedDraft(address))
        return caught.value.fields["address"]

    feeds.bodies["/page"] = b"<p>Sign in"
    feeds.bodies["/large.ics"] = b"BEGIN:VCALENDAR\r\n" + b"X" * (9 << 20)
    feeds.elsewhere |= {"/round": "/round", "/inside": "http://10.0.0.1/x.ics", "/file": "file:///etc/passwd"}
    assert "no calendar" in await problem(f"{feeds.url}/page")
    assert "larger than 8 MB" in await problem(f"{feeds.url}/large.ics")
    assert "without end" in await problem(f"{feeds.url}/round")
    assert "404" in await problem(f"{feeds.url}/missing.ics")
    assert "whole address" in await problem(f"{feeds.url}/file")
    assert "whole address" in await problem("calendar")
    assert "user or password" in await problem("https://me:secret@example.com/x.ics")
    assert "private or special address" in await problem(f"{feeds.url}/page", desk.house)
    assert (await get_away(house, desk.bob, "UBOB")).calendars == ()


async def test_an_event_without_end_ends_the_process_that_reads_it_and_nothing_else(
    desk: Desk, house: House, feeds: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_child, "LONGEST_SECONDS", 1.0)
    feeds.bodies[PATH] = calendar("noc", desk.now, timedelta(seconds=1), "RRULE:FREQ=SECONDLY")
    with pytest.raises(FieldErrors) as caught:
        await calendars.add_feed(house, desk.bob, FeedDraft(feeds.url + PATH))
    assert "too long to read" in caught.value.fields["address"]


async def test_redirects_are_followed_and_each_address_is_looked_at(
    desk: Desk, house: House, feeds: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = calendars.fetch.__globals__["checked"]

    async def noted(host: str, port: int, *, allow_private: bool) -> object:
        looked.append(host)
        return await real(host, port, allow_private=allow_private)

    monkeypatch.setitem(calendars.fetch.__globals__, "checked", noted)
    feeds.bodies[PATH] = calendar("noc", desk.now + DAY)
    feeds.elsewhere["/here"] = feeds.url.replace("127.0.0.1", "localhost") + PATH
    assert await calendars.add_feed(house, desk.bob, FeedDraft(f"{feeds.url}/here")) == 1
    assert looked == ["127.0.0.1", "localhost"]


async def test_whose_invitation_was_not_accepted_can_say_nothing_and_another_email_is_ones_own_too(
    desk: Desk, house: House, feeds: FeedServer
) -> None:
    start = desk.now + DAY
    people = "ORGANIZER:mailto:ann@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@home.example"
    feeds.bodies[PATH] = calendar("noc", start, extra=people)
    assert await calendars.add_feed(house, desk.bob, FeedDraft(feeds.url + PATH)) == 0
    with pytest.raises(FieldErrors):
        await calendars.add_feed(house, desk.bob, FeedDraft(feeds.url + PATH))
    again = FeedDraft(f"{feeds.url}{PATH}?again", "bob@home.example")
    assert await calendars.add_feed(house, desk.bob, again) == 1


async def test_calendars_are_removed_by_their_owner_alone_with_all_that_they_said(
    desk: Desk, house: House, feeds: FeedServer
) -> None:
    feeds.bodies[PATH] = calendar("noc", desk.now + DAY)
    with pytest.raises(NotAllowed):
        await calendars.add_feed(house, desk.actor("USTRANGER"), FeedDraft(feeds.url + PATH))
    await calendars.add_feed(house, desk.bob, FeedDraft(feeds.url + PATH))
    [view] = (await get_away(house, desk.bob, "UBOB")).calendars
    assert (await get_away(house, desk.alice, "UBOB")).calendars == ()
    with pytest.raises(NotFound):
        await calendars.remove_calendar(house, desk.alice, view.id)
    await calendars.remove_calendar(house, desk.bob, view.id)
    assert await said(desk) == []


async def test_whoever_has_left_slack_is_read_no_more_and_their_calendars_are_forgotten(
    desk: Desk, house: House, feeds: FeedServer
) -> None:
    feeds.bodies[PATH] = calendar("noc", desk.now + DAY)
    for actor in (desk.bob, desk.carol):
        await calendars.add_feed(house, actor, FeedDraft(feeds.url + PATH))
    async with desk.house.database.transaction() as tx:
        person = await tx.people.get(desk.workspace, "UBOB")
        assert person is not None
        person.deleted = True
    desk.pass_time(2 * HOUR)
    await calendars.read_due(house)
    assert len(feeds.sent) == 3, "two when they were added, one of hers since"
    async with desk.house.database.transaction() as tx:
        await tx.availability.forget_gone()
        assert await tx.availability.calendars(desk.workspace, "UBOB") == []
        assert len(await tx.availability.calendars(desk.workspace, "UCAROL")) == 1
    assert await said(desk) == []
