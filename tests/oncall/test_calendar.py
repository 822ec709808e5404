"""Days of a calendar, and who is on call on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.calendar import Lane, Turn, day_of, days
from oncall.shifts import Shift, ShiftState
from oncall.timeline import Interval

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)


def at(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "changes", "hours"),
    [
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Asia/Kolkata", date(2026, 3, 29), 24),
    ],
)
def test_a_day_on_which_clocks_change_is_one_day_without_gap_or_overlap(zone: str, changes: date, hours: float) -> None:
    found = days(changes - timedelta(days=1), 3, zone)
    assert [day.date for day in found] == [changes + timedelta(days=n) for n in (-1, 0, 1)]
    assert [(day.span.end - day.span.start) / HOUR for day in found] == [24, hours, 24]
    assert [day.is_usual for day in found] == [True, hours == 24, True]
    assert found[0].span.end == found[1].span.start
    assert found[1].span.end == found[2].span.start


def test_a_date_that_a_zone_left_out_is_no_day() -> None:
    found = days(date(2011, 12, 29), 3, "Pacific/Apia")
    assert [day.date.day for day in found] == [29, 31]


def test_a_shift_over_midnight_is_on_both_days_and_what_nobody_has_is_a_gap_until_nothing_is_planned() -> None:
    first, second, third = days(date(2026, 3, 28), 3, BERLIN)
    lane = Lane.of(
        [
            Shift(1, "ann", at(BERLIN, 2026, 3, 28, 22), at(BERLIN, 2026, 3, 29, 6)),
            Shift(1, "bob", at(BERLIN, 2026, 3, 29, 9), at(BERLIN, 2026, 3, 30, 9), ShiftState.PROPOSED),
            Shift(1, None, at(BERLIN, 2026, 3, 30, 9), at(BERLIN, 2026, 3, 30, 12)),
        ]
    )
    [gap, ann] = lane.pieces(first.span)
    assert (gap.is_gap, gap.end, ann.turns) == (True, ann.start, (Turn("ann"),))
    assert ann.end == first.span.end
    [ann, gap, bob] = lane.pieces(second.span)
    assert (ann.end - ann.start, gap.is_gap, bob.turns) == (5 * HOUR, True, (Turn("bob", proposed=True),))
    [bob, rest] = lane.pieces(third.span)
    assert not rest.turns
    assert not rest.is_gap
    assert not rest.planned
    assert second.share(at(BERLIN, 2026, 3, 29, 6)) == pytest.approx(5 / 23)


def test_people_who_are_on_call_at_once_are_in_one_piece() -> None:
    [day] = days(date(2026, 6, 1), 1, "UTC")
    start, end = day.span.start, day.span.end
    both = [Shift(1, "bob", start, end), Shift(1, "ann", start, end - HOUR, ShiftState.PROPOSED)]
    first, second = Lane.of(both).pieces(day.span)
    assert first.turns == (Turn("bob"), Turn("ann", proposed=True))
    assert second.turns == (Turn("bob"),)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-30, 700), st.integers(1, 90), st.sampled_from([None, "ann", "bob"])), max_size=12),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_the_pieces_of_a_day_fill_it_in_order(planned: list[tuple[int, int, str | None]], zone: str) -> None:
    found = days(date(2026, 3, 20), 28, zone)
    origin = found[0].span.start
    shifts = [Shift(1, user, origin + start * HOUR, origin + (start + hours) * HOUR) for start, hours, user in planned]
    lane = Lane.of(shifts)
    for day in found:
        pieces = lane.pieces(day.span)
        bounds = [bound for piece in pieces for bound in (piece.start, piece.end)]
        assert (bounds[0], bounds[-1]) == (day.span.start, day.span.end)
        assert bounds[1:-1:2] == bounds[2::2]
        for piece in pieces:
            there = {s.user for s in shifts if s.user and s.interval.overlaps(Interval(piece.start, piece.end))}
            assert {turn.user for turn in piece.turns} == there
            assert day_of(found, piece.start) == day
