"""The occurrences of what repeats, inside a window.

recurring-ical-events is asked for a wider window than is wanted, because it leaves out what began before and compares
local times by a zone of its own choice. Rules that repeat within the hour, or are older than anybody's calendar, are no
shifts and could be expanded for ever: they are left alone.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from oncall.timeline import Interval
from sync.destinations.caldav.events import MISREAD, Meeting, calendar_of, meeting

if TYPE_CHECKING:  # see events
    from icalendar import Calendar, Event

BEFORE, AFTER = timedelta(days=31), timedelta(days=2)
MOST = 2000
"""Occurrences of one series in a window; a shift of six hours all year has 1,460."""
OLDEST = 1970
SLOW = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")


def occurrences(text: str, window: Interval) -> list[Meeting]:
    """What happens around a window, in order; nothing where the rule can't be understood."""
    try:
        calendar = calendar_of(text)
        events = cast("list[Event]", list(calendar.walk("VEVENT")))
        if not all(_sensible(event) for event in events):
            return []
        found = [event for series in _each(events) for event in _expanded(calendar, series, window)]
        return [one for event in found[:MOST] if (one := meeting(event)) is not None]
    except MISREAD:
        return []


def _each(events: list[Event]) -> list[list[Event]]:
    """Every event with what is said of its occurrences. Several under one UID are several; the library would drop all
    but one."""
    exceptions = [event for event in events if "RECURRENCE-ID" in event]
    series = [[event] for event in events if "RECURRENCE-ID" not in event]
    if not series:
        return [exceptions]
    repeating = next((one for one in series if "RRULE" in one[0] or "RDATE" in one[0]), series[0])
    repeating.extend(exceptions)
    return series


def _expanded(calendar: Calendar, series: list[Event], window: Interval) -> list[Event]:
    import recurring_ical_events
    from icalendar import Calendar

    alone = Calendar()
    for part in (*calendar.walk("VTIMEZONE"), *series):
        alone.add_component(part)
    found = recurring_ical_events.of(alone).between(window.start - BEFORE, window.end + AFTER)
    return cast("list[Event]", found)


def _sensible(event: Event) -> bool:
    rules = event.get("RRULE")
    listed = cast(list[Any], rules) if isinstance(rules, list) else [rules] if rules is not None else []
    return cast(Any, event.start).year >= OLDEST and all(_slow(rule) for rule in listed)


def _slow(rule: Any) -> bool:
    frequencies = [str(one).upper() for one in rule.get("FREQ", [])]
    within = sum(len(rule.get(name, [])) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    return frequencies != [] and all(one in SLOW for one in frequencies) and within <= 24
