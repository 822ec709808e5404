"""Searching time zones by what people type: parts of IANA names ("berlin", "new york"), offsets ("+5:30", "utc-3"),
abbreviations ("PST", "CET") and countries ("india").

Every word typed must be found. Zones of a country or an abbreviation that was typed in full come first, then those
whose city begins with the first word.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from zoneinfo import ZoneInfo

from handlers.kit.blocks import MOST_OPTIONS, Choice
from zonedata import remembered, zone_names

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
OFFSET = re.compile(r"(?:utc|gmt)?([+\-−])(\d{1,2})(?::?([0-5]\d))?")


def search(query: str, now: datetime) -> list[Choice]:
    """At most 100 zones, best first."""
    words = query.casefold().replace("_", " ").split()
    found = [name for name in _names() if all(_fits(word, name, now) for word in words)]
    whole, first = query.strip().casefold(), words[0] if words else ""
    found.sort(key=lambda name: (whole not in _also(name, now.year), not _city(name).startswith(first), name))
    return [choice(name, now) for name in found[:MOST_OPTIONS]]


def choice(name: str, now: datetime) -> Choice:
    """A zone as an option; its offset is the one that holds ``now``."""
    return Choice(name, f"{name.replace('_', ' ')} ({_offset_text(_offset(name, now))})")


@remembered()
def _names() -> tuple[str, ...]:
    """Zones named after places, and UTC; the rest are old abbreviations."""
    places = (name for name in zone_names() if name.split("/")[0] in AREAS and "/" in name)
    return ("UTC", *sorted(places))


def _fits(word: str, name: str, now: datetime) -> bool:
    offset = OFFSET.fullmatch(word)
    if offset is None:
        return word in name.casefold().replace("_", " ") or _is_called(word, name, now)
    return _offset(name, now) == _typed_offset(offset)


def _is_called(word: str, name: str, now: datetime) -> bool:
    """Whether the zone's country has this word in its name, or its clocks have this abbreviation."""
    return any(word in called.split() for called in _also(name, now.year))


@remembered()
def _also(name: str, year: int) -> frozenset[str]:
    """What else a zone is called, in lower case: its abbreviations in a year, its countries and their codes."""
    zone = ZoneInfo(name)
    halves = (datetime(year, month, 1, 12, tzinfo=zone).tzname() or "" for month in (1, 7))
    return frozenset(half.casefold() for half in halves if half.isalpha()) | _countries().get(name, frozenset())


@remembered()
def _countries() -> dict[str, frozenset[str]]:
    """Countries by zone, as the zone data itself lists them; nothing where it comes without its tables."""
    tables = resources.files("tzdata") / "zoneinfo"
    named = {code: re.sub(r"[()]", "", name) for code, name in _rows(tables / "iso3166.tab")}
    found: dict[str, frozenset[str]] = {}
    for codes, _place, zone, *_ in _rows(tables / "zone1970.tab"):
        names = (named.get(code, code) for code in codes.split(","))
        found[zone] = frozenset(name.casefold() for name in names)
    for code, _place, zone, *_ in _rows(tables / "zone.tab"):
        found[zone] = found.get(zone, frozenset()) | {named.get(code, code).casefold()}
    return found


def _rows(table: Traversable) -> list[list[str]]:
    text = table.read_text(encoding="utf-8") if table.is_file() else ""
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


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
