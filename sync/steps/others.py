"""Whom the external system has on call without a destination's own items: who lies beneath them.

Somebody else's layer or override goes on paging where an item of ours is taken away. Forms say so before it is, from
what the last looks told::

    a look at layers and overrides   every layer by itself, and the overrides that show
    a list of items                  overrides that lie beneath ours as well
    a look at shifts                 each line, and whom an override of ours takes the place of
    a look at all schedules          nothing of this; what was known before stays

An override beneath ours is only in lists, and those are read when something is to be written. In between, what the last
list said of that time stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.timeline import Interval, Segment, Timeline, cells
from sync.context import Context
from sync.core.model import Owner, Strategy
from sync.ports import Listed, Seen
from sync.steps.observe import owned

AHEAD = timedelta(days=30)
"""How far ahead it is kept."""

SOON = timedelta(days=14)
"""How far ahead time is told of that has nobody here and somebody there."""

SLACK = timedelta(days=1)
"""How much shorter what is stored may reach before it is stored anew for that alone."""


@dataclass(frozen=True, slots=True)
class Others:
    """Who is on call by other people's layers (or shifts), and by their overrides, until ``until``; external ids."""

    layers: Timeline
    overrides: Timeline
    until: datetime

    @property
    def timeline(self) -> Timeline:
        """Overrides on top of layers."""
        return self.layers.overlay(self.overrides)

    def cut(self, window: Interval) -> tuple[Timeline, Timeline]:
        return self.layers.cut(window), self.overrides.cut(window)


def others(context: Context, seen: Seen, listed: Sequence[Listed] | None, before: Others | None) -> Others | None:
    """What this look tells, or None where it tells nothing or nothing new. ``listed`` is None without a list."""
    window = Interval(seen.window.start, min(seen.window.end, seen.window.start + AHEAD))
    if seen.strategy is Strategy.SHIFTS:
        found = Others(_beside(context, seen).cut(window), Timeline(()), window.end)
    elif seen.layer_turns is None:
        return None
    else:
        overrides = _visible(context, seen).cut(window) if listed is None else _listed(context, listed).cut(window)
        if listed is None and before is not None:
            overrides = overrides.overlay(_hidden(context, seen, before).cut(window))
        found = Others(_layers(context, seen).cut(window), overrides, window.end)
    return None if before is not None and _says_the_same(before, found, window) else found


def whom_to_name(context: Context, seen: Seen, listed: Sequence[Listed] | None) -> set[str]:
    """Whom forms and the status may have to name: who lies beneath ours, and who has time soon that nobody has here."""
    found = others(context, seen, listed, None)
    ours = [Interval(s.start, s.end) for s in context.carried().segments]
    beneath = found.timeline if found is not None else Timeline(())
    covered = beneath.subtract(Interval(s.start, s.end) for s in beneath.subtract(ours).segments)
    soon = seen.effective.cut(Interval(context.now, context.now + SOON))
    alone = soon.subtract(shift.interval for shift in context.shifts)
    return {user for segment in (*covered.segments, *alone.segments) for user in segment.users}


def _says_the_same(before: Others, found: Others, window: Interval) -> bool:
    if before.until < window.end - SLACK or before.until <= window.start:
        return False
    both = Interval(window.start, min(before.until, window.end))
    return before.cut(both) == found.cut(both)


def _layers(context: Context, seen: Seen) -> Timeline:
    """Layers that are not ours; of two on top of each other, the higher one shows."""
    turns = (turn for name, one in seen.layer_turns or () if name not in context.layer_ids for turn in one.segments)
    return Timeline.stacked(list(turns))


def _visible(context: Context, seen: Seen) -> Timeline:
    """Where an override shows that is not ours."""
    pieces = cells(seen.pinned, context.carried())
    return Timeline.of(Segment(start, end, there) for start, end, there, ours in pieces if set(there) - set(ours))


def _hidden(context: Context, seen: Seen, before: Others) -> Timeline:
    """What was known of overrides beneath ours, where ours is what shows."""
    pieces = cells(seen.pinned, context.carried())
    ours = [Interval(start, end) for start, end, there, mine in pieces if there and set(there) <= set(mine)]
    return Timeline.union(segment for span in ours for segment in before.overrides.cut(span).segments)


def _listed(context: Context, listed: Sequence[Listed]) -> Timeline:
    """Overrides that are not ours. A list doesn't say which of two is on top, so both are named."""
    foreign = (item for item in owned(context, listed) if item.owner is not Owner.MINE)
    return Timeline.union(Segment(item.start, item.end, (item.user,)) for item in foreign)


def _beside(context: Context, seen: Seen) -> Timeline:
    """Every line but ours, with the one whose place an override of ours takes."""
    return Timeline.union(_lines(context, seen))


def _lines(context: Context, seen: Seen) -> Iterator[Segment]:
    ours = {item.remote_id: item for item in context.mine}
    for line in seen.lines:
        mine = ours.get(line.item)
        user = mine.overridden if mine is not None else line.user
        if user and line.on not in ours:
            yield Segment(line.start, line.end, (user,))
