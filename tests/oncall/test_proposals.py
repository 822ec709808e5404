"""Extending to the horizon: only free time is filled, once, and never with one person in both roles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.proposals import Proposal, is_replaceable, propose
from oncall.rotations import Backup, Rotation, coverage, members
from oncall.shifts import Shift, ShiftSource, ShiftState, timeline
from oncall.timeline import Interval, Timeline
from oncall.windows import Daily
from tests.oncall.patterns import rotations, wall
from tests.support.soaking import examples

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HORIZON = 12
AHEAD = Interval(NOW, NOW + HORIZON * DAY)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
WEEKLY = Rotation(1, "UTC", wall(2026, 3, 2), members("ann", "bob", "cat"), backup=Backup(2))


@st.composite
def paired(draw: st.DrawFn) -> Rotation:
    rotation = draw(rotations())
    return replace(rotation, backup=draw(st.sampled_from([None, Backup(2, 1), Backup(2, 2)])))


def _row(
    role: int, cuts: list[int], users: list[str | None], kinds: list[tuple[ShiftState, ShiftSource]]
) -> list[Shift]:
    return [
        Shift(role, user, NOW + start * HOUR, NOW + end * HOUR, *kind)
        for (start, end), user, kind in zip(pairwise(cuts), users, kinds, strict=False)
    ]


hours = st.lists(st.integers(-30, 24 * (HORIZON + 5)), max_size=7, unique=True).map(sorted)
users = st.lists(st.sampled_from(["ann", "bob", "cat", "zoe", None]), min_size=7, max_size=7)
decided = st.lists(
    st.sampled_from(
        [
            (ShiftState.CONFIRMED, ShiftSource.ROTATION),
            (ShiftState.CONFIRMED, ShiftSource.PERSON),
            (ShiftState.PROPOSED, ShiftSource.PERSON),
            (ShiftState.PROPOSED, ShiftSource.ROTATION),
        ]
    ),
    min_size=7,
    max_size=7,
)
schedules = st.builds(
    lambda a, b: [*a, *b],
    st.builds(_row, st.just(1), hours, users, decided),
    st.builds(_row, st.just(2), hours, users, decided),
)


def _apply(existing: list[Shift], proposal: Proposal) -> list[Shift]:
    rest = list(existing)
    for shift in proposal.drop:
        rest.remove(shift)
    return [*rest, *proposal.add]


def _line(shifts: list[Shift], role: int) -> Timeline:
    return timeline((shift for shift in shifts if shift.role_id == role), state=None)


@given(paired(), schedules)
@settings(max_examples=examples(150), deadline=None)
def test_proposing_twice_changes_nothing(rotation: Rotation, existing: list[Shift]) -> None:
    after = _apply(existing, propose([rotation], existing, NOW, HORIZON))
    assert not propose([rotation], after, NOW, HORIZON)
    assert not propose([rotation], list(reversed(after)), NOW, HORIZON)


@given(paired(), schedules, st.integers(0, 20))
@settings(max_examples=examples(150), deadline=None)
def test_extending_later_only_adds_at_the_far_end(rotation: Rotation, existing: list[Shift], hours_later: int) -> None:
    after = _apply(existing, propose([rotation], existing, NOW, HORIZON))
    later = propose([rotation], after, NOW + hours_later * HOUR, HORIZON)
    assert later.drop == ()
    assert all(shift.start >= AHEAD.end for shift in later.add)


@given(paired(), schedules)
@settings(max_examples=examples(150), deadline=None)
def test_only_what_nobody_decided_is_dropped_and_only_free_time_is_filled(
    rotation: Rotation, existing: list[Shift]
) -> None:
    proposal = propose([rotation], existing, NOW, HORIZON)
    assert all(is_replaceable(shift) for shift in proposal.drop)
    taken = [shift for shift in existing if not is_replaceable(shift)]
    for shift in proposal.add:
        assert (shift.state, shift.source) == (ShiftState.PROPOSED, ShiftSource.ROTATION)
        assert NOW <= shift.start < AHEAD.end
        assert not any(other.role_id == shift.role_id and other.interval.overlaps(shift.interval) for other in taken)


@given(paired(), schedules)
@settings(max_examples=examples(150), deadline=None)
def test_nobody_has_both_roles_unless_people_decided_so(rotation: Rotation, existing: list[Shift]) -> None:
    after = _apply(existing, propose([rotation], existing, NOW, HORIZON))
    proposed = [shift for shift in after if is_replaceable(shift) and shift.end > NOW and rotation.backup]
    for shift in proposed:
        others = [other for other in after if other.role_id != shift.role_id and other.user == shift.user]
        assert not any(other.interval.overlaps(shift.interval) for other in others if other.end > NOW)


@given(rotations(), schedules)
@settings(max_examples=examples(150), deadline=None)
def test_all_time_that_the_rotation_covers_is_filled_with_its_people(rotation: Rotation, existing: list[Shift]) -> None:
    after = [s for s in _apply(existing, propose([rotation], existing, NOW, HORIZON)) if s.end > NOW]
    taken = [shift.interval for shift in existing if not is_replaceable(shift) and shift.role_id == 1]
    wanted = coverage(rotation, AHEAD).subtract(taken)
    assert _line([s for s in after if is_replaceable(s)], 1).cut(AHEAD) == wanted


def test_a_turn_that_begins_before_the_horizon_is_proposed_whole() -> None:
    found = propose([replace(WEEKLY, backup=None)], [], NOW, 10)
    assert [(s.user, s.start, s.end) for s in found.add] == [
        ("ann", NOW, MONDAY),
        ("bob", MONDAY, MONDAY + 7 * DAY),
    ]


def test_the_backup_is_proposed_for_its_own_role() -> None:
    found = propose([WEEKLY], [], NOW, 10)
    assert [(s.role_id, s.user) for s in found.add] == [(1, "ann"), (1, "bob"), (2, "bob"), (2, "cat")]


def test_a_confirmed_swap_moves_the_backup_on_for_that_stretch_only() -> None:
    swap = Shift(1, "cat", MONDAY + DAY, MONDAY + 2 * DAY)
    found = propose([WEEKLY], [swap], MONDAY, 7)
    assert [(s.user, s.start, s.end) for s in found.add if s.role_id == 2] == [
        ("cat", MONDAY, MONDAY + DAY),
        ("ann", MONDAY + DAY, MONDAY + 2 * DAY),
        ("cat", MONDAY + 2 * DAY, MONDAY + 7 * DAY),
    ]


def test_a_confirmed_backup_is_not_proposed_for_the_first_role_as_well() -> None:
    backup = Shift(2, "bob", MONDAY, MONDAY + 7 * DAY)
    found = propose([WEEKLY], [backup], MONDAY, 7)
    assert [(s.role_id, s.user) for s in found.add] == [(1, "cat")]


def test_where_everybody_is_busy_the_backup_stays_open() -> None:
    two = replace(WEEKLY, members=members("ann", "bob"))
    swap = Shift(1, "zoe", MONDAY, MONDAY + 7 * DAY)
    both = [swap, replace(swap, user="ann", id=2), replace(swap, user="bob", id=3)]
    assert propose([two], both, MONDAY, 7).add == ()


def test_time_left_unassigned_on_purpose_stays_unassigned() -> None:
    nobody = Shift(1, None, MONDAY, MONDAY + DAY)
    found = propose([replace(WEEKLY, backup=None)], [nobody], MONDAY, 7)
    assert [(s.user, s.start) for s in found.add] == [("bob", MONDAY + DAY)]


def test_a_changed_rotation_replaces_its_stale_proposals_and_keeps_confirmed_shifts() -> None:
    rotation = replace(WEEKLY, backup=None)
    first, second = propose([rotation], [], MONDAY, 14).add
    confirmed = replace(first, state=ShiftState.CONFIRMED)
    found = propose([replace(rotation, members=members("zoe"))], [confirmed, second], MONDAY, 14)
    assert found.drop == (second,)
    assert [(s.user, s.start, s.end) for s in found.add] == [("zoe", second.start, second.end)]


def test_proposals_of_a_rotation_that_is_gone_are_dropped() -> None:
    stale = propose([WEEKLY], [], MONDAY, 7).add
    assert propose([], list(stale), MONDAY, 7) == Proposal(drop=stale)


def test_what_is_over_is_left_alone() -> None:
    old = Shift(1, "zoe", MONDAY - DAY, MONDAY, ShiftState.PROPOSED, ShiftSource.ROTATION)
    assert old not in propose([WEEKLY], [old], MONDAY, 7).drop


def test_a_stretch_that_begins_beyond_the_horizon_waits_for_its_day() -> None:
    swap = Shift(1, "cat", MONDAY, MONDAY + 5 * DAY)
    found = propose([WEEKLY], [swap], MONDAY, 5)
    assert [(s.role_id, s.user, s.end) for s in found.add] == [(2, "ann", MONDAY + 5 * DAY)]


def test_the_backup_gives_way_to_another_rotation_that_has_its_person_on_the_first_role() -> None:
    two = replace(WEEKLY, members=members("ann", "bob"))
    other = Rotation(1, "UTC", wall(2026, 3, 16), members("ann"))
    found = propose([two, other], [], MONDAY + 7 * DAY, 14)
    assert {(s.role_id, s.user) for s in found.add} == {(1, "ann"), (2, "bob")}


def test_in_the_hour_that_happens_twice_only_the_one_who_took_over_is_proposed() -> None:
    night = Rotation(1, "America/New_York", wall(2026, 10, 1), members("ann"), coverage=Daily(time(17), time(1, 30)))
    day = replace(night, members=members("bob"), coverage=Daily(time(1, 30), time(17)))
    now = datetime(2026, 11, 1, 6, tzinfo=UTC)
    found = propose([night, day], [], now, 1)
    assert [(s.user, s.start - now) for s in found.add] == [("bob", 0 * HOUR), ("ann", 16 * HOUR)]


@given(st.lists(rotations(), min_size=2, max_size=3), schedules)
@settings(max_examples=examples(60), deadline=None)
def test_rotations_that_should_not_overlap_are_still_proposed_without_overlap(
    side: list[Rotation], existing: list[Shift]
) -> None:
    added = [shift for shift in propose(side, existing, NOW, HORIZON).add if shift.role_id == 1]
    assert all(left.end <= right.start for left, right in pairwise(added))
