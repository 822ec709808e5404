"""What three readers make of a feed, held against Baton's own timelines, across every clock change of two years.

The readers are ``icalendar``, ``recurring_ical_events`` and Thunderbird's ``ical.js``. The last one runs in Node on a
clock that no zone of the test has; it is left out where `make tools` could not install it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from icalendar import Calendar

from benchmarks.calendars import expand
from oncall.ics import Event, calendar
from oncall.rotations import Rotation, Unit, members, spans
from oncall.shifts import Shift
from oncall.shifts import timeline as timeline_of
from oncall.timeline import Interval, Segment, Timeline
from oncall.windows import Daily
from tests.oncall.clocks import ClockChange, clock_changes

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=2 * 366)
ICAL_JS = Path(sys.prefix) / "node_modules" / "ical.js" / "dist" / "ical.js"
READ = """
import ICAL from %s;
import { readFileSync } from "node:fs";
const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
const told = [];
for (const found of calendar.getAllSubcomponents("vevent")) {
  const event = new ICAL.Event(found);
  told.push([event.startDate.toUnixTime(), event.endDate.toUnixTime(), event.summary, event.description]);
}
console.log(JSON.stringify({ name: calendar.getFirstPropertyValue("name"), told }));
"""


def near() -> tuple[ClockChange, ...]:
    return tuple(change for change in clock_changes() if SINCE <= change.at < UNTIL)


def rotations(change: ClockChange) -> Iterable[Rotation]:
    """Around the clock with a handoff in the hour that is skipped or repeated, and by night."""
    first = (change.at - timedelta(days=20) + change.before).replace(tzinfo=None, second=0, microsecond=0)
    at_change = first.replace(minute=30)
    yield Rotation(1, change.zone, at_change, members("ada", "bob", "cyd"), 1, Unit.DAYS)
    night = Daily(time(22), time((change.at + change.before).hour, 30))
    yield Rotation(2, change.zone, at_change, members("dan", "eve"), 2, Unit.DAYS, night)


@cache
def planned() -> tuple[tuple[str, Shift], ...]:
    """Every shift near a change, by the name of its own timeline: one for each rotation of each change."""
    found: list[tuple[str, Shift]] = []
    for number, change in enumerate(near()):
        for rotation in rotations(change):
            named = f"{number}-{rotation.role_id}"
            stretches = spans(rotation, change.nearby)
            found += [(named, Shift(rotation.role_id, turn.user, start, end)) for start, end, turn in stretches]
    return tuple(found)


@cache
def feed() -> bytes:
    made = SINCE
    return calendar(
        "Payments, EU; nights",
        (
            Event(f"{place}@baton", 1, shift.start, shift.end, made, f"{shift.user}", named)
            for place, (named, shift) in enumerate(planned())
        ),
    )


Told = Iterable[tuple[datetime, datetime, str, str]]


def timelines(told: Told) -> dict[str, Timeline]:
    """Who is on call, by the timeline that an event's description names."""
    found: dict[str, list[Segment]] = {}
    for start, end, user, named in told:
        found.setdefault(named, []).append(Segment(start, end, (user,)))
    return {named: Timeline.union(segments) for named, segments in found.items()}


def expected() -> dict[str, Timeline]:
    names = dict.fromkeys(named for named, _ in planned())
    return {named: timeline_of(shift for of, shift in planned() if of == named) for named in names}


def test_every_clock_change_of_two_years_is_in_it() -> None:
    assert len(near()) > 50
    assert {named.partition("-")[0] for named, _ in planned()} == {str(number) for number in range(len(near()))}


def test_icalendar_reads_the_same_instants() -> None:
    found = Calendar.from_ical(feed()).walk("VEVENT")
    told = ((e["DTSTART"].dt, e["DTEND"].dt, str(e["SUMMARY"]), str(e["DESCRIPTION"])) for e in found)
    assert timelines(told) == expected()


def test_recurring_ical_events_finds_the_same_between_any_instants() -> None:
    for number, change in list(enumerate(near()))[::8]:
        some = [shift for named, shift in planned() if named == f"{number}-1"]
        text = calendar("x", (Event(f"{s.start}", 1, s.start, s.end, s.start, f"{s.user}") for s in some))
        within = Interval(change.at - timedelta(hours=30), change.at + timedelta(minutes=17))
        assert expand(Calendar.from_ical(text), within) == timeline_of(some).cut(within)


def by_ical_js(text: bytes) -> dict[str, Any]:
    """What it makes of a calendar: the name and, of each event, its ends in seconds and its words."""
    command = ["node", "--input-type=module", "--eval", READ % json.dumps(ICAL_JS.as_uri())]
    clock = {**os.environ, "TZ": "America/St_Johns"}
    read = subprocess.run(command, input=text, env=clock, capture_output=True, check=True)
    return cast("dict[str, Any]", json.loads(read.stdout))


@pytest.mark.skipif(not (ICAL_JS.exists() and shutil.which("node")), reason="needs node, and ical.js of `make tools`")
def test_ical_js_reads_the_same_instants_and_words() -> None:
    assert by_ical_js(calendar("Nobody yet", ())) == {"name": "Nobody yet", "told": []}
    answer = by_ical_js(feed())
    assert answer["name"] == "Payments EU nights"
    told = ((*(datetime.fromtimestamp(at, UTC) for at in row[:2]), *row[2:]) for row in answer["told"])
    assert timelines(cast("Told", told)) == expected()
