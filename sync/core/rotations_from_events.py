"""Rotations read out of the recurring events of a shift-based external schedule.

::

    event                                          rotation
    ---------------------------------------------  -----------------------------------------------------------
    one shift follows the other                    around the clock, every shift length × shifts per member
    a shift a day, on all or some weekdays         daily hours or whole days on these
    a shift a week                                 hours on one weekday, or one stretch a week
    a shift a month, 1st to 1st                    every N months
    shifts per member                              turns of days or weeks; where they are no whole weeks of chosen
                                                   weekdays, of covered time
    begins to count later                          takes effect then
    anything else                                  not said; why is told

Events add up: two that meet put two people on call at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.pace import Counts, Unit
from sync.core.patterns import Pattern, Unsaid, numbered, order_obstacle, running
from sync.core.rotations_from_layers import turns_of
from sync.core.weekly_hours import ALL, DAY, HOUR, WEEK, Hours, Span, hours_of, joined

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STEPS = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": HOUR, "DAILY": DAY, "WEEKLY": WEEK}
KNOWN = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "WKST"}
ODD = "its recurrence is not one that a rotation has"
LAST_SAFE_DAY = 28


@dataclass(frozen=True, slots=True)
class Event:
    """Shifts that recur by ``rules`` (RFC 5545 lines), the first from ``start`` to ``end`` on the clocks of ``zone``.

    It counts in ``[since, until)``. ``members`` are external ids, None is a place without anybody; each has ``each``
    shifts and then the next one, or ``together`` all of them have every shift.
    """

    name: str
    start: datetime
    end: datetime
    zone: str
    since: datetime
    until: datetime | None
    rules: tuple[str, ...]
    members: tuple[str | None, ...]
    each: int = 1
    together: bool = False


@dataclass(frozen=True, slots=True)
class _Turns:
    every: int
    unit: Unit
    hours: tuple[Hours, ...]
    counts: Counts = Counts.CALENDAR


class _Odd(ValueError):
    """No rotation says it; the text says why."""


def patterns_of_events(
    events: Sequence[Event], now: datetime, strangers: Mapping[str, str]
) -> tuple[tuple[Pattern, ...], tuple[Unsaid, ...]]:
    """What the events say; ``strangers`` are external people who can't be members here, with their names."""
    said: list[Pattern] = []
    unsaid: list[Unsaid] = []
    for event in events:
        if event.until is not None and event.until <= max(now, event.since):
            continue
        try:
            said.extend(_patterns(event, now, strangers))
        except _Odd as why:
            unsaid.append(Unsaid(event.name, str(why)))
    return tuple(said), tuple(unsaid)


def _patterns(event: Event, now: datetime, strangers: Mapping[str, str]) -> list[Pattern]:
    members = tuple(user for user in event.members if user is not None)
    if len(members) < len(event.members) or not members:
        raise _Odd("a place in its order is empty")
    if why := order_obstacle(members, strangers):
        raise _Odd(why)
    if event.together and len(members) > 1:
        raise _Odd("it puts several people on call at once")
    if event.until is not None:
        raise _Odd("it has an end")
    rule = _rule(event.rules)
    start = _first(event, rule)
    turns = _turns(replace(event, start=start, end=start + (event.end - event.start)), rule)
    since = event.since if event.since > now else None
    names = numbered(event.name, len(turns.hours))
    return [
        running(
            Pattern(name, turns.every, turns.unit, start, members, event.zone, hours, turns.counts, since),
            max(now, event.since),
            before_first=False,
        )
        for name, hours in zip(names, turns.hours, strict=True)
    ]


def _rule(rules: Sequence[str]) -> dict[str, str]:
    if len(rules) != 1 or not rules[0].startswith("RRULE:"):
        raise _Odd(ODD)
    parts = (part.partition("=") for part in rules[0].removeprefix("RRULE:").split(";"))
    rule = {name: value for name, _, value in parts}
    if {"COUNT", "UNTIL"} & rule.keys():
        raise _Odd("it has an end")
    if rule.keys() - KNOWN or not rule.get("INTERVAL", "1").isdigit():
        raise _Odd(ODD)
    return rule


def _first(event: Event, rule: Mapping[str, str]) -> datetime:
    """The first shift, which is later than the start where that is no day of the rule."""
    days, start = _days(rule), event.start
    while days and start.weekday() not in days:
        start += timedelta(days=1)
    return start


def _days(rule: Mapping[str, str]) -> frozenset[int]:
    named = [one for one in rule.get("BYDAY", "").split(",") if one]
    if any(one not in WEEKDAYS for one in named):
        raise _Odd(ODD)
    return frozenset(WEEKDAYS.index(one) for one in named)


def _turns(event: Event, rule: Mapping[str, str]) -> _Turns:
    interval, days = int(rule.get("INTERVAL", "1")), _days(rule)
    if rule.get("FREQ") == "MONTHLY":
        return _months(event, rule, interval)
    step = STEPS.get(rule.get("FREQ", ""), 0) * interval
    if not step or "BYMONTHDAY" in rule or (days and step not in (DAY, WEEK) and len(days) > 1):
        raise _Odd(ODD)
    if days and (step == DAY or len(days) > 1):
        return _on_weekdays(event, days)
    return _steady(event, step)


def _months(event: Event, rule: Mapping[str, str], interval: int) -> _Turns:
    start, month = event.start, event.start.month - 1 + interval
    if "BYDAY" in rule or rule.get("BYMONTHDAY", str(start.day)) != str(start.day):
        raise _Odd(ODD)
    if start.day > LAST_SAFE_DAY:
        raise _Odd("it leaves out the months that are too short for its day")
    if event.end != start.replace(year=start.year + month // 12, month=month % 12 + 1):
        raise _Odd("its shifts do not last from one to the next")
    return _Turns(interval * event.each, Unit.MONTHS, (Hours(),))


def _length(event: Event) -> int:
    return int((event.end - event.start).total_seconds())


def _span(event: Event, day: int) -> Span:
    begin = day * DAY + event.start.hour * HOUR + event.start.minute * 60
    return begin, begin + _length(event)


def _on_weekdays(event: Event, days: frozenset[int]) -> _Turns:
    """A shift on each of these days of every week."""
    spans = joined(_span(event, day) for day in days)
    if sum(end - begin for begin, end in spans) != _length(event) * len(days):
        raise _Odd("its shifts overlap")
    hours = hours_of(spans)
    if event.each % len(days) == 0:
        return _Turns(event.each // len(days), Unit.WEEKS, hours)
    if spans == ALL and _length(event) == DAY:
        return _Turns(event.each, Unit.DAYS, hours)
    if len(hours) == 1 and _length(event) <= DAY:
        return _Turns(event.each, Unit.DAYS, hours, Counts.COVERED)
    raise _Odd("its turns are neither whole weeks nor days")


def _steady(event: Event, step: int) -> _Turns:
    """A shift every ``step`` seconds of the clock."""
    length = _length(event)
    if length > step:
        raise _Odd("its shifts overlap")
    if step * event.each % HOUR:
        raise _Odd("its turns are no whole hours")
    every, unit = turns_of(step * event.each)
    if length == step:
        return _Turns(every, unit, (Hours(),))
    if step not in (DAY, WEEK):
        raise _Odd("it leaves gaps that no daily or weekly hours say")
    days = range(7) if step == DAY else (event.start.weekday(),)
    return _Turns(every, unit, hours_of(joined(_span(event, day) for day in days)))
