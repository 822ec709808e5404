"""One person with several roles at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from oncall.doubles import Double, doubles
from oncall.shifts import Shift

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def hours(start: float, end: float, role: int, user: str | None = "ann") -> Shift:
    return Shift(role, user, START + timedelta(hours=start), START + timedelta(hours=end))


def test_only_the_time_in_which_both_are_theirs_counts() -> None:
    found = doubles([hours(0, 8, 1), hours(6, 12, 2), hours(9, 12, 3, "bob")])
    assert found == (Double("ann", (1, 2), START + timedelta(hours=6), START + timedelta(hours=8)),)


def test_shifts_that_only_touch_and_shifts_of_nobody_are_no_doubles() -> None:
    assert doubles([hours(0, 8, 1), hours(8, 12, 2), hours(0, 9, 1, None), hours(0, 9, 2, None)]) == ()


def test_three_roles_at_once_are_told_as_such() -> None:
    [first, second] = doubles([hours(0, 4, 1), hours(0, 4, 3), hours(2, 4, 2)])
    assert (first.roles, second.roles) == ((1, 3), (1, 2, 3))
