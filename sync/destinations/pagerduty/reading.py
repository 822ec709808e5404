"""Read PagerDuty's JSON strictly: what is not as expected is an answer that was not understood, never an empty one.

An emptied schedule and a garbled reply must not look alike, so nothing here has a default for a missing part.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from oncall.timeline import Interval, Segment, alone
from sync.ports import Listed, OtherRules, Unavailable

Json = dict[str, Any]

NOT_UNDERSTOOD = "PagerDuty's answer could not be understood; it is asked again by itself."


@contextmanager
def reading(failure: type[Unavailable] = Unavailable) -> Generator[None]:
    """Turn whatever goes wrong while an answer is taken apart into ``failure``."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise failure(NOT_UNDERSTOOD) from error


def an_object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return cast(Json, value)


def objects(value: Any) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("not an array")
    return [an_object(item) for item in cast(list[Any], value)]


def instant(text: str) -> datetime:
    """An instant with any offset, as UTC in whole seconds."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=0) if utc.microsecond else utc


def other_rules(zone: str, texts: Iterable[str]) -> OtherRules | None:
    """The first of these times, written with the offsets of ``zone``, whose offset is not the one of our own rules.

    What is written in UTC, with a Z, says nothing about a zone.
    """
    try:
        rules = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return None
    for text in texts:
        moment = datetime.fromisoformat(text)
        there, here = moment.utcoffset(), moment.astimezone(rules).utcoffset()
        if not text.endswith("Z") and there is not None and here is not None and there != here:
            return OtherRules(zone, instant(text), there, here)
    return None


def person_of(entry: Json) -> str:
    return str(an_object(entry["user"])["id"])


def override(value: Any) -> Listed:
    entry = an_object(value)
    return Listed(str(entry["id"]), person_of(entry), instant(entry["start"]), instant(entry["end"]))


def entries(schedule: Json, part: str) -> list[Segment]:
    """The rendered entries of ``final_schedule`` or ``overrides_subschedule``."""
    return rendered(an_object(schedule[part]))


def rendered(part: Json) -> list[Segment]:
    """Who is on call by one part of a schedule: a layer, its overrides, or all together."""
    shown = objects(part["rendered_schedule_entries"])
    spans = ((instant(one["start"]), instant(one["end"]), person_of(one)) for one in shown)
    return [Segment(start, end, alone(person)) for start, end, person in spans if start < end]


def written(moment: datetime) -> str:
    """An instant in whole seconds, as PagerDuty takes it with any schedule's zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def touching(span: Interval, start: datetime, end: datetime) -> bool:
    return start < span.end and span.start < end
