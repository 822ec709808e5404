"""Extending a schedule to its horizon: which proposed shifts to add, and which to drop because they are stale.

Time that a person decided about is taken: confirmed shifts, confirmed shifts without a person, and proposals that
did not come from a rotation. The rest of each role, from now until the horizon, is filled from its rotations. Turns
are proposed whole: one that begins before the horizon reaches to its own end, so that extending day by day does
not chop a week into days::

    taken      |== eve ==|        |(nobody)|
    rotation   |------- ann -------|------- bob -------|
    proposed             |-- ann --|       |--- bob ---|

A rotation with a backup never has one person in both roles at once. The first role avoids those who are already
fixed in the second, then the second avoids everybody in the first; whoever would be in both gives way to the next
in line, only for the stretch in which they would.

The result is a change set against the proposals that are there. Equal input gives equal output, and applying a
change set leaves nothing to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from oncall.roles import Slot, slots
from oncall.rotations import Rotation, spans
from oncall.shifts import Shift, ShiftSource, ShiftState, timeline
from oncall.timeline import NOBODY, Interval, Segment, Timeline, Users, merged

DEFAULT_HORIZON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Proposal:
    """What extending does to the proposed shifts: ``drop`` go, ``add`` are new. Confirmed shifts never move."""

    drop: tuple[Shift, ...] = ()
    add: tuple[Shift, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.drop or self.add)


def propose(
    rotations: Sequence[Rotation], existing: Iterable[Shift], now: datetime, horizon_days: int = DEFAULT_HORIZON_DAYS
) -> Proposal:
    """Fill the schedule from ``now`` to its horizon; ``existing`` are all its shifts that end after ``now``."""
    current = [shift for shift in existing if shift.end > now]
    taken = [shift for shift in current if not is_replaceable(shift)]
    wanted = {_key(shift, now): shift for shift in fill(rotations, taken, Interval(now, now + timedelta(horizon_days)))}
    stale = [s for s in sorted(filter(is_replaceable, current), key=_order) if not wanted.pop(_key(s, now), None)]
    return Proposal(tuple(stale), tuple(wanted.values()))


def next_turn(rotations: Iterable[Rotation], horizon: datetime, latest: datetime) -> datetime:
    """The first instant from ``horizon`` on at which a turn or a window begins; ``latest`` where none does before."""
    begins = (_first_begin(rotation, Interval(horizon, latest)) for rotation in rotations)
    return min((at for at in begins if at is not None), default=latest)


def _first_begin(rotation: Rotation, within: Interval) -> datetime | None:
    return next((start for start, _end, _turn in spans(rotation, within) if start >= within.start), None)


def is_replaceable(shift: Shift) -> bool:
    """Whether nobody decided about it: a rotation proposed it, and it is not confirmed."""
    return shift.state is ShiftState.PROPOSED and shift.source is ShiftSource.ROTATION


def fill(rotations: Sequence[Rotation], taken: Sequence[Shift], within: Interval) -> tuple[Shift, ...]:
    """Shifts for all time of ``rotations`` that begins in ``within`` and is not ``taken``, by role and start."""
    roles = {role for rotation in rotations for role in rotation.roles}
    leading = {rotation.role_id for rotation in rotations if rotation.backup}
    busy = {role: timeline((shift for shift in taken if shift.role_id == role), state=None) for role in roles}
    filled: list[Shift] = []
    for role in sorted(roles, key=lambda role: (role not in leading, role)):
        free = _free(slots(rotations, role, within), _closed(taken, role), within.start)
        staffed = (shift for slot in free for shift in _staffed(slot, _busy_with(slot.paired, busy)))
        shifts = [shift for shift in staffed if shift.start < within.end]
        busy[role] = busy[role].overlay(timeline(shifts, state=None))
        filled.extend(shifts)
    return tuple(sorted(filled, key=_order))


def _closed(taken: Iterable[Shift], role_id: int) -> Timeline:
    """When a role is not to be filled, whether somebody has it or it is left unassigned on purpose."""
    return Timeline.union(Segment(shift.start, shift.end, ("taken",)) for shift in taken if shift.role_id == role_id)


def _busy_with(role_id: int | None, busy: Mapping[int, Timeline]) -> Timeline:
    return Timeline() if role_id is None else busy[role_id]


def _free(wanted: Iterable[Slot], taken: Timeline, now: datetime) -> Iterator[Slot]:
    """The parts of ``wanted`` from ``now`` on that are not ``taken``."""
    for slot in wanted:
        for gap in taken.gaps(Interval(max(slot.start, now), slot.end)):
            yield replace(slot, start=gap.start, end=gap.end)


def _staffed(slot: Slot, busy: Timeline) -> Iterator[Shift]:
    """Shifts that fill ``slot`` with the first in line who is not ``busy``; nobody, where everybody is."""
    nearby = busy.cut(Interval(slot.start, slot.end))
    cuts = sorted({slot.start, slot.end, *nearby.handoffs()})
    cells = (Segment(start, end, _first_free(slot.line, nearby.at(start))) for start, end in pairwise(cuts))
    for start, end, users in ((cell.start, cell.end, cell.users) for cell in merged(cells)):
        yield Shift(slot.role_id, users[0], start, end, ShiftState.PROPOSED, ShiftSource.ROTATION)


def _first_free(line: Users, busy: Users) -> Users:
    return next(((user,) for user in line if user not in busy), NOBODY)


def _key(shift: Shift, now: datetime) -> tuple[int, str | None, datetime, datetime]:
    return shift.role_id, shift.user, max(shift.start, now), shift.end


def _order(shift: Shift) -> tuple[int, datetime, datetime]:
    return shift.role_id, shift.start, shift.end
