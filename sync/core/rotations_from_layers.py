"""Rotations read out of the layers of an external schedule: the other way round than :mod:`sync.core.layers`.

::

    layer                                          rotation
    ---------------------------------------------  -----------------------------------------------------------
    turns of whole hours, days or weeks            every N hours, days, weeks of calendar time
    where its turns are counted from               first handoff: that of the turn that is running, on the wall clock
    users                                          members, beginning with whoever has that turn
    restrictions                                   hours; one rotation for each stretch that needs its own
    what layers above it cover                     is taken out of its hours, since the topmost layer shows; one
                                                   rotation after the other where a layer above begins or ends
    begins later, ends                             takes effect then, ends then
    anything else                                  not said; why is told

A layer that is over says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

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
        stretches = _stretches(layer, above, now)
        why = _obstacle(layer, strangers) if stretches else _hidden(layer, above)
        above.append(layer)
        if why:
            unsaid.append(Unsaid(layer.name, why))
        else:
            said.extend(_patterns(layer, stretches, zone, now))
    return tuple(said), tuple(unsaid)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """In ``[begin, end)`` of a layer ``spans`` of each week show; ``end`` None goes on."""

    begin: datetime
    end: datetime | None
    spans: tuple[Span, ...]


def _stretches(layer: Layer, above: Sequence[Layer], now: datetime) -> list[_Stretch]:
    """What of a layer shows beneath others, one after the other as those begin and end."""
    begin = max(now, layer.start)
    marks = {mark for other in above for mark in (other.start, other.end) if mark is not None and mark > begin}
    edges = [begin, *sorted(mark for mark in marks if layer.end is None or mark < layer.end), layer.end]
    found: list[_Stretch] = []
    for start, end in pairwise(edges):
        assert start is not None
        spans = _left(layer, above, start)
        if found and found[-1].spans == spans:
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(_Stretch(start, end, spans))
    return [one for one in found if one.spans]


def _left(layer: Layer, above: Sequence[Layer], at: datetime) -> tuple[Span, ...]:
    """What of a layer's week shows at ``at``, where none of the others begins or ends."""
    left = spans_of(layer.restrictions)
    for other in above:
        if other.start <= at and (other.end is None or at < other.end):
            left = without(left, spans_of(other.restrictions))
    return left


def _hidden(layer: Layer, above: Sequence[Layer]) -> str:
    """Which layers hide all of one."""
    mine = spans_of(layer.restrictions)
    names = [
        other.name
        for other in above
        if without(mine, spans_of(other.restrictions)) != mine and (layer.end is None or other.start < layer.end)
    ]
    return f"{' and '.join(names)} hide{'s' if len(names) == 1 else ''} all of it"


def _obstacle(layer: Layer, strangers: Mapping[str, str]) -> str:
    """Why no rotation says this; empty when one does."""
    if why := order_obstacle(layer.users, strangers):
        return why
    return "its turns are no whole hours" if layer.turn_seconds % HOUR else ""


def _patterns(layer: Layer, stretches: Sequence[_Stretch], zone: str, now: datetime) -> list[Pattern]:
    every, unit = turns_of(layer.turn_seconds)
    first = wall_time(layer.virtual_start, zone)
    whole = Pattern(layer.name, every, unit, first, layer.users, zone)
    found = [
        replace(
            running(whole, one.begin, before_first=True),
            hours=hours,
            since=one.begin if one.begin > now else None,
            until=one.end,
        )
        for one in stretches
        for hours in hours_of(one.spans)
    ]
    names = numbered(layer.name, len(found))
    return [replace(pattern, name=name) for name, pattern in zip(names, found, strict=True)]


def turns_of(seconds: int) -> tuple[int, Unit]:
    """Turns of whole hours in the largest unit that says them."""
    for length, unit in ((WEEK, Unit.WEEKS), (DAY, Unit.DAYS)):
        if seconds % length == 0:
            return seconds // length, unit
    return seconds // HOUR, Unit.HOURS
