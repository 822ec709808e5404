"""One role, filled by several rotations side by side (follow-the-sun), by backups, and by people's own shifts.

Rotations of one role may not cover the same time: :func:`overlaps` finds where they do, so that saving one can be
refused with dates. Two windows of one zone that meet at a wall time which happens twice do not count: there the
rotation that starts takes over, as it does wherever coverage overlaps all the same::

    day shift      |########|--          the hour that happens twice: night takes over at its first occurrence
    night shift             |########|

A person's confirmed shift lies over whatever the rotations say, and a confirmed shift without a person is a hole.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, count

from oncall.civil import first_instant, wall_time
from oncall.rotations import Rotation, backup_coverage, backup_line, coverage, spans
from oncall.shifts import Shift, ShiftState, timeline
from oncall.timeline import Interval, Timeline, Users, joined
from oncall.windows import windows


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a role that a rotation wants filled: by ``line[0]``, or else by the others in order.

    ``paired`` is the role that must not have the same person at the same time, when the rotation has a backup.
    """

    role_id: int
    start: datetime
    end: datetime
    line: Users
    paired: int | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rotations that cover one role at the same time."""

    role_id: int
    first: Rotation
    second: Rotation
    interval: Interval


def slots(rotations: Iterable[Rotation], role_id: int, within: Interval) -> Iterator[Slot]:
    """What rotations want of ``role_id`` in ``within``: whole, disjoint, in order.

    Where two meet, the one that starts later takes over, and the other goes on after it.
    """
    number = count()
    waiting = [
        (slot.start, next(number), slot) for rotation in rotations for slot in _own_slots(rotation, role_id, within)
    ]
    heapq.heapify(waiting)
    while waiting:
        start, _, slot = heapq.heappop(waiting)
        following = waiting[0][2] if waiting else None
        if following is None or slot.end <= following.start:
            yield slot
            continue
        if start < following.start and within.start < following.start:
            yield replace(slot, end=following.start)
        if following.end < slot.end:
            heapq.heappush(waiting, (following.end, next(number), replace(slot, start=following.end)))


def _own_slots(rotation: Rotation, role_id: int, within: Interval) -> Iterator[Slot]:
    backup = rotation.backup
    paired = None if backup is None else backup.role_id
    if rotation.role_id == role_id:
        yield from (Slot(role_id, start, end, turn.line, paired) for start, end, turn in spans(rotation, within))
    elif paired == role_id:
        for start, end, turn in spans(rotation, within):
            if line := backup_line(rotation, turn.line):
                yield Slot(role_id, start, end, line, rotation.role_id)


def pattern(rotations: Sequence[Rotation], role_id: int, within: Interval) -> Timeline:
    """Who is on call for ``role_id`` by the rotations alone."""
    filling = [rotation for rotation in rotations if role_id in rotation.roles]
    if len(filling) == 1:
        only = filling[0]
        return coverage(only, within) if only.role_id == role_id else backup_coverage(only, within)
    parts = ((slot.start, slot.end, slot.line[:1]) for slot in slots(filling, role_id, within))
    return Timeline(joined(parts)).cut(within)


def resolve(rotations: Sequence[Rotation], shifts: Iterable[Shift], within: Interval) -> dict[int, Timeline]:
    """Who is on call for every role: people's confirmed shifts over what the rotations say."""
    by_role: dict[int, list[Shift]] = {role: [] for rotation in rotations for role in rotation.roles}
    for shift in shifts:
        if shift.state is ShiftState.CONFIRMED and shift.start < within.end and within.start < shift.end:
            by_role.setdefault(shift.role_id, []).append(shift)
    resolved: dict[int, Timeline] = {}
    for role, own in sorted(by_role.items()):
        base = pattern(rotations, role, within)
        holes = [shift.interval for shift in own if shift.user is None]
        resolved[role] = (base.subtract(holes) if holes else base).overlay(timeline(own)).cut(within)
    return resolved


def overlaps(rotations: Sequence[Rotation], within: Interval) -> tuple[Overlap, ...]:
    """Every stretch of ``within`` in which two of ``rotations`` cover one role, earliest first."""
    found = [
        Overlap(role, first, second, Interval(max(a[0], b[0]), min(a[1], b[1])))
        for first, second in combinations(rotations, 2)
        for role in first.roles
        if role in second.roles
        for a, b in _meeting(_occupied(first, within), _occupied(second, within))
    ]
    return tuple(sorted(found, key=lambda overlap: (overlap.interval, overlap.role_id)))


def uncovered(rotations: Sequence[Rotation], role_id: int, within: Interval) -> tuple[Interval, ...]:
    """The stretches of ``within`` in which no rotation has anybody on call for ``role_id``."""
    return pattern(rotations, role_id, within).gaps(within)


Stretch = tuple[datetime, datetime]


def _occupied(rotation: Rotation, within: Interval) -> list[Stretch]:
    """When a rotation claims its role, whoever belongs to it; a window ends where its end is first reached."""
    span = rotation.effective(within)
    if span is None:
        return []
    if rotation.windowed is None:
        return [(span.start, span.end)]
    opened = windows(rotation.windowed, rotation.zone, span)
    claimed = ((max(start, span.start), min(_first_end(end, rotation.zone), span.end)) for start, end in opened)
    return [(start, end) for start, end in claimed if start < end]


def _first_end(end: datetime, zone: str) -> datetime:
    return first_instant(wall_time(end, zone), zone)


def _meeting(left: list[Stretch], right: list[Stretch]) -> Iterator[tuple[Stretch, Stretch]]:
    """Every pair that shares time, by one sweep over both."""
    i = j = 0
    while i < len(left) and j < len(right):
        a, b = left[i], right[j]
        if a[0] < b[1] and b[0] < a[1]:
            yield a, b
        if a[1] <= b[1]:
            i += 1
        else:
            j += 1
