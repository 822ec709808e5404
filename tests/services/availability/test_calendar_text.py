"""What counts in a calendar, and when: as Outlook, Google and people write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from oncall.availability import Leaning
from oncall.timeline import Interval
from services.availability.calendar_text import CutOff, NotCalendar, times_of

WINDOW = Interval(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
BERLIN = "Europe/Berlin"
ME = "bob@example.com"
HOURS = "DTSTART:20260302T090000Z\nDTEND:20260302T100000Z"
CANNOT, LIKES = Leaning.CANNOT, Leaning.WOULD_LIKE
MINE, THEIRS = f"ORGANIZER:mailto:{ME}", "ORGANIZER;CN=Ann:mailto:ann@example.com"


def calendar(*events: str, head: str = "") -> bytes:
    named = [event if "UID:" in event else f"UID:{number}\n{event}" for number, event in enumerate(events)]
    bodies = "".join(f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n" for event in named)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{head}{bodies}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def said(*events: str, zone: str = BERLIN, head: str = "") -> list[tuple[str, str, Leaning]]:
    """Start and end in UTC, short, and how."""
    found = times_of(calendar(*events, head=head), zone, [ME], WINDOW)
    return [(f"{one.start:%d %b %H:%M}", f"{one.end:%d %b %H:%M}", one.leaning) for one in found]


def leaning(event: str) -> Leaning | None:
    found = said(f"{HOURS}\n{event}")
    return found[0][2] if found else None


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("SUMMARY:Dentist\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", CANNOT),
        ("SUMMARY:Dentist\nX-MICROSOFT-CDO-BUSYSTATUS:OUTOFOFFICE", CANNOT),
        ("SUMMARY:Dentist\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY", None),
        ("SUMMARY:Out of office", CANNOT),
        ("SUMMARY:OOO: skiing\nTRANSP:OPAQUE", CANNOT),
        ("SUMMARY:Out of office\nTRANSP:TRANSPARENT", None),
        ("SUMMARY:Talk about the out of office rules", None),
        ("SUMMARY:Holiday (not oncall)", CANNOT),
        ("SUMMARY:No-OnCall", CANNOT),
        ("SUMMARY:no on-call please\nTRANSP:TRANSPARENT", CANNOT),
        ("SUMMARY:Choir\nDESCRIPTION:every week\\nnoc", CANNOT),
        ("SUMMARY:Nocturne", None),
        ("SUMMARY:snoc noc2 a-noc", None),
        ("SUMMARY:I am oncall", None),
        ("SUMMARY:prefer oncall", LIKES),
        ("SUMMARY:Quiet week\nDESCRIPTION:Prefer-oncall", LIKES),
        ("SUMMARY:prefer oncall\nDESCRIPTION:noc", CANNOT),
        ("SUMMARY:a title that is so long that it was folded in the middle of the words no\n  oncall", CANNOT),
    ],
)
def test_whole_words_and_the_marks_of_outlook_and_google_count(event: str, expected: Leaning | None) -> None:
    assert leaning(event) == expected


@pytest.mark.parametrize(
    ("people", "counts"),
    [
        ("", True),
        (MINE, True),
        (f"{MINE}\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", True),
        (f"{THEIRS}\nATTENDEE;PARTSTAT=ACCEPTED:mailto:BOB@example.com", True),
        (f"{THEIRS}\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{ME}", False),
        (f"{THEIRS}\nATTENDEE;PARTSTAT=TENTATIVE:mailto:{ME}", False),
        (f"{THEIRS}\nATTENDEE:mailto:{ME}", False),
        (f"{MINE}\nATTENDEE;PARTSTAT=DECLINED:mailto:{ME}", False),
        (THEIRS, False),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", False),
        ("STATUS:CANCELLED", False),
        ("STATUS:TENTATIVE", True),
    ],
)
def test_only_what_its_owner_organised_or_accepted_counts(people: str, counts: bool) -> None:
    assert (leaning(f"SUMMARY:noc\n{people}".strip()) is CANNOT) == counts


def test_whole_days_and_times_without_a_zone_are_on_the_owners_clock() -> None:
    assert said("SUMMARY:noc\nDTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330") == [
        ("27 Mar 23:00", "29 Mar 22:00", CANNOT)
    ]
    assert said("SUMMARY:noc\nDTSTART;VALUE=DATE:20260302", zone="Asia/Tokyo") == [
        ("01 Mar 15:00", "02 Mar 15:00", CANNOT)
    ]
    floating = "SUMMARY:noc\nDTSTART:20260302T090000\nDTEND:20260302T100000"
    assert said(floating) == [("02 Mar 08:00", "02 Mar 09:00", CANNOT)]
    assert said(floating, head="X-WR-TIMEZONE:America/New_York\n") == said(floating)
    assert said("SUMMARY:noc\nDTSTART:20260302T090000Z") == []


def test_what_began_before_the_window_and_what_ends_after_it_is_cut_to_it() -> None:
    long = "SUMMARY:noc\nDTSTART;VALUE=DATE:20251201\nDTEND;VALUE=DATE:20270101"
    assert said(long) == [("01 Mar 00:00", "01 Jun 00:00", CANNOT)]
    night = "SUMMARY:noc\nDTSTART:20260228T220000Z\nDTEND:20260301T060000Z"
    assert said(night) == [("01 Mar 00:00", "01 Mar 06:00", CANNOT)]


def test_a_series_keeps_its_wall_time_and_its_exceptions_speak_for_themselves() -> None:
    series = (
        "UID:choir\nSUMMARY:noc\nDTSTART;TZID=Europe/Berlin:20260324T190000\nDTEND;TZID=Europe/Berlin:20260324T210000\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20260407T190000"
    )
    moved = (
        "UID:choir\nSUMMARY:Choir\nRECURRENCE-ID;TZID=Europe/Berlin:20260414T190000\n"
        "DTSTART;TZID=Europe/Berlin:20260414T200000\nDTEND;TZID=Europe/Berlin:20260414T220000"
    )
    dropped = (
        "UID:choir\nSUMMARY:noc\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=Europe/Berlin:20260331T190000\n"
        "DTSTART;TZID=Europe/Berlin:20260331T190000\nDTEND;TZID=Europe/Berlin:20260331T210000"
    )
    assert said(series) == [
        ("24 Mar 18:00", "24 Mar 20:00", CANNOT),
        ("31 Mar 17:00", "31 Mar 19:00", CANNOT),
        ("14 Apr 17:00", "14 Apr 19:00", CANNOT),
    ]
    assert said(series, moved, dropped) == [("24 Mar 18:00", "24 Mar 20:00", CANNOT)]


def test_a_line_that_is_folded_within_a_character_is_read_all_the_same() -> None:
    body = calendar(f"SUMMARY:no\u00a0oncall, prefer oncall\n{HOURS}")
    at = body.index("\u00a0".encode()) + 1
    [found] = times_of(body[:at] + b"\r\n " + body[at:], BERLIN, [ME], WINDOW)
    assert found.leaning is CANNOT


def test_a_block_beats_a_preference_and_a_broken_event_costs_only_itself() -> None:
    assert said(
        "SUMMARY:prefer oncall\nDTSTART:20260302T080000Z\nDTEND:20260302T120000Z",
        f"SUMMARY:noc\n{HOURS}",
        "SUMMARY:noc\nDTSTART:yesterday\nDTEND:20260305T120000Z",
        f"SUMMARY:noc\n{HOURS}\nRRULE:FREQ=SOMETIMES",
        "SUMMARY:noc",
        f"SUMMARY:noc\n{HOURS}\nDTSTART;VALUE=DATE:20260303",
        f"SUMMARY:noc\n{HOURS}\nSEQUENCE:x",
        f"SUMMARY:noc\n{HOURS}\nBEGIN:VALARM",
    ) == [
        ("02 Mar 08:00", "02 Mar 09:00", LIKES),
        ("02 Mar 09:00", "02 Mar 10:00", CANNOT),
        ("02 Mar 10:00", "02 Mar 12:00", LIKES),
    ]


def test_a_web_page_is_no_calendar_and_an_empty_calendar_says_nothing() -> None:
    for body in (b"", b"<!doctype html><p>Sign in", b"BEGIN:VCARD\r\nEND:VCARD"):
        with pytest.raises(NotCalendar):
            times_of(body, BERLIN, [ME], WINDOW)
    assert said() == []
    assert said(f"SUMMARY:Dentist\n{HOURS}") == []


def test_a_calendar_that_ends_too_early_is_not_taken_for_one_that_says_nothing() -> None:
    whole = calendar(f"SUMMARY:noc\n{HOURS}").rstrip()
    for kept in (len(whole) - 1, whole.index(b"END:VCALENDAR"), whole.index(b"noc"), whole.index(b"\r\nBEGIN:VEVENT")):
        with pytest.raises(CutOff):
            times_of(whole[:kept], "UTC", [ME], WINDOW)
    for after in (b"", b"\r\n\r\n", b"\n\0"):
        assert len(times_of(whole + after, BERLIN, [ME], WINDOW)) == 1
