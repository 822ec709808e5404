"""From the text of a calendar resource to events that can be compared: whom they name, and when.

A resource with exactly one event that does not repeat is *plain*: Baton may change and delete it where the engine
wants that. Whatever else there is (a series, exceptions to one, several events under one UID) is read and never
written.

Times may be instants, local times without a zone, or dates; the last two take on the schedule's zone when they are
read (:mod:`.shifts_there`). A TZID that the zone database has is read by the database, whatever rules the file brings
along: people mean the wall clock. Any other is read by the rules in the file.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from sync.ports import OtherRules, Unavailable

if TYPE_CHECKING:  # who exports to no calendar has no need of it
    from icalendar import Calendar, Event

OURS = "baton-"
"""How the UID of every event begins that Baton makes."""
MARK = "X-BATON-PERSON"
"""Whom Baton put on call by an event; an attendee that somebody adds does not take their place."""

MISREAD = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What icalendar raises for what is no calendar."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_PEOPLE = ("", "INDIVIDUAL", "UNKNOWN")

When = datetime | date


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody an event names, by e-mail in lower case."""

    email: str
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """One event or one occurrence of a series. ``marked`` is whom Baton put there; ``rules`` says where the file's own
    rules of its zone are not those of the zone database."""

    uid: str
    title: str
    start: When
    end: When
    attendees: tuple[Attendee, ...]
    organizer: str = ""
    marked: str = ""
    rules: OtherRules | None = None

    @property
    def ours(self) -> bool:
        return self.uid.startswith(OURS)


@dataclass(frozen=True, slots=True)
class Resource:
    """What lies at one address of a calendar: a plain event, or the text of something that is expanded as it is
    needed. ``id`` is what the engine calls it."""

    id: str
    href: str
    etag: str
    event: Meeting | None
    series: str = ""


def resource(href: str, etag: str, text: str) -> Resource | None:
    """What a resource has to say about people; None where it names nobody. Raises Unavailable for an event of ours that
    can't be read: it must not look as if it were gone."""
    name = name_of(href)
    try:
        events = parsed(text)
        if not any("ATTENDEE" in event for event in events) and not any(_uid(e).startswith(OURS) for e in events):
            return None
        if len(events) > 1 or any(key in events[0] for key in ("RRULE", "RDATE", "RECURRENCE-ID")):
            return Resource(name, href, etag, None, text)
        return Resource(name, href, etag, _plain(events[0], text))
    except MISREAD as error:
        if name.startswith(OURS):
            raise Unavailable(
                f"The event {name} in the calendar can't be read. Delete it there; it is tried again by itself."
            ) from error
        return None


def parsed(text: str) -> list[Event]:
    """The events of a file. What icalendar learned of zones from other files is forgotten first: it would apply the
    rules of another file's TZID to this one's."""
    return list(calendar_of(text).walk("VEVENT"))  # type: ignore[arg-type]


def calendar_of(text: str) -> Calendar:
    from icalendar import Calendar
    from icalendar.timezone import tzp

    tzp.use_default()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Calendar.from_ical(text)


def text_of(body: bytes) -> str:
    """A file as text. Lines are joined before it is decoded: a character may be folded between its octets."""
    joined = body.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").replace(b"\n ", b"").replace(b"\n\t", b"")
    return joined.decode(errors="replace")


def name_of(href: str) -> str:
    """The end of an address without ``.ics``, or a hash of it where it is no simple name: at most 60 characters."""
    last = unquote(href.rpartition("/")[2]).removesuffix(".ics")
    return last if _PLAIN_NAME.fullmatch(last) else f"~{blake2b(href.encode(), digest_size=20).hexdigest()}"


def meeting(event: Event) -> Meeting | None:
    """An event as it stands; None for one that was cancelled or takes no time."""
    start, end = event.start, _end(event)
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or end <= start:
        return None
    return Meeting(
        uid=_uid(event),
        title=str(event.get("SUMMARY", "")),
        start=start,
        end=end,
        attendees=tuple(_attendees(event)),
        organizer=_email(event.get("ORGANIZER")),
        marked=str(event.get(MARK, "")).strip().lower(),
    )


def _end(event: Event) -> When:
    """When it ends. The hours of a DURATION are real ones, also over a change of clocks, where icalendar adds them to
    what the clock shows; its days are those of the clock (RFC 5545, 3.3.6)."""
    lasts, start = event.get("DURATION"), event.start
    if lasts is None or not isinstance(start, datetime) or start.tzinfo is None:
        return event.end
    whole = timedelta(days=lasts.dt.days)
    return (start + whole).astimezone(UTC) + (lasts.dt - whole)


def _plain(event: Event, text: str) -> Meeting | None:
    found = meeting(event)
    if found is None or "VTIMEZONE" not in text:
        return found
    return Meeting(
        uid=found.uid,
        title=found.title,
        start=found.start,
        end=found.end,
        attendees=found.attendees,
        organizer=found.organizer,
        marked=found.marked,
        rules=_other_rules(found, text),
    )


def _attendees(event: Event) -> Iterator[Attendee]:
    for one in _listed(event.get("ATTENDEE")):
        params = one.params
        kind, role = str(params.get("CUTYPE", "")).upper(), str(params.get("ROLE", "")).upper()
        email = _email(one)
        if email and kind in _PEOPLE and role != "NON-PARTICIPANT":
            yield Attendee(email, str(params.get("PARTSTAT", "")).upper() == "DECLINED")


def _email(value: Any) -> str:
    """The e-mail address that a calendar user stands for; some apps give it beside another kind of address."""
    if value is None or isinstance(value, list):
        return ""
    text = str(value).strip()
    if text.lower().startswith("mailto:"):
        return unquote(text[len("mailto:") :]).strip().lower()
    return str(getattr(value, "params", {}).get("EMAIL", "")).strip().lower()


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast(list[Any], value) if isinstance(value, list) else [value]


def _uid(event: Event) -> str:
    return str(event.get("UID", ""))


def _other_rules(event: Meeting, text: str) -> OtherRules | None:
    """Where the rules that the file brings along give other offsets than the zone database does."""
    for at in (event.start, event.end):
        zone = at.tzinfo if isinstance(at, datetime) else None
        if isinstance(at, datetime) and isinstance(zone, ZoneInfo) and zone.key:
            there = _offset_by_file(text, zone.key, at)
            here = at.utcoffset()
            if there is not None and here is not None and there != here:
                return OtherRules(zone.key, at, there, here)
    return None


def _offset_by_file(text: str, name: str, at: datetime) -> timedelta | None:
    for zone in calendar_of(text).timezones:
        if str(zone.get("TZID", "")).strip("/") == name:
            own = cast(tzinfo, zone.to_tz(lookup_tzid=False))
            return own.utcoffset(at.replace(tzinfo=None))
    return None
