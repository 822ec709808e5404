"""Wishes as values: what repeats keeps its wall time, and where wishes meet the strongest holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oncall.availability import Leaning, Wish, settled, weekly
from oncall.civil import wall_time
from oncall.timeline import Interval

BERLIN = "Europe/Berlin"
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
START = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Interval(START, START + 10 * DAY)


def test_what_repeats_weekly_keeps_its_wall_time_over_a_clock_change() -> None:
    first = Interval(datetime(2026, 3, 17, 18, tzinfo=UTC), datetime(2026, 3, 17, 21, tzinfo=UTC))
    until = datetime(2026, 4, 15, tzinfo=UTC)
    times = list(weekly(first, BERLIN, until, Interval(first.start, first.start + 90 * DAY)))
    assert [time.start for time in times] == [
        datetime(2026, 3, 17, 18, tzinfo=UTC),
        datetime(2026, 3, 24, 18, tzinfo=UTC),
        datetime(2026, 3, 31, 17, tzinfo=UTC),
        datetime(2026, 4, 7, 17, tzinfo=UTC),
        datetime(2026, 4, 14, 17, tzinfo=UTC),
    ]
    assert {wall_time(time.end, BERLIN).time().isoformat() for time in times} == {"22:00:00"}


def test_a_window_far_ahead_finds_what_one_from_the_start_finds() -> None:
    first = Interval(START, START + 7 * DAY)
    until = START + 700 * DAY
    whole = list(weekly(first, BERLIN, until, Interval(START, until)))
    window = Interval(START + 401 * DAY, START + 430 * DAY)
    assert list(weekly(first, BERLIN, until, window)) == [time for time in whole if time.overlaps(window)]
    assert len(whole) == 100


def test_a_time_that_clocks_skip_is_left_out_of_what_repeats() -> None:
    first = Interval(datetime(2026, 3, 22, 1, tzinfo=UTC), datetime(2026, 3, 22, 1, 30, tzinfo=UTC))
    found = list(weekly(first, BERLIN, START + 60 * DAY, Interval(START, START + 60 * DAY)))
    assert [time.start.day for time in found[:3]] == [22, 5, 12]


leanings = st.sampled_from(Leaning)
hours = st.integers(0, 240)
wishes = st.builds(
    lambda at, length, user, leaning: Wish(START + at * HOUR, START + (at + length) * HOUR, user, leaning),
    hours,
    st.integers(1, 72),
    st.sampled_from(["ann", "bob"]),
    leanings,
)


@given(st.lists(wishes, max_size=12), hours)
def test_at_each_moment_the_strongest_wish_of_a_person_holds_and_no_other(found: list[Wish], hour: int) -> None:
    held = settled(found, WINDOW)
    instant = START + hour * HOUR
    for user in ("ann", "bob"):
        own = [wish for wish in held if wish.user == user]
        assert all(left.end <= right.start for left, right in pairwise(own))
        at = {wish.leaning for wish in own if wish.start <= instant < wish.end}
        meant = {wish.leaning for wish in found if wish.user == user and wish.start <= instant < wish.end}
        strongest = next((leaning for leaning in Leaning if leaning in meant), None)
        assert at == ({strongest} if strongest and WINDOW.contains(instant) else set())
