"""Who is on call now, until when, and who is next: for one role, one schedule, or many schedules at once.

A :class:`Roster` holds the resolved timelines of many schedules and answers point queries by bisection over the
instants at which anything changes. A gap is an answer too: nobody, until the next segment begins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from oncall.timeline import NOBODY, Interval, Timeline, Users


@dataclass(frozen=True, slots=True)
class Duty:
    """``users`` are on call in ``[since, until)``, and ``following`` after that; an open end is None."""

    users: Users
    since: datetime | None
    until: datetime | None
    following: Users


@dataclass(frozen=True, slots=True)
class RoleChange:
    """One role's people before and after a handoff."""

    role_id: int
    before: Users
    after: Users


@dataclass(frozen=True, slots=True)
class Handoff:
    """Everything that changes in one schedule at one instant, by role."""

    at: datetime
    changes: tuple[RoleChange, ...]


OFF_DUTY = Duty(NOBODY, None, None, NOBODY)


def who(timeline: Timeline, at: datetime) -> Duty:
    """Who is on call at ``at``, until when, and who is next."""
    return _duty(*_steps(timeline), at)


def handoffs(timelines: Mapping[int, Timeline], within: Interval) -> tuple[Handoff, ...]:
    """Every instant of ``within`` at which a role's people change, with all roles that change then."""
    changes: dict[datetime, list[RoleChange]] = {}
    for role_id, timeline in sorted(timelines.items()):
        before = NOBODY
        for at, after in zip(*_steps(timeline), strict=True):
            if within.contains(at):
                changes.setdefault(at, []).append(RoleChange(role_id, before, after))
            before = after
    return tuple(Handoff(at, tuple(changes[at])) for at in sorted(changes))


Steps = tuple[tuple[datetime, ...], tuple[Users, ...]]
"""Instants at which the people of a role change, and who is on call from each of them on."""


class Roster:
    """The resolved timelines of many schedules, by schedule and role, ready for point queries."""

    __slots__ = ("_schedules",)

    def __init__(self) -> None:
        self._schedules: dict[int, dict[int, Steps]] = {}

    def __len__(self) -> int:
        return len(self._schedules)

    def put(self, schedule_id: int, timelines: Mapping[int, Timeline]) -> None:
        """Take these timelines, by role, in place of whatever was known of the schedule."""
        self._schedules[schedule_id] = {role_id: _steps(timeline) for role_id, timeline in sorted(timelines.items())}

    def remove(self, schedule_id: int) -> None:
        """Forget a schedule; one that isn't known is fine."""
        self._schedules.pop(schedule_id, None)

    def who(self, schedule_id: int, role_id: int, at: datetime) -> Duty:
        """Who has the role at ``at``; nobody, when the schedule or the role isn't known."""
        steps = self._schedules.get(schedule_id, {}).get(role_id)
        return OFF_DUTY if steps is None else _duty(*steps, at)

    def on_call(self, schedule_id: int, at: datetime) -> dict[int, Duty]:
        """Who has each role of the schedule at ``at``."""
        return {role_id: _duty(*steps, at) for role_id, steps in self._schedules.get(schedule_id, {}).items()}

    def next_handoff(self, schedule_id: int, after: datetime) -> datetime | None:
        """The first instant after ``after`` at which any role of the schedule changes."""
        duties = self.on_call(schedule_id, after).values()
        return min((duty.until for duty in duties if duty.until is not None), default=None)


def _steps(timeline: Timeline) -> Steps:
    steps = list(_each_step(timeline))
    return tuple(at for at, _ in steps), tuple(users for _, users in steps)


def _each_step(timeline: Timeline) -> Iterator[tuple[datetime, Users]]:
    end: datetime | None = None
    for segment in timeline.segments:
        if end is not None and end < segment.start:
            yield end, NOBODY
        yield segment.start, segment.users
        end = segment.end
    if end is not None:
        yield end, NOBODY


def _duty(instants: tuple[datetime, ...], users: tuple[Users, ...], at: datetime) -> Duty:
    index = bisect_right(instants, at)
    now = users[index - 1] if index else NOBODY
    since = instants[index - 1] if index else None
    if index == len(instants):
        return Duty(now, since, None, NOBODY)
    return Duty(now, since, instants[index], users[index])
