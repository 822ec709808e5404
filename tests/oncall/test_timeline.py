"""Timeline arithmetic against the same thing done minute by minute."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.timeline import Interval, Segment, Timeline, cells, people
from tests.oncall.minutes import (
    LENGTH,
    WHOLE,
    by_minute,
    crews,
    interval,
    intervals,
    minute,
    piece_lists,
    timelines,
    well_formed,
)

instants = st.integers(0, LENGTH - 1)


@given(piece_lists)
def test_a_union_has_everybody_of_every_segment(pieces: list[Segment]) -> None:
    timeline = Timeline.union(pieces)
    assert well_formed(timeline)
    assert by_minute(timeline.segments) == by_minute(pieces)


@given(timelines, timelines)
def test_an_overlay_shows_the_top_wherever_it_has_anybody(base: Timeline, top: Timeline) -> None:
    result = base.overlay(top)
    assert well_formed(result)
    expected = [b or a for a, b in zip(by_minute(base.segments), by_minute(top.segments), strict=True)]
    assert by_minute(result.segments) == expected


@given(piece_lists)
def test_of_stacked_segments_the_last_one_shows(pieces: list[Segment]) -> None:
    timeline = Timeline.stacked(pieces)
    assert well_formed(timeline)
    shown = [frozenset[str]()] * LENGTH
    for piece in pieces:
        shown = [top or below for below, top in zip(shown, by_minute([piece]), strict=True)]
    assert by_minute(timeline.segments) == shown


@given(timelines, st.lists(intervals, max_size=5))
def test_subtracting_empties_exactly_the_holes(timeline: Timeline, holes: list[Interval]) -> None:
    result = timeline.subtract(holes)
    assert well_formed(result)
    for number, users in enumerate(by_minute(timeline.segments)):
        inside = any(hole.contains(minute(number)) for hole in holes)
        assert result.at(minute(number)) == (() if inside else people(*users))


@given(timelines, timelines)
def test_a_difference_names_every_minute_in_which_two_timelines_differ(a: Timeline, b: Timeline) -> None:
    expected = [(people(*x), people(*y)) for x, y in zip(by_minute(a.segments), by_minute(b.segments), strict=True)]
    found = [((), ())] * LENGTH
    for difference in a.diff(b):
        assert difference.before != difference.after
        for number in range(LENGTH):
            if difference.start <= minute(number) < difference.end:
                found[number] = (difference.before, difference.after)
    assert found == [pair if pair[0] != pair[1] else ((), ()) for pair in expected]


@given(timelines, timelines)
def test_cells_cut_time_at_every_boundary_of_either(a: Timeline, b: Timeline) -> None:
    for start, end, in_a, in_b in cells(a, b):
        assert not any(start < edge < end for t in (a, b) for s in t.segments for edge in (s.start, s.end))
        assert (a.at(start), b.at(start)) == (in_a, in_b) != ((), ())


@given(timelines, intervals)
def test_a_cut_keeps_the_window_and_nothing_else(timeline: Timeline, window: Interval) -> None:
    result = timeline.cut(window)
    assert well_formed(result)
    for number, users in enumerate(by_minute(timeline.segments)):
        assert result.at(minute(number)) == (people(*users) if window.contains(minute(number)) else ())


@given(timelines, intervals)
def test_gaps_are_exactly_the_empty_minutes_of_the_window(timeline: Timeline, window: Interval) -> None:
    gaps = timeline.gaps(window)
    assert all(left.end < right.start for left, right in itertools.pairwise(gaps))
    for number, users in enumerate(by_minute(timeline.segments)):
        empty = not users and window.contains(minute(number))
        assert any(gap.contains(minute(number)) for gap in gaps) == empty


@given(timelines)
def test_handoffs_are_the_instants_at_which_the_people_change(timeline: Timeline) -> None:
    row = [frozenset[str](), *by_minute(timeline.segments), frozenset[str]()]
    changes = [minute(number) for number in range(LENGTH + 1) if row[number] != row[number + 1]]
    assert list(timeline.handoffs()) == changes


@given(timelines, timelines)
def test_equal_coverage_is_an_equal_value(a: Timeline, b: Timeline) -> None:
    assert (by_minute(a.segments) == by_minute(b.segments)) == (a == b)


@given(timelines, instants)
def test_a_point_query_agrees_with_the_minute(timeline: Timeline, number: int) -> None:
    assert timeline.at(minute(number)) == people(*by_minute(timeline.segments)[number])


@given(st.lists(crews, min_size=1, max_size=6))
def test_segments_out_of_order_are_sorted_and_joined(users: list[tuple[str, ...]]) -> None:
    segments = [Segment(minute(5 * n), minute(5 * n + 5), crew) for n, crew in enumerate(users)]
    timeline = Timeline.of(reversed(segments))
    assert well_formed(timeline)
    assert by_minute(timeline.segments) == by_minute(segments)


def test_overlapping_segments_are_no_timeline() -> None:
    with pytest.raises(ValueError, match="overlap at 2026-01-01T00:05"):
        Timeline.of([Segment(minute(0), minute(10), ("a",)), Segment(minute(5), minute(15), ("b",))])


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        interval(5, 5)


def test_clipping_intervals_that_only_touch_leaves_nothing() -> None:
    assert interval(0, 5).clip(interval(5, 9)) is None
    assert interval(0, 6).clip(interval(5, 9)) == interval(5, 6)


def test_an_empty_timeline_is_false_and_one_big_gap() -> None:
    assert not Timeline()
    assert Timeline().gaps(WHOLE) == (WHOLE,)
