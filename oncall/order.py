"""Who takes which turn, when people join and leave on given dates.

Members stand in a circle. Each turn goes to the next one in the circle who belongs to the rotation by then.
Joining and leaving never re-deals the others: the circle keeps everybody's place, and whoever is not there is
stepped over. When somebody leaves in the middle of a turn, the next in line stands in for the rest of it and then
takes the turn that was theirs anyway::

    circle       ann  bob  cat      bob leaves here
    turns        ann |bob      ▼    |cat |ann |cat |ann
    stands in                   cat

Time is cut into phases in which the members stay the same. A phase knows which of its turns comes first and who
takes it, so the person of any later turn is one division away: nothing counts up from the first handoff.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

Place = int
"""A position in the circle of members."""


@dataclass(frozen=True, slots=True)
class Stint:
    """One member's time in a rotation: ``[since, until)`` in UTC; None is open. Coming back is a second stint."""

    user: str
    since: datetime | None = None
    until: datetime | None = None

    def covers(self, instant: datetime) -> bool:
        return (self.since is None or self.since <= instant) and (self.until is None or instant < self.until)

    def overlaps(self, other: Stint) -> bool:
        """Whether there is an instant that both cover."""
        return _before(self.since, other.until) and _before(other.since, self.until)


@dataclass(frozen=True, slots=True)
class Phase:
    """From ``start`` on, ``places`` belong. Turn ``turn`` is the first that begins in it and goes to ``places[lead]``.

    ``stand_in`` has the rest of the turn that was running at ``start``; None when nobody belongs.
    """

    start: datetime
    places: tuple[Place, ...]
    turn: int
    lead: int
    stand_in: Place | None

    def place(self, turn: int) -> Place | None:
        """Who has ``turn`` in this phase, or None when nobody belongs."""
        if not self.places:
            return None
        if turn < self.turn:
            return self.stand_in
        return self.places[(self.lead + turn - self.turn) % len(self.places)]


TurnAt = Callable[[datetime], tuple[int, datetime]]
"""Gives the turn that runs at an instant and when it began."""


def phases(members: Sequence[Stint], begin: datetime, lead: Place, turn_at: TurnAt) -> tuple[Phase, ...]:
    """The phases from ``begin`` on, where the turn running at ``begin`` goes to ``lead`` or whoever is next."""
    marks = {mark for stint in members for mark in (stint.since, stint.until) if mark is not None and mark > begin}
    places = _belonging(members, begin)
    owner = lead - 1
    found = [Phase(begin, places, turn_at(begin)[0], _after(places, owner), None)]
    for start in sorted(marks):
        turn, began = turn_at(start)
        running = turn - 1 if began == start else turn
        owner = _owner(found[-1], running, owner)
        places = _belonging(members, start)
        following = _after(places, owner)
        stand_in = owner if owner in places else places[following] if places else None
        found.append(Phase(start, places, running + 1, following, stand_in))
    return tuple(found)


def _owner(phase: Phase, turn: int, before: Place) -> Place:
    """Whose own turn ``turn`` was; a stand-in owns nothing, and where nobody belongs the circle stands still."""
    place = phase.place(turn) if turn >= phase.turn else None
    return before if place is None else place


def _belonging(members: Sequence[Stint], instant: datetime) -> tuple[Place, ...]:
    return tuple(place for place, stint in enumerate(members) if stint.covers(instant))


def _after(places: tuple[Place, ...], last: Place) -> int:
    """The index of the first of ``places`` behind ``last``, going round."""
    return next((index for index, place in enumerate(places) if place > last), 0)


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end
