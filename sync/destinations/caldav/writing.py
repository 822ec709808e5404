"""Events as Baton writes them.

Times are written in UTC, since servers and apps read them that way alike. A change keeps whatever else people put into
the event. Nobody is invited: there is no organizer, and attendees are marked as not to be written to.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sync.destinations.caldav.events import MARK, calendar_of

if TYPE_CHECKING:  # see events
    from icalendar import Event

PRODUCT = "-//Baton//On-call schedules//EN"


@dataclass(frozen=True, slots=True)
class Titles:
    """What events are called: by the schedule's name and the role's, and ``called`` gives a person's."""

    schedule: str
    role: str
    called: Callable[[str], str]

    def of(self, user: str) -> str:
        return " · ".join(part for part in (self.called(user), self.schedule, self.role) if part)


def new_event(uid: str, user: str, start: datetime, end: datetime, now: datetime, titles: Titles) -> str:
    """The text of an event that puts ``user`` on call."""
    from icalendar import Calendar, Event

    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", now.astimezone(UTC))
    event.add("SEQUENCE", 0)
    event.add("TRANSP", "TRANSPARENT")
    _set_times(event, start, end)
    _name(event, user, titles)
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add_component(event)
    return calendar.to_ical().decode()


def changed_event(
    text: str, *, before: str, user: str, start: datetime, end: datetime, now: datetime, titles: Titles
) -> str:
    """The text of a plain event with other times, and with ``user`` in the place of ``before``."""
    calendar = calendar_of(text)
    event = cast("Event", calendar.walk("VEVENT")[0])
    _set_times(event, start, end)
    for name, value in (("DTSTAMP", now.astimezone(UTC)), ("SEQUENCE", int(event.get("SEQUENCE", 0)) + 1)):
        event.pop(name, None)
        event.add(name, value)
    if user != before:
        _rename(event, before, user, titles)
    calendar.subcomponents = [one for one in calendar.subcomponents if one.name != "VTIMEZONE"]
    return calendar.to_ical().decode()


def _set_times(event: Event, start: datetime, end: datetime) -> None:
    for name in ("DTSTART", "DTEND", "DURATION"):
        event.pop(name, None)
    event.add("DTSTART", start.astimezone(UTC))
    event.add("DTEND", end.astimezone(UTC))


def _rename(event: Event, before: str, user: str, titles: Titles) -> None:
    """Somebody else takes the place; the others who are named stay, and so does a title that people chose."""
    from icalendar import vText

    found: Any = event.pop("ATTENDEE", [])
    listed = cast(list[Any], found) if isinstance(found, list) else [found]
    own_title = str(event.get("SUMMARY", "")) in ("", titles.of(before))
    for one in listed:
        address = str(one).lower().removeprefix("mailto:")
        if address not in (before, user):
            event.add("ATTENDEE", one, encode=False)
    title = titles.of(user) if own_title else str(event.get("SUMMARY"))
    event.pop(MARK, None)
    _name(event, user, titles)
    event["SUMMARY"] = vText(title)


def _name(event: Event, user: str, titles: Titles) -> None:
    from icalendar import vCalAddress, vText

    attendee = vCalAddress(f"mailto:{user}")
    attendee.params.update(
        {
            "CN": vText(titles.called(user)),
            "CUTYPE": "INDIVIDUAL",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "ACCEPTED",
            "SCHEDULE-AGENT": "NONE",
        }
    )
    event.add("ATTENDEE", attendee, encode=False)
    event.add(MARK, user)
    event["SUMMARY"] = vText(titles.of(user))
