"""When a recurring event takes place.

The rule runs on the wall clock of the event's zone, so that an event keeps its hour across a clock change; each
occurrence's start and end become instants only afterwards. Occurrences are counted from the event's start, because the
count decides whose turn it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from sandbox.pagerduty.rendering import DAY, Span, instant_of
from sandbox.pagerduty.shift_values import Event
from sandbox.pagerduty.zones import zone_named


@dataclass(frozen=True, slots=True)
class Occurrence:
    number: int
    start: datetime
    end: datetime


def occurrences(event: Event, window: Span) -> Iterator[Occurrence]:
    """Those that touch the window, cut to the time for which the event is in effect."""
    zone = zone_named(event.time_zone)
    within = window.clipped(event.effective_since, event.effective_until or window.end)
    if within.start >= within.end:
        return
    length = event.end - event.start
    last = within.end.astimezone(zone).replace(tzinfo=None) + DAY
    for number, wall in enumerate(recurrence_rule(event.recurrence, event.start, zone)):
        if wall > last:
            return
        span = Span(instant_of(wall, zone), instant_of(wall + length, zone))
        effective = span.clipped(event.effective_since, event.effective_until or span.end)
        if effective.start < effective.end and effective.touches(within.start, within.end):
            yield Occurrence(number, effective.start, effective.end)


def recurrence_rule(lines: tuple[str, ...], start: datetime, zone: ZoneInfo) -> rruleset:
    """The rule on wall times; raises ValueError or TypeError for lines that are no RFC 5545 rules or dates."""
    if [line.split(":")[0] for line in lines].count("RRULE") != 1:
        raise ValueError("exactly one RRULE")
    rules = rruleset()
    for line in lines:
        name, _, value = line.partition(":")
        kind = name.split(";")[0]
        if kind == "RRULE":
            rules.rrule(_parsed_rule(value, start, zone))
        elif kind in ("EXDATE", "RDATE"):
            add = rules.exdate if kind == "EXDATE" else rules.rdate
            for text in value.split(","):
                add(_wall(text, zone))
        else:
            raise ValueError(f"{kind} is neither RRULE nor EXDATE nor RDATE")
    return rules


def _parsed_rule(value: str, start: datetime, zone: ZoneInfo) -> rrule:
    """A rule whose UNTIL is a wall time like everything else in it."""
    local = re.sub(r"UNTIL=(\w+)", lambda found: f"UNTIL={_wall(found[1], zone):%Y%m%dT%H%M%S}", value)
    parsed = rrulestr(local, dtstart=start)
    if not isinstance(parsed, rrule):
        raise TypeError("not a single rule")
    return parsed


def _wall(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment
