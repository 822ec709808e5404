"""Searching time zones by what people type: parts of IANA names ("berlin", "new york"), or offsets ("+5:30", "utc-3").

Every word typed must be found. Zones whose city begins with the first word come first.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from handlers.blocks import MOST_OPTIONS, Choice
from zonedata import remembered

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
OFFSET = re.compile(r"(?:utc|gmt)?([+\-−])(\d{1,2})(?::?([0-5]\d))?")


def search(query: str, now: datetime) -> list[Choice]:
    """At most 100 zones, best first."""
    words = query.casefold().replace("_", " ").split()
    found = [name for name in _names() if all(_fits(word, name, now) for word in words)]
    found.sort(key=lambda name: (not _city(name).startswith(words[0] if words else ""), name))
    return [choice(name, now) for name in found[:MOST_OPTIONS]]


def choice(name: str, now: datetime) -> Choice:
    """A zone as an option; its offset is the one that holds ``now``."""
    return Choice(name, f"{name.replace('_', ' ')} ({_offset_text(_offset(name, now))})")


@remembered()
def _names() -> tuple[str, ...]:
    """Zones named after places, and UTC; the rest are old abbreviations."""
    places = (name for name in available_timezones() if name.split("/")[0] in AREAS and "/" in name)
    return ("UTC", *sorted(places))


def _fits(word: str, name: str, now: datetime) -> bool:
    offset = OFFSET.fullmatch(word)
    if offset is None:
        return word in name.casefold().replace("_", " ")
    return _offset(name, now) == _typed_offset(offset)


def _typed_offset(match: re.Match[str]) -> timedelta:
    sign, hours, minutes = match.groups()
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return size if sign == "+" else -size


def _city(name: str) -> str:
    return name.rsplit("/", 1)[-1].replace("_", " ").casefold()


def _offset(name: str, now: datetime) -> timedelta:
    return now.astimezone(ZoneInfo(name)).utcoffset() or timedelta()


def _offset_text(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
