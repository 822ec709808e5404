"""Whom to ask for cover, in which order, and for how long each is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.availability import Leaning, Wish
from oncall.covering import EVERYBODY_WITHIN, Answer, Candidate, next_step, patience, ranked
from oncall.timeline import Interval

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHIFT = Interval(NOW + 48 * HOUR, NOW + 60 * HOUR)


def at(start: float, end: float) -> Interval:
    """In hours from the start of the shift."""
    return Interval(SHIFT.start + start * HOUR, SHIFT.start + end * HOUR)


def wish(user: str, leaning: Leaning) -> Wish:
    return Wish(SHIFT.start - HOUR, SHIFT.start + HOUR, user, leaning)


def test_who_is_furthest_under_their_share_comes_first_and_equal_ones_keep_their_order() -> None:
    candidates = [Candidate("ann"), Candidate("bob", 5 * HOUR), Candidate("cat", -5 * HOUR), Candidate("dan")]

    assert ranked(candidates, SHIFT) == ["bob", "ann", "dan", "cat"]


def test_nobody_is_asked_who_is_away_or_on_call_then_or_would_not_rest() -> None:
    away = Candidate("away", wishes=[wish("away", Leaning.WOULD_LIKE), wish("away", Leaning.CANNOT)])
    on_call = Candidate("on call", on_call=[at(11, 20)])
    tired = Candidate("tired", on_call=[at(-20, -2)], rest=11 * HOUR)
    rested = Candidate("rested", on_call=[at(-20, -12), at(23, 30)], rest=11 * HOUR)

    assert ranked([away, on_call, tired, rested], SHIFT) == ["rested"]


def test_a_wish_counts_as_much_as_the_shift_itself() -> None:
    eager = Candidate("eager", wishes=[wish("eager", Leaning.WOULD_LIKE)])
    loath = Candidate("loath", 12 * HOUR, wishes=[wish("loath", Leaning.RATHER_NOT)])
    plain = Candidate("plain", 11 * HOUR)
    far_under = Candidate("far under", 30 * HOUR, wishes=[wish("far under", Leaning.RATHER_NOT)])

    assert ranked([eager, loath, plain, far_under], SHIFT) == ["far under", "eager", "plain", "loath"]


@pytest.mark.parametrize(("left", "hours"), [(12, 1), (24, 2), (36, 3), (48, 4), (500, 4)])
def test_the_nearer_the_shift_the_sooner_the_next_one_is_asked(left: int, hours: int) -> None:
    assert patience(left * HOUR) == hours * HOUR


def test_one_is_asked_after_the_other_and_then_everybody_but_who_said_no() -> None:
    candidates = [Candidate("ann"), Candidate("bob", HOUR), Candidate("tired", on_call=[at(-9, -2)], rest=11 * HOUR)]
    first = next_step(candidates, {}, SHIFT, NOW)
    second = next_step(candidates, {"bob": Answer.LATER}, SHIFT, NOW)
    last = next_step(candidates, {"bob": Answer.LATER, "ann": Answer.NO}, SHIFT, NOW)

    assert (first.ask, first.everybody, first.look_at) == (("bob",), False, NOW + 4 * HOUR)
    assert second.ask == ("ann",)
    assert (last.ask, last.everybody, last.look_at) == (("bob", "tired"), True, None)


def test_shortly_before_the_start_everybody_is_asked_at_once() -> None:
    near = Interval(NOW + EVERYBODY_WITHIN, NOW + 20 * HOUR)

    assert next_step([Candidate("ann"), Candidate("bob")], {}, near, NOW).ask == ("ann", "bob")


def test_a_wait_ends_when_everybody_is_to_be_asked() -> None:
    soon = Interval(NOW + EVERYBODY_WITHIN + HOUR / 2, NOW + 20 * HOUR)

    assert next_step([Candidate("ann"), Candidate("bob")], {}, soon, NOW).look_at == NOW + HOUR / 2


@given(st.lists(st.sampled_from(list(Answer)[1:]), max_size=12), st.integers(1, 12), st.integers(13, 300))
def test_whatever_people_answer_everybody_is_asked_once_before_it_is_everybodys(
    said: list[Answer], people: int, left: int
) -> None:
    candidates = [Candidate(f"U{number}") for number in range(people)]
    time, now = Interval(NOW + left * HOUR, NOW + (left + 8) * HOUR), NOW
    answers: dict[str, Answer] = {}
    replies = iter(said)
    step = next_step(candidates, answers, time, now)
    while not step.everybody:
        [user] = step.ask
        assert user not in answers
        assert step.look_at is not None
        assert now < step.look_at <= time.start - EVERYBODY_WITHIN
        answers[user] = next(replies, Answer.PASSED)
        now = step.look_at if answers[user] is Answer.PASSED else now
        step = next_step(candidates, answers, time, now)
    settled = {user for user, answer in answers.items() if answer in (Answer.NO, Answer.SWAP)}
    assert set(step.ask) == {one.user for one in candidates} - settled
