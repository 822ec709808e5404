"""A calendar feed of 2,000 shifts, from rows to text. The peer is ``icalendar``, which builds the same calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar
from icalendar import Event as Component

from benchmarks.measure import Report, Target, compete
from oncall import ics
from services.feeds.contents import Source, Titles, events
from storage.repositories.feeds import FeedOf, KeptShift, PersonOf, RoleOf, ScheduleOf

SHIFTS, PEOPLE = 2000, 12
START = datetime(2026, 11, 29, 9, tzinfo=UTC)
TIMES_FASTER = 5.0


def source() -> Source:
    """A schedule of two roles and a dozen people, with a channel."""
    feed = FeedOf(1, "d", 1, "", 1, None, "T0123456789", owner_gone=False)
    schedule = ScheduleOf(1, "6f1d1b0e-5a0f-4b8e-9c1d-2f6f6c1f7a10", "Payments platform", "C0123456789", None, 7)
    roles = (RoleOf(1, 1, "Primary", 0), RoleOf(2, 1, "Secondary", 1))
    people = tuple(PersonOf(f"U{n}", f"Ada Nr. {n} Lovelace-Müller", f"ada{n}@example.com") for n in range(PEOPLE))
    return Source(feed, (schedule,), roles, people)


def rows(count: int = SHIFTS) -> list[KeptShift]:
    """Half of them of each role, eight hours each, one after the other."""
    found: list[KeptShift] = []
    for number in range(count):
        role, place = number % 2 + 1, number // 2
        start = START + place * timedelta(hours=8)
        user = f"U{(place + role) % PEOPLE}"
        end = start + timedelta(hours=8)
        found.append(KeptShift(number, 1, role, user, start, end, 1 + number % 3, START, None, "confirmed"))
    return found


def write(of: Source, kept: Sequence[KeptShift]) -> bytes:
    return ics.calendar(of.title, events(of, kept, (), Titles.WORDS))


def build(name: str, found: Iterable[ics.Event]) -> bytes:
    """The same with ``icalendar``; what events say is there already."""
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", ics.PRODUCT)
    whole.add("x-wr-calname", name)
    for event in found:
        one = Component()
        one.add("uid", event.uid)
        one.add("sequence", event.sequence)
        one.add("dtstamp", event.changed_at)
        one.add("last-modified", event.changed_at)
        one.add("dtstart", event.start)
        one.add("dtend", event.end)
        one.add("summary", event.summary)
        one.add("description", event.description)
        one.add("url", event.url)
        one.add("status", str(event.status))
        one.add("transp", "TRANSPARENT")
        one.add("x-microsoft-cdo-busystatus", "FREE")
        whole.add_component(one)
    return whole.to_ical()


def run() -> Report:
    of, kept = source(), rows()
    said = tuple(events(of, kept, (), Titles.WORDS))
    sides = {
        "Baton, from rows of the database": lambda: write(of, kept),
        "icalendar, from events with their texts": lambda: build(of.title, said),
    }
    samples = compete(sides, repeats=5)
    faster = samples[1].median / samples[0].median
    target = Target(f"at most 1/{TIMES_FASTER:.0f} of icalendar's time", faster >= TIMES_FASTER)
    return Report("feeds", f"A feed of {SHIFTS:,} shifts is written", samples, (target,))
