"""The gaps that a deed makes: what somebody covers before it, and nobody after it.

What nobody covers anyhow is no news, and what another rotation or a confirmed shift covers all the same is no gap::

    before   |---- ann ----|       |---- bob ----|
    after    |-- confirmed -|            |- cat -|
    opened                         |-----|

It is looked at up to a week beyond the horizon: a rotation whose shifts are all confirmed up to the horizon still
leaves nobody after it. A gap that reaches that end goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.forecast import Outlook, outlook
from oncall.timeline import Interval, Segment, Timeline
from services.kit.wording import escape, span, when
from services.schedules.horizon import decided, rotations_of
from services.shifts.cautions import Caution
from storage.tables import Schedule
from storage.unit import Unit

BEYOND = timedelta(days=7)
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Opening:
    """Time of a role that a deed leaves to nobody; with ``goes_on`` the last stretch has no end in sight."""

    role: str
    times: tuple[Interval, ...]
    goes_on: bool = False

    def texts(self, most: int) -> list[str]:
        """The first stretches, each as it is written, and how many more there are."""
        shown = [span(one.start, one.end) for one in self.times[:most]]
        if self.goes_on and len(self.times) <= most:
            shown[-1] = f"from {when(self.times[-1].start)} on"
        more = len(self.times) - len(shown)
        return [*shown, *([f"and {more} more times"] if more > 0 else [])]


async def outlook_of(tx: Unit, schedule: Schedule, now: datetime) -> Outlook:
    """The schedule as it will be by what is stored."""
    shifts = await tx.shifts.of_schedule(schedule.id, now)
    return outlook(await rotations_of(tx, schedule.id), await decided(tx, schedule, now), shifts)


async def openings(tx: Unit, schedule: Schedule, before: Outlook, after: Outlook, now: datetime) -> tuple[Opening, ...]:
    """By role, in the schedule's order."""
    within = Interval(now, now + timedelta(days=schedule.horizon_days) + BEYOND)
    names = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    return opened(before, after, names, within)


def opened(before: Outlook, after: Outlook, names: Mapping[int, str], within: Interval) -> tuple[Opening, ...]:
    """What is covered before and not after, of every role that rotations fill."""
    filled = {role for rotation in before.rotations for role in rotation.roles}
    found: list[Opening] = []
    for role in (role for role in names if role in filled):
        times = _lost(before.line(role, within), after.line(role, within))
        if times:
            found.append(Opening(names[role], times, times[-1].end == within.end))
    return tuple(found)


def _lost(before: Timeline, after: Timeline) -> tuple[Interval, ...]:
    anybody = Timeline.of(Segment(one.start, one.end, ("anybody",)) for one in before.segments)
    left = anybody.subtract(Interval(one.start, one.end) for one in after.segments)
    return tuple(Interval(one.start, one.end) for one in left.segments)


def cautions_of(found: Sequence[Opening], now: datetime) -> list[Caution]:
    """What to ask before it is done. What runs already, and what has no end in sight, is the same a minute later."""
    return [
        Caution(f"Nobody would be *{escape(one.role)}* {', '.join(one.texts(SHOWN))}.", f"opening {_key(one, now)}")
        for one in found
    ]


def _key(one: Opening, now: datetime) -> str:
    edges = [edge for time in one.times for edge in (time.start, time.end) if edge > now]
    return f"{one.role} {edges[:-1] if one.goes_on else edges}"
