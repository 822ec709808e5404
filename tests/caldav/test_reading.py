"""How a calendar is found and read: discovery, tokens, servers without them, and what a refresh costs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from oncall.timeline import Interval
from sync.destinations.caldav import calendar as calendar_module
from sync.destinations.caldav.credentials import pack
from sync.destinations.caldav.events import resource
from sync.destinations.caldav.series import occurrences
from sync.destinations.caldav.shifts_there import instant
from sync.ports import CredentialRefused
from tests.adapters.contract import Doing, made, rows, wanted
from tests.caldav.support import ANN, BOB, HOUR, NOW, WEEK, CalendarDesk, by_hand
from tests.support.calendar_servers import CalendarServer, event, vcalendar


async def test_calendars_are_found_from_the_address_of_the_server_alone(desk: CalendarDesk) -> None:
    listed = {one.id: one.name for one in await desk.account.schedules()}
    assert listed[desk.schedule] == "Empty"
    assert (await desk.account.schedule(desk.schedule)).kind == "calendar"
    assert (await desk.account.check()).startswith("baton on 127.0.0.1:")


async def test_a_person_is_whoever_has_the_address(desk: CalendarDesk) -> None:
    found = await desk.account.find_user("Ann@Example.com")
    assert found is not None
    assert (found.id, found.email) == (ANN, ANN)
    assert await desk.account.get_user("Ann Lee") is None


async def test_a_wrong_password_is_told_at_its_field(radicale_server: CalendarServer) -> None:
    async with CalendarDesk.at(radicale_server) as desk:
        wrong = desk.system.account(subdomain="", region="", key=desk_key(radicale_server, "wrong"))
        with pytest.raises(CredentialRefused) as raised:
            await wrong.check()
        assert raised.value.at_field.endswith("Check both.")


def desk_key(server: CalendarServer, password: str) -> str:

    return pack(server.url, "baton", password)


async def test_an_unchanged_calendar_of_a_thousand_events_costs_one_request(desk: CalendarDesk) -> None:
    many = [event(f"e{n}", *by_hand(ANN, NOW + n * HOUR, NOW + (n + 1) * HOUR)) for n in range(1000)]
    answer = [("/".join((desk.schedule.rstrip("/"), f"e{n}.ics")), vcalendar(text)) for n, text in enumerate(many)]
    state = await desk.board._calendar.refresh()
    known = {href: one for href, text in answer if (one := resource(href, '"1"', text)) is not None}
    desk.board._calendar.state = calendar_module.State(state.schedule, known, state.token, state.tag)
    desk.line.asked.clear()

    seen = await desk.seen(calendar_window())

    assert len(seen.lines) == 1000
    assert dict(desk.line.asked) == {Doing.READ: 1}


def calendar_window() -> Interval:

    return Interval(NOW, NOW + timedelta(days=60))


async def test_a_token_that_the_server_refuses_is_answered_by_reading_everything(desk: CalendarDesk) -> None:
    desk.made_by_hand(ANN, 1, 3)
    state = desk.board._calendar.state
    assert state is not None
    lost = calendar_module.State(state.schedule, state.resources, "http://example.com/sync/nobody-knows", "")
    desk.board._calendar.state = lost

    assert rows((await desk.seen()).effective) == [(NOW + HOUR, NOW + 3 * HOUR, ANN)]
    assert desk.asked(Doing.READ) == 3, "the token, the calendar, its events"
    desk.calendar.delete("by-hand-1")
    assert not (await desk.seen()).effective


async def test_everything_is_read_again_once_a_day(desk: CalendarDesk) -> None:
    await desk.seen()
    assert desk.asked(Doing.READ) == 1
    desk.clock.at += timedelta(days=1)
    await desk.seen()
    assert desk.asked(Doing.READ) == 3


@pytest.mark.parametrize("tagged", [True, False])
async def test_a_server_that_can_not_tell_what_changed_is_asked_for_what_is_ahead(
    desk: CalendarDesk, tagged: bool
) -> None:
    """As if the answer to what the server can do had named no sync-collection."""
    state = desk.board._calendar.state
    assert state is not None
    desk.board._calendar.state = calendar_module.State(state.schedule, {}, "", "former" if tagged else "")
    desk.made_by_hand(ANN, 1, 3)

    assert rows((await desk.seen()).effective) == [(NOW + HOUR, NOW + 3 * HOUR, ANN)]
    desk.line.asked.clear()
    assert (await desk.seen()).effective
    assert desk.asked(Doing.READ) == 1
    desk.calendar.delete("by-hand-1")
    assert not (await desk.seen()).effective


async def test_a_list_of_changes_may_come_in_parts(desk: CalendarDesk) -> None:
    """RFC 6578 says so with 507 for the calendar itself; neither server here does it."""
    desk.made_by_hand(ANN, 1, 2)
    part = (
        '<multistatus xmlns="DAV:"><response><href>{}</href><status>HTTP/1.1 507 Insufficient Storage</status>'
        "</response><sync-token>{}</sync-token></multistatus>"
    )
    state = desk.board._calendar.state
    assert state is not None
    desk.answer(Doing.READ, httpx.Response(207, text=part.format(desk.schedule, state.token)))
    assert (await desk.seen()).effective


async def test_a_copy_under_the_same_uid_is_a_shift_of_its_own(desk: CalendarDesk) -> None:
    """Radicale and Xandikos refuse such a copy; a server that takes it lists both under their own addresses."""

    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    copy = desk.calendar.text(item.id).replace(ANN, BOB)
    refused = desk.calendar.http.put(
        f"{desk.schedule}copy.ics", content=copy, headers={"Content-Type": "text/calendar"}
    )
    assert refused.status_code in (409, 412)
    await desk.board.look(WEEK)
    state = desk.board._calendar.state
    assert state is not None
    twin = resource(f"{desk.schedule}copy.ics", '"2"', copy)
    desk.board._calendar.state = state.after(None, twin)

    items = await desk.items()
    assert sorted((one.id, one.user) for one in items) == sorted([(item.id, ANN), ("copy", BOB)])
    assert (await desk.board.maker("copy")).by_hand


TWO = vcalendar(event("baton-1", *by_hand(ANN, NOW, NOW + HOUR)), event("baton-1", *by_hand(BOB, NOW, NOW + HOUR)))


def test_several_events_in_one_file_are_read_and_never_written() -> None:
    found = resource("/c/baton-1.ics", '"1"', TWO)
    assert found is not None
    assert found.event is None
    assert [one.attendees[0].email for one in occurrences(found.series, WEEK)] == [ANN, BOB]


def weekly(rule: str, start: datetime = NOW) -> str:
    return vcalendar(event("s", f"RRULE:{rule}", *by_hand(ANN, start, start + HOUR)))


@pytest.mark.parametrize(
    ("rule", "start", "count"),
    [
        ("FREQ=WEEKLY", NOW, 2),
        ("FREQ=DAILY;BYHOUR=8,16", NOW, 15),
        ("FREQ=SECONDLY", NOW, 0),
        ("FREQ=HOURLY", NOW, 0),
        ("FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=" + ",".join(map(str, range(60))), NOW, 0),
        ("FREQ=DAILY", datetime.fromisoformat("0001-01-01T00:00:00Z"), 0),
        ("FREQ=NEVER", NOW, 0),
    ],
)
def test_only_series_that_can_be_shifts_are_expanded(rule: str, start: datetime, count: int) -> None:
    inside = [
        one
        for one in occurrences(weekly(rule, start), WEEK)
        if isinstance(one.start, datetime) and WEEK.start <= one.start <= WEEK.end
    ]
    assert abs(len(inside) - count) <= 1


async def test_the_night_of_a_change_of_clocks_is_read_alike_by_both_servers(desk: CalendarDesk) -> None:
    """Xandikos answers from an index and loses zones there, Radicale keeps the first day's offset: what is read is the
    file, so neither shows."""
    lines = (
        "DTSTART;TZID=Europe/Berlin:20260326T220000",
        "DTEND;TZID=Europe/Berlin:20260327T060000",
        "RRULE:FREQ=DAILY;COUNT=5",
        "SUMMARY:Support night",
        f"ATTENDEE:mailto:{ANN}",
    )
    desk.calendar.add(*lines)

    seen = await desk.seen(Interval(NOW, NOW + timedelta(days=40)))
    assert [f"{line.start:%d %H}-{line.end:%d %H}" for line in seen.lines] == [
        "26 21-27 05",
        "27 21-28 05",
        "28 21-29 04",
        "29 20-30 04",
        "30 20-31 04",
    ]


@pytest.mark.parametrize(("lasts", "end"), [("PT8H", "29 05"), ("P1D", "29 20"), ("P1DT2H", "29 22")])
async def test_hours_of_a_duration_are_real_ones_and_its_days_those_of_the_clock(
    desk: CalendarDesk, lasts: str, end: str
) -> None:
    start = "DTSTART;TZID=Europe/Berlin:20260328T220000"
    desk.calendar.add(start, f"DURATION:{lasts}", "SUMMARY:Support", f"ATTENDEE:mailto:{ANN}")
    (line,) = (await desk.seen(Interval(NOW, NOW + timedelta(days=40)))).lines
    assert f"{line.end:%d %H}" == end


async def test_long_and_strange_names_are_called_by_a_short_one(desk: CalendarDesk) -> None:
    name = "x" * 90
    text = vcalendar(event("strange", *by_hand(ANN, NOW + HOUR, NOW + 2 * HOUR)))
    headers = {"Content-Type": "text/calendar"}
    answer = desk.calendar.http.put(f"{desk.schedule}{name}.ics", content=text, headers=headers)
    assert answer.status_code == 201, answer.text
    (item,) = await desk.items()
    assert len(item.id) <= 64
    await desk.another_board().delete(item.id)
    assert await desk.items() == []


async def test_who_declined_is_still_on_call_and_is_named(desk: CalendarDesk) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    desk.calendar.edit(item.id, ("PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED"))

    seen = await desk.seen()

    assert seen.effective
    assert [(one.item, one.user, one.start) for one in seen.declined] == [(item.id, ANN, NOW + HOUR)]


async def test_a_zone_that_the_file_counts_by_other_rules_is_told(desk: CalendarDesk) -> None:
    standard = "DTSTART:20001101T020000\nTZOFFSETFROM:-0700\nTZOFFSETTO:-0900\nTZNAME:X"
    zone = f"BEGIN:VTIMEZONE\nTZID:America/Vancouver\nBEGIN:STANDARD\n{standard}\nEND:STANDARD\nEND:VTIMEZONE"
    span = ("DTSTART;TZID=America/Vancouver:20260303T040000", "DTEND;TZID=America/Vancouver:20260303T060000")
    desk.calendar.put("old", vcalendar(zone, event("old", *span, "SUMMARY:Support", f"ATTENDEE:mailto:{ANN}")))

    rules = (await desk.seen()).other_rules

    assert rules is not None
    assert (rules.zone, rules.there, rules.here) == ("America/Vancouver", -9 * HOUR, -8 * HOUR)


def wall(at: date) -> datetime:
    return at.replace(tzinfo=None) if isinstance(at, datetime) else datetime.combine(at, time())


def test_the_ends_of_all_time_are_the_same_in_every_zone() -> None:
    """Where it is later than in UTC the first day of all has no beginning there, and the last one elsewhere no end."""
    for name in ("Asia/Tokyo", "America/New_York"):
        zone = ZoneInfo(name)
        ends = datetime.min.replace(tzinfo=zone), datetime.max.replace(tzinfo=zone)
        for at in (date.min, date.max, *ends):
            assert abs(instant(at, zone).replace(tzinfo=None) - wall(at)) < timedelta(days=2)
