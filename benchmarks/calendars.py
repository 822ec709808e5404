"""The same schedules written as iCalendar, expanded by ``recurring_ical_events``: the peer, and the tests' oracle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from math import lcm

import recurring_ical_events
from icalendar import Calendar, Component

from oncall.rotations import Rotation
from oncall.shifts import Shift
from oncall.timeline import Interval, Segment, Timeline, merged

DAY = timedelta(days=1)
LOCAL, ZULU = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"


def calendar(events: Iterable[str]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//benchmark//EN", *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def recurring(number: int, user: str, zone: str, start: datetime, end: datetime, rule: str) -> str:
    return "\r\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{number}",
            f"SUMMARY:{user}",
            f"DTSTART;TZID={zone}:{start.strftime(LOCAL)}",
            f"DTEND;TZID={zone}:{end.strftime(LOCAL)}",
            f"RRULE:{rule}",
            "END:VEVENT",
        ]
    )


def single(number: int, shift: Shift) -> str:
    return "\r\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:override-{number}",
            f"SUMMARY:{shift.user}",
            f"DTSTART:{shift.start.strftime(ZULU)}",
            f"DTEND:{shift.end.strftime(ZULU)}",
            "END:VEVENT",
        ]
    )


def of_rotation(rotation: Rotation) -> bytes:
    """One event for each wall-clock stretch of one cycle, repeated every cycle; members belong throughout."""
    users = [stint.user for stint in rotation.members]
    cycle = timedelta(hours=lcm(rotation.period // timedelta(hours=1) * len(users), 24 * 7))
    rule = f"FREQ=DAILY;INTERVAL={cycle // DAY}"
    stretches = ((turn, *ends) for turn in range(cycle // rotation.period) for ends in _stretches(rotation, turn))
    return calendar(
        recurring(number, users[turn % len(users)], rotation.zone, start, end, rule)
        for number, (turn, start, end) in enumerate(stretches)
    )


def _stretches(rotation: Rotation, turn: int) -> Iterator[tuple[datetime, datetime]]:
    """What a turn covers, on the wall clock."""
    start = rotation.first_handoff + turn * rotation.period
    end = start + rotation.period
    daily = rotation.coverage
    if daily is None:
        yield start, end
        return
    midnight = datetime.combine(start.date(), time()) - DAY
    while midnight < end:
        first, last = max(start, midnight + daily.opening), min(end, midnight + daily.closing)
        if midnight.weekday() in daily.days and first < last:
            yield first, last
        midnight += DAY


def expand(parsed: Component, within: Interval) -> Timeline:
    """Who is on call by a parsed calendar whose events don't overlap."""
    events = recurring_ical_events.of(parsed).between(within.start, within.end)
    segments = (
        Segment(
            max(event["DTSTART"].dt.astimezone(UTC), within.start),
            min(event["DTEND"].dt.astimezone(UTC), within.end),
            (str(event["SUMMARY"]),),
        )
        for event in events
    )
    return Timeline(tuple(merged(sorted(segment for segment in segments if segment.start < segment.end))))


def parse(text: bytes) -> Component:
    return Calendar.from_ical(text)
