"""A schedule as it is: all that dealing its shifts goes by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from oncall.availability import Leaning, Wish
from oncall.fairness.arrangement import Arrangement, Wanted, wanted
from oncall.fairness.hours import Unsocial, measured
from oncall.shifts import Shift
from oncall.timeline import Interval


@dataclass(frozen=True, slots=True, order=True)
class Elsewhere:
    """A shift that a member has in the schedule ``where``; ``allows`` is whether that one allows two at once."""

    start: datetime
    end: datetime
    user: str
    where: str
    allows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that dealing goes by. ``roles`` are names by id in the schedule's order, ``shifts`` those of every role that
    end after a year ago, ``holidays`` dates by member; ``unfit`` can't be put on call at all."""

    now: datetime
    roles: Mapping[int, str]
    versions: Mapping[int, tuple[Arrangement, ...]]
    shifts: tuple[Shift, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    wishes: tuple[Wish, ...] = ()
    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict[str, frozenset[date]])
    unfit: frozenset[str] = frozenset()

    @property
    def first_role(self) -> int:
        return next(iter(self.roles))

    def wanted(self, within: Interval) -> list[Wanted]:
        """What fair roles want filled that meets ``within``, by start."""
        return wanted([version for found in self.versions.values() for version in found], within)

    def kind(self, one: Wanted) -> str:
        """The shift type; of several fair roles, each has types of its own."""
        several = len([role for role, found in self.versions.items() if found]) > 1
        return f"{one.kind} ({self.roles.get(one.role_id, '')})" if several else one.kind

    def away(self, user: str, span: Interval) -> bool:
        """Whether somebody can't be on call at some time within."""
        return any(
            wish.user == user and wish.leaning is Leaning.CANNOT and wish.start < span.end and span.start < wish.end
            for wish in self.wishes
        )

    def busy_elsewhere(self, user: str, span: Interval, version: Arrangement) -> bool:
        return any(
            one.user == user and one.start < span.end and span.start < one.end and not both_allow(one, version)
            for one in self.elsewhere
        )


def both_allow(one: Elsewhere, version: Arrangement) -> bool:
    return one.allows and version.allows_double


def unsocial(situation: Situation, one: Wanted, start: datetime, end: datetime) -> Unsocial:
    """What of ``[start, end)`` is night, weekend and, for each member, public holiday."""
    free = {user: situation.holidays.get(user, frozenset[date]()) for user in one.arrangement.users}
    return measured(start, end, one.arrangement.zone, {user: days for user, days in free.items() if days})


def fits(situation: Situation, user: str, version: Arrangement, span: Interval) -> bool:
    """Whether somebody may be on call then as far as they themselves go: belongs, is there, and is free elsewhere."""
    belongs = user in version.users and user not in situation.unfit
    return belongs and not situation.away(user, span) and not situation.busy_elsewhere(user, span, version)


def main_holder(parts: Iterable[tuple[str | None, Interval]], span: Interval) -> str | None:
    """Who has most of ``span``; of equals the first by name."""
    held: dict[str, timedelta] = {}
    for user, part in parts:
        if user is not None and part.overlaps(span):
            length = min(part.end, span.end) - max(part.start, span.start)
            held[user] = held.get(user, timedelta()) + length
    return max(sorted(held), key=lambda user: held[user], default=None)
