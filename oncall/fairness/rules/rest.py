"""Hard: one person, one role at a time, and so much rest between two shifts.

Slots with their rest behind them are stretches of a line, and two that overlap can't be one person's. Among stretches
it is enough to say of each moment that at most one of those running is theirs: fewer and stronger caps than one per
pair. ::

    slots with rest   |---a---..|            a, b      at most one
                            |---b---..|      b, c, d   at most one
                                  |---c---..|
                                   |---d---..|

A slot that follows another goes to the same person on purpose, so no rest is asked for between these two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from oncall.fairness.problem import Rule
from oncall.fairness.terms import Cap, Reason
from oncall.fairness.view import View, meets


def terms(view: View) -> Iterator[Cap]:
    groups = [*_moments(view), *_followers(view)]
    for user in range(len(view.members)):
        for group in groups:
            yield Cap(user, dict.fromkeys(group, 1), 1, Reason(_rule(view, group)))


def _moments(view: View) -> Iterator[tuple[int, ...]]:
    """Of slots that follow none: those that run at a moment, each group that no later one has in it."""
    running: list[tuple[int, datetime]] = []
    has_new = False
    for number, slot in enumerate(view.slots):
        if number in view.leader:
            continue
        left = [(one, end) for one, end in running if end > slot.start]
        if has_new and len(left) < len(running) > 1:
            yield tuple(one for one, _ in running)
        running, has_new = [*left, (number, slot.end + view.rest)], True
    if len(running) > 1:
        yield tuple(one for one, _ in running)


def _followers(view: View) -> Iterator[tuple[int, int]]:
    for follower, leader in view.leader.items():
        for number in view.near(view.slots[follower], view.rest):
            free = number == follower or (number in view.leader and number > follower)
            beside = meets(view.slots[number], view.slots[follower])
            if not free and (beside or not _linked(view, number, follower, leader)):
                yield (number, follower)


def _linked(view: View, number: int, follower: int, leader: int) -> bool:
    return number == leader or view.leader.get(number) in (leader, follower)


def _rule(view: View, group: tuple[int, ...]) -> Rule:
    """What people call it: the roles clash where all of them run at once, the rest is too short otherwise."""
    first = view.slots[group[0]]
    return Rule.ONE_ROLE if all(meets(view.slots[number], first) for number in group) else Rule.REST
