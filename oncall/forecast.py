"""What will be on a schedule once its rotations are others: the coming shifts, and who gains and loses what.

Confirmed shifts stay, and count as what will be. Two kinds give way: those that came in with a linked schedule, where
rotations propose over them, and those that a rotation made and somebody wants changed along with it::

    confirmed        |---- ann ----|---- bob ----|---- ann ----|
    released                             |-bob---|---- ann ----|      from a date on
    after            |---- ann ----|-bob-|--cat--|---- dan ----|
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.changes import Effect, effects
from oncall.proposals import fill, is_replaceable
from oncall.roles import pattern
from oncall.rotations import Rotation
from oncall.shifts import Shift, ShiftSource, ShiftState, timeline
from oncall.timeline import Interval, Timeline


@dataclass(frozen=True, slots=True)
class Outlook:
    """A schedule as it will be: ``rotations`` fill what is not ``taken``, over the confirmed shifts that ``stand``."""

    rotations: Sequence[Rotation]
    taken: Sequence[Shift]
    stand: Sequence[Shift]

    def shifts(self, role_id: int, within: Interval) -> list[Shift]:
        """Who will have the role, in order; of a standing shift, what the rotations leave of it."""
        filled = [shift for shift in fill(self.rotations, self.taken, within) if shift.role_id == role_id]
        over = timeline((replace(shift, user="taken") for shift in filled), state=None)
        kept = (
            replace(shift, start=gap.start, end=gap.end)
            for shift in self.stand
            if shift.role_id == role_id and shift.interval.overlaps(within)
            for gap in over.gaps(shift.interval)
        )
        return sorted([*filled, *kept], key=lambda shift: (shift.start, shift.end))

    def line(self, role_id: int, within: Interval) -> Timeline:
        return timeline(self.shifts(role_id, within), state=None).cut(within)


def outlook(rotations: Sequence[Rotation], decided: Iterable[Shift], standing: Iterable[Shift]) -> Outlook:
    """``decided`` are the shifts that rotations respect, ``standing`` all of the schedule's."""
    taken = [shift for shift in decided if not is_replaceable(shift)]
    return Outlook(rotations, taken, [shift for shift in standing if shift.state is ShiftState.CONFIRMED])


def changes(before: Outlook, after: Outlook, within: Interval) -> tuple[Effect, ...]:
    """Who gains and loses what in ``within``, by role."""
    roles = {role for one in (before, after) for rotation in one.rotations for role in rotation.roles}
    return tuple(
        effect
        for role in sorted(roles)
        for effect in effects(role, before.line(role, within), after.line(role, within))
    )


def released(shifts: Iterable[Shift], rotations: Sequence[Rotation], since: datetime) -> tuple[Shift, ...]:
    """Confirmed shifts from ``since`` on that a rotation made, where one of ``rotations`` has or had somebody.

    One that runs at ``since`` is released from then on. What a person decided is not among them.
    """
    found: list[Shift] = []
    for shift in shifts:
        made = shift.state is ShiftState.CONFIRMED and shift.source is ShiftSource.ROTATION
        rest = replace(shift, start=max(shift.start, since)) if made and shift.end > since else None
        if rest and any(pattern([one], rest.role_id, rest.interval) for one in rotations if rest.role_id in one.roles):
            found.append(rest)
    return tuple(found)


def without(shifts: Iterable[Shift], gone: Sequence[Shift]) -> list[Shift]:
    """The shifts without what is released of them."""
    cut = {shift.id: shift.start for shift in gone}
    return list(_shortened(shifts, cut))


def _shortened(shifts: Iterable[Shift], cut: dict[int | None, datetime]) -> Iterator[Shift]:
    for shift in shifts:
        end = cut.get(shift.id) if shift.id is not None else None
        if end is None:
            yield shift
        elif shift.start < end:
            yield replace(shift, end=min(shift.end, end))


def replacements(outlook: Outlook, gone: Sequence[Shift]) -> tuple[tuple[Shift, ...], tuple[Shift, ...]]:
    """What comes in the place of released shifts, and which of these really go: one that would come back stays."""
    if not gone:
        return (), ()
    within = Interval(min(shift.start for shift in gone), max(shift.end for shift in gone))
    wanted = [s for s in fill(outlook.rotations, outlook.taken, within) if any(_meet(s, one) for one in gone)]
    same = {_key(shift) for shift in wanted} & {_key(shift) for shift in gone}
    new = (replace(s, state=ShiftState.CONFIRMED) for s in wanted if s.user is not None and _key(s) not in same)
    return tuple(new), tuple(shift for shift in gone if _key(shift) not in same)


def _meet(one: Shift, other: Shift) -> bool:
    return one.role_id == other.role_id and one.interval.overlaps(other.interval)


def _key(shift: Shift) -> tuple[int, str | None, datetime, datetime]:
    return shift.role_id, shift.user, shift.start, shift.end
