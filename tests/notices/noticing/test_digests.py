"""When a weekly digest is due: at its hour on the wall, also where clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from notices.noticing.digests import WEEK, last_due, next_due

BERLIN = "Europe/Berlin"
SUNDAY = 7


def test_it_is_due_at_the_same_hour_on_the_wall_all_year() -> None:
    at, due = datetime(2026, 1, 1, tzinfo=UTC), list[datetime]()
    while at < datetime(2027, 1, 1, tzinfo=UTC):
        at = next_due(at, BERLIN, 1, 9)
        due.append(at)
    assert {instant.hour for instant in due} == {7, 8}
    assert {later - earlier for earlier, later in pairwise(due)} == {
        WEEK,
        WEEK - timedelta(hours=1),
        WEEK + timedelta(hours=1),
    }


def test_an_hour_that_is_skipped_is_due_when_clocks_have_jumped() -> None:
    before = datetime(2026, 3, 28, tzinfo=UTC)
    assert next_due(before, BERLIN, SUNDAY, 2) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_an_hour_that_happens_twice_is_due_the_first_time_only() -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert next_due(first - timedelta(hours=1), BERLIN, SUNDAY, 2) == first
    assert next_due(first, BERLIN, SUNDAY, 2) == datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert last_due(first + timedelta(hours=1), BERLIN, SUNDAY, 2) == first


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"])
@pytest.mark.parametrize("hour", [0, 2, 23])
def test_the_last_and_the_next_are_neighbours(zone: str, hour: int) -> None:
    now = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    for _ in range(400):
        now += timedelta(hours=22)
        last, following = last_due(now, zone, 3, hour), next_due(now, zone, 3, hour)
        assert last <= now < following
        assert abs(following - last - WEEK) <= timedelta(hours=1)
        assert last_due(following, zone, 3, hour) == following
