"""What each member did, and will do, of the shifts that fair roles want filled.

It is counted by stretches, each to whoever had most of it: a shift that two people shared counts once. It is counted
for a year; what was before that is forgiven.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.fairness.arrangement import Arrangement, Wanted
from oncall.fairness.loads import charged
from oncall.fairness.problem import Load, Measure, Member, Stand
from oncall.fairness.situation import Situation, main_holder, unsocial
from oncall.shifts import Shift
from oncall.timeline import Interval

REMEMBERED = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Served:
    """A stretch that somebody had, or will have, most of; ``stand`` is what it counts."""

    role_id: int
    stand: Stand


def served(situation: Situation, shifts: Iterable[Shift], until: datetime | None = None) -> list[Served]:
    """Every stretch of a fair role since a year ago that somebody has, by start; up to ``until`` if given."""
    by_role: dict[int, list[Shift]] = {}
    for shift in sorted(shifts, key=lambda one: one.start):
        by_role.setdefault(shift.role_id, []).append(shift)
    since = situation.now - REMEMBERED
    last = until or max((s.end for found in by_role.values() for s in found), default=since)
    if last <= since:
        return []
    starts = {role: [shift.start for shift in found] for role, found in by_role.items()}
    found: list[Served] = []
    for one in situation.wanted(Interval(since, last)):
        near = by_role.get(one.role_id, [])[: bisect_left(starts.get(one.role_id, []), one.end)]
        user = main_holder(((s.user, s.interval) for s in _touching(near, one.start)), one.interval)
        if user is not None:
            found.append(Served(one.role_id, _stand(situation, one, user)))
    return found


def _touching(ordered: Sequence[Shift], start: datetime) -> Iterator[Shift]:
    """Those at the end of the list that reach beyond ``start``; shifts of a role do not overlap."""
    for shift in reversed(ordered):
        if shift.end <= start:
            return
        yield shift


def _stand(situation: Situation, one: Wanted, user: str) -> Stand:
    times = unsocial(situation, one, one.start, one.end)
    return Stand(
        one.start,
        one.end,
        user,
        situation.roles.get(one.role_id, ""),
        situation.kind(one),
        times.night,
        times.weekend,
        times.holidays,
    )


def loads(
    situation: Situation, shifts: Sequence[Shift], roles: Iterable[int], users: Iterable[str]
) -> tuple[Load, ...]:
    """What each of ``users`` did in ``roles`` and what was theirs to do, each shift by who belonged at its time."""
    wanted_roles, known = set(roles), set(users)
    stands = [one for one in served(situation, shifts) if one.role_id in wanted_roles]
    sums: dict[tuple[str, Measure, str], Load] = {}
    for role in sorted(wanted_roles):
        for version in situation.versions.get(role, ()):
            inside = [s.stand for s in stands if s.role_id == role and _in(version, s.stand.start)]
            members = [Member(m.user, m.share, m.since, region=m.user) for m in version.members]
            for load in charged(members, inside):
                key = (load.user, load.measure, load.kind)
                before = sums.get(key)
                sums[key] = (
                    replace(load, done=load.done + before.done, target=load.target + before.target) if before else load
                )
    return tuple(sorted(load for load in sums.values() if load.user in known))


def _in(version: Arrangement, at: datetime) -> bool:
    return version.since <= at and (version.until is None or at < version.until)
