"""What is written is read back by ``icalendar`` as it was, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component

from oncall.ics import Event, Status, calendar
from tests.support.soaking import examples

START = datetime(2026, 11, 29, 9, tzinfo=UTC)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
lengths = st.timedeltas(timedelta(seconds=1), timedelta(days=400))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('\n\t;,\\":é日🙂'))
events = st.builds(
    lambda start, length, summary, description, status: Event(
        "u1", 3, start, start + length, start, summary, description, "https://slack.com/?a=b&c=d", status
    ),
    instants,
    lengths,
    texts,
    texts,
    st.sampled_from(Status),
)


def read(text: bytes) -> list[Component]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


@given(events)
@settings(max_examples=examples(150), deadline=None)
def test_an_event_is_read_back_as_it_was(event: Event) -> None:
    [found] = read(calendar("Payments", [event]))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (whole(event.start), whole(event.end))
    assert (str(found["SUMMARY"]), str(found.get("DESCRIPTION", ""))) == (event.summary, event.description)
    assert (str(found["UID"]), found["SEQUENCE"], str(found["STATUS"])) == ("u1", 3, str(event.status))
    assert (str(found["TRANSP"]), str(found["URL"])) == ("TRANSPARENT", event.url)


def whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


@given(events)
@settings(max_examples=examples(150), deadline=None)
def test_no_line_is_longer_than_75_octets_and_none_breaks_a_character(event: Event) -> None:
    lines = calendar("Payments", [event]).split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and line.decode() and b"\n" not in line for line in lines)


def test_what_is_shorter_than_a_second_is_left_out() -> None:
    blink = Event("u1", 1, START, START + timedelta(milliseconds=900), START, "Ada")
    assert read(calendar("Payments", [blink])) == []


def test_what_no_text_may_hold_is_left_out() -> None:
    [found] = read(
        calendar("Pay\x00ments", [Event("u1", 1, START, START + timedelta(hours=1), START, "A\rd\x1ba\ud800")])
    )
    assert str(found["SUMMARY"]) == "Ada"


def test_a_calendar_without_events_is_one_all_the_same() -> None:
    empty = Calendar.from_ical(calendar("Payments", []))
    assert [part.name for part in empty.subcomponents] == ["VTIMEZONE"]
    assert empty.errors == []
