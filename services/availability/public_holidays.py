"""Public holidays by country and subdivision, as the library ``holidays`` knows them, on the wall clock of a person.

Only what is a public holiday there counts: no bank, school or half holidays. A day that is kept in place of one on a
weekend counts, and so does the day itself. A holiday lasts from midnight to midnight where the person is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from oncall.civil import first_instant, wall_time
from oncall.timeline import Interval
from storage.tables import HolidayRegion
from storage.unit import Unit

DAY = timedelta(days=1)
ENGLISH = ("en_US", "en_GB", "en")


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """One public holiday of a person: half-open, in UTC, and the day that it is there."""

    start: datetime
    end: datetime
    day: date
    name: str


async def holidays_of(
    tx: Unit, workspace_id: int, users: Collection[str], window: Interval
) -> Mapping[str, list[Holiday]]:
    """The public holidays of these people that touch ``window``, in order; who chose no region is left out."""
    regions = await tx.availability.regions(workspace_id, sorted(set(users)))
    people = await tx.people.named(workspace_id, regions)
    zones = {user: people[user].time_zone if user in people else "UTC" for user in regions}
    return {user: list(in_window(region, zones[user], window)) for user, region in regions.items()}


def in_window(region: HolidayRegion, zone: str, window: Interval) -> Iterator[Holiday]:
    """The holidays of a region whose days touch ``window`` on clocks of ``zone``, in order."""
    first, last = wall_time(window.start, zone).date(), wall_time(window.end, zone).date()
    for year in range(first.year, last.year + 1):
        for day, name in days_of(region.country, region.subdivision, year):
            if first <= day <= last:
                start, end = (first_instant(datetime.combine(one, time()), zone) for one in (day, day + DAY))
                if start < window.end and window.start < end:
                    yield Holiday(start, end, day, name)


@lru_cache(maxsize=1024)
def days_of(country: str, subdivision: str, year: int) -> tuple[tuple[date, str], ...]:
    """The public holidays of a year in order, with their names, in English where the library has them; none of a
    region that it does not know any more. Without a language the names would follow the server's own."""
    import holidays  # which takes a while, and few have a region

    try:
        kind = holidays.country_holidays(country)
        language = next((one for one in ENGLISH if one in kind.supported_languages), kind.default_language)
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=language)
    except NotImplementedError:
        return ()
    return tuple(sorted((day, name) for day, name in found.items() if day.year == year))


@lru_cache(maxsize=256)
def known_until(country: str) -> int:
    """The last year whose holidays are known; a later one looks as if it had none."""
    import holidays

    return int(holidays.country_holidays(country).end_year) if is_country(country) else 0


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, str], ...]:
    """Code and English name of every country that is known, by name."""
    from holidays.registry import COUNTRIES

    return tuple(sorted(((names[1], _spaced(module)) for module, names in COUNTRIES.items()), key=lambda one: one[1]))


@lru_cache(maxsize=512)
def also_called(country: str) -> frozenset[str]:
    """Codes and names that people type for a country, in lower case: ``us``, ``usa``; ``gb``, ``gbr``, ``uk``."""
    from holidays.registry import COUNTRIES

    return frozenset(name.casefold() for names in COUNTRIES.values() if names[1] == country for name in names[1:])


def _spaced(module: str) -> str:
    """``united_states`` → ``United States``; small words stay small."""
    words = [word if word in ("and", "of", "the") else word.capitalize() for word in module.split("_")]
    return " ".join(words)


def is_country(code: str) -> bool:
    return any(code == known for known, _ in countries())


@lru_cache(maxsize=256)
def subdivisions(country: str) -> tuple[tuple[str, str], ...]:
    """Code and name of every subdivision of a country that has holidays of its own, by name; none where none has."""
    if not is_country(country):
        return ()
    import holidays

    known = holidays.country_holidays(country)
    names: dict[str, str] = {}
    for alias, code in (known.subdivisions_aliases or {}).items():
        names.setdefault(code, alias)
    return tuple(sorted(((code, names.get(code, code)) for code in known.subdivisions), key=lambda one: one[1]))
