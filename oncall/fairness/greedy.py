"""Greedy with repair: always there, quick, and good; not proven.

    1  the slot that fewest can have first, to whom it costs least
    2  what is open: somebody takes it whose slots in the way others can take
    3  as long as it helps: move a slot to somebody else, or have two people swap

Work is counted in tries, not in seconds, so that equal input gives an equal plan on any machine.
"""

from __future__ import annotations

from itertools import combinations

from oncall.fairness.model import NOBODY, Model, Plan, modelled, solution
from oncall.fairness.problem import Problem
from oncall.fairness.solution import Solution
from oncall.fairness.state import State

MOST_TRIES = 60_000
MOST_IN_THE_WAY = 2
NEAR = 40
"""Swaps are tried between slots that are no further apart in order than this."""


def deal(problem: Problem) -> Solution:
    model = modelled(problem)
    return solution(model, dealt(model), "greedy")


def dealt(model: Model, tries: int = MOST_TRIES) -> list[int]:
    """The plan as numbers."""
    state = State(model)
    for unit in sorted(model.units, key=lambda unit: (len(model.able[unit[0]]), unit[0])):
        _fill(state, unit)
    for unit in model.units:
        if state.users[unit[0]] == NOBODY:
            _repair(state, unit)
    _improve(state, tries)
    return state.users


def improved(model: Model, plan: Plan, tries: int = MOST_TRIES) -> list[int]:
    """A plan that hard rules allow, as long as moving or swapping helps."""
    state = State(model)
    for unit in model.units:
        if plan[unit[0]] != NOBODY:
            state.give(unit, plan[unit[0]])
    _improve(state, tries)
    return state.users


def _improve(state: State, tries: int) -> None:
    while state.tries < tries and (_moved(state, tries) or _swapped(state, tries)):
        pass


def _fill(state: State, unit: tuple[int, ...]) -> bool:
    """Give an open unit to whom it costs least; of equals to the first by name."""
    best = min(
        ((_cost(state, unit, user), user) for user in state.model.able[unit[0]] if state.fits(unit[0], user)),
        default=None,
    )
    if best is not None:
        state.give(unit, best[1])
    return best is not None


def _cost(state: State, unit: tuple[int, ...], user: int) -> int:
    cost = state.give(unit, user)
    state.take(unit)
    return cost


def _repair(state: State, unit: tuple[int, ...]) -> None:
    """Whoever could have the slot but for one or two others of theirs gives these to somebody else."""
    before = list(state.users)
    owner = {slot: one for one in state.model.units for slot in one}
    for user in state.model.able[unit[0]]:
        held = {owner[slot] for slot in state.in_the_way(unit[0], user)}
        if len(held) > MOST_IN_THE_WAY:
            continue
        for one in sorted(held):
            state.take(one)
        if state.fits(unit[0], user):
            state.give(unit, user)
            if all([_fill(state, one) for one in sorted(held)]):
                return
        _restore(state, before, [unit, *held])


def _restore(state: State, users: list[int], units: list[tuple[int, ...]]) -> None:
    for unit in units:
        state.take(unit)
    for unit in units:
        if users[unit[0]] != NOBODY:
            state.give(unit, users[unit[0]])


def _moved(state: State, tries: int) -> bool:
    """One pass over all slots; whether it helped."""
    helped = False
    for unit in state.model.units:
        user = state.users[unit[0]]
        if user == NOBODY or state.tries >= tries:
            continue
        saved = state.take(unit)
        options = [
            (saved + _cost(state, unit, one), one)
            for one in state.model.able[unit[0]]
            if one != user and state.fits(unit[0], one)
        ]
        best = min(options, default=(0, user))
        helped |= best[0] < 0
        state.give(unit, best[1] if best[0] < 0 else user)
    return helped


def _swapped(state: State, tries: int) -> bool:
    helped = False
    for first, second in combinations(state.model.units, 2):
        near = second[0] - first[0] <= NEAR
        if near and state.tries < tries and _swap(state, first, second):
            helped = True
    return helped


def _swap(state: State, first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    one, other = state.users[first[0]], state.users[second[0]]
    if NOBODY in (one, other) or one == other:
        return False
    before = state.take(first) + state.take(second)
    if state.fits(first[0], other):
        before += state.give(first, other)
        if state.fits(second[0], one) and before + state.give(second, one) < 0:
            return True
        state.take(first)
        state.take(second)
    state.give(first, one)
    state.give(second, other)
    return False
