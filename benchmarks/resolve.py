"""Resolving one schedule-year, against ``icalendar`` and ``recurring_ical_events`` doing the same.

Ten people in America/New_York: a weekly primary around the clock, a weekly secondary on weekdays for twelve hours,
and sixty overrides of the primary and the secondary. The peer gets one event per member and role, as a person would
write them, and Baton's own overlay to lay the overrides over the rest, so the ratio is a lower bound.

Against Baton at an earlier commit, the same year is resolved in processes of their own, in turns, to the same segments;
that is CPU time, and has a first year of its own, before anything of the zone is remembered.
"""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, time, timedelta
from time import process_time

from icalendar import Component

from benchmarks.calendars import calendar, expand, parse, recurring, single
from benchmarks.earlier import BEFORE, ROOT, earlier, measured_in
from benchmarks.measure import Report, Sample, Target, compete
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
TARGET_SECONDS, TARGET_RATIO, MOST_OF_BEFORE = 0.7e-3, 20, 0.5
ROUNDS, LOTS = 5, 5


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


def before_and_now() -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """CPU seconds at the earlier commit and in this tree: of the first year in a process, and of later ones."""
    with earlier() as before:
        rounds = [[measured_in(tree, "resolve_year.py", LOTS) for tree in (before, ROOT)] for _ in range(ROUNDS)]
    if len({found["digest"] for both in rounds for found in both}) > 1:
        raise AssertionError("the two commits resolve the schedule differently")
    then, now = (
        {"first": [one["first"] for one in side], "lots": [each for one in side for each in one["lots"]]}
        for side in zip(*rounds, strict=True)
    )
    return then, now


def _sample(name: str, seconds: list[float]) -> Sample:
    return Sample(name, statistics.median(seconds), min(seconds), max(seconds), len(seconds))


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
        },
        clock=process_time,
    )
    then, now = before_and_now()
    share = statistics.median(now["lots"]) / statistics.median(then["lots"])
    samples += (
        _sample(f"CPU of Baton at {BEFORE}", then["lots"]),
        _sample("CPU of Baton", now["lots"]),
        _sample(f"CPU of the first at {BEFORE}", then["first"]),
        _sample("CPU of the first", now["first"]),
    )
    report = Report("resolve", "Resolve one schedule-year: 10 people, 2 roles, 60 overrides", samples)
    ratio = report.ratio(samples[2])
    targets = (
        Target(f"at most {TARGET_SECONDS * 1e3} ms", samples[0].median <= TARGET_SECONDS),
        Target(f"at least {TARGET_RATIO} times as fast as icalendar + recurring_ical_events", ratio >= TARGET_RATIO),
        Target(f"{share:.2f} of the CPU at {BEFORE} (at most {MOST_OF_BEFORE})", share <= MOST_OF_BEFORE),
    )
    return Report(report.name, report.title, samples, targets)
