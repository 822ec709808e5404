"""How a role is filled fairly, as an admin set it: shifts, members with their shares, and how much each rule counts.

An :class:`Arrangement` is one version; it holds from ``since`` until the next one does. A role without a version that
holds is filled in order, by rotations. Versions that ended stay: by them past shifts are told apart by type.

``since`` of a member is when they joined: their fair share counts from that day, so that nobody is made to catch up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any, Self

from oncall.fairness.patterns import Days, Pattern, Stretch, Who, stretches
from oncall.fairness.problem import SOFT, Rule, Weight
from oncall.timeline import Interval

FULL_SHARE = 100
MOST_MEMBERS = 50
LONGEST = timedelta(days=15)
"""Within so long a shift begins, whatever the patterns."""


@dataclass(frozen=True, slots=True)
class FairMember:
    """Somebody who is dealt shifts; ``share`` in percent of a full one, ``since`` when they joined."""

    user: str
    share: int = FULL_SHARE
    since: datetime | None = None


def usual_weights() -> dict[Rule, Weight]:
    """What each soft rule counts where nobody has chosen."""
    return {**dict.fromkeys(SOFT, Weight.NORMAL), Rule.CHANGES: Weight.HIGH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """One version of how a role is filled; ``[since, until)`` in UTC is when it holds, ``until`` None is open.

    ``rest_hours`` is what lies between two shifts of a member at least; within any ``in_days`` days a member is on call
    for at most ``most_hours``, None for any. Two shifts of a member begin ``apart_days`` days apart where that can be,
    or follow each other where they are ``grouped``. ``allows_double`` lets a member be on call in another schedule at
    the same time, where that one allows it too.
    """

    role_id: int
    zone: str
    patterns: tuple[Pattern, ...]
    members: tuple[FairMember, ...]
    since: datetime
    until: datetime | None = None
    weights: Mapping[Rule, Weight] = field(default_factory=usual_weights)
    apart_days: int = 0
    grouped: bool = False
    rest_hours: int = 0
    most_hours: int | None = None
    in_days: int = 7
    allows_double: bool = False
    id: int | None = None

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(member.user for member in self.members)

    def holds_in(self, within: Interval) -> Interval | None:
        """The part of ``within`` in which this version holds."""
        start = max(within.start, self.since)
        end = within.end if self.until is None else min(within.end, self.until)
        return Interval(start, end) if start < end else None

    def facts(self) -> dict[str, Any]:
        """What it says, as it is stored; when it holds is kept beside it."""
        return {
            "zone": self.zone,
            "patterns": [[p.days.value, p.start.strftime("%H:%M"), p.who.value, p.member] for p in self.patterns],
            "members": [[m.user, m.share, m.since.isoformat() if m.since else None] for m in self.members],
            "weights": {rule.value: weight.value for rule, weight in self.weights.items()},
            "apart_days": self.apart_days,
            "grouped": self.grouped,
            "rest_hours": self.rest_hours,
            "most_hours": self.most_hours,
            "in_days": self.in_days,
            "allows_double": self.allows_double,
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any], **when: Any) -> Self:
        """What :meth:`facts` wrote; ``when`` are the attributes that are not in it."""
        weights = usual_weights() | {Rule(rule): Weight(weight) for rule, weight in facts["weights"].items()}
        return cls(
            zone=facts["zone"],
            patterns=tuple(
                Pattern(Days(days), time.fromisoformat(start), Who(who), member)
                for days, start, who, member in facts["patterns"]
            ),
            members=tuple(
                FairMember(user, share, datetime.fromisoformat(since) if since else None)
                for user, share, since in facts["members"]
            ),
            weights=weights,
            apart_days=facts["apart_days"],
            grouped=facts["grouped"],
            rest_hours=facts["rest_hours"],
            most_hours=facts["most_hours"],
            in_days=facts["in_days"],
            allows_double=facts["allows_double"],
            **when,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch that is to be filled by a version, cut to when it holds; ``kind`` is its shift type."""

    arrangement: Arrangement
    start: datetime
    end: datetime
    pattern: Pattern

    @property
    def role_id(self) -> int:
        return self.arrangement.role_id

    @property
    def kind(self) -> str:
        return self.pattern.kind

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


def wanted(versions: Sequence[Arrangement], within: Interval) -> list[Wanted]:
    """What versions want filled that begins in ``within``, or runs at its start, by start and role; not what is for
    nobody. A stretch is cut where its version begins or ends."""
    found: list[Wanted] = []
    for version in versions:
        span = version.holds_in(within)
        if span is None:
            continue
        for stretch in stretches(version.patterns, version.zone, span):
            one = _cut(version, stretch)
            if one.start < one.end and one.pattern.who is not Who.NOBODY:
                found.append(one)
    return sorted(found, key=lambda one: (one.start, one.role_id))


def _cut(version: Arrangement, stretch: Stretch) -> Wanted:
    end = stretch.end if version.until is None else min(stretch.end, version.until)
    return Wanted(version, max(stretch.start, version.since), end, version.patterns[stretch.pattern])


def superseded(versions: Sequence[Arrangement], at: datetime) -> list[Arrangement]:
    """The versions of one role as they are once another one, or none, holds from ``at`` on."""
    kept = (version for version in versions if version.since < at)
    return [replace(v, until=at) if v.until is None or v.until > at else v for v in kept]


def holding(versions: Sequence[Arrangement], at: datetime) -> Arrangement | None:
    """The version of one role that holds at ``at``, else the first that will."""
    later = [v for v in versions if v.until is None or v.until > at]
    return min(later, key=lambda version: version.since, default=None)


def newest(versions: Sequence[Arrangement], at: datetime) -> Arrangement | None:
    """The version of one role that somebody set last, which may begin only after ``at``; None where all have ended."""
    later = [v for v in versions if v.until is None or v.until > at]
    return max(later, key=lambda version: version.since, default=None)


def next_start(version: Arrangement, at: datetime) -> datetime:
    """When the next of its shifts begins, at ``at`` or later."""
    ahead = stretches(version.patterns, version.zone, Interval(at, at + LONGEST))
    return next((one.start for one in ahead if one.start >= at), at)


def joined(members: Sequence[FairMember], before: Sequence[FairMember], at: datetime) -> tuple[FairMember, ...]:
    """These members with when they joined: as known ``before``, else at ``at``, and never after that."""
    known = {member.user: member.since for member in before}
    return tuple(replace(member, since=min(known.get(member.user) or at, at)) for member in members)
