"""Patterns of a week and the stretches that they make, in every zone and across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.civil import wall_time
from oncall.fairness.patterns import Days, Pattern, Stretch, Who, problems_of, stretches
from oncall.timeline import Interval
from tests.support.soaking import examples

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NINE = time(9)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham")

patterns = st.lists(
    st.builds(Pattern, st.sampled_from(Days), st.times().map(lambda at: at.replace(second=0, microsecond=0))),
    min_size=1,
    max_size=10,
).filter(lambda made: not problems_of(made))


def made(*chosen: Pattern, zone: str = "UTC", days: int = 7, since: datetime = MONDAY) -> list[Stretch]:
    return list(stretches(chosen, zone, Interval(since, since + days * DAY)))


def test_one_pattern_a_week_makes_shifts_of_a_week() -> None:
    found = made(Pattern(Days.MONDAY, NINE), days=14)

    assert [(one.start, one.end - one.start) for one in found] == [
        (MONDAY - 7 * DAY + 9 * HOUR, 7 * DAY),
        (MONDAY + 9 * HOUR, 7 * DAY),
        (MONDAY + 7 * DAY + 9 * HOUR, 7 * DAY),
    ]


def test_a_shift_ends_where_the_next_one_begins_whichever_pattern_that_is_of() -> None:
    found = made(Pattern(Days.WEEKDAYS, NINE), Pattern(Days.SATURDAY, NINE), since=MONDAY + 9 * HOUR)

    assert [one.pattern for one in found] == [0, 0, 0, 0, 0, 1]
    assert [(one.end - one.start) / DAY for one in found] == [1, 1, 1, 1, 1, 2]


def test_business_hours_and_nights_are_apart() -> None:
    found = made(Pattern(Days.DAILY, NINE), Pattern(Days.DAILY, time(17)), since=MONDAY + 9 * HOUR, days=2)

    assert [(one.end - one.start) / HOUR for one in found] == [8, 16, 8, 16]


def test_a_shift_over_a_clock_change_is_an_hour_shorter_or_longer() -> None:
    night = (Pattern(Days.DAILY, time(20)), Pattern(Days.DAILY, time(8), Who.NOBODY))
    found = made(*night, zone="Europe/Berlin", since=datetime(2026, 3, 28, 12, tzinfo=UTC), days=1)

    assert [(one.end - one.start) / HOUR for one in found if one.pattern == 0] == [11]


def test_two_shifts_cannot_begin_at_the_same_time() -> None:
    found = problems_of([Pattern(Days.WEEKDAYS, NINE), Pattern(Days.FRIDAY, NINE), Pattern(Days.SUNDAY, NINE)])

    assert found == {1: "Shift 1 begins at the same time on the same day. Choose another day or time."}


def test_a_named_member_has_to_be_named() -> None:
    assert problems_of([Pattern(Days.DAILY, NINE, Who.MEMBER)]) == {0: "Choose the member who gets these shifts."}
    assert problems_of([Pattern(Days.DAILY, NINE, Who.MEMBER, "U1")]) == {}


@settings(max_examples=examples(60), deadline=None)
@given(chosen=patterns, zone=st.sampled_from(ZONES), day=st.integers(0, 800), length=st.integers(1, 30))
def test_stretches_follow_each_other_without_gap_or_overlap(
    chosen: list[Pattern], zone: str, day: int, length: int
) -> None:
    within = Interval(MONDAY + day * DAY, MONDAY + (day + length) * DAY)
    found = list(stretches(chosen, zone, within))

    assert all(one.end == other.start for one, other in pairwise(found))
    assert found[0].start <= within.start < found[0].end
    assert found[-1].start < within.end <= found[-1].end


@settings(max_examples=examples(60), deadline=None)
@given(chosen=patterns, zone=st.sampled_from(ZONES), day=st.integers(0, 800), cut=st.integers(1, 20))
def test_wherever_one_begins_to_read_the_stretches_are_the_same(
    chosen: list[Pattern], zone: str, day: int, cut: int
) -> None:
    start = MONDAY + day * DAY
    whole = list(stretches(chosen, zone, Interval(start, start + 21 * DAY)))
    middle = start + cut * DAY
    parts = [
        *stretches(chosen, zone, Interval(start, middle)),
        *stretches(chosen, zone, Interval(middle, start + 21 * DAY)),
    ]

    assert list(dict.fromkeys(parts)) == whole


@settings(max_examples=examples(60), deadline=None)
@given(chosen=patterns, zone=st.sampled_from(ZONES), day=st.integers(0, 800))
def test_a_stretch_begins_on_a_day_of_its_pattern_unless_clocks_skip_that_time(
    chosen: list[Pattern], zone: str, day: int
) -> None:
    for one in stretches(chosen, zone, Interval(MONDAY + day * DAY, MONDAY + (day + 8) * DAY)):
        wall, pattern = wall_time(one.start, zone), chosen[one.pattern]
        skipped = wall_time(one.start - timedelta(minutes=1), zone) < wall - timedelta(minutes=1)
        assert skipped or (wall.weekday() in pattern.days.numbers and wall.time() == pattern.start)
