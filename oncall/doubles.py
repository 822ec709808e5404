"""One person on call for more than one role at once: by the shifts of several roles together.

A person who is Primary and Secondary at the same time is one person fewer to wake than it looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from oncall.shifts import Shift
from oncall.timeline import Segment, Timeline


@dataclass(frozen=True, slots=True)
class Double:
    """In ``[start, end)`` (UTC) one person has all these roles; ``roles`` are ids in ascending order, two at least."""

    user: str
    roles: tuple[int, ...]
    start: datetime
    end: datetime


def doubles(shifts: Iterable[Shift]) -> tuple[Double, ...]:
    """Every stretch in which somebody has several roles, by person and start."""
    of_user: dict[str, list[Segment]] = {}
    for shift in shifts:
        if shift.user is not None:
            of_user.setdefault(shift.user, []).append(Segment(shift.start, shift.end, (str(shift.role_id),)))
    return tuple(
        Double(user, tuple(sorted(map(int, cell.users))), cell.start, cell.end)
        for user, segments in sorted(of_user.items())
        for cell in Timeline.union(segments).segments
        if len(cell.users) > 1
    )
