"""Turns of months, turns over covered time, whole days and stretches over several days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.civil import wall_time
from oncall.pace import Counts, Covered, Unit
from oncall.rotations import Rotation, coverage, members, spans, turns
from oncall.timeline import Interval
from oncall.windows import EVERY_DAY, WORKING_DAYS, Daily, Weekly
from tests.oncall.clocks import turn_on
from tests.oncall.patterns import rotations, wall, year
from tests.support.soaking import examples

BERLIN = "Europe/Berlin"
OFFICE = Daily(time(9), time(17), WORKING_DAYS)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CREW = tuple(f"p{number:02}" for number in range(14))


def _totals(rotation: Rotation, within: Interval) -> dict[str, timedelta]:
    found: dict[str, timedelta] = defaultdict(timedelta)
    for segment in coverage(rotation, within).segments:
        found[segment.users[0]] += segment.end - segment.start
    return found


def _daily(people: int, **options: object) -> Rotation:
    plain = Rotation(1, BERLIN, wall(2026, 1, 5, 9), members(*CREW[:people]), unit=Unit.DAYS, coverage=OFFICE)
    return replace(plain, counts=Counts.COVERED, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("people", [2, 3, 5, 7, 14])
def test_on_working_days_everybody_serves_as_often(people: int) -> None:
    cycles = Interval(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC) + 10 * people * DAY * 7)
    found = _totals(_daily(people), cycles)
    assert set(found) == set(CREW[:people])
    assert len(set(found.values())) == 1


def test_on_the_calendar_two_of_seven_never_serve_on_working_days() -> None:
    found = _totals(replace(_daily(7), counts=Counts.CALENDAR), year(2026))
    assert len(found) == 5


def test_whoever_had_friday_is_followed_by_the_next_one_on_monday() -> None:
    found = [turn.user for *_, turn in spans(_daily(7), Interval(*(datetime(2026, 3, d, tzinfo=UTC) for d in (2, 14))))]
    assert found == [CREW[(5 * 8 + n) % 7] for n in range(10)]


def test_turns_of_twelve_hours_over_twelve_covered_hours_change_every_day() -> None:
    rotation = Rotation(
        1,
        BERLIN,
        wall(2026, 3, 23, 8),
        members("ann", "bob"),
        12,
        Unit.HOURS,
        Daily(time(8), time(20)),
        counts=Counts.COVERED,
    )
    clocks_change = Interval(datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 6, tzinfo=UTC))
    found = [(turn.user, wall_time(start, BERLIN).hour) for start, _end, turn in spans(rotation, clocks_change)]
    assert found == [("ann", 8), ("bob", 8)] * 7


def test_a_turn_that_begins_in_the_middle_of_a_window_ends_in_the_middle_of_one() -> None:
    noon = _daily(3, first_handoff=wall(2026, 1, 9, 12))
    weekend = Interval(datetime(2026, 1, 9, tzinfo=UTC), datetime(2026, 1, 13, tzinfo=UTC))
    found = [(turn.user, wall_time(start, BERLIN)) for start, _end, turn in spans(noon, weekend)]
    assert found == [
        ("p00", wall(2026, 1, 9, 12)),
        ("p00", wall(2026, 1, 12, 9)),
        ("p01", wall(2026, 1, 12, 12)),
    ]


@pytest.mark.parametrize("day", [3, 4, 5])
def test_a_first_handoff_while_nothing_is_covered_gives_the_first_member_the_first_window(day: int) -> None:
    rotation = _daily(3, first_handoff=wall(2026, 1, day, 20))
    first = next(spans(rotation, year(2026)))
    assert first[2].user == "p00"


@pytest.mark.parametrize("unit", [Unit.WEEKS, Unit.MONTHS])
def test_weeks_and_months_are_the_same_in_covered_time(unit: Unit) -> None:
    rotation = _daily(3, unit=unit)
    assert coverage(rotation, year(2026)) == coverage(replace(rotation, counts=Counts.CALENDAR), year(2026))


@given(rotations(), st.integers(0, 40 * 365 * 24 * 60))
@settings(max_examples=examples(200), deadline=None)
def test_turns_found_by_arithmetic_are_the_ones_found_by_counting(rotation: Rotation, minutes: int) -> None:
    first = rotation.first_handoff
    minutes %= 90 * 24 * 60
    at = (first + timedelta(minutes=minutes)).replace(tzinfo=UTC)
    rotation = replace(rotation, zone="UTC")
    covered = coverage(rotation, Interval(at, at + timedelta(minutes=1))).at(at)
    if covered:
        assert rotation.pace.turn(at.replace(tzinfo=None)) == turn_on(rotation, at.replace(tzinfo=None))
        users = [stint.user for stint in rotation.members]
        assert covered == (users[turn_on(rotation, at.replace(tzinfo=None)) % len(users)],)


@given(rotations(st.just("UTC")).filter(lambda one: one.coverage is not None), st.integers(20, 200))
@settings(max_examples=examples(60), deadline=None)
def test_over_covered_time_totals_differ_by_no_more_than_a_turn(rotation: Rotation, days: int) -> None:
    rotation = replace(rotation, counts=Counts.COVERED)
    if not isinstance(rotation.pace, Covered):
        return
    first = rotation.first_handoff.replace(tzinfo=UTC)
    found = _totals(rotation, Interval(first, first + days * DAY))
    lengths = defaultdict(timedelta)
    for start, end, turn in spans(rotation, Interval(first, first + 800 * DAY)):
        lengths[rotation.turn_at(turn.start)[0]] += end - start
    turn = max(lengths.values())
    totals = [found.get(stint.user, timedelta(0)) for stint in rotation.members]
    assert max(totals) - min(totals) <= turn


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "UTC"])
def test_a_weekend_of_whole_days_is_one_shift(zone: str) -> None:
    weekend = Daily(time(0), time(0), frozenset({5, 6}))
    rotation = Rotation(1, zone, wall(2025, 12, 29), members("ann", "bob"), coverage=weekend)
    found = list(spans(rotation, year(2026)))
    assert len(found) in (52, 53)
    for start, end, _turn in found:
        opened, closed = wall_time(start, zone), wall_time(end, zone)
        assert (opened.weekday(), closed.weekday()) in {(5, 0)}
        assert opened.time() in (time(0), time(1))
        assert closed.time() in (time(0), time(1))
    assert {turn.user for *_, turn in found} == {"ann", "bob"}


def test_whole_working_days_are_one_stretch_cut_by_turns_only() -> None:
    rotation = _daily(7, coverage=Daily(time(9), time(9), WORKING_DAYS))
    week = list(spans(rotation, Interval(datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 12, tzinfo=UTC))))
    assert [turn.user for *_, turn in week] == list(CREW[:5])
    assert all(left[1] == right[0] for left, right in pairwise(week))


def test_from_friday_to_monday_is_one_shift_a_week_over_clock_changes() -> None:
    weekend = Weekly(4, time(17), 0, time(9))
    rotation = Rotation(1, BERLIN, wall(2026, 1, 2, 17), members("ann", "bob"), coverage=weekend)
    found = list(spans(rotation, Interval(datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))))
    shown = {
        (wall_time(s, BERLIN).strftime("%a %H:%M"), wall_time(e, BERLIN).strftime("%a %H:%M")) for s, e, _ in found
    }
    assert shown == {("Fri 17:00", "Mon 09:00")}
    assert {end - start for start, end, _ in found} == {63 * HOUR, 64 * HOUR, 65 * HOUR}
    assert [turn.user for *_, turn in found[:4]] == ["ann", "bob", "ann", "bob"]


def test_a_stretch_may_begin_and_end_on_the_same_weekday() -> None:
    most = Rotation(1, "UTC", wall(2026, 1, 5, 9), members("ann"), coverage=Weekly(0, time(10), 0, time(9)))
    gaps = coverage(most, year(2026)).gaps(Interval(datetime(2026, 1, 6, tzinfo=UTC), year(2026).end))
    assert {gap.end - gap.start for gap in gaps} == {HOUR}


def test_windows_that_leave_nothing_open_are_around_the_clock() -> None:
    always = _daily(3, coverage=Daily(time(9), time(9), EVERY_DAY))
    assert coverage(always, year(2026)) == coverage(replace(always, coverage=None), year(2026))


def test_turns_of_a_month_go_from_the_first_to_the_first() -> None:
    monthly = Rotation(1, BERLIN, wall(2026, 1, 1), members("ann", "bob"), unit=Unit.MONTHS)
    found = [wall_time(turn.start, BERLIN) for turn in turns(monthly, year(2026))]
    assert found[:12] == [wall(2026, month, 1) for month in range(1, 13)]


def test_turns_from_the_31st_begin_on_the_last_day_of_shorter_months_and_on_the_31st_again() -> None:
    monthly = Rotation(1, "UTC", wall(2027, 12, 31, 9), members("ann", "bob", "cat"), unit=Unit.MONTHS)
    found = [turn.start.strftime("%d %b") for turn in turns(monthly, year(2028))]
    assert found[:6] == ["31 Dec", "31 Jan", "29 Feb", "31 Mar", "30 Apr", "31 May"]


def test_turns_of_a_quarter_are_three_months() -> None:
    quarterly = Rotation(1, "UTC", wall(2026, 1, 1), members("ann", "bob"), 3, Unit.MONTHS)
    found = [turn.start.strftime("%d %b") for turn in turns(quarterly, year(2026))]
    assert found == ["01 Jan", "01 Apr", "01 Jul", "01 Oct"]
