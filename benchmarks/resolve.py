"""Resolving one schedule-year, against ``icalendar`` and ``recurring_ical_events`` doing the same.

Ten people in America/New_York: a weekly primary around the clock, a weekly secondary on weekdays for twelve hours,
and sixty overrides of the primary and the secondary. The peer gets one event per member and role, as a person would
write them, and Baton's own overlay to lay the overrides over the rest, so the ratio is a lower bound.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from icalendar import Component

from benchmarks.calendars import calendar, expand, parse, recurring, single
from benchmarks.measure import Report, Target, compete
from oncall.roles import resolve
from oncall.rotations import Rotation, members
from oncall.shifts import Shift
from oncall.timeline import Interval, Timeline
from oncall.windows import WORKING_DAYS, Daily

PRIMARY, SECONDARY = 1, 2
PEOPLE = tuple(f"U{number:02}" for number in range(10))
ZONE = "America/New_York"
YEAR = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
ANCHOR = datetime(2025, 1, 6, 9)  # noqa: DTZ001 – a wall time
OFFICE = Daily(time(8), time(20), WORKING_DAYS)
WEEK = timedelta(weeks=1)
TARGET_SECONDS, TARGET_RATIO = 0.7e-3, 20


def schedule(first: int = 0) -> tuple[Rotation, Rotation]:
    """The two rotations, beginning with another person for another ``first``."""
    order = members(*PEOPLE[first % 10 :], *PEOPLE[: first % 10])
    midnight = ANCHOR.replace(hour=0)
    return (
        Rotation(PRIMARY, ZONE, ANCHOR, order, name="Weeks"),
        Rotation(SECONDARY, ZONE, midnight, order, coverage=OFFICE, name="Office hours"),
    )


def overrides() -> tuple[Shift, ...]:
    """Sixty of them, six days apart, from four to thirty hours long, on either role in turn."""
    return tuple(
        Shift(
            role_id=(PRIMARY, SECONDARY)[number % 2],
            user=PEOPLE[number * 7 % 10],
            start=YEAR.start + timedelta(days=6 * number, hours=number % 24),
            end=YEAR.start + timedelta(days=6 * number, hours=number % 24 + 4 + number % 27),
        )
        for number in range(60)
    )


def ours() -> dict[int, Timeline]:
    return resolve(schedule(), overrides(), YEAR)


def calendars() -> dict[int, tuple[bytes, bytes]]:
    """For each role, the rotation's calendar and the overrides'."""
    return {
        role: (
            calendar(_member_events(role)),
            calendar(single(n, shift) for n, shift in enumerate(overrides()) if shift.role_id == role),
        )
        for role in (PRIMARY, SECONDARY)
    }


def _member_events(role: int) -> list[str]:
    events: list[str] = []
    for number, user in enumerate(PEOPLE):
        monday = ANCHOR + number * WEEK
        start, end, days = monday, monday + WEEK, ""
        if role == SECONDARY:
            start, end, days = monday.replace(hour=8), monday.replace(hour=20), ";BYDAY=MO,TU,WE,TH,FR"
        events.append(recurring(number, user, ZONE, start, end, f"FREQ=WEEKLY;INTERVAL={len(PEOPLE)}{days}"))
    return events


def parsed(texts: dict[int, tuple[bytes, bytes]]) -> dict[int, tuple[Component, Component]]:
    return {role: (parse(rotation), parse(other)) for role, (rotation, other) in texts.items()}


def theirs(components: dict[int, tuple[Component, Component]]) -> dict[int, Timeline]:
    return {role: expand(base, YEAR).overlay(expand(top, YEAR)) for role, (base, top) in components.items()}


def run() -> Report:
    texts = calendars()
    ready = parsed(texts)
    rotations, shifts = schedule(), overrides()
    if ours() != theirs(ready):
        raise AssertionError("the two sides resolve the schedule differently")
    samples = compete(
        {
            "Baton": lambda: resolve(rotations, shifts, YEAR),
            "recurring_ical_events, parsed before": lambda: theirs(ready),
            "icalendar + recurring_ical_events": lambda: theirs(parsed(texts)),
        }
    )
    report = Report("resolve", "Resolve one schedule-year: 10 people, 2 roles, 60 overrides", samples)
    ratio = report.ratio(samples[-1])
    targets = (
        Target(f"at most {TARGET_SECONDS * 1e3} ms", samples[0].median <= TARGET_SECONDS),
        Target(f"at least {TARGET_RATIO} times as fast as icalendar + recurring_ical_events", ratio >= TARGET_RATIO),
    )
    return Report(report.name, report.title, samples, targets)
