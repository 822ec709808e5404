"""Assigning: exactly the interval changes, and every change is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall.shifts import Shift, ShiftChange, ShiftSource, ShiftState, assign, clear, timeline
from oncall.timeline import Interval, people
from tests.oncall.minutes import LENGTH, intervals, minute


def _rota(cuts: list[int], users: list[str | None]) -> list[Shift]:
    """Stored shifts of role 1 between neighbouring cuts, and one of role 2 throughout."""
    row = [
        Shift(1, user, minute(start), minute(end), id=number, revision=3)
        for number, (start, end, user) in enumerate(zip(cuts, cuts[1:], users, strict=False))
    ]
    return [*row, Shift(2, "other", minute(0), minute(LENGTH), id=1000)]


rotas = st.builds(
    _rota,
    st.lists(st.integers(0, LENGTH), min_size=2, max_size=9, unique=True).map(sorted),
    st.lists(st.sampled_from(["a", "b", "c", None]), min_size=8, max_size=8),
)


def _after(existing: list[Shift], change: ShiftChange) -> list[Shift]:
    gone = {shift.id for shift in (*change.removed, *change.resized)}
    return [*(shift for shift in existing if shift.id not in gone), *change.resized, *change.added]


def _at(shifts: list[Shift], role: int, number: int) -> list[str | None]:
    return [s.user for s in shifts if s.role_id == role and s.start <= minute(number) < s.end]


@given(rotas, intervals)
def test_an_assignment_changes_its_interval_and_nothing_else(existing: list[Shift], where: Interval) -> None:
    after = _after(existing, assign(existing, Shift(1, "new", where.start, where.end)))
    for number in range(LENGTH):
        expected = ["new"] if where.contains(minute(number)) else _at(existing, 1, number)
        assert _at(after, 1, number) == expected
        assert _at(after, 2, number) == ["other"]


@given(rotas, intervals)
def test_clearing_leaves_nobody_in_the_interval_and_everybody_outside(existing: list[Shift], where: Interval) -> None:
    after = _after(existing, clear(existing, 1, where))
    for number in range(LENGTH):
        assert _at(after, 1, number) == ([] if where.contains(minute(number)) else _at(existing, 1, number))


@given(rotas, intervals)
def test_untouched_shifts_are_not_named(existing: list[Shift], where: Interval) -> None:
    change = clear(existing, 1, where)
    named = {shift.id for shift in (*change.removed, *change.resized)}
    assert named == {shift.id for shift in existing if shift.role_id == 1 and shift.interval.overlaps(where)}


@given(rotas, intervals)
def test_what_sticks_out_keeps_its_first_part_under_its_id_and_counts_a_revision(
    existing: list[Shift], where: Interval
) -> None:
    change = clear(existing, 1, where)
    for shift in change.resized:
        before = next(s for s in existing if s.id == shift.id)
        assert shift.revision == before.revision + 1
        assert (shift.user, shift.role_id, shift.state) == (before.user, before.role_id, before.state)
        assert shift.start == before.start or shift.end == before.end
    assert all(shift.id is None and shift.revision == 1 for shift in change.added)


def test_an_assignment_in_the_middle_splits_a_shift_in_two() -> None:
    whole = Shift(1, "ann", minute(0), minute(30), id=7)
    change = assign([whole], Shift(1, "bob", minute(10), minute(20)))
    assert [(s.user, s.id, s.start, s.end) for s in change.resized] == [("ann", 7, minute(0), minute(10))]
    assert [(s.user, s.id, s.start, s.end) for s in change.added] == [
        ("bob", None, minute(10), minute(20)),
        ("ann", None, minute(20), minute(30)),
    ]
    assert change.removed == ()


def test_an_assignment_over_the_same_bounds_removes_the_old_shift() -> None:
    old = Shift(1, "ann", minute(0), minute(30), id=7)
    new = Shift(1, "bob", minute(0), minute(30))
    assert assign([old], new) == ShiftChange(removed=(old,), added=(new,))


@given(rotas)
def test_a_timeline_of_shifts_leaves_the_unassigned_out(existing: list[Shift]) -> None:
    row = timeline(shift for shift in existing if shift.role_id == 1)
    for number in range(LENGTH):
        assert row.at(minute(number)) == people(*(user for user in _at(existing, 1, number) if user is not None))


def test_proposed_shifts_count_only_when_asked_for() -> None:
    proposed = Shift(1, "ann", minute(0), minute(30), ShiftState.PROPOSED, ShiftSource.ROTATION)
    assert not timeline([proposed])
    assert timeline([proposed], state=None).at(minute(0)) == ("ann",)
    assert timeline([proposed], state=ShiftState.PROPOSED).at(minute(0)) == ("ann",)
