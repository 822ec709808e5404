"""The hard rules once more, read straight from the problem: what a solver's answer is held against before it is used.

Nothing of how solvers see the problem is used here, so that a mistake in that does not hide itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations

from oncall.availability import Leaning
from oncall.fairness.problem import Duty, Fill, Member, Problem, Slot, Stand
from oncall.fairness.solution import Solution

Busy = Slot | Stand | Duty


def mistakes(problem: Problem, found: Solution) -> list[str]:
    """What is wrong with a solution, in words for a log; nothing where it can be used."""
    slots = {slot.id: slot for slot in problem.slots}
    if [slot for slot, _ in found.given] != [slot.id for slot in sorted(problem.slots)]:
        return ["not every slot once, in order"]
    members = {member.user: member for member in problem.members}
    wrong = list(_open(problem, found))
    theirs: dict[str, list[Slot]] = {}
    for name, user in found.given:
        if user is not None and (user not in members or not members[user].belongs(slots[name].start)):
            wrong.append(f"{name}: {user} is no member then")
        elif user is not None:
            theirs.setdefault(user, []).append(slots[name])
            wrong += _one(problem, found, slots[name], user)
    for user, own in theirs.items():
        wrong += _together(problem, members[user], own)
    return wrong


def _open(problem: Problem, found: Solution) -> Iterator[str]:
    nobody = {slot.id for slot in problem.slots if slot.fill is Fill.NOBODY}
    given = dict(found.given)
    if sorted(found.open) != sorted(name for name, user in given.items() if user is None and name not in nobody):
        yield "not the open slots"
    yield from (f"{name} is for nobody" for name in sorted(nobody) if given[name] is not None)


def _one(problem: Problem, found: Solution, slot: Slot, user: str) -> Iterator[str]:
    """One slot by itself."""
    if slot.fill is Fill.MEMBER and user != slot.user:
        yield f"{slot.id}: {user} is not whom it is for"
    if slot.fill is Fill.FOLLOW and user != found.who(slot.follows or ""):
        yield f"{slot.id}: {user} did not have the one before"
    for wish in problem.wishes:
        if wish.user == user and wish.leaning is Leaning.CANNOT and wish.start < slot.end and slot.start < wish.end:
            yield f"{slot.id}: {user} is away"


def _together(problem: Problem, member: Member, own: list[Slot]) -> Iterator[str]:
    """All that a member has, together."""
    rest = timedelta(minutes=problem.limits.rest)
    others: list[Busy] = [busy for busy in (*problem.standing, *problem.duties) if busy.user == member.user]
    pairs: list[tuple[Slot, Busy]] = [*combinations(own, 2), *((slot, busy) for slot in own for busy in others)]
    for slot, busy in pairs:
        apart = timedelta() if isinstance(busy, Slot) and _linked(slot, busy) else rest
        if slot.start < busy.end + apart and busy.start < slot.end + apart:
            yield f"{slot.id}: {member.user} is busy or has no rest"
    length, most = timedelta(days=problem.limits.within), timedelta(minutes=problem.limits.most)
    spans: list[Busy] = [*own, *others]
    starts = [start for span in spans for start in (span.start, span.end - length)]
    for start in starts if most else ():
        inside = [max(timedelta(), min(s.end, start + length) - max(s.start, start)) for s in spans]
        if sum(inside, timedelta()) > most and any(inside[: len(own)]):
            yield f"{member.user}: too many hours from {start:%d %B}"


def _linked(one: Slot, other: Slot) -> bool:
    """One follows the other, or both follow the same."""
    leaders = {one.follows or one.id, other.follows or other.id}
    return len(leaders) == 1 and (one.fill is Fill.FOLLOW or other.fill is Fill.FOLLOW)
