"""Shifts of one role, and what assigning does to the ones that were there.

Assigning replaces whatever the role had in the interval. A shift that sticks out on either side keeps what
sticks out; one that sticks out on both sides becomes two::

    before   |------ ann ------|----- bob -----|
    assign              |--- cat ---|
    after    |-- ann ---|--- cat ---|-- bob ---|

Nothing outside the interval moves, and nobody's shift is lost by accident: the result names every shift that
goes, every one that is shortened, and every one that is new. Instants are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from oncall.timeline import Interval, Segment, Timeline, alone


class ShiftState(StrEnum):
    """Only confirmed shifts leave Baton."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"


class ShiftSource(StrEnum):
    """Who or what made a shift."""

    ROTATION = "rotation"
    OPTIMISER = "optimiser"
    PERSON = "person"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Shift:
    """One person, one role, ``[start, end)`` in UTC. ``id`` is None until it is stored; ``user`` None is unassigned."""

    role_id: int
    user: str | None
    start: datetime
    end: datetime
    state: ShiftState = ShiftState.CONFIRMED
    source: ShiftSource = ShiftSource.PERSON
    id: int | None = None
    revision: int = 1

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """What an assignment does: ``removed`` go, ``resized`` keep their id with new bounds, ``added`` are new."""

    removed: tuple[Shift, ...] = ()
    resized: tuple[Shift, ...] = ()
    added: tuple[Shift, ...] = ()


def assign(existing: Iterable[Shift], new: Shift) -> ShiftChange:
    """Put ``new`` in place of whatever its role has in its interval; shifts of other roles are ignored."""
    return _replace(existing, new.role_id, new.interval, (new,))


def clear(existing: Iterable[Shift], role_id: int, interval: Interval) -> ShiftChange:
    """Take everybody of ``role_id`` off ``interval``."""
    return _replace(existing, role_id, interval, ())


def _replace(existing: Iterable[Shift], role_id: int, interval: Interval, new: tuple[Shift, ...]) -> ShiftChange:
    removed: list[Shift] = []
    resized: list[Shift] = []
    added: list[Shift] = list(new)
    for shift in sorted(existing, key=lambda s: s.start):
        if shift.role_id != role_id or not shift.interval.overlaps(interval):
            continue
        rests = _rests(shift, interval)
        if not rests:
            removed.append(shift)
            continue
        resized.append(rests[0])
        added.extend(replace(rest, id=None, revision=1) for rest in rests[1:])
    return ShiftChange(tuple(removed), tuple(resized), tuple(sorted(added, key=lambda s: s.start)))


def _rests(shift: Shift, hole: Interval) -> list[Shift]:
    rests: list[Shift] = []
    if shift.start < hole.start:
        rests.append(replace(shift, end=hole.start, revision=shift.revision + 1))
    if hole.end < shift.end:
        rests.append(replace(shift, start=hole.end, revision=shift.revision + 1))
    return rests


def timeline(shifts: Iterable[Shift], *, state: ShiftState | None = ShiftState.CONFIRMED) -> Timeline:
    """Who is on call by these shifts (of one role, or of several together). ``state`` None takes proposed ones too."""
    return Timeline.union(
        Segment(s.start, s.end, alone(s.user))
        for s in shifts
        if s.user is not None and (state is None or s.state is state)
    )


def covered(shifts: Iterable[Shift], since: datetime) -> tuple[Interval, ...]:
    """When somebody has one of these shifts, from ``since`` on, as few stretches as it takes."""
    found: list[Interval] = []
    taken = [shift for shift in shifts if shift.user is not None and shift.end > since]
    for shift in sorted(taken, key=lambda one: one.start):
        start = max(shift.start, since)
        if found and start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, shift.end))
        else:
            found.append(Interval(start, shift.end))
    return tuple(found)
