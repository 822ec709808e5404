"""Changing a rotation from a date on: what was stays, the turn goes on, and the preview says who is affected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.changes import Effect, changed, preview
from oncall.order import Stint
from oncall.proposals import propose
from oncall.roles import pattern
from oncall.rotations import Backup, Rotation, Unit, ended, members
from oncall.shifts import Shift, ShiftState
from oncall.timeline import Interval
from oncall.windows import WORKING_DAYS, Daily
from tests.oncall.patterns import PEOPLE, rotations, wall
from tests.support.soaking import examples

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WEEKLY = Rotation(1, "UTC", wall(2026, 1, 5), members("ann", "bob", "cat"), name="Weeks", id=4)
SEASON = Interval(MONDAY, MONDAY + 26 * WEEK)


def _who(versions: tuple[Rotation, ...], first: int, count: int) -> str:
    """The initials of whoever is on call in the middle of each of ``count`` weeks."""
    timeline = pattern(versions, 1, SEASON)
    people = [timeline.at(MONDAY + (first + n) * WEEK + 4 * DAY) for n in range(count)]
    return "".join(users[0][0] if users else "-" for users in people)


def _with(*users: str) -> Rotation:
    return replace(WEEKLY, members=members(*users))


crews = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True).map(lambda users: members(*users))


@given(rotations(), rotations(), crews, st.booleans(), st.integers(1, 90 * 24))
@settings(max_examples=examples(80), deadline=None)
def test_a_change_leaves_everything_before_its_date_as_it_was(
    old: Rotation, other: Rotation, crew: tuple[Stint, ...], only_members: bool, hours: int
) -> None:
    since = MONDAY + timedelta(hours=hours)
    new = replace(old, members=crew) if only_members else replace(other, members=crew)
    before = Interval(MONDAY, since)
    assert pattern(changed([old], new, since), 1, before) == pattern([old], 1, before)


@given(rotations(), crews, st.integers(1, 90 * 24))
@settings(max_examples=examples(80), deadline=None)
def test_from_the_date_on_only_the_new_members_are_on_call(old: Rotation, crew: tuple[Stint, ...], hours: int) -> None:
    since = MONDAY + timedelta(hours=hours)
    versions = changed([old], replace(old, members=crew), since)
    ahead = Interval(since, since + 400 * DAY)
    found = {user for segment in pattern(versions, 1, ahead).segments for user in segment.users}
    assert found <= {stint.user for stint in crew}
    assert pattern(versions, 1, ahead).gaps(ahead) == pattern([old], 1, ahead).gaps(ahead)


@given(rotations(), crews, crews, st.integers(1, 40 * 24), st.integers(1, 40 * 24))
@settings(max_examples=examples(80), deadline=None)
def test_a_second_change_leaves_what_the_first_one_made_until_its_own_date(
    old: Rotation, first: tuple[Stint, ...], second: tuple[Stint, ...], hours: int, more: int
) -> None:
    once = changed([old], replace(old, members=first), MONDAY + timedelta(hours=hours))
    since = MONDAY + timedelta(hours=hours + more)
    twice = changed(once, replace(old, members=second), since)
    assert pattern(twice, 1, Interval(MONDAY, since)) == pattern(once, 1, Interval(MONDAY, since))


def test_somebody_who_joins_moves_nobody_before_it_is_their_turn() -> None:
    (grown,) = changed([WEEKLY], _with("ann", "bob", "cat", "dan"), MONDAY + 4 * WEEK)
    assert _who((grown,), 0, 9) == "abca" + "bcdab"


def test_somebody_who_leaves_is_stepped_over() -> None:
    (less,) = changed([WEEKLY], _with("ann", "cat"), MONDAY + 4 * WEEK)
    assert _who((less,), 0, 8) == "abca" + "caca"


def test_somebody_in_anothers_place_takes_over_their_turns() -> None:
    (swapped,) = changed([WEEKLY], _with("ann", "dan", "cat"), MONDAY + 2 * WEEK)
    assert _who((swapped,), 0, 9) == "ab" + "cadcadc"


def test_the_same_circle_from_another_beginning_is_the_same_order() -> None:
    (same,) = changed([WEEKLY], _with("cat", "ann", "bob"), MONDAY + 4 * WEEK)
    assert _who((same,), 0, 7) == "abcabca"


def test_joining_before_the_member_who_leads_keeps_everybodys_past() -> None:
    later = replace(WEEKLY, members=(Stint("zoe", since=MONDAY + 9 * WEEK), *WEEKLY.members), lead=1)
    (grown,) = changed([later], replace(later, members=members("eve", "ann", "bob", "cat")), MONDAY + 3 * WEEK)
    assert _who((grown,), 0, 8) == "abc" + "eabce"


def test_another_order_is_a_new_version_in_which_whoever_has_the_turn_keeps_it() -> None:
    versions = changed([WEEKLY], _with("cat", "bob", "ann"), MONDAY + 3 * WEEK + 3 * DAY)
    assert [version.id for version in versions] == [4, 4]
    assert _who(versions, 0, 8) == "abca" + "cbac"


def test_other_windows_leave_the_turns_alone() -> None:
    office = replace(WEEKLY, coverage=Daily(time(9), time(17), WORKING_DAYS))
    versions = changed([WEEKLY], office, MONDAY + 2 * WEEK)
    timeline = pattern(versions, 1, SEASON)
    assert [timeline.at(MONDAY + n * WEEK + timedelta(hours=10)) for n in range(5)] == [
        ("ann",), ("bob",), ("cat",), ("ann",), ("bob",)
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "expected"), [(0, "bbcca"), (4, "bbcca")])
def test_a_slower_pace_goes_on_with_the_next_in_line(days: int, expected: str) -> None:
    slower = replace(WEEKLY, every=2)
    versions = changed([WEEKLY], slower, MONDAY + 4 * WEEK + days * DAY)
    assert _who(versions, 0, 4) == "abca"
    assert _who(versions, 4, 5) == expected


def test_a_new_turn_in_the_middle_of_an_old_one_goes_to_the_next_in_line() -> None:
    daily = replace(WEEKLY, every=1, unit=Unit.DAYS)
    versions = changed([WEEKLY], daily, MONDAY + 2 * DAY)
    timeline = pattern(versions, 1, SEASON)
    assert [timeline.at(MONDAY + n * DAY)[0] for n in range(6)] == ["ann", "ann", "bob", "cat", "ann", "bob"]


def test_another_first_handoff_starts_with_the_first_member_and_the_old_pattern_holds_until_then() -> None:
    fresh = replace(WEEKLY, first_handoff=wall(2026, 2, 2), members=members("cat", "dan"))
    versions = changed([WEEKLY], fresh, MONDAY + 2 * WEEK)
    assert _who(versions, 0, 8) == "abca" + "cdcd"


def test_a_rotation_that_has_not_begun_is_simply_replaced() -> None:
    (only,) = changed([WEEKLY], _with("dan"), MONDAY - WEEK)
    assert only == replace(_with("dan"), id=4)


def test_a_change_on_top_of_a_planned_one_replaces_the_plan() -> None:
    planned = changed([WEEKLY], _with("cat", "bob", "ann"), MONDAY + 9 * WEEK)
    versions = changed(planned, _with("ann", "bob"), MONDAY + 3 * WEEK)
    assert _who(versions, 0, 12) == "abc" + "ababababa"


def test_somebody_who_comes_back_has_a_second_stint() -> None:
    away = changed([WEEKLY], _with("ann", "cat"), MONDAY + 3 * WEEK)
    back = changed(away, WEEKLY, MONDAY + 6 * WEEK)
    assert _who(back, 0, 12) == "abc" + "aca" + "bcabca"


def test_a_rotation_that_had_ended_leaves_the_time_in_between_open() -> None:
    stopped = ended(WEEKLY, MONDAY + 2 * WEEK)
    assert _who(changed([stopped], WEEKLY, MONDAY + 4 * WEEK), 0, 7) == "ab--" + "bca"


def test_somebody_who_was_only_planned_to_join_is_forgotten() -> None:
    planned = changed(
        [WEEKLY], replace(WEEKLY, members=(*WEEKLY.members, Stint("zoe", MONDAY + 9 * WEEK))), MONDAY + WEEK
    )
    (now,) = changed(planned, WEEKLY, MONDAY + 2 * WEEK)
    assert now == WEEKLY


def test_the_preview_says_who_gains_and_loses_what() -> None:
    since, until = MONDAY + 2 * WEEK, MONDAY + 6 * WEEK
    after = changed([WEEKLY], _with("ann", "dan", "cat"), since)
    found = preview([WEEKLY], after, [], Interval(since, until))
    week = Interval(MONDAY + 4 * WEEK, MONDAY + 5 * WEEK)
    assert found == (Effect(1, "bob", (), (week,)), Effect(1, "dan", (week,), ()))


def test_confirmed_shifts_are_in_nobodys_preview() -> None:
    since = MONDAY + 2 * WEEK
    after = changed([WEEKLY], _with("ann", "dan", "cat"), since)
    confirmed = Shift(1, "bob", MONDAY + 4 * WEEK, MONDAY + 5 * WEEK)
    assert preview([WEEKLY], after, [confirmed], Interval(since, MONDAY + 6 * WEEK)) == ()


def test_the_preview_covers_the_backups_role() -> None:
    with_backup = replace(WEEKLY, backup=Backup(2))
    since = MONDAY + 3 * WEEK
    found = preview([WEEKLY], changed([WEEKLY], with_backup, since), [], Interval(since, since + 2 * WEEK))
    assert [(effect.role_id, effect.user, len(effect.gained)) for effect in found] == [(2, "bob", 1), (2, "cat", 1)]


@given(rotations(), rotations(), st.integers(1, 60 * 24))
@settings(max_examples=examples(50), deadline=None)
def test_the_preview_is_what_proposing_then_does(old: Rotation, new: Rotation, hours: int) -> None:
    now = MONDAY + timedelta(hours=hours)
    confirmed = [replace(s, state=ShiftState.CONFIRMED) for s in propose([old], [], now, 5).add]
    versions, ahead = changed([old], new, now), Interval(now, now + 20 * DAY)
    lost = {(e.user, i) for e in preview([old], versions, confirmed, ahead) for i in e.lost}
    gained = {(e.user, i) for e in preview([old], versions, confirmed, ahead) for i in e.gained}
    before, after = (
        {(s.user, instant) for s in propose(rotation, confirmed, now, 20).add for instant in _hours(s, ahead)}
        for rotation in ([old], versions)
    )
    assert {(user, at) for user, interval in lost for at in _hours(interval, ahead)} == before - after
    assert {(user, at) for user, interval in gained for at in _hours(interval, ahead)} == after - before


def _hours(span: Shift | Interval, within: Interval) -> list[datetime]:
    """Quarter-hours of the window that lie in the span: all patterns change on quarters."""
    first = within.start
    quarter = timedelta(minutes=15)
    low = max(0, -(-(span.start - first) // quarter))
    high = min((within.end - first) // quarter, -(-(span.end - first) // quarter))
    return [first + n * quarter for n in range(low, high)]
