"""What a calendar says of its owner's time: when they can't, and when they would like to be on call. Pure, and slow.

==============================================  =======================================================
an event                                        says
==============================================  =======================================================
Outlook and Exchange: shown as *Away*           can't (``X-MICROSOFT-CDO-BUSYSTATUS:OOF``, once ``OUTOFOFFICE``)
its title begins with *Out of office*, *OOO*    can't, unless it is shown as free: a Google feed has no other mark
``not oncall``, ``no oncall``, ``noc``          can't, anywhere in title or description, as whole words
``prefer oncall``                               would like to, likewise
==============================================  =======================================================

A hyphen may stand for the space, and *oncall* be written *on-call* or *on call*. An event counts if its owner organised
or accepted it; one that names neither an organiser nor attendees is its owner's own. Everything else, and whatever was
cancelled or declined, says nothing. Of what counts, time and kind are kept, never a word of it.

Times without a zone, and whole days, are on the owner's clock. ``X-WR-TIMEZONE`` is left out: it would move UTC series.
Only events that may say something are parsed, with their exceptions and the zones that come along, so a calendar of
many years is read in a moment. Several calendars may stand one after the other, as a CalDAV server gives each event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from oncall.availability import Leaning, Wish, settled
from oncall.civil import first_instant, last_instant
from oncall.timeline import Interval

DAY = timedelta(days=1)
ONCALL = r"on[-\s]?call"
CANNOT = re.compile(rf"(?<![\w-])(?:(?:not|no)[-\s]{ONCALL}|noc)(?![\w-])", re.IGNORECASE)
WOULD_LIKE = re.compile(rf"(?<![\w-])prefer[-\s]{ONCALL}(?![\w-])", re.IGNORECASE)
AWAY_TITLE = re.compile(r"\s*(?:out[- ]of[- ]office|ooo)(?![\w-])", re.IGNORECASE)
AWAY_STATUS = ("OOF", "OUTOFOFFICE")
STATUSES = ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-MSNCALENDAR-BUSYSTATUS")
TELLING = re.compile(r"on[-\s]?call|noc|BUSYSTATUS:O|out[- ]of[- ]office|ooo", re.IGNORECASE)
"""What an event must hold to say something; more hold it than do. No word begins here: a line may end by ``\\n``."""
FOLD = re.compile(rb"\r?\n[ \t]")
"""Unfolded before it is decoded: a line may be folded within a character."""
EVENT = re.compile(r"^BEGIN:VEVENT\r?\n.*?^END:VEVENT\r?$\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE)
UID = re.compile(r"^UID(?:;[^:\n]*)?:(.*?)\r?$", re.MULTILINE | re.IGNORECASE)
ZONE = re.compile(r"^BEGIN:VTIMEZONE\r?\n.*?^END:VTIMEZONE\r?$\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE)
WHOLE = re.compile(r"END:VCALENDAR[\s\0]*\Z", re.IGNORECASE)
OWNER = "owner"


class NotCalendar(Exception):
    """It is something else."""


class CutOff(Exception):
    """It begins as a calendar and ends too early, so what it does not say may stand in the rest."""


def times_of(body: bytes, zone: str, emails: Iterable[str], window: Interval) -> list[Wish]:
    """What the calendar says in ``window``, disjoint and in order; its owner is called :data:`OWNER`.

    ``emails`` are the owner's addresses. Raises NotCalendar, CutOff.
    """
    text = FOLD.sub(b"", body).decode("utf-8-sig", errors="replace")
    if not re.match(r"\s*BEGIN:VCALENDAR", text, re.IGNORECASE):
        raise NotCalendar
    if not WHOLE.search(text):
        raise CutOff
    own = {email.casefold() for email in emails if email}
    local = ZoneInfo(zone)
    around = ((window.start - 2 * DAY).astimezone(local), (window.end + 2 * DAY).astimezone(local))
    zones = list(dict.fromkeys(zone.rstrip() for zone in ZONE.findall(text)))
    return settled(_all_said(_telling(text), lambda events: _read([*zones, *events], around, zone, own)), window)


def _all_said(telling: Sequence[Sequence[str]], read: Callable[[Sequence[str]], list[Wish]]) -> list[Wish]:
    """At once, which is quick; where the libraries fail at that, event by event, without those at which they fail.
    Raises what they fail with where they can read none."""
    try:
        return read([event for events in telling for event in events])
    except Exception:
        found = [each for events in telling if (each := _if_readable(events, read)) is not None]
        if not found:
            raise
        return [wish for each in found for wish in each]


def _if_readable(events: Sequence[str], read: Callable[[Sequence[str]], list[Wish]]) -> list[Wish] | None:
    try:
        return read(events)
    except Exception:
        return None


def _read(parts: Sequence[str], around: tuple[datetime, datetime], zone: str, own: set[str]) -> list[Wish]:
    calendar = Calendar.from_ical("\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""]))
    events = recurring_ical_events.of(calendar, skip_bad_series=True).between(*around)
    return [wish for event in events for wish in _said(event, zone, own)]


def _telling(text: str) -> list[list[str]]:
    """The events that may say something, each with its exceptions, which share its UID."""
    series: dict[str, list[str]] = {}
    for event in EVENT.findall(text):
        series.setdefault(_uid(event), []).append(event.rstrip())
    return [events for events in series.values() if any(TELLING.search(event) for event in events)]


def _uid(event: str) -> str:
    found = UID.search(event)
    return found[1] if found else event


def _said(event: Any, zone: str, own: set[str]) -> Iterator[Wish]:
    leaning = _leaning(event)
    if leaning is None or str(event.get("STATUS", "")).upper() == "CANCELLED" or not _is_owners(event, own):
        return
    start, end = _instant(event.start, zone, first_instant), _instant(event.end, zone, last_instant)
    if start < end:
        yield Wish(start, end, OWNER, leaning)


def _leaning(event: Any) -> Leaning | None:
    title, more = str(event.get("SUMMARY", "")), str(event.get("DESCRIPTION", ""))
    if any(str(event.get(name, "")).strip().upper() in AWAY_STATUS for name in STATUSES):
        return Leaning.CANNOT
    if any(CANNOT.search(text) for text in (title, more)):
        return Leaning.CANNOT
    if AWAY_TITLE.match(title) and str(event.get("TRANSP", "")).upper() != "TRANSPARENT":
        return Leaning.CANNOT
    return Leaning.WOULD_LIKE if any(WOULD_LIKE.search(text) for text in (title, more)) else None


def _is_owners(event: Any, own: set[str]) -> bool:
    """Whether the owner organised or accepted it; nobody else can say when they are away."""
    attendees = [(_email(one), str(one.params.get("PARTSTAT", "")).upper()) for one in _listed(event.get("ATTENDEE"))]
    organizer = _email(event.get("ORGANIZER"))
    answers = [answer for email, answer in attendees if email in own]
    if "ACCEPTED" in answers:
        return True
    if "DECLINED" in answers:
        return False
    return organizer in own if organizer else not attendees


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _email(value: Any) -> str:
    return str(value or "").strip().casefold().removeprefix("mailto:")


def _instant(value: date | datetime, zone: str, instant: Callable[[datetime, str], datetime]) -> datetime:
    """In UTC. A day begins at its owner's midnight, and a time without a zone is one of their clock."""
    if not isinstance(value, datetime):
        return first_instant(datetime.combine(value, time()), zone)
    if value.tzinfo is None:
        return instant(value, zone)
    return value.astimezone(UTC)
