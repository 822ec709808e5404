"""Whom to ask for cover, and when to ask the next one: pure rules about one stretch of one role.

Who can't have it is not asked: whoever is away then, or on call then anywhere. The others are ranked by how far they
are under their share, in hours; a wish about that time counts as much as the stretch itself, and whoever would have too
little rest comes last. Equal ones keep the order of the schedule's members.

::

    asked one by one ──12 hours before the start, or all were asked──► everybody at once
       │   no, later: the next one at once
       └── no answer: the next one after a twelfth of the time that is left, between one and four hours

Whoever did not answer in time can still take it. Those who said no are never asked again, nor those whose offer to swap
is with the asker; those who said later, or nothing, are asked once more when everybody is. Instants are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.availability import Leaning, Wish
from oncall.timeline import Interval

EVERYBODY_WITHIN = timedelta(hours=12)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(hours=1), timedelta(hours=4)
PART_OF_WHAT_IS_LEFT = 12
NONE = timedelta(0)


class Answer(StrEnum):
    """What somebody who was asked has said so far; ``SWAP`` is a swap that they offer, ``PASSED`` no answer in time."""

    NONE = ""
    PASSED = "passed"
    LATER = "later"
    SWAP = "swap"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be on call for the role. ``under`` is how much less than their share they have, ahead included.

    ``on_call`` is when they have shifts, of any schedule; ``rest`` how long they should be off before and after one.
    """

    user: str
    under: timedelta = NONE
    on_call: Sequence[Interval] = ()
    wishes: Sequence[Wish] = ()
    rest: timedelta = NONE

    def away(self, time: Interval) -> bool:
        return self._leaning(time) is Leaning.CANNOT

    def is_free(self, time: Interval) -> bool:
        """Whether they could be on call then at all."""
        return not self.away(time) and not any(one.overlaps(time) for one in self.on_call)

    def rests(self, time: Interval) -> bool:
        """Whether they would be off for long enough on either side."""
        wider = Interval(time.start - self.rest, time.end + self.rest)
        return not any(one.overlaps(wider) for one in self.on_call)

    def worth(self, time: Interval) -> timedelta:
        """What they are ranked by, the most first."""
        length = time.end - time.start
        wished = {Leaning.WOULD_LIKE: length, Leaning.RATHER_NOT: -length}
        leaning = self._leaning(time)
        return self.under + (wished.get(leaning, NONE) if leaning else NONE)

    def _leaning(self, time: Interval) -> Leaning | None:
        """The strongest wish about any part of that time."""
        order = list(Leaning)
        found = [wish.leaning for wish in self.wishes if wish.start < time.end and time.start < wish.end]
        return min(found, key=order.index, default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens next: whom to ask now, whether that is everybody, and when to look again (None: never)."""

    ask: tuple[str, ...]
    everybody: bool
    look_at: datetime | None


def ranked(candidates: Iterable[Candidate], time: Interval) -> list[str]:
    """Who is asked one by one, the best first; of equal ones who comes first in ``candidates``."""
    free = [one for one in candidates if one.is_free(time) and one.rests(time)]
    return [one.user for one in sorted(free, key=lambda one: -one.worth(time))]


def could(candidates: Iterable[Candidate], time: Interval) -> list[str]:
    """Who is asked when everybody is: too little rest they may weigh themselves."""
    found = list(candidates)
    first = ranked(found, time)
    return [*first, *(one.user for one in found if one.is_free(time) and one.user not in first)]


def patience(left: timedelta) -> timedelta:
    """How long somebody has to answer when the shift starts in ``left``."""
    return min(max(left / PART_OF_WHAT_IS_LEFT, SHORTEST_WAIT), LONGEST_WAIT)


def next_step(candidates: Sequence[Candidate], answers: Mapping[str, Answer], time: Interval, now: datetime) -> Step:
    """Whom to ask now, given what those have said who were asked."""
    left = time.start - now
    waiting = [user for user in ranked(candidates, time) if user not in answers]
    if left <= EVERYBODY_WITHIN or not waiting:
        willing = [user for user in could(candidates, time) if answers.get(user) not in (Answer.NO, Answer.SWAP)]
        return Step(tuple(willing), everybody=True, look_at=None)
    look_at = min(now + patience(left), time.start - EVERYBODY_WITHIN)
    return Step((waiting[0],), everybody=False, look_at=look_at)
