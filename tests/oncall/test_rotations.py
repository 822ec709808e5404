"""Rotations at every clock change, from any start, and against somebody who only watches the wall clock."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.civil import wall_time
from oncall.rotations import (
    Backup,
    Counts,
    Rotation,
    Unit,
    backup_coverage,
    coverage,
    ended,
    members,
    spans,
    turns,
    upcoming,
)
from oncall.timeline import Interval, Timeline
from oncall.windows import EVERY_DAY, WORKING_DAYS, Daily, Weekly
from tests.oncall.clocks import ClockChange, clock_changes, expected, watch
from tests.oncall.patterns import PEOPLE, rotations, wall, year
from tests.support.soaking import examples

NEW_YORK = "America/New_York"
WEEKLY = Rotation(1, NEW_YORK, wall(2026, 1, 5, 9), members("ann", "bob", "cat"))


@cache
def jumps() -> frozenset[datetime]:
    """Worked out where it is asked for, and not by each process that collects tests."""
    return frozenset(change.at for change in clock_changes())


def _at_instants(timeline: Timeline, instants: tuple[datetime, ...]) -> list[str | None]:
    """What :meth:`Timeline.at` would say at each of the (sorted) instants, in one pass."""
    row: list[str | None] = []
    segments = iter(timeline.segments)
    segment = next(segments, None)
    for instant in instants:
        while segment is not None and segment.end <= instant:
            segment = next(segments, None)
        row.append(segment.users[0] if segment is not None and segment.start <= instant else None)
    return row


def _assert_as_watched(rotation: Rotation, change: ClockChange) -> None:
    near = watch(change.zone, change.nearby.start, change.nearby.end)
    assert _at_instants(coverage(rotation, change.nearby), near.instants) == expected(rotation, near), rotation


def _near(change: ClockChange, chance: random.Random) -> Rotation:
    """A rotation whose handoffs and windows like to fall into the hours around the change."""
    shown = wall_time(change.at, change.zone)
    close = [(shown + timedelta(minutes=15 * n)).time() for n in range(-8, 9)]
    opens, closes = chance.sample(close, 2) if chance.random() < 0.5 else (chance.choice(close), time(12, 5))
    days = chance.choice([EVERY_DAY, WORKING_DAYS, frozenset({shown.weekday()}), frozenset({5, 6})])
    unit, every = chance.choice([(Unit.HOURS, 1), (Unit.HOURS, 7), (Unit.HOURS, 12), (Unit.DAYS, 1), (Unit.WEEKS, 1)])
    weekly = Weekly((shown.weekday() - chance.randrange(4)) % 7, opens, shown.weekday(), closes)
    whole = Daily(opens, opens, frozenset({shown.weekday(), 5, 6}))
    return Rotation(
        role_id=1,
        zone=change.zone,
        first_handoff=datetime.combine(shown - timedelta(days=chance.randrange(100)), chance.choice(close)),
        members=members(*PEOPLE[: chance.randint(1, 5)]),
        every=every,
        unit=unit,
        coverage=chance.choice([None, Daily(opens, closes, days), Daily(opens, closes, days), weekly, whole]),
        counts=chance.choice(list(Counts)),
    )


def test_at_every_clock_change_of_every_zone_coverage_is_what_the_wall_clock_says() -> None:
    chance = random.Random(3)
    for change in clock_changes():
        _assert_as_watched(_near(change, chance), change)


@given(st.data())
@settings(max_examples=examples(60), deadline=None)
def test_any_rotation_at_any_clock_change_is_what_the_wall_clock_says(data: st.DataObject) -> None:
    change = data.draw(st.sampled_from(clock_changes()))
    rotation = data.draw(rotations(st.just(change.zone)))
    near = wall_time(change.at, change.zone).replace(minute=0) - timedelta(hours=data.draw(st.integers(0, 60 * 24)))
    _assert_as_watched(replace(rotation, first_handoff=near), change)


@given(rotations())
@settings(max_examples=examples(40), deadline=None)
def test_turns_follow_each_other_without_gap_or_overlap(rotation: Rotation) -> None:
    found = list(turns(rotation, year(2026)))
    assert all(left.end == right.start and left.start < left.end for left, right in pairwise(found))
    assert found[0].start <= year(2026).start
    assert found[-1].end >= year(2026).end


@given(rotations())
@settings(max_examples=examples(40), deadline=None)
def test_spans_never_overlap_and_lie_in_their_turn(rotation: Rotation) -> None:
    found = list(spans(rotation, year(2026)))
    assert all(left[1] <= right[0] for left, right in pairwise(found))
    assert all(turn.start <= start < end <= turn.end for start, end, turn in found)


@given(rotations())
@settings(max_examples=examples(40), deadline=None)
def test_every_handoff_falls_on_the_wall_clock_time(rotation: Rotation) -> None:
    for turn in turns(rotation, year(2027)):
        planned = rotation.pace.wall(rotation.turn_at(turn.start)[0])
        shown = wall_time(turn.start, rotation.zone)
        there_and_back = wall_time(planned.replace(tzinfo=ZoneInfo(rotation.zone)).astimezone(UTC), rotation.zone)
        assert shown == planned or (there_and_back != planned and turn.start in jumps())


@given(rotations(), st.integers(1, 400), st.integers(1, 60 * 24))
@settings(max_examples=examples(40), deadline=None)
def test_a_year_from_any_start_equals_the_same_year_from_any_other_start(
    rotation: Rotation, days: int, minutes: int
) -> None:
    earlier = Interval(year(2028).start - timedelta(days=days, minutes=minutes), year(2028).end + timedelta(days=3))
    assert coverage(rotation, earlier).cut(year(2028)) == coverage(rotation, year(2028))


@given(rotations(), st.lists(st.integers(1, 365 * 24 * 60 - 1), min_size=1, max_size=6, unique=True))
@settings(max_examples=examples(40), deadline=None)
def test_a_year_read_in_parts_is_the_year(rotation: Rotation, cuts: list[int]) -> None:
    whole = year(2027)
    edges = [whole.start, *(whole.start + timedelta(minutes=cut) for cut in sorted(cuts)), whole.end]
    parts = [coverage(rotation, Interval(start, end)) for start, end in pairwise(edges)]
    assert Timeline.of(segment for part in parts for segment in part.segments) == coverage(rotation, whole)


@given(rotations())
@settings(max_examples=examples(30), deadline=None)
def test_gaps_are_exactly_what_the_windows_leave_open(rotation: Rotation) -> None:
    gaps = coverage(rotation, year(2026)).gaps(year(2026))
    assert bool(gaps) == (rotation.coverage is not None)
    if daily := rotation.coverage:
        instants = [gap.start for gap in gaps[1:]] + [gap.end for gap in gaps[:-1]]
        usual = {daily.opens, daily.closes, rotation.first_handoff.time()}
        odd = [i for i in instants if wall_time(i, rotation.zone).time() not in usual]
        assert all(any(abs(i - c.at) < timedelta(hours=1) for c in clock_changes()) for i in odd)


def test_a_weekly_handoff_stays_at_nine_when_clocks_change() -> None:
    starts = [turn.start for turn in turns(WEEKLY, year(2026))]
    assert {wall_time(start, NEW_YORK).time() for start in starts} == {time(9)}
    assert {start.hour for start in starts} == {13, 14}


def test_a_twelve_hour_rotation_has_turns_of_eleven_and_thirteen_hours_when_clocks_change() -> None:
    halves = Rotation(1, NEW_YORK, wall(2026, 1, 1, 8), members("ann", "bob"), 12, Unit.HOURS)
    lengths = {turn.end - turn.start for turn in turns(halves, year(2026)) if turn.start.year == turn.end.year}
    assert {length // timedelta(hours=1) for length in lengths} == {11, 12, 13}


def test_an_hourly_turn_in_the_skipped_hour_is_left_out() -> None:
    hourly = Rotation(1, NEW_YORK, wall(2026, 3, 8, 0), members("ann", "bob", "cat", "dan"), 1, Unit.HOURS)
    night = Interval(datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 8, tzinfo=UTC))
    assert [(t.user, t.start.hour, t.end.hour) for t in turns(hourly, night)] == [
        ("ann", 5, 6),
        ("bob", 6, 7),
        ("dan", 7, 8),
    ]


def test_nobody_is_on_call_before_the_first_handoff() -> None:
    before = Interval(datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 5, 14, tzinfo=UTC))
    assert not coverage(WEEKLY, before)
    assert coverage(WEEKLY, Interval(before.end, before.end + timedelta(hours=1))).at(before.end) == ("ann",)


def test_a_version_holds_only_from_its_start_to_its_end() -> None:
    since, until = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    version = Rotation(1, NEW_YORK, WEEKLY.first_handoff, WEEKLY.members, since=since, until=until)
    timeline = coverage(version, year(2026))
    assert (timeline.segments[0].start, timeline.segments[-1].end) == (since, until)
    assert ended(version, since + timedelta(days=1)).until == since + timedelta(days=1)
    assert ended(version, until + timedelta(days=1)).until == until


def test_a_window_past_midnight_belongs_to_the_day_it_starts_on() -> None:
    nights = Rotation(1, "UTC", wall(2026, 1, 5), members("ann"), coverage=Daily(time(22), time(6), frozenset({4})))
    first = coverage(nights, year(2026)).segments[0]
    assert (first.start, first.end) == (datetime(2026, 1, 9, 22, tzinfo=UTC), datetime(2026, 1, 10, 6, tzinfo=UTC))


def test_a_window_that_closes_twice_gives_way_to_the_one_that_opens_in_between() -> None:
    almost = Rotation(1, NEW_YORK, wall(2026, 10, 1), members("ann"), coverage=Daily(time(1, 15), time(1)))
    night = Interval(datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC))
    (_, first_end, _), (second_start, _, _) = spans(almost, night)
    assert first_end == second_start == datetime(2026, 11, 1, 5, 15, tzinfo=UTC)


def test_a_week_that_closes_twice_gives_way_to_the_next_one_too() -> None:
    """Sunday 02:30 to the next Sunday 02:00, where the hour from two to three comes twice on 5 April 2026."""
    almost = Rotation(
        1, "Pacific/Auckland", wall(2026, 1, 1), members("ann"), coverage=Weekly(6, time(2, 30), 6, time(2))
    )
    night = Interval(datetime(2026, 4, 4, 12, tzinfo=UTC), datetime(2026, 4, 4, 16, tzinfo=UTC))
    (_, first_end, _), (second_start, _, _) = spans(almost, night)
    assert first_end == second_start == datetime(2026, 4, 4, 13, 30, tzinfo=UTC)
    assert coverage(almost, night).segments[0].end == night.end


def test_a_handoff_inside_a_window_cuts_it() -> None:
    daily = Rotation(1, "UTC", wall(2026, 1, 5, 12), members("ann", "bob"), 1, Unit.DAYS, Daily(time(8), time(16)))
    day = Interval(datetime(2026, 1, 6, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC))
    assert [(s.start.hour, s.end.hour, s.users) for s in coverage(daily, day).segments] == [
        (8, 12, ("ann",)),
        (12, 16, ("bob",)),
    ]


@given(rotations(), st.integers(1, 9))
@settings(max_examples=examples(40), deadline=None)
def test_the_backup_is_never_the_person_on_call(rotation: Rotation, offset: int) -> None:
    paired = Rotation(
        role_id=1,
        zone=rotation.zone,
        first_handoff=rotation.first_handoff,
        members=rotation.members,
        coverage=rotation.coverage,
        backup=Backup(2, offset),
    )
    first, second = coverage(paired, year(2026)), backup_coverage(paired, year(2026))
    if len(rotation.members) == 1:
        assert not second
    else:
        assert first.gaps(year(2026)) == second.gaps(year(2026))
        assert all(first.at(segment.start) != segment.users for segment in second.segments)


@pytest.mark.parametrize(("offset", "second"), [(1, "bob"), (2, "cat"), (4, "bob")])
def test_the_backup_stands_the_offset_behind_in_the_order(offset: int, second: str) -> None:
    paired = Rotation(1, "UTC", wall(2026, 1, 5), members("ann", "bob", "cat"), backup=Backup(2, offset))
    assert backup_coverage(paired, year(2026)).segments[0].users == (second,)


def test_the_next_shifts_begin_with_the_one_that_runs() -> None:
    found = upcoming(WEEKLY, datetime(2026, 1, 14, tzinfo=UTC))
    assert [shift.user for shift in found] == ["bob", "cat", "ann", "bob", "cat", "ann"][: len(found)]
    assert len(found) == 6
    assert found[0].start < datetime(2026, 1, 14, tzinfo=UTC) < found[0].end


def test_a_rotation_without_members_has_no_turns() -> None:
    assert list(turns(Rotation(1, "UTC", wall(2026, 1, 5), ()), year(2026))) == []
