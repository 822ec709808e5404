"""Rotations read out of the layers of an external schedule: the other way round than :mod:`sync.core.layers`.

::

    layer                                          rotation
    ---------------------------------------------  -----------------------------------------------------------
    turns of whole hours, days or weeks            every N hours, days, weeks
    where its turns are counted from               first handoff: that of the turn that is running, on the wall clock
    users                                          members, beginning with whoever has that turn
    no restriction, a daily one                    around the clock, daily hours
    weekly ones of equal hours within a day        daily hours on these weekdays
    anything else                                  not said; why is told

A layer that is over, or that other layers hide altogether, says nothing. One that is hidden in part is not said either:
a role has one rotation at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from oncall.civil import wall_time
from oncall.rotations import Unit
from oncall.timeline import Interval, Timeline, cells
from oncall.windows import EVERY_DAY
from sync.core.layers import Layer, Restriction

HOUR, DAY, WEEK = 3600, 86_400, 604_800


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rotation as it could be filled in. ``first_handoff`` is a wall time, ``members`` are external ids."""

    name: str
    every: int
    unit: Unit
    first_handoff: datetime
    members: tuple[str, ...]
    opens: time | None = None
    closes: time | None = None
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A layer that no rotation says, and why, as the end of a sentence about it."""

    name: str
    why: str


def patterns(
    layers: Sequence[Layer], zone: str, now: datetime, strangers: Mapping[str, str]
) -> tuple[tuple[Pattern, ...], tuple[Unsaid, ...]]:
    """What ``layers``, lowest first, say on the clocks of ``zone``, the topmost first.

    ``strangers`` are external people who can't be members here, with their names.
    """
    said: list[Pattern] = []
    unsaid: list[Unsaid] = []
    above = Timeline()
    for layer in reversed(layers):
        if not layer.in_effect(now):
            continue
        hidden = _hidden(layer.shows, above)
        above = above.overlay(layer.shows)
        if layer.shows and hidden == layer.shows:
            continue
        why = _obstacle(layer, now, strangers) or ("other layers hide a part of it" if hidden else "")
        if why:
            unsaid.append(Unsaid(layer.name, why))
        else:
            said.append(_pattern(layer, zone, now))
    return tuple(said), tuple(unsaid)


def _hidden(shows: Timeline, above: Timeline) -> Timeline:
    """Where a layer says somebody and one above it says somebody as well."""
    both = [Interval(start, end) for start, end, here, there in cells(shows, above) if here and there]
    return Timeline.of(piece for span in both for piece in shows.cut(span).segments)


def _obstacle(layer: Layer, now: datetime, strangers: Mapping[str, str]) -> str:
    """Why no rotation says this; empty when one does."""
    missing = list(dict.fromkeys(strangers[user] for user in layer.users if user in strangers))
    if missing:
        return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} nobody in Slack"
    if len(set(layer.users)) < len(layer.users):
        return "somebody has several places in its order"
    if layer.turn_seconds % HOUR:
        return "its turns are no whole hours"
    if layer.start > now:
        return "it begins later"
    if layer.end is not None:
        return "it has an end"
    return _odd(layer.restrictions)


def _odd(restrictions: Sequence[Restriction]) -> str:
    daily = [one for one in restrictions if one.weekday is None]
    if len(daily) > 1 or (daily and len(restrictions) > 1):
        return "it covers several stretches of a day"
    if any(one.seconds > DAY or (one.seconds == DAY and one.weekday is not None) for one in restrictions):
        return "it covers stretches of whole days on some weekdays"
    if len({(one.opens, one.seconds) for one in restrictions}) > 1:
        return "its hours differ by weekday"
    return ""


def _pattern(layer: Layer, zone: str, now: datetime) -> Pattern:
    every, unit = _turns(layer.turn_seconds)
    first, period = wall_time(layer.virtual_start, zone), timedelta(seconds=layer.turn_seconds)
    turn = (wall_time(now, zone) - first) // period
    lead = turn % len(layer.users)
    opens, closes, days = _hours(layer.restrictions)
    return Pattern(
        name=layer.name or "Rotation",
        every=every,
        unit=unit,
        first_handoff=first + turn * period,
        members=layer.users[lead:] + layer.users[:lead],
        opens=opens,
        closes=closes,
        days=days,
    )


def _turns(seconds: int) -> tuple[int, Unit]:
    for length, unit in ((WEEK, Unit.WEEKS), (DAY, Unit.DAYS)):
        if seconds % length == 0:
            return seconds // length, unit
    return seconds // HOUR, Unit.HOURS


def _hours(restrictions: Iterable[Restriction]) -> tuple[time | None, time | None, frozenset[int]]:
    found = list(restrictions)
    if not found or found[0].seconds >= DAY:
        return None, None, EVERY_DAY
    opens = time.fromisoformat(found[0].opens)
    since = timedelta(hours=opens.hour, minutes=opens.minute, seconds=opens.second + found[0].seconds)
    closing = int(since.total_seconds()) % DAY
    days = frozenset(one.weekday - 1 for one in found if one.weekday is not None) or EVERY_DAY
    return opens, time(closing // HOUR, closing % HOUR // 60), days
