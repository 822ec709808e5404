"""What each member did, and what was theirs to do."""

from __future__ import annotations

from oncall.fairness import Load, Measure, Member, Stand, charged
from tests.support.fair import DAY, MONDAY, stand


def all_of(loads: tuple[Load, ...], measure: Measure = Measure.ALL) -> dict[str, tuple[int, int]]:
    return {load.user: (load.done, load.target) for load in loads if load.measure is measure}


def test_two_members_share_what_was_done() -> None:
    loads = charged((Member("ann"), Member("bob")), [stand("ann", 0), stand("ann", 1), stand("bob", 2)])
    assert all_of(loads) == {"ann": (2000, 1500), "bob": (1000, 1500)}


def test_half_a_share_is_half_of_the_others() -> None:
    loads = charged((Member("ann"), Member("bob", share=50)), [stand("ann", day) for day in range(3)])
    assert all_of(loads) == {"ann": (3000, 2000), "bob": (0, 1000)}


def test_who_is_new_has_nothing_to_catch_up_with() -> None:
    new = Member("cat", since=MONDAY + 2 * DAY)
    loads = charged((Member("ann"), Member("bob"), new), [stand("ann", 0), stand("bob", 1), stand("ann", 2)])
    assert all_of(loads) == {"ann": (2000, 1333), "bob": (1000, 1333), "cat": (0, 333)}


def test_who_left_takes_what_was_theirs_with_them() -> None:
    gone = Member("cat", until=MONDAY + 2 * DAY)
    loads = charged((Member("ann"), gone), [stand("cat", 0), stand("cat", 1), stand("ann", 2)])
    assert all_of(loads) == {"ann": (1000, 2000), "cat": (2000, 1000)}


def test_a_shift_of_somebody_else_is_nobodys_to_do() -> None:
    assert charged((Member("ann"),), [stand("zoe", 0)]) == ()


def test_kinds_are_kept_apart() -> None:
    loads = charged((Member("ann"), Member("bob")), [stand("ann", 0, kind="a"), stand("bob", 1, kind="b")])
    kinds = {(load.user, load.kind): load.done - load.target for load in loads if load.measure is Measure.KIND}
    assert kinds == {("ann", "a"): 500, ("ann", "b"): -500, ("bob", "a"): -500, ("bob", "b"): 500}


def test_a_holiday_counts_for_whoever_has_it_and_its_mean_is_shared() -> None:
    shift = Stand(MONDAY, MONDAY + DAY, "ann", holidays=(("DE", 1440),))
    loads = charged((Member("ann", region="DE"), Member("bob", region="GB")), [shift])
    assert all_of(loads, Measure.HOLIDAY) == {"ann": (24_000, 6_000), "bob": (0, 6_000)}
