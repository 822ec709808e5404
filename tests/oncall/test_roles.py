"""Several rotations on one role: overlaps are named, uncovered time is shown, and somebody always takes over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.civil import wall_time
from oncall.roles import Overlap, overlaps, pattern, resolve, slots, uncovered
from oncall.rotations import Backup, Rotation, Unit, coverage, members
from oncall.shifts import Shift, ShiftState
from oncall.timeline import Interval, Segment, Timeline, cells
from oncall.windows import WORKING_DAYS, Daily
from tests.oncall.patterns import rotations, wall, year
from tests.support.soaking import examples

NEW_YORK = "America/New_York"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEASON = Interval(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 15, tzinfo=UTC))


def _window(name: str, zone: str, opens: time, closes: time, *users: str) -> Rotation:
    first = wall(2026, 1, 1)
    return Rotation(1, zone, first, members(*users), 1, Unit.DAYS, Daily(opens, closes), name=name)


def _mask(timeline: Timeline) -> Timeline:
    return Timeline.union(Segment(s.start, s.end, ("somebody",)) for s in timeline.segments)


def test_windows_that_follow_the_sun_leave_neither_overlap_nor_gap() -> None:
    sun = [
        _window("Asia", "UTC", time(0), time(8), "ann", "bob"),
        _window("Europe", "UTC", time(8), time(16), "cat"),
        _window("America", "UTC", time(16), time(0), "dan", "eve"),
    ]
    assert overlaps(sun, year(2027)) == ()
    assert uncovered(sun, 1, year(2027)) == ()


def test_windows_of_two_zones_overlap_in_the_weeks_in_which_only_one_has_changed_its_clocks() -> None:
    europe = _window("Europe", "Europe/Berlin", time(8), time(14), "ann")
    america = _window("America", NEW_YORK, time(8), time(20), "bob")
    found = overlaps([europe, america], year(2026))
    assert {overlap.interval.start.date().isoformat()[:7] for overlap in found} == {"2026-03", "2026-10"}
    assert found[0] == Overlap(
        1, europe, america, Interval(datetime(2026, 3, 8, 12, tzinfo=UTC), datetime(2026, 3, 8, 13, tzinfo=UTC))
    )
    assert len(found) == 21 + 7


def test_two_rotations_around_the_clock_overlap_from_the_later_first_handoff() -> None:
    early = Rotation(1, "UTC", wall(2026, 1, 5), members("ann"))
    late = Rotation(1, "UTC", wall(2026, 2, 2), members("bob"))
    (found,) = overlaps([early, late], year(2026))
    assert found.interval == Interval(datetime(2026, 2, 2, tzinfo=UTC), year(2026).end)


def test_rotations_of_other_roles_and_versions_one_after_the_other_do_not_overlap() -> None:
    change = datetime(2026, 6, 1, tzinfo=UTC)
    first = Rotation(1, "UTC", wall(2026, 1, 5), members("ann"), until=change)
    assert overlaps([first, replace(first, since=change, until=None)], year(2026)) == ()
    assert overlaps([first, replace(first, role_id=2)], year(2026)) == ()


def test_a_backup_overlaps_a_rotation_of_its_role() -> None:
    paired = Rotation(1, "UTC", wall(2026, 1, 5), members("ann", "bob"), backup=Backup(2))
    own = Rotation(2, "UTC", wall(2026, 1, 5), members("cat"))
    assert [overlap.role_id for overlap in overlaps([paired, own], year(2026))] == [2]


def test_windows_that_meet_in_the_hour_that_happens_twice_do_not_overlap() -> None:
    night = _window("Night", NEW_YORK, time(17), time(1, 30), "ann")
    day = _window("Day", NEW_YORK, time(1, 30), time(17), "bob")
    assert overlaps([night, day], year(2026)) == ()
    timeline = pattern([night, day], 1, year(2026))
    assert timeline.gaps(year(2026)) == (Interval(year(2026).start, datetime(2026, 1, 1, 5, tzinfo=UTC)),)
    assert all(len(segment.users) == 1 for segment in timeline.segments)
    twice = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert timeline.at(twice - HOUR) == ("ann",)
    assert timeline.at(twice) == timeline.at(twice + HOUR) == ("bob",)


def test_uncovered_time_is_named() -> None:
    office = replace(
        _window("Office", NEW_YORK, time(9), time(17), "ann"), coverage=Daily(time(9), time(17), WORKING_DAYS)
    )
    week = Interval(datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))
    shown = [(wall_time(gap.start, NEW_YORK), wall_time(gap.end, NEW_YORK)) for gap in uncovered([office], 1, week)]
    assert shown[2] == (wall(2026, 3, 6, 17), wall(2026, 3, 9, 9))


@given(rotations(), rotations())
@settings(max_examples=examples(40), deadline=None)
def test_overlaps_are_the_time_that_both_cover_but_for_the_hour_that_happens_twice(a: Rotation, b: Rotation) -> None:
    both = Timeline.union(
        Segment(start, end, ("both",))
        for start, end, x, y in cells(_mask(coverage(a, SEASON)), _mask(coverage(b, SEASON)))
        if x and y
    )
    found = Timeline.union(Segment(o.interval.start, o.interval.end, ("both",)) for o in overlaps([a, b], SEASON))
    assert found.subtract(Interval(s.start, s.end) for s in both.segments) == Timeline()
    assert all(d.end - d.start <= HOUR and d.start.weekday() in (5, 6) for d in both.diff(found))


@given(st.lists(rotations(), min_size=1, max_size=4))
@settings(max_examples=examples(40), deadline=None)
def test_rotations_side_by_side_cover_what_each_covers_and_never_two_at_once(side: list[Rotation]) -> None:
    wanted = list(slots(side, 1, SEASON))
    assert all(left.end <= right.start for left, right in pairwise(wanted))
    together = Timeline.union(segment for rotation in side for segment in coverage(rotation, SEASON).segments)
    filled = pattern(side, 1, SEASON)
    assert _mask(filled) == _mask(together)
    assert all(len(segment.users) == 1 for segment in filled.segments)


def test_a_confirmed_shift_lies_over_the_rotation_and_one_without_a_person_is_a_hole() -> None:
    weekly = Rotation(1, "UTC", wall(2026, 1, 5), members("ann", "bob"))
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    shifts = [
        Shift(1, "eve", monday, monday + DAY),
        Shift(1, None, monday + 2 * DAY, monday + 3 * DAY),
        Shift(1, "dan", monday + 4 * DAY, monday + 5 * DAY, ShiftState.PROPOSED),
        Shift(3, "cat", monday, monday + DAY),
    ]
    found = resolve([weekly], shifts, Interval(monday, monday + 7 * DAY))
    assert [found[1].at(monday + n * DAY) for n in range(6)] == [("eve",), ("ann",), (), ("ann",), ("ann",), ("ann",)]
    assert found[3].segments == (Segment(monday, monday + DAY, ("cat",)),)


def test_what_was_confirmed_outside_of_the_window_is_not_shown() -> None:
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    found = resolve([], [Shift(1, "eve", monday, monday + 3 * DAY)], Interval(monday + DAY, monday + 2 * DAY))
    assert found[1].segments == (Segment(monday + DAY, monday + 2 * DAY, ("eve",)),)
