"""On-call switches, found by comparing what was told last with the shifts as they are: pure, and safe to repeat.

What is known is who was on call per role at ``told_at``, because somebody was told so. Between then and now the roles'
timelines may have handoffs, and they may have been changed since::

    told:       alice ─────────┐ told_at                         now
    timeline:   ───── alice ───┼──────|── bob ──|── carol ────────┼───
                                      ▲         ▲
                                      a switch at each handoff after told_at

    told:       alice ─────────┐
    timeline:   ───── bob ─────┼──────────────────────────────────┼───
                                                                  ▲
                                      changed under us: a switch now, at the instant it is noticed

A handoff that leaves the set of people as it was is no switch. Switches of one instant belong together. Those that
happened more than ``GRACE`` ago were missed while nothing was running; they become one summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from oncall.roster import who
from oncall.timeline import NOBODY, Interval, Timeline, Users

GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One role's people change at an instant."""

    at: datetime
    role_id: int
    before: Users
    after: Users

    def pairs(self) -> Iterator[tuple[str | None, str | None]]:
        """Those who end and those who start, side by side in order; where one side has more, nobody is None."""
        ending = (user for user in self.before if user not in self.after)
        starting = (user for user in self.after if user not in self.before)
        return zip_longest(ending, starting)


@dataclass(frozen=True, slots=True)
class Switch:
    """What is told together: every step of one instant, or a summary of what was missed."""

    at: datetime
    steps: tuple[Step, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """Until when a role stays as it is, and who follows."""

    until: datetime | None
    following: Users


def switches(
    told: Mapping[int, Users], told_at: datetime, timelines: Mapping[int, Timeline], now: datetime
) -> tuple[Switch, ...]:
    """Everything that is to be told at ``now``, in order; ``timelines`` must reach from ``told_at`` to ``now``."""
    found = sorted(
        step
        for role, timeline in timelines.items()
        for step in _steps(role, told.get(role, NOBODY), told_at, timeline, now)
    )
    late = tuple(step for step in found if step.at < now - GRACE)
    fresh: dict[datetime, list[Step]] = {}
    for step in found[len(late) :]:
        fresh.setdefault(step.at, []).append(step)
    summary = (Switch(now, late, late=True),) if late else ()
    return (*summary, *(Switch(at, tuple(steps)) for at, steps in sorted(fresh.items())))


def _steps(role: int, known: Users, told_at: datetime, timeline: Timeline, now: datetime) -> Iterable[Step]:
    current = known
    for at in timeline.handoffs():
        if told_at < at <= now:
            after = timeline.at(at)
            if after != current:
                yield Step(at, role, current, after)
                current = after
    if timeline.at(now) != current:
        yield Step(now, role, current, timeline.at(now))


def on_call(timelines: Mapping[int, Timeline], at: datetime) -> dict[int, Users]:
    """Who is on call per role; roles with nobody are left out."""
    return {role: users for role, timeline in timelines.items() if (users := timeline.at(at))}


def outlook(timeline: Timeline, at: datetime) -> Outlook:
    """How it goes on after ``at``."""
    duty = who(timeline, at)
    return Outlook(duty.until, duty.following)


def reminders(timelines: Mapping[int, Timeline], now: datetime, lead: timedelta) -> Iterable[tuple[int, str, Interval]]:
    """Who comes on call within ``lead``, by role, with the whole stretch they will be on call for."""
    for role, timeline in timelines.items():
        for index, segment in enumerate(timeline.segments):
            if not now < segment.start <= now + lead:
                continue
            former = timeline.segments[index - 1] if index else None
            already = former.users if former is not None and former.end == segment.start else NOBODY
            for user in segment.users:
                if user not in already:
                    yield role, user, Interval(segment.start, _end(timeline, index, user))


def _end(timeline: Timeline, index: int, user: str) -> datetime:
    """When a person who comes on call with a segment goes off again."""
    end = timeline.segments[index].end
    for segment in timeline.segments[index + 1 :]:
        if segment.start != end or user not in segment.users:
            break
        end = segment.end
    return end
