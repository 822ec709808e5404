"""A calendar as RFC 5545 writes it, line by line. Pure.

Every instant is written in UTC (``20261129T090000Z``): no zone is named, so no reader's zone rules can disagree with
ours. Instants are cut to whole seconds; what is shorter than a second is left out, since an event must end after it
starts. Text is escaped, a line is folded after 75 octets and never within a character, lines end with CR LF.

A calendar has at least one component, so one without events describes UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PRODUCT = "-//Baton//On-call shifts//EN"
MOST_OCTETS = 75
UTC_DESCRIBED = (
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)
_SPECIAL = re.compile(r"[\\;,\n]")
_ESCAPED = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""What no text may hold; a tab and a line's end may."""


class Status(StrEnum):
    """Whether an event takes place."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of ``[start, end)``. ``sequence`` grows when it changes, ``changed_at`` is when it did last.

    ``url`` is a whole address, or empty.
    """

    uid: str
    sequence: int
    start: datetime
    end: datetime
    changed_at: datetime
    summary: str
    description: str = ""
    url: str = ""
    status: Status = Status.CONFIRMED


def calendar(name: str, events: Iterable[Event], *, every_minutes: int = 60) -> bytes:
    """The whole calendar; readers are asked to look again after ``every_minutes``.

    Of its ``name``, characters that would have to be escaped become blanks: readers show them with their backslashes
    (icalendar 7.3 and ical.js 2.2 do not know NAME of RFC 7986 as text).
    """
    called = " ".join(_SPECIAL.sub(" ", _CONTROL.sub("", name)).split())
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        *_folded(f"NAME:{called}"),
        *_folded(f"X-WR-CALNAME:{called}"),
        f"REFRESH-INTERVAL;VALUE=DURATION:PT{every_minutes}M",
        f"X-PUBLISHED-TTL:PT{every_minutes}M",
    ]
    properties = len(lines)
    for event in events:
        _write(event, lines)
    if len(lines) == properties:
        lines += UTC_DESCRIBED
    lines += ("END:VCALENDAR", "")
    return "\r\n".join(lines).encode()


def _write(event: Event, lines: list[str]) -> None:
    start, end = _instant(event.start), _instant(event.end)
    if start == end:
        return
    changed = _instant(event.changed_at)
    lines += (
        "BEGIN:VEVENT",
        *_folded(f"UID:{event.uid}"),
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"DTSTART:{start}",
        f"DTEND:{end}",
        *_folded(f"SUMMARY:{_text(event.summary)}"),
    )
    if event.description:
        lines += _folded(f"DESCRIPTION:{_text(event.description)}")
    if event.url:
        lines += _folded(f"URL:{_CONTROL.sub('', event.url)}")
    lines += (f"STATUS:{event.status}", "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "END:VEVENT")


def _instant(at: datetime) -> str:
    """``at`` is in UTC."""
    return f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}{at.second:02}Z"


def _text(text: str) -> str:
    text = _CONTROL.sub("", text)
    return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text) if _SPECIAL.search(text) else text


def _folded(line: str) -> tuple[str, ...]:
    if len(line) <= MOST_OCTETS and line.isascii():
        return (line,)
    return ("\r\n ".join(_pieces(line)),)


def _pieces(line: str) -> Iterator[str]:
    """At most 75 octets each; all but the first are led by a blank that counts as one."""
    octets, first, room = line.encode(), 0, MOST_OCTETS
    while len(octets) - first > room:
        last = first + room
        while octets[last] & 0xC0 == 0x80:  # within a character
            last -= 1
        yield octets[first:last].decode()
        first, room = last, MOST_OCTETS - 1
    yield octets[first:].decode()
