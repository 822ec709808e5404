"""Who has how much of a role against their fair share, and whether that is in balance.

Every shift is shared out among the members who were there when it began, by their shares: that is the *target*. Whoever
joined later has no part of what was before, so nobody catches up; shifts of people who have left, and time that nobody
has, are shared out among nobody. What each *did* and has *ahead* is held against it::

    difference = done + ahead - target            1 shift too many is +1

==============================================  ========================================
|difference|, in units (a shift, or its length)  standing
==============================================  ========================================
at most 1                                        balanced: shifts can't be halved
at most 2                                        slightly off
more, but less than it is without what is ahead  far off, but improving
more                                             far off
==============================================  ========================================

Covers and swaps need no bookkeeping of their own: a shift counts for whoever really has it. Instants are in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FULL_SHARE = 100
HOUR = timedelta(hours=1)
REMEMBERED = timedelta(days=365)
"""How long what somebody did counts."""
NEAR, FAR = 1.0, 2.0
CLOSE = 1e-9
"""Shares that are no whole numbers add up to nearly one."""


@dataclass(frozen=True, slots=True, order=True)
class Served:
    """One shift, done or ahead: ``[start, end)``, whose it is, its type, and what ``part`` of such a shift it is."""

    start: datetime
    end: datetime
    user: str
    kind: str = ""
    part: float = 1.0

    @property
    def hours(self) -> float:
        return (self.end - self.start) / HOUR


@dataclass(frozen=True, slots=True)
class Sharer:
    """A member: ``share`` in percent of a full one, and since when they are there (None: from the beginning)."""

    user: str
    share: int = FULL_SHARE
    since: datetime | None = None


class Standing(StrEnum):
    """How somebody stands against their share, the best first."""

    BALANCED = "balanced"
    SLIGHTLY = "slightly off"
    IMPROVING = "far off, but improving"
    FAR = "far off"


@dataclass(frozen=True, slots=True)
class Line:
    """What one member did, has ahead, and should have; ``due`` is the part of the target that is for what began."""

    done: float = 0.0
    ahead: float = 0.0
    target: float = 0.0
    due: float = 0.0

    @property
    def difference(self) -> float:
        """More than their share is positive."""
        return self.done + self.ahead - self.target

    def standing(self, unit: float = 1.0) -> Standing:
        """``unit`` is what one shift counts."""
        off = abs(self.difference) / unit if unit else 0.0
        if off <= NEAR + CLOSE:
            return Standing.BALANCED
        if off <= FAR + CLOSE:
            return Standing.SLIGHTLY
        improving = abs(self.difference) < abs(self.done - self.due) - CLOSE
        return Standing.IMPROVING if improving else Standing.FAR


def lines(
    served: Iterable[Served], sharers: Sequence[Sharer], now: datetime, count: Callable[[Served, str], float]
) -> dict[str, Line]:
    """Each member's line, in the order of ``sharers``; ``count`` is what a shift counts for a member, and where it
    counts differently for them, the average is shared out. A shift that runs is done."""
    sums: dict[str, list[float]] = {one.user: [0.0, 0.0, 0.0, 0.0] for one in sharers}
    for shift in served:
        there = shares_at(sharers, shift.start)
        if shift.user not in sums:
            continue
        worth = sum(count(shift, user) * part for user, part in there.items())
        begun = shift.start <= now
        sums[shift.user][0 if begun else 1] += count(shift, shift.user)
        for user, part in there.items():
            sums[user][2] += worth * part
            sums[user][3] += worth * part if begun else 0.0
    return {user: Line(*found) for user, found in sums.items()}


def shares_at(sharers: Iterable[Sharer], instant: datetime) -> Mapping[str, float]:
    """What part of a shift that begins then is whose; the parts add up to one, or nobody is there."""
    there = [one for one in sharers if (one.since is None or one.since <= instant) and one.share > 0]
    whole = sum(one.share for one in there)
    return {one.user: one.share / whole for one in there}


def hours_under(served: Iterable[Served], sharers: Sequence[Sharer], now: datetime) -> dict[str, timedelta]:
    """How much less than their share each member has, done and ahead together."""
    found = lines(served, sharers, now, lambda shift, _user: shift.hours)
    return {user: -line.difference * HOUR for user, line in found.items()}
