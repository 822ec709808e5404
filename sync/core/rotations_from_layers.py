"""Rotations read out of the layers of an external schedule: the other way round than :mod:`sync.core.layers`.

::

    layer                                          rotation
    ---------------------------------------------  -----------------------------------------------------------
    turns of whole hours, days or weeks            every N hours, days, weeks of calendar time
    where its turns are counted from               first handoff: that of the turn that is running, on the wall clock
    users                                          members, beginning with whoever has that turn
    restrictions                                   hours; one rotation for each stretch that needs its own
    what layers above it cover                     is taken out of its hours, since the topmost layer shows
    begins later                                   takes effect then
    anything else                                  not said; why is told

A layer that is over says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from oncall.civil import wall_time
from oncall.pace import Unit
from sync.core.layers import Layer
from sync.core.patterns import Pattern, Unsaid, numbered, order_obstacle, running
from sync.core.weekly_hours import DAY, HOUR, WEEK, Span, hours_of, spans_of, without


def patterns(
    layers: Sequence[Layer], zone: str, now: datetime, strangers: Mapping[str, str]
) -> tuple[tuple[Pattern, ...], tuple[Unsaid, ...]]:
    """What ``layers``, lowest first, say on the clocks of ``zone``, the topmost first.

    ``strangers`` are external people who can't be members here, with their names.
    """
    said: list[Pattern] = []
    unsaid: list[Unsaid] = []
    above: list[Layer] = []
    for layer in reversed([one for one in layers if one.in_effect(now)]):
        left, why = _left(layer, above, now)
        why = why or _obstacle(layer, strangers)
        above.append(layer)
        if why:
            unsaid.append(Unsaid(layer.name, why))
        else:
            said.extend(_patterns(layer, left, zone, now))
    return tuple(said), tuple(unsaid)


def _left(layer: Layer, above: Sequence[Layer], now: datetime) -> tuple[tuple[Span, ...], str]:
    """What of a layer shows beneath others, and why that can't be said if it can't."""
    left = spans_of(layer.restrictions)
    begins = max(now, layer.start)
    hiding: list[str] = []
    for other in above:
        after = without(left, spans_of(other.restrictions))
        if after == left or (layer.end is not None and other.start >= layer.end):
            continue
        if other.start > begins or other.end is not None:
            return left, f"{other.name} hides a part of it for a time"
        hiding.append(other.name)
        left = after
    return left, "" if left else f"{' and '.join(hiding)} hide{'s' if len(hiding) == 1 else ''} all of it"


def _obstacle(layer: Layer, strangers: Mapping[str, str]) -> str:
    """Why no rotation says this; empty when one does."""
    if why := order_obstacle(layer.users, strangers):
        return why
    if layer.turn_seconds % HOUR:
        return "its turns are no whole hours"
    return "it has an end" if layer.end is not None else ""


def _patterns(layer: Layer, left: Sequence[Span], zone: str, now: datetime) -> list[Pattern]:
    every, unit = turns_of(layer.turn_seconds)
    hours = hours_of(left)
    first = wall_time(layer.virtual_start, zone)
    since = layer.start if layer.start > now else None
    whole = Pattern(layer.name, every, unit, first, layer.users, zone, since=since)
    now_running = running(whole, max(now, layer.start), before_first=True)
    names = numbered(layer.name, len(hours))
    return [replace(now_running, name=name, hours=one) for name, one in zip(names, hours, strict=True)]


def turns_of(seconds: int) -> tuple[int, Unit]:
    """Turns of whole hours in the largest unit that says them."""
    for length, unit in ((WEEK, Unit.WEEKS), (DAY, Unit.DAYS)):
        if seconds % length == 0:
            return seconds // length, unit
    return seconds // HOUR, Unit.HOURS
