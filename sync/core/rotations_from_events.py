"""Rotations read out of the recurring events of a shift-based external schedule.

::

    event                                          rotation
    ---------------------------------------------  -----------------------------------------------------------
    one shift follows the other                    around the clock, every shift length × shifts per member
    a shift a day, on all or some weekdays         daily hours or whole days on these
    a shift a week                                 hours on one weekday, or one stretch a week
    a shift every N months, each until the next    every N months; a shift has the same length every time, so its next
                                                   year is laid out to see whether they meet
    shifts per member                              turns of days or weeks; where they are no whole weeks of chosen
                                                   weekdays, of covered time
    begins to count later, counts until, COUNT     takes effect then, ends then
    anything else                                  not said; why is told

Events add up: two that meet put two people on call at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from oncall.civil import first_instant, wall_time
from oncall.pace import Counts, Unit
from sync.core.patterns import Pattern, Unsaid, numbered, order_obstacle, running
from sync.core.rotations_from_layers import turns_of
from sync.core.weekly_hours import ALL, DAY, HOUR, WEEK, Hours, Span, hours_of, joined

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STEPS = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": HOUR, "DAILY": DAY, "WEEKLY": WEEK}
FREQUENCIES = {*STEPS, "MONTHLY"}
KNOWN = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "WKST", "COUNT", "UNTIL"}
ODD = "its recurrence is not one that a rotation has"
LAST_SAFE_DAY = 28
YEAR = timedelta(days=366)
MOST_SHIFTS = 100_000
"""Shifts that are counted to find the last one: ten years of hours."""


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
    rule = _rule(event.rules)
    start, begin = _first(event, rule), max(now, event.since)
    event = replace(event, start=start, end=start + (event.end - event.start))
    until = _end(event, rule)
    if until is not None and until <= begin:
        return []
    members = _members(event, strangers)
    turns = _turns(event, rule, begin)
    since = event.since if event.since > now else None
    names = numbered(event.name, len(turns.hours))
    found = [
        Pattern(name, turns.every, turns.unit, start, members, event.zone, hours, turns.counts, since, until)
        for name, hours in zip(names, turns.hours, strict=True)
    ]
    return [running(one, begin, before_first=False) for one in found]


def _members(event: Event, strangers: Mapping[str, str]) -> tuple[str, ...]:
    members = tuple(user for user in event.members if user is not None)
    if len(members) < len(event.members) or not members:
        raise _Odd("a place in its order is empty")
    if why := order_obstacle(members, strangers):
        raise _Odd(why)
    if event.together and len(members) > 1:
        raise _Odd("it puts several people on call at once")
    return members


def _rule(rules: Sequence[str]) -> dict[str, str]:
    if len(rules) != 1 or not rules[0].startswith("RRULE:"):
        raise _Odd(ODD)
    parts = (part.partition("=") for part in rules[0].removeprefix("RRULE:").split(";"))
    rule = {name: value for name, _, value in parts}
    numbers = (rule.get("INTERVAL", "1"), rule.get("COUNT", "1"))
    if (
        rule.get("FREQ") not in FREQUENCIES
        or rule.keys() - KNOWN
        or not all(one.isdigit() and int(one) for one in numbers)
    ):
        raise _Odd(ODD)
    return rule


def _end(event: Event, rule: Mapping[str, str]) -> datetime | None:
    """When the last shift is over or the event counts no more, None if never."""
    ends = [event.until] if event.until is not None else []
    if {"COUNT", "UNTIL"} & rule.keys():
        last = _last(event, rule)
        ends.append(event.since if last is None else first_instant(last + (event.end - event.start), event.zone))
    return min(ends, default=None)


def _last(event: Event, rule: Mapping[str, str]) -> datetime | None:
    """When the last shift of a rule that has an end begins, on the wall clock; None where there is none."""
    count, until = int(rule.get("COUNT", MOST_SHIFTS)), _until(event, rule)
    last = None
    for number, start in enumerate(_starts(event, rule)):
        if number >= count or (until is not None and start > until):
            return last
        if number >= MOST_SHIFTS:
            raise _Odd("it ends too far ahead")
        last = start
    return last


def _until(event: Event, rule: Mapping[str, str]) -> datetime | None:
    if "UNTIL" not in rule:
        return None
    try:
        until = datetime.fromisoformat(rule["UNTIL"])
    except ValueError as error:
        raise _Odd(ODD) from error
    return wall_time(until, event.zone) if until.tzinfo else until


def _starts(event: Event, rule: Mapping[str, str]) -> Iterator[datetime]:
    """When shifts begin on the wall clock, as long as there are dates."""
    interval, days, start = int(rule.get("INTERVAL", "1")), _days(rule), event.start
    monthly, weekly = rule["FREQ"] == "MONTHLY", rule["FREQ"] == "WEEKLY" and len(days) > 1
    step = timedelta(days=1) if weekly else timedelta(seconds=STEPS.get(rule["FREQ"], 0) * interval)
    try:
        while True:
            if not days or start.weekday() in days:
                yield start
            start = _later(start, interval) if monthly else start + step
    except (OverflowError, ValueError):
        return


def _later(start: datetime, months: int) -> datetime:
    month = start.month - 1 + months
    return start.replace(year=start.year + month // 12, month=month % 12 + 1)


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


def _turns(event: Event, rule: Mapping[str, str], begin: datetime) -> _Turns:
    interval, days = int(rule.get("INTERVAL", "1")), _days(rule)
    if rule.get("FREQ") == "MONTHLY":
        return _months(event, rule, interval, begin)
    step = STEPS.get(rule.get("FREQ", ""), 0) * interval
    on_days = step in (DAY, WEEK) or (rule["FREQ"] == "WEEKLY" and len(days) == 1)
    if not step or "BYMONTHDAY" in rule or (days and not on_days):
        raise _Odd(ODD)
    if days and (step == DAY or len(days) > 1):
        return _on_weekdays(event, days)
    return _steady(event, step)


def _months(event: Event, rule: Mapping[str, str], interval: int, begin: datetime) -> _Turns:
    start, length = event.start, event.end - event.start
    if "BYDAY" in rule or rule.get("BYMONTHDAY", str(start.day)) != str(start.day):
        raise _Odd(ODD)
    if start.day > LAST_SAFE_DAY:
        raise _Odd("it leaves out the months that are too short for its day")
    now = wall_time(begin, event.zone)
    for one, following in pairwise(_starts(event, rule)):
        if one > max(now, start) + YEAR:
            break
        if following > now and one + length != following:
            days, gap = _in_words(length), one + length < following
            what = "nobody is on call in between" if gap else "they overlap"
            raise _Odd(f"each of its shifts lasts {days}, and months don't: from {one:%-d %B %Y} on {what}")
    return _Turns(interval * event.each, Unit.MONTHS, (Hours(),))


def _in_words(length: timedelta) -> str:
    hours = int(length.total_seconds()) // HOUR
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"


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
