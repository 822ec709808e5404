"""A rotation as it was read out of an external schedule, and what could not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from oncall.civil import wall_time
from oncall.pace import Counts, Unit, pace_of
from sync.core.weekly_hours import Hours


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rotation as it could be filled in. ``first_handoff`` is a wall time in ``zone``, ``members`` are external ids.

    ``since`` is the instant from which on it holds; None where it holds now, or from the first handoff on. ``until`` is
    the one at which it ends; None where it goes on.
    """

    name: str
    every: int
    unit: Unit
    first_handoff: datetime
    members: tuple[str, ...]
    zone: str
    hours: Hours = field(default_factory=Hours)
    counts: Counts = Counts.CALENDAR
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A part of an external schedule that no rotation says, and why, as the end of a sentence about it."""

    name: str
    why: str


def running(pattern: Pattern, at: datetime, before_first: bool) -> Pattern:
    """The same, from the turn that runs at ``at`` on; ``before_first`` says whether there are turns before the first
    handoff."""
    coverage = pattern.hours.coverage
    pace = pace_of(pattern.first_handoff, pattern.every, pattern.unit, pattern.counts, coverage)
    turn = pace.turn(wall_time(at, pattern.zone))
    turn = turn if before_first else max(turn, 0)
    lead = turn % len(pattern.members)
    return Pattern(
        name=pattern.name,
        every=pattern.every,
        unit=pattern.unit,
        first_handoff=pace.wall(turn),
        members=pattern.members[lead:] + pattern.members[:lead],
        zone=pattern.zone,
        hours=pattern.hours,
        counts=pattern.counts,
        since=pattern.since,
        until=pattern.until,
    )


def order_obstacle(users: Sequence[str], strangers: Mapping[str, str]) -> str:
    """Why these people in this order are no order of a rotation; empty when they are. ``strangers`` have names."""
    missing = list(dict.fromkeys(strangers[user] for user in users if user in strangers))
    if missing:
        return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} nobody in Slack"
    return "somebody has several places in its order" if len(set(users)) < len(users) else ""


def numbered(name: str, count: int) -> list[str]:
    """A name for each of several rotations that are one thing there."""
    return [name or "Rotation"] if count == 1 else [f"{name or 'Rotation'} ({number + 1})" for number in range(count)]
