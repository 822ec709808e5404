"""What each member did and should have done.

Every shift that somebody had is one that somebody had to have: it adds to the target of each member who belonged when
it began, by their share. So a member of 50 % is to do half of what the others do, a new one starts with nothing done
and nothing to do, and whoever was away finds what they are behind by. A shift of somebody who is no member counts for
nobody's target either. Hours are whole hours; all is in thousandths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from oncall.fairness.problem import Load, Measure, Member, Slot, Stand

HOURLY = (Measure.NIGHT, Measure.WEEKEND, Measure.HOLIDAY)


def amount(shift: Slot | Stand, measure: Measure, member: Member) -> int:
    """What the shift counts for the member, in thousandths of a shift or an hour."""
    if measure is Measure.HOLIDAY:
        return _hours(dict(shift.holidays).get(member.region, 0))
    if measure in HOURLY:
        return _hours(shift.night if measure is Measure.NIGHT else shift.weekend)
    return 1_000


def charged(members: Sequence[Member], shifts: Iterable[Stand]) -> tuple[Load, ...]:
    """The loads of ``members`` (also those who left) by ``shifts``: all that are done or will stand, of any age."""
    of, done, targets = (
        {member.user: member for member in members},
        dict[tuple[str, Measure, str], int](),
        Targets(members),
    )
    for shift in shifts:
        owner = of.get(shift.user)
        if owner is None:
            continue
        for measure, kind in measures(shift):
            key = (owner.user, measure, kind)
            done[key] = done.get(key, 0) + amount(shift, measure, owner)
            targets.add(
                measure, kind, shift.start, lambda member, shift=shift, measure=measure: amount(shift, measure, member)
            )
    keys = sorted(set(done) | set(targets.keys()))
    found = (Load(user, m, kind, done.get((user, m, kind), 0), targets.of(user, m, kind)) for user, m, kind in keys)
    return tuple(load for load in found if load.done or load.target)


def measures(shift: Slot | Stand) -> list[tuple[Measure, str]]:
    """What the shift is measured by, with its kind where that matters."""
    hourly = [measure for measure in HOURLY if measure is Measure.HOLIDAY or amount(shift, measure, Member(""))]
    return [
        (Measure.KIND, shift.kind),
        (Measure.ALL, ""),
        *((m, "") for m in hourly if m is not Measure.HOLIDAY or shift.holidays),
    ]


@dataclass
class Targets:
    """Adds up what members should do. Exact: sums are kept per sum of shares, and divided at the end."""

    members: Sequence[Member]
    _sums: dict[tuple[str, Measure, str], dict[int, int]] = field(
        default_factory=dict[tuple[str, Measure, str], dict[int, int]]
    )

    def add(self, measure: Measure, kind: str, at: datetime, amount_for: Callable[[Member], int]) -> None:
        """A shift that begins at ``at``. Where it counts differently for members, the average is shared."""
        there = [member for member in self.members if member.belongs(at)]
        shares = sum(member.share for member in there)
        whole = sum(member.share * amount_for(member) for member in there)
        for member in there if whole else ():
            sums = self._sums.setdefault((member.user, measure, kind), {})
            sums[shares] = sums.get(shares, 0) + member.share * whole

    def keys(self) -> Iterable[tuple[str, Measure, str]]:
        return self._sums.keys()

    def of(self, user: str, measure: Measure, kind: str) -> int:
        """In thousandths."""
        sums = self._sums.get((user, measure, kind), {})
        return round(sum((Fraction(number, shares * shares) for shares, number in sorted(sums.items())), Fraction()))


def _hours(minutes: int) -> int:
    return 1_000 * round(minutes / 60)
