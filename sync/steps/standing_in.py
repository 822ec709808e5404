"""The fallback person at the destination: in time in which nobody is on call here, and nobody there either.

Where that is wanted, the fallback person is exported for such time, within the horizon. It is no shift and no edit, in
any mode:

====================================  ===========================================================
there, in uncovered time              what happens
====================================  ===========================================================
nobody                                the fallback person is exported, as new
an item of ours                       the same; a former shift goes, the fallback person stays
somebody else's layer or override     nothing: that time is covered there; ours beneath it goes
====================================  ===========================================================

So uncovered time has no base: an item of the fallback person that somebody removed is new again, and is never imported
as a deletion; whoever takes the time over there is foreign or, where ours was, takes the place of what was withdrawn.
What may still be a look that lags counts for nobody: there a write of ours settles first.
"""

from __future__ import annotations

from oncall.timeline import Interval, Segment, Timeline, cells
from sync.context import Context
from sync.ports import Seen


def standing_in(context: Context, seen: Seen, own: Timeline, settling: Timeline) -> Timeline:
    """Where the fallback person is to be on call there, by external id. ``own`` is whom items of ours name."""
    uncovered = context.uncovered.cut(seen.window)
    if not uncovered:
        return uncovered
    return uncovered.subtract(_theirs(seen, own, settling))


def _theirs(seen: Seen, own: Timeline, settling: Timeline) -> list[Interval]:
    """Where somebody is on call there by another's doing."""
    pieces = ((start, end, there, ours) for start, end, there, ours in cells(seen.effective, own) if there)
    covered = Timeline.union(Segment(start, end, ("theirs",)) for start, end, there, ours in pieces if there != ours)
    certain = covered.subtract(Interval(s.start, s.end) for s in settling.segments)
    return [Interval(s.start, s.end) for s in certain.segments]
