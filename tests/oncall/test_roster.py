"""Who is on call now, until when, who is next, and what changes at a handoff."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall.roster import Duty, Handoff, RoleChange, Roster, handoffs, who
from oncall.timeline import Segment, Timeline
from tests.oncall.minutes import LENGTH, WHOLE, by_minute, interval, minute, timelines

ANN_THEN_BOB = Timeline.of([Segment(minute(10), minute(20), ("ann",)), Segment(minute(20), minute(30), ("bob",))])
CAT_LATER = Timeline.of([Segment(minute(20), minute(25), ("cat",)), Segment(minute(40), minute(50), ("cat",))])


@given(timelines, st.integers(0, LENGTH - 1))
def test_a_duty_says_who_until_when_and_who_is_next(timeline: Timeline, number: int) -> None:
    row = [frozenset[str](), *by_minute(timeline.segments), frozenset[str]()][1:]
    duty = who(timeline, minute(number))
    assert set(duty.users) == row[number]
    change = next((n for n in range(number, LENGTH + 1) if row[n] != row[number]), None)
    assert duty.until == (None if change is None else minute(change))
    assert set(duty.following) == (set() if change is None else row[change])
    begun = next((n + 1 for n in range(number - 1, -1, -1) if row[n] != row[number]), 0 if row[number] else None)
    assert duty.since == (None if begun is None else minute(begun))


def test_a_gap_says_who_comes_after_it() -> None:
    assert who(CAT_LATER, minute(30)) == Duty((), minute(25), minute(40), ("cat",))


def test_nothing_follows_the_end_of_a_timeline() -> None:
    assert who(ANN_THEN_BOB, minute(30)) == Duty((), minute(30), None, ())


@given(timelines, timelines)
def test_handoffs_at_one_instant_are_one_handoff(first: Timeline, second: Timeline) -> None:
    found = handoffs({1: first, 2: second}, interval(-1, LENGTH + 1))
    assert [handoff.at for handoff in found] == sorted({*first.handoffs(), *second.handoffs()})
    for handoff in found:
        for change in handoff.changes:
            timeline = {1: first, 2: second}[change.role_id]
            assert timeline.at(handoff.at) == change.after != change.before
            assert handoff.at in timeline.handoffs()


def test_a_handoff_names_every_role_that_changes_then() -> None:
    found = handoffs({2: CAT_LATER, 1: ANN_THEN_BOB}, interval(15, 25))
    assert found == (Handoff(minute(20), (RoleChange(1, ("ann",), ("bob",)), RoleChange(2, (), ("cat",)))),)


def test_a_roster_answers_for_the_schedule_that_is_asked_about() -> None:
    roster = Roster()
    roster.put(7, {1: ANN_THEN_BOB, 2: CAT_LATER})
    roster.put(8, {1: CAT_LATER})
    assert len(roster) == 2
    assert roster.who(7, 1, minute(12)) == Duty(("ann",), minute(10), minute(20), ("bob",))
    assert roster.who(8, 1, minute(22)).users == ("cat",)
    assert {role: duty.users for role, duty in roster.on_call(7, minute(21)).items()} == {1: ("bob",), 2: ("cat",)}


def test_a_schedule_that_is_not_known_has_nobody_on_call() -> None:
    roster = Roster()
    roster.put(7, {1: ANN_THEN_BOB})
    roster.remove(7)
    roster.remove(7)
    assert roster.who(7, 1, minute(12)) == Duty((), None, None, ())
    assert roster.on_call(7, minute(12)) == {}
    assert roster.next_handoff(7, minute(12)) is None


def test_the_next_handoff_is_the_first_of_any_role() -> None:
    roster = Roster()
    roster.put(7, {1: ANN_THEN_BOB, 2: CAT_LATER})
    found = [roster.next_handoff(7, minute(number)) for number in (0, 10, 20, 25, 50)]
    assert found == [minute(10), minute(20), minute(25), minute(30), None]


def test_putting_a_schedule_again_replaces_what_was_known() -> None:
    roster = Roster()
    roster.put(7, {1: ANN_THEN_BOB, 2: CAT_LATER})
    roster.put(7, {2: ANN_THEN_BOB})
    assert list(roster.on_call(7, WHOLE.start)) == [2]
