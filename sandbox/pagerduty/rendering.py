"""Who is on call: turns layers and overrides into entries.

A layer is a row of turns. Turn k starts at the virtual start plus k turn lengths, counted on the wall clock of the
schedule's zone so that handoffs keep their hour across a clock change, and belongs to user k modulo the number of
users.
Restrictions cut windows out of the turns. Every entry then claims its time with a rank:

    lowest layer < ... < last layer < first created override < ... < last created override

and a sweep over all boundaries gives each moment to the highest claim. A wall time that doesn't exist is the first
instant after it; one that exists twice is the first of the two.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sandbox.pagerduty.values import Layer, LayerPlan, Override, Restriction, RestrictionKind

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    start: datetime
    end: datetime

    def clipped(self, start: datetime, end: datetime) -> Span:
        return Span(max(self.start, start), min(self.end, end))

    def widened(self, by: timedelta) -> Span:
        return Span(self.start - by, self.end + by)

    def touches(self, start: datetime, end: datetime) -> bool:
        return start < self.end and end > self.start

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Entry:
    start: datetime
    end: datetime
    user_id: str
    rank: tuple[int, int] = (0, 0)  # (0, layer's place) or (1, override's number)


@dataclass(frozen=True, slots=True)
class Rules:
    wall_clock_turns: bool = True
    merge_final_neighbours: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """Entries of each layer by id, of the overrides, and of the schedule as it is in effect."""

    layers: dict[str, list[Entry]]
    overrides: list[Entry]
    final: list[Entry]


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clocks show `wall`, or the first one after if they skip it."""
    before = wall.replace(tzinfo=zone, fold=0)
    instant = before.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # The clocks jump over `wall`. Reading it with the offset after the jump lands before the jump by as much as it
    # overshoots with the offset before it; the jump itself lies between the two.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _jump_between(early, instant, zone)


def _jump_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def render(plan: LayerPlan, zone: ZoneInfo, window: Span, rules: Rules, overflow: bool = False) -> Rendered:
    reach = window.widened(_longest_turn(plan)) if overflow else window
    layers = {layer.id: layer_entries(layer, place, zone, reach, rules) for place, layer in enumerate(plan.layers)}
    claims = [override_entry(one) for one in plan.overrides if reach.touches(one.start, one.end)]
    final = topmost([*(entry for entries in layers.values() for entry in entries), *claims])
    shown = final if not rules.merge_final_neighbours else final_merged(final, window, overflow)
    return Rendered(
        {layer_id: _within(entries, window, overflow) for layer_id, entries in layers.items()},
        _within(topmost(claims), window, overflow),
        _within(shown, window, overflow),
    )


def final_merged(final: list[Entry], window: Span, overflow: bool) -> list[Entry]:
    """Equal neighbours joined; with overflow only among those that the window touches, or one user alone never ends."""
    return merged([entry for entry in final if window.touches(entry.start, entry.end)] if overflow else final)


def _within(entries: Iterable[Entry], window: Span, overflow: bool) -> list[Entry]:
    touching = (entry for entry in entries if window.touches(entry.start, entry.end))
    if overflow:
        return list(touching)
    return [replace(one, start=max(one.start, window.start), end=min(one.end, window.end)) for one in touching]


def _longest_turn(plan: LayerPlan) -> timedelta:
    return max([timedelta(seconds=layer.turn_seconds) for layer in plan.layers], default=timedelta(0)) + 7 * DAY


def override_entry(override: Override) -> Entry:
    return Entry(override.start, override.end, override.user_id, (1, override.number))


def layer_entries(layer: Layer, place: int, zone: ZoneInfo, window: Span, rules: Rules) -> list[Entry]:
    past = [entry for era in layer.earlier for entry in layer_entries(era, place, zone, window, rules)]
    active = window.clipped(layer.start, layer.end or window.end)
    if active.start >= active.end:
        return past
    turns = list(_turns(layer, place, zone, active, rules))
    if layer.restrictions:
        turns = list(_intersections(turns, restriction_spans(layer.restrictions, zone, active)))
    own = (replace(one, start=max(one.start, active.start), end=min(one.end, active.end)) for one in turns)
    return past + [entry for entry in own if entry.start < entry.end]


def _turns(layer: Layer, place: int, zone: ZoneInfo, window: Span, rules: Rules) -> Iterator[Entry]:
    length = timedelta(seconds=layer.turn_seconds)
    base = layer.virtual_start.astimezone(zone).replace(tzinfo=None) if rules.wall_clock_turns else layer.virtual_start
    first = window.start.astimezone(zone).replace(tzinfo=None) if rules.wall_clock_turns else window.start
    number = (first - base) // length - 1
    start = _turn_start(base, length, number, zone)
    while start < window.end:
        end = _turn_start(base, length, number + 1, zone)
        if end > window.start:
            yield Entry(start, end, layer.user_ids[number % len(layer.user_ids)], (0, place))
        start, number = end, number + 1


def _turn_start(base: datetime, length: timedelta, number: int, zone: ZoneInfo) -> datetime:
    moment = base + number * length
    return moment if moment.tzinfo else instant_of(moment, zone)


def restriction_spans(restrictions: Sequence[Restriction], zone: ZoneInfo, window: Span) -> list[Span]:
    """The times at which any of the restrictions lets the layer be on call, joined and sorted."""
    longest = max(timedelta(seconds=one.duration_seconds) for one in restrictions)
    day = (window.start - longest - DAY).astimezone(zone).date()
    last = window.end.astimezone(zone).date()
    found: list[Span] = []
    while day <= last:
        for one in restrictions:
            if one.kind is RestrictionKind.DAILY or one.weekday == day.isoweekday():
                wall = datetime.combine(day, one.start)
                end = instant_of(wall + timedelta(seconds=one.duration_seconds), zone)
                found.append(Span(instant_of(wall, zone), end))
        day += DAY
    return _joined(found)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        elif span.start < span.end:
            joined.append(span)
    return joined


def _intersections(turns: list[Entry], spans: list[Span]) -> Iterator[Entry]:
    at = 0
    for turn in turns:
        while at < len(spans) and spans[at].end <= turn.start:
            at += 1
        for span in spans[at:]:
            if span.start >= turn.end:
                break
            yield replace(turn, start=max(turn.start, span.start), end=min(turn.end, span.end))


def topmost(claims: Sequence[Entry]) -> list[Entry]:
    """Give every moment to the highest-ranking claim on it; pieces of one claim that touch stay one entry."""
    waiting = sorted((one for one in claims if one.start < one.end), key=lambda one: one.start)
    moments = sorted({moment for one in waiting for moment in (one.start, one.end)})
    active: list[tuple[tuple[int, int], int, Entry]] = []
    result: list[tuple[Entry, Entry]] = []  # the piece and the claim it is part of
    taken = 0
    for start, end in pairwise(moments):
        while taken < len(waiting) and waiting[taken].start <= start:
            kind, number = waiting[taken].rank
            heapq.heappush(active, ((-kind, -number), taken, waiting[taken]))
            taken += 1
        while active and active[0][2].end <= start:
            heapq.heappop(active)
        if active:
            _append_piece(result, active[0][2], start, end)
    return [piece for piece, _ in result]


def _append_piece(pieces: list[tuple[Entry, Entry]], claim: Entry, start: datetime, end: datetime) -> None:
    if pieces and pieces[-1][1] is claim and pieces[-1][0].end == start:
        pieces[-1] = (replace(pieces[-1][0], end=end), claim)
    else:
        pieces.append((replace(claim, start=start, end=end), claim))


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Neighbours of the same user as one entry."""
    result: list[Entry] = []
    for entry in entries:
        if result and result[-1].end == entry.start and result[-1].user_id == entry.user_id:
            result[-1] = replace(result[-1], end=entry.end)
        else:
            result.append(entry)
    return result


def coverage(entries: Iterable[Entry], window: Span) -> float:
    covered = sum((min(one.end, window.end) - max(one.start, window.start)).total_seconds() for one in entries)
    return round(100 * covered / window.seconds, 1)
