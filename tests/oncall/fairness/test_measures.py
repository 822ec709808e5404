"""What balance is counted by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.fairness.balance import Sharer, Standing
from oncall.fairness.loads import charged
from oncall.fairness.measures import OTHER, Laid, Table, served, tables
from oncall.fairness.problem import Measure, Member, Stand
from oncall.shifts import Shift

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def laid(days: int, first: int = 0) -> list[Laid]:
    """A shift a day, from ``first`` days from now on; those of weekends are a type of their own."""
    begins = [NOW + n * DAY for n in range(first, first + days)]
    return [Laid(at, at + DAY, "Weekends" if at.weekday() >= 5 else "Weekdays") for at in begins]


def shift(user: str | None, start: float, end: float) -> Shift:
    """In days from now."""
    return Shift(1, user, NOW + start * DAY, NOW + end * DAY)


def by_name(found: list[Table]) -> dict[str, dict[str, tuple[float, float, float]]]:
    return {one.name: {row.user: (row.line.done, row.line.ahead, row.line.target) for row in one.rows} for one in found}


def test_half_a_shift_counts_half_however_often_it_was_cut() -> None:
    cut = [shift("ann", 0, 0.5), shift("bob", 0.5, 0.75), shift("ann", 0.75, 1), shift(None, 1, 2)]

    found = served(cut, laid(2))

    assert [(one.user, one.kind, one.part) for one in found] == [
        ("ann", "Weekdays", 0.5),
        ("bob", "Weekdays", 0.25),
        ("ann", "Weekdays", 0.25),
    ]


def test_a_shift_over_several_days_is_several_and_what_no_pattern_made_is_one_without_a_type() -> None:
    found = served([shift("ann", 4, 6.5), shift("bob", 20, 23)], laid(6))

    assert [(one.user, one.kind, one.part, one.hours) for one in found] == [
        ("ann", "Weekdays", 1, 24),
        ("ann", "Weekends", 1, 24),
        ("ann", OTHER, 0, 12),
        ("bob", OTHER, 1, 72),
    ]


def test_types_nights_weekends_and_holidays_are_each_held_against_a_target() -> None:
    shifts = [shift("ann", -2, 0), shift("bob", 0, 2)]  # Saturday and Sunday, Monday and Tuesday from 09:00
    found = served(shifts, laid(4, -2))

    shown = by_name(tables(found, [Sharer("ann"), Sharer("bob")], NOW, "UTC", {"bob": {date(2026, 3, 3)}}))

    assert shown["All shifts"] == {"ann": (2, 0, 2), "bob": (1, 1, 2)}
    assert shown["Weekends"] == {"ann": (2, 0, 1), "bob": (0, 0, 1)}
    assert shown["Hours"]["bob"] == (24, 24, 48)
    assert shown["Night hours"]["ann"] == (16, 0, 16)
    assert shown["Weekend hours"]["ann"] == (39, 0, pytest.approx(19.5))
    assert shown["Public holiday hours"]["bob"] == (9, 15, 6), "it is nothing to Ann, so half of it is shared out"


def test_one_type_is_not_shown_beside_all_and_what_there_is_none_of_is_left_out() -> None:
    office = [Laid(NOW, NOW + 8 * HOUR, "Office")]
    found = tables(served([Shift(1, "ann", NOW, NOW + 8 * HOUR)], office), [Sharer("ann")], NOW, "UTC", {})

    assert [one.name for one in found] == ["All shifts", "Hours"]


def test_hours_are_judged_by_the_length_of_a_shift() -> None:
    shifts = [shift("ann", n, n + 1) for n in range(-6, 0)]
    found = tables(served(shifts, laid(6, -6)), [Sharer("ann"), Sharer("bob")], NOW, "UTC", {})

    assert {one.name: {row.standing for row in one.rows} for one in found if "kend" not in one.name} == {
        "All shifts": {Standing.FAR},
        "Hours": {Standing.FAR},
        "Weekdays": {Standing.SLIGHTLY},
        "Night hours": {Standing.BALANCED},
    }


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["ann", "bob", "cat", "gone", ""]), max_size=20),
    st.lists(st.tuples(st.integers(1, 100), st.none() | st.integers(-8, 8)), min_size=3, max_size=3),
)
def test_whole_shifts_count_as_dealing_counts_them(who: list[str], members: list[tuple[int, int | None]]) -> None:
    """What is shown as somebody's target is what they are dealt by."""
    since = [None if day is None else NOW + day * DAY for _share, day in members]
    team = [(user, share, at) for user, (share, _), at in zip(("ann", "bob", "cat"), members, since, strict=True)]
    days = laid(len(who), -8)
    shifts = [Shift(1, user or None, day.start, day.end) for user, day in zip(who, days, strict=True)]
    stands = [Stand(day.start, day.end, user, "1", day.kind) for user, day in zip(who, days, strict=True) if user]

    made = tables(served(shifts, days), [Sharer(*one) for one in team], NOW, "UTC", {})
    loads = charged([Member(*one) for one in team], stands)

    shown = {
        (row.user, one.name): (row.line.done + row.line.ahead, row.line.target) for one in made for row in one.rows
    }
    for load in loads:
        name = load.kind if load.measure is Measure.KIND else "All shifts"
        if load.measure in (Measure.KIND, Measure.ALL) and (load.user, name) in shown:
            done, target = shown[(load.user, name)]
            assert (round(done * 1000), target * 1000) == (load.done, pytest.approx(load.target, abs=1))
    assert {load.user for load in loads} <= {user for user, _name in shown}
