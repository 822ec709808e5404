"""What a layer shows by itself, by the external system's rules as far as they are known.

Turns and restrictions are counted on the wall clock of the external schedule's zone. A wall time that clocks skip is
the first instant after it, one that happens twice the first of the two. What the other side really shows is seen at the
next look; this is for knowing it beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from oncall.civil import first_instant, wall_time
from oncall.timeline import Interval, Segment, Timeline, merged
from sync.core.layers import Layer, Restriction

DAY = timedelta(days=1)
OPEN = ("open",)


def shown(layer: Layer, zone: str, within: Interval) -> Timeline:
    """Who is on call by ``layer`` on an external schedule in ``zone``."""
    effect = Interval(layer.start, layer.end or max(within.end, layer.start) + DAY) if _takes_effect(layer) else None
    span = effect and effect.clip(within)
    if span is None:
        return Timeline()
    turns = Timeline(tuple(merged(_turns(layer, zone, span)))).cut(span)
    if not layer.restrictions:
        return turns
    opened = Timeline.union(_openings(layer.restrictions, zone, span))
    return turns.subtract(opened.gaps(span))


def _takes_effect(layer: Layer) -> bool:
    return layer.end is None or layer.start < layer.end


def _turns(layer: Layer, zone: str, span: Interval) -> Iterator[Segment]:
    base, length = wall_time(layer.virtual_start, zone), timedelta(seconds=layer.turn_seconds)
    number = (wall_time(span.start, zone) - base) // length - 1
    start = first_instant(base + number * length, zone)
    while start < span.end:
        end = first_instant(base + (number + 1) * length, zone)
        if start < end:
            yield Segment(start, end, (layer.users[number % len(layer.users)],))
        start, number = end, number + 1


def _openings(restrictions: tuple[Restriction, ...], zone: str, span: Interval) -> Iterator[Segment]:
    longest = max(timedelta(seconds=one.seconds) for one in restrictions)
    midnight = datetime.combine(wall_time(span.start - longest - DAY, zone), time())
    last = wall_time(span.end, zone)
    while midnight <= last:
        for one in restrictions:
            if one.weekday in (None, midnight.isoweekday()):
                opens = datetime.combine(midnight, time.fromisoformat(one.opens))
                start = first_instant(opens, zone)
                end = first_instant(opens + timedelta(seconds=one.seconds), zone)
                if start < end:
                    yield Segment(start, end, OPEN)
        midnight += DAY
