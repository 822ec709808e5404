"""Which events of a calendar are shifts, and whose.

    an event …                                                                      is
    ------------------------------------------------------------------------------  --------------------------------
    of ours (by its UID), also moved, renamed, copied                               a shift of whom it names
    that carries the schedule's name and names exactly one person, who is known      that person's shift
    anything else                                                                   none of our business, for ever

Whom an event names: an event of ours the person that Baton wrote into it, as long as they are among its attendees, else
who takes their place; any other its one attendee, not counting its organizer where there are others. An occurrence of a
series is a shift like any other, but on a line of its own that Baton never writes to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import MINYEAR, UTC, datetime, time
from hashlib import blake2b
from zoneinfo import ZoneInfo

from oncall.timeline import Interval, Segment, Timeline
from sync.core.model import Line
from sync.destinations.caldav.events import Attendee, Meeting, Resource, When
from sync.destinations.caldav.series import occurrences
from sync.ports import About, Declined, Listed, OtherRules

OCCURRENCE = "every~"
"""How the id of every occurrence of a series begins."""


@dataclass(frozen=True, slots=True)
class There:
    """A shift as the calendar has it; ``item`` is empty for an occurrence, which can't be written."""

    line: Line
    item: str
    uid: str
    declined: bool
    rules: OtherRules | None = None

    @property
    def listed(self) -> Listed:
        return Listed(self.item, self.line.user, self.line.start, self.line.end)


@dataclass(frozen=True, slots=True)
class View:
    """Every shift of a calendar from one schedule's point of view, in order."""

    shifts: tuple[There, ...]
    whole: Timeline

    @classmethod
    def of(cls, shifts: Iterable[There]) -> View:
        ordered = tuple(sorted(shifts, key=lambda one: (one.line.start, one.line.on)))
        lines = (one.line for one in ordered if one.line.user)
        return cls(ordered, Timeline.union(Segment(one.start, one.end, (one.user,)) for one in lines))

    def within(self, window: Interval) -> Iterator[There]:
        return (one for one in self.shifts if one.line.start < window.end and window.start < one.line.end)

    def declined(self, window: Interval) -> Iterator[Declined]:
        for one in self.within(window):
            if one.declined:
                yield Declined(one.line.on, one.line.user, one.line.start, one.line.end)

    def lines(self, window: Interval) -> tuple[Line, ...]:
        return tuple(_cut(one.line, window) for one in self.within(window) if one.line.user)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A meeting that may be a shift; ``resource`` is where it is written, ``occurrence`` whether it is one of many."""

    resource: Resource
    meeting: Meeting
    occurrence: bool

    @property
    def attendee(self) -> Attendee | None:
        return _chosen(self.meeting) if self.meeting.ours else _only(self.meeting)


def candidates(resources: Iterable[Resource], about: About | None, window: Interval) -> list[Candidate]:
    """The meetings that are ours or carry the schedule's name."""
    carries = _name_pattern(about.schedule) if about is not None and about.schedule.strip() else None
    found: list[Candidate] = []
    for one in resources:
        meetings = [one.event] if one.event is not None else occurrences(one.series, window) if one.series else []
        wanted = (m for m in meetings if m.ours or (carries is not None and carries.search(m.title)))
        found.extend(Candidate(one, meeting, one.event is None) for meeting in wanted)
    return found


def strangers(found: Iterable[Candidate]) -> frozenset[str]:
    """Those whom meetings of other people name, and who have to be known for these to be shifts."""
    return frozenset(one.attendee.email for one in found if not one.meeting.ours and one.attendee is not None)


def shifts(found: Sequence[Candidate], known: frozenset[str], zone: ZoneInfo) -> Iterator[There]:
    for one in found:
        attendee = one.attendee
        if not one.meeting.ours and (attendee is None or attendee.email not in known):
            continue
        start, end = instant(one.meeting.start, zone), instant(one.meeting.end, zone)
        if start >= end:
            continue
        on = _occurrence_id(one.resource, start) if one.occurrence else one.resource.id
        line = Line(start, end, attendee.email if attendee else "", on)
        declined = attendee is not None and attendee.declined
        yield There(line, "" if one.occurrence else on, one.meeting.uid, declined, one.meeting.rules)


def instant(at: When, zone: ZoneInfo) -> datetime:
    """When that is, in UTC. What names no zone is meant as the schedule's; a date begins with its day. A time that is
    skipped there counts by the offset before, one that comes twice is the first. The ends of all time, by which some
    apps say "for ever", are the same in every zone."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(), tzinfo=zone)
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if at.year == MINYEAR else datetime.max.replace(tzinfo=UTC)


def _name_pattern(name: str) -> re.Pattern[str]:
    """The name as a whole, however it is spaced and spelled."""
    words = r"\s+".join(re.escape(word) for word in name.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _chosen(meeting: Meeting) -> Attendee | None:
    marked = next((one for one in meeting.attendees if one.email == meeting.marked), None)
    return marked or next(iter(_guests(meeting)), None)


def _only(meeting: Meeting) -> Attendee | None:
    guests = _guests(meeting)
    return guests[0] if len(guests) == 1 else None


def _guests(meeting: Meeting) -> list[Attendee]:
    """Who is named, without the organizer where there are others."""
    named = list({one.email: one for one in meeting.attendees}.values())
    others = [one for one in named if one.email != meeting.organizer]
    return others or named


def _occurrence_id(resource: Resource, start: datetime) -> str:
    name = blake2b(resource.href.encode(), digest_size=12).hexdigest()
    return f"{OCCURRENCE}{name}@{start:%Y%m%dT%H%M%SZ}"


def _cut(line: Line, window: Interval) -> Line:
    if window.start <= line.start and line.end <= window.end:
        return line
    return Line(max(line.start, window.start), min(line.end, window.end), line.user, line.on, line.item)
