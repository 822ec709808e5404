"""What is planned for a rotation stays planned, whatever else is changed, and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.order import Stint
from oncall.plans import edited, left, merged_order, state_at, steps, unplanned
from oncall.roles import pattern
from oncall.rotations import Backup, Rotation, Unit, ended, members
from oncall.timeline import Interval
from oncall.windows import WORKING_DAYS, Daily
from tests.oncall.patterns import PEOPLE, rotations, wall
from tests.support.soaking import examples

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WEEKLY = Rotation(1, "UTC", wall(2026, 1, 5), members("ann", "bob", "cat"), name="Weeks", id=4)
NOW, DATE = MONDAY + WEEK + DAY, MONDAY + 5 * WEEK
LATER = DATE + 4 * WEEK
Versions = tuple[Rotation, ...]


def change(versions: Versions, since: datetime, at: datetime = NOW, **what: object) -> Versions:
    """Somebody opens the form ``at`` and changes ``what`` in it, with effect from ``since`` on."""
    seen = state_at(versions, at)
    people = what.pop("people", None)
    wanted = replace(seen, **what)  # type: ignore[arg-type]
    return edited(versions, seen, wanted if people is None else replace(wanted, members=members(*people)), since)  # type: ignore[misc]


def who(versions: Versions, first: int, count: int) -> str:
    timeline = pattern(versions, 1, Interval(MONDAY, MONDAY + 60 * WEEK))
    people = [timeline.at(MONDAY + (first + n) * WEEK + 4 * DAY) for n in range(count)]
    return "".join(users[0][0] if users else "-" for users in people)


def with_dan() -> Versions:
    return change((WEEKLY,), DATE, people=("ann", "bob", "cat", "dan"))


UNRELATED: dict[str, dict[str, object]] = {
    "renamed": {"name": "Other"},
    "other hours": {"coverage": Daily(time(0), time(23, 45))},
    "a backup": {"backup": Backup(2)},
    "another role": {"role_id": 3},
}


@pytest.mark.parametrize("what", UNRELATED.values(), ids=UNRELATED)
def test_a_planned_joiner_joins_on_the_date_whatever_else_is_changed_before(what: dict[str, object]) -> None:
    planned = with_dan()
    after = change(planned, NOW, **what)
    [step] = steps(after, NOW)
    assert (step.at, step.joining, step.leaving) == (DATE, ("dan",), ())
    assert state_at(after, NOW).members == members("ann", "bob", "cat")
    role = state_at(after, NOW).role_id
    assert {s.users for s in pattern(after, role, Interval(NOW, DATE)).segments if "dan" in s.users} == set()
    assert [step.after.members for step in steps(after, NOW)] == [members("ann", "bob", "cat", "dan")]


def test_a_new_name_changes_nothing_but_the_name() -> None:
    for planned in (with_dan(), change(with_dan(), LATER, every=2), change(with_dan(), DATE + DAY, people=("ann",))):
        renamed = change(planned, NOW, name="Other")
        assert who(renamed, 0, 40) == who(planned, 0, 40)
        assert {version.name for version in renamed} == {"Other"}
        assert [step.at for step in steps(renamed, NOW)] == [step.at for step in steps(planned, NOW)]


def test_somebody_who_is_planned_to_leave_leaves_on_their_date_and_not_before() -> None:
    planned = change((WEEKLY,), DATE, people=("ann", "cat"))
    after = change(planned, NOW, people=("ann", "bob", "cat", "eve"))
    assert [(step.at, step.leaving) for step in steps(after, NOW)] == [(DATE, ("bob",))]
    assert who(after, 2, 3) == "cea"
    assert "b" not in who(after, 5, 30)


def test_a_planned_pace_waits_for_its_date() -> None:
    planned = change((WEEKLY,), DATE, every=2)
    after = change(planned, NOW, people=("ann", "bob", "cat", "dan"))
    assert [step.settings for step in steps(after, NOW)] == [{"every"}]
    assert state_at(after, NOW).every == 1
    assert who(after, 1, 4) == "bcda"
    assert who(after, 5, 8) == "bccddaab"


def test_planned_hours_hold_from_their_date_on_also_when_the_pace_changes_before() -> None:
    office = Daily(time(9), time(17), WORKING_DAYS)
    planned = change((WEEKLY,), DATE, coverage=office)
    after = change(planned, NOW, every=1, unit=Unit.DAYS)
    assert (state_at(after, DATE - DAY).coverage, state_at(after, DATE).coverage) == (None, office)
    assert state_at(after, DATE).unit is Unit.DAYS


def test_a_planned_new_start_still_starts_afresh_on_its_date() -> None:
    planned = change((WEEKLY,), NOW, first_handoff=wall(2026, 2, 9), people=("cat", "dan"))
    after = change(planned, NOW, name="Other", coverage=Daily(time(0), time(23)))
    assert who(after, 0, 9) == "abcab" + "cdcd"


def test_plans_for_several_dates_stay_in_order() -> None:
    planned = change(with_dan(), LATER, at=DATE, people=("ann", "cat", "dan"))
    planned = change(planned, LATER + 6 * WEEK, at=LATER, every=2)
    after = change(planned, NOW, people=("ann", "bob", "cat", "eve"))
    found = [(step.at, step.joining, step.leaving, step.settings) for step in steps(after, NOW)]
    assert found == [
        (DATE, ("dan",), (), frozenset()),
        (LATER, (), ("bob",), frozenset()),
        (LATER + 6 * WEEK, (), (), {"every"}),
    ]


def test_what_is_planned_and_then_done_at_once_is_not_planned_any_more() -> None:
    after = change(with_dan(), NOW, people=("ann", "bob", "cat", "dan"))
    assert steps(after, NOW) == ()
    assert "d" in who(after, 1, 5)


def test_a_change_from_a_date_behind_the_plan_counts_what_was_planned_by_then() -> None:
    after = change(with_dan(), LATER, people=("ann", "cat"))
    assert [(step.at, step.joining, step.leaving) for step in steps(after, NOW)] == [
        (DATE, ("dan",), ()),
        (LATER, (), ("bob",)),
    ]


def test_somebody_who_is_gone_takes_nobody_elses_plan_along() -> None:
    after = left(with_dan(), "bob", NOW)
    assert [(step.at, step.joining) for step in steps(after, NOW)] == [(DATE, ("dan",))]
    assert "d" not in who(after, 0, 5)
    assert "b" not in who(after, 2, 40)


def test_somebody_who_is_gone_never_joins() -> None:
    assert steps(left(with_dan(), "dan", NOW), NOW) == ()


def test_the_last_one_who_leaves_waits_for_nobody_else_and_the_planned_one_still_joins() -> None:
    alone = replace(WEEKLY, members=members("ann"))
    after = left(change((alone,), DATE, people=("ann", "dan")), "ann", NOW)
    assert who(after, 2, 6) == "---ddd"
    assert left((alone,), "ann", NOW) == ()


def test_a_plan_that_is_removed_leaves_the_others() -> None:
    planned = change(with_dan(), LATER, at=DATE, every=2)
    after = unplanned(planned, DATE, NOW)
    assert [(step.at, step.joining, step.settings) for step in steps(after, NOW)] == [(LATER, (), {"every"})]
    assert "d" not in who(after, 0, 50)
    assert who(after, 0, 9) == "abcabcabc"
    assert unplanned(planned, DATE + DAY, NOW) == planned


def test_with_every_plan_removed_the_rotation_goes_on_as_it_was() -> None:
    planned = change(with_dan(), LATER, at=DATE, every=2)
    for at in (LATER, DATE):
        planned = unplanned(planned, at, NOW)
    assert who(planned, 0, 50) == who((WEEKLY,), 0, 50)


def test_an_end_that_is_planned_stays() -> None:
    stopping = (ended(WEEKLY, LATER),)
    assert change(stopping, NOW, name="Other", every=2)[-1].until == LATER


def test_a_rotation_that_has_not_begun_keeps_its_plans_and_has_no_old_turns() -> None:
    planned = change((WEEKLY,), DATE, at=MONDAY - WEEK, people=("ann", "bob", "cat", "dan"))
    before = MONDAY - WEEK
    after = change(planned, before, at=before, first_handoff=wall(2026, 1, 12), name="Later")
    assert who(after, 0, 3) == "-ab"
    assert [(step.at, step.joining) for step in steps(after, before)] == [(DATE, ("dan",))]


@pytest.mark.parametrize(
    ("users", "before", "after", "expected"),
    [
        ("abc", "abc", "abcd", "abcd"),
        ("abce", "abc", "adbc", "adbce"),
        ("ac", "abc", "abcd", "acd"),
        ("abcx", "abc", "cba", "cxba"),
        ("bc", "abc", "bc", "bc"),
        ("", "a", "ad", "d"),
    ],
)
def test_what_two_people_did_to_an_order_goes_together(users: str, before: str, after: str, expected: str) -> None:
    assert "".join(merged_order(users, before, after)) == expected


crews = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True)
ahead = st.integers(1, 60 * 24).map(lambda hours: timedelta(hours=hours))


@given(rotations(), crews, ahead, ahead, st.integers(1, 3))
@settings(max_examples=examples(80), deadline=None)
def test_any_plan_survives_a_new_name_to_the_minute(
    rotation: Rotation, crew: list[str], wait: timedelta, more: timedelta, every: int
) -> None:
    planned = change((replace(rotation, id=1),), NOW + wait, people=crew)
    planned = change(planned, NOW + wait + more, at=NOW + wait, every=every)
    renamed = change(planned, NOW, name="Other")
    year = Interval(MONDAY, MONDAY + 60 * WEEK)
    assert pattern(renamed, 1, year) == pattern(planned, 1, year)
    assert steps(change(renamed, NOW, name=""), NOW) == steps(planned, NOW)


@given(rotations(), crews, crews, ahead)
@settings(max_examples=examples(80), deadline=None)
def test_no_edit_puts_somebody_on_call_before_they_join_or_after_they_leave(
    rotation: Rotation, first: list[str], second: list[str], wait: timedelta
) -> None:
    rotation = replace(rotation, members=members(*first))
    joined = [*first, "zoe"] if len(second) % 2 else ["zoe"]
    planned = change((rotation,), NOW + wait, people=joined)
    after = change(planned, NOW, people=second)
    before_date = {u for s in pattern(after, 1, Interval(NOW, NOW + wait)).segments for u in s.users}
    since_date = {u for s in pattern(after, 1, Interval(NOW + wait, NOW + 60 * WEEK)).segments for u in s.users}
    assert before_date <= set(second)
    assert since_date <= {"zoe", *second} - (set(first) - set(joined))
    gaps = pattern(after, 1, Interval(NOW, NOW + 60 * WEEK)).gaps(Interval(NOW, NOW + 60 * WEEK))
    assert gaps == pattern((rotation,), 1, Interval(NOW, NOW + 60 * WEEK)).gaps(Interval(NOW, NOW + 60 * WEEK))


def test_stints_with_dates_of_their_own_are_plans_too() -> None:
    dated = replace(WEEKLY, members=(Stint("ann"), Stint("bob", until=LATER), Stint("dan", DATE)))
    found = [(step.at, step.joining, step.leaving) for step in steps((dated,), NOW)]
    assert found == [(DATE, ("dan",), ()), (LATER, (), ("bob",))]
