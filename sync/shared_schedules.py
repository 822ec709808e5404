"""Several destinations that write to one external schedule, each in its own time.

Follow-the-sun teams fill one external schedule in turns. The time of a destination there is the coverage window of the
rotations of its role; a role without a rotation claims all of the time. Times may not overlap, or two destinations
would overwrite each other for ever: that is refused when a destination is added or a rotation changed. A destination
that has an external schedule to itself is not bound to any window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oncall.roles import pattern
from oncall.rotations import Rotation
from oncall.shifts import Shift
from oncall.timeline import Interval, Segment, Timeline, cells
from storage.tables import Destination
from storage.unit import Unit
from sync.core.model import FIRST_WORD

ANYBODY = ("anybody",)


async def own_time(tx: Unit, destination: Destination, within: Interval) -> Timeline | None:
    """When a destination may write, inside ``within``; None when the external schedule is its own. Whoever waits for an
    admin's word on a first export takes nobody's time yet."""
    sharing = await tx.destinations.on_external(destination.connection_id, destination.external_id)
    if all(other.id == destination.id or other.paused_by == FIRST_WORD for other in sharing):
        return None
    return await claimed_time(tx, destination.schedule_id, destination.role_id, within)


async def claimed_time(tx: Unit, schedule_id: int, role_id: int, within: Interval) -> Timeline:
    """When the rotations of a role cover it; all of the time when it has none."""
    rotations = [version for versions in await tx.rotations.of_schedule(schedule_id) for version in versions]
    return claimed_by(rotations, role_id, within)


def claimed_by(rotations: Sequence[Rotation], role_id: int, within: Interval) -> Timeline:
    """When these rotations cover a role; all of the time when none of them fills it."""
    filling = [rotation for rotation in rotations if role_id in rotation.roles]
    if not filling:
        return Timeline((Segment(within.start, within.end, ANYBODY),))
    covered = pattern(filling, role_id, within).segments
    return Timeline.union(Segment(s.start, s.end, ANYBODY) for s in covered)


def clipped(shifts: Sequence[Shift], time: Timeline | None) -> list[Shift]:
    """The parts of ``shifts`` that lie in a destination's own time."""
    if time is None:
        return list(shifts)
    pieces = [(shift, shift.interval.clip(Interval(s.start, s.end))) for shift in shifts for s in time.segments]
    return [replace(shift, start=piece.start, end=piece.end) for shift, piece in pieces if piece is not None]


def first_overlap(one: Timeline, other: Timeline) -> Interval | None:
    """The first stretch that both claim."""
    both = (Interval(start, end) for start, end, here, there in cells(one, other) if here and there)
    return next(both, None)
