"""Random teams, absences and histories, and what is best found by trying all plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from hypothesis import strategies as st

from oncall.availability import Leaning, Wish
from oncall.fairness import Duty, Fill, Limits, Member, Problem, Slot, Spacing, Weight, Weights, charged
from oncall.fairness.model import NOBODY, Model, costs, is_allowed
from tests.support.fair import DAY, MONDAY, NAMES, slot, stand

HALVES = st.integers(-4, 20).map(lambda number: number / 2)
WEIGHTS = st.builds(Weights, *[st.sampled_from(list(Weight))] * 5)


@st.composite
def problems(draw: st.DrawFn, most_slots: int = 6, most_members: int = 4) -> Problem:
    members = tuple(draw(_member(name)) for name in NAMES[: draw(st.integers(0, most_members))])
    users = st.sampled_from([member.user for member in members] or ["zoe"])
    had = tuple(
        stand(draw(users), -day, 1, "primary", draw(st.sampled_from("ab")))
        for day in range(draw(st.integers(0, 6)), 0, -1)
    )
    return Problem(
        members,
        tuple(draw(_slots(users, most_slots))),
        had[-3:],
        tuple(draw(st.lists(_spans(users).map(lambda span: Duty(*span)), max_size=2))),
        tuple(draw(st.lists(st.builds(_wish, _spans(users), st.sampled_from(Leaning)), max_size=4))),
        charged(members, had),
        draw(
            st.builds(
                Limits, st.sampled_from([0, 480, 1440]), st.sampled_from([0, 2880, 5000]), st.sampled_from([2, 7])
            )
        ),
        draw(st.builds(Spacing, st.sampled_from([0, 1, 2, 5]), st.booleans())),
        draw(WEIGHTS),
    )


def _member(name: str) -> st.SearchStrategy[Member]:
    since = st.one_of(st.none(), HALVES.map(lambda day: MONDAY + day * DAY))
    until = st.one_of(st.none(), HALVES.map(lambda day: MONDAY + (day + 3) * DAY))
    return st.builds(
        Member, st.just(name), st.sampled_from([100, 100, 50, 0]), since, until, st.sampled_from(["", "DE"])
    )


def _spans(users: st.SearchStrategy[str]):
    return st.builds(
        lambda day, length, user: (MONDAY + day * DAY, MONDAY + (day + length) * DAY, user),
        HALVES,
        st.sampled_from([0.25, 1, 3]),
        users,
    )


def _wish(span: tuple, leaning: Leaning) -> Wish:
    return Wish(*span, leaning)


@st.composite
def _slots(draw: st.DrawFn, users: st.SearchStrategy[str], most: int) -> list[Slot]:
    found: list[Slot] = []
    for number in range(draw(st.integers(0, most))):
        fill = draw(st.sampled_from([Fill.BEST] * 6 + [Fill.MEMBER, Fill.FOLLOW, Fill.NOBODY]))
        leaders = [one for one in found if one.fill is not Fill.FOLLOW]
        fill = Fill.BEST if fill is Fill.FOLLOW and not leaders else fill
        made = slot(
            draw(st.integers(0, 8)) / 2,
            draw(st.sampled_from([0.5, 1, 2])),
            draw(st.sampled_from(["primary", "backup"])),
            draw(st.sampled_from("ab")),
            fill=fill,
            user=draw(users) if fill is Fill.MEMBER else None,
            follows=draw(st.sampled_from([one.id for one in leaders])) if fill is Fill.FOLLOW else None,
            announced=draw(st.one_of(st.none(), users)),
            night=draw(st.sampled_from([0, 480])),
            weekend=draw(st.sampled_from([0, 720, 1440])),
            holidays=draw(st.sampled_from([(), (("DE", 600),)])),
        )
        found.append(_named(made, number))
    return found


def _named(made: Slot, number: int) -> Slot:
    values = {name: getattr(made, name) for name in Slot.__slots__}
    return Slot(**values | {"id": f"s{number}"})


def plans(model: Model) -> Iterator[tuple[int, ...]]:
    """Every plan that the hard rules allow."""
    options = [[NOBODY, *users] for users in model.able]
    return (plan for plan in product(*options) if is_allowed(model, plan))


def rank(model: Model, plan: tuple[int, ...] | list[int]) -> tuple[int, int]:
    return plan.count(NOBODY), sum(costs(model, plan).values())


def best(model: Model) -> tuple[int, int]:
    """By trying all."""
    return min(rank(model, plan) for plan in plans(model))


SHORT = timedelta(minutes=1)
