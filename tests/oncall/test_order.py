"""Dated members against a walk through the circle, handoff by handoff."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.order import Stint
from oncall.rotations import Rotation, Unit, coverage, turns
from oncall.timeline import Interval
from tests.oncall.patterns import PEOPLE, wall
from tests.support.soaking import examples

ZERO = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TURN = 6
SPAN = 40 * TURN
WHOLE = Interval(ZERO, ZERO + SPAN * HOUR)

edges = st.one_of(st.none(), st.integers(0, SPAN))


def _stint(user: str, since: int | None, until: int | None) -> Stint:
    start, end = (None if edge is None else ZERO + edge * HOUR for edge in (since, until))
    return Stint(user, start, end)


@st.composite
def circles(draw: st.DrawFn) -> tuple[Stint, ...]:
    return tuple(_stint(user, draw(edges), draw(edges)) for user in PEOPLE[: draw(st.integers(1, 5))])


def _rotation(stints: tuple[Stint, ...]) -> Rotation:
    return Rotation(1, "UTC", wall(2026, 1, 1), stints, TURN, Unit.HOURS)


def _walk(stints: tuple[Stint, ...]) -> list[str | None]:
    """Who is on call in each hour, by walking: ``owner`` is the place of whoever had the last turn of their own."""
    owner, row = -1, []
    for hour in range(SPAN):
        here = [place for place, stint in enumerate(stints) if stint.covers(ZERO + hour * HOUR)]
        behind = [*(place for place in here if place > owner), *(place for place in here if place <= owner)]
        if hour % TURN == 0 and here:
            owner = behind[0]
            row.append(stints[owner].user)
        else:
            row.append(stints[owner if owner in here else behind[0]].user if here else None)
    return row


@given(circles())
@settings(max_examples=examples(300))
def test_whoever_is_not_there_is_stepped_over_and_nobody_else_is_re_dealt(stints: tuple[Stint, ...]) -> None:
    timeline = coverage(_rotation(stints), WHOLE)
    found = [timeline.at(ZERO + hour * HOUR) for hour in range(SPAN)]
    assert found == [() if user is None else (user,) for user in _walk(stints)]


@given(circles(), st.integers(0, SPAN - 1), st.integers(1, SPAN))
def test_members_by_date_are_the_same_from_any_start(stints: tuple[Stint, ...], start: int, length: int) -> None:
    part = Interval(ZERO + start * HOUR, ZERO + (start + length) * HOUR)
    longer = Interval(ZERO, ZERO + 3 * SPAN * HOUR)
    assert coverage(_rotation(stints), part) == coverage(_rotation(stints), longer).cut(part)


def _who(stints: tuple[Stint, ...], number: int) -> list[str]:
    return [turn.user for turn in turns(_rotation(stints), Interval(ZERO, ZERO + number * TURN * HOUR))]


def test_a_leaver_is_followed_by_who_was_next_and_the_others_keep_their_turns() -> None:
    stints = (Stint("ann"), _stint("bob", None, 2 * TURN), Stint("cat"))
    assert _who(stints, 7) == ["ann", "bob", "cat", "ann", "cat", "ann", "cat"]


def test_a_joiner_waits_for_their_place_in_the_order() -> None:
    stints = (Stint("ann"), Stint("bob"), _stint("cat", TURN, None))
    assert _who(stints, 6) == ["ann", "bob", "cat", "ann", "bob", "cat"]


def test_whoever_is_next_takes_the_rest_of_a_leavers_turn_and_their_own_after_it() -> None:
    stints = (Stint("ann"), _stint("bob", None, TURN + 2), Stint("cat"))
    found = [
        (turn.user, (turn.end - turn.start) // HOUR)
        for turn in turns(_rotation(stints), Interval(ZERO, ZERO + 18 * HOUR))
    ]
    assert found == [("ann", 6), ("bob", 2), ("cat", 4), ("cat", 6)]


def test_time_in_which_nobody_belongs_is_a_gap() -> None:
    stints = (_stint("ann", None, TURN), _stint("bob", 3 * TURN, None))
    gaps = coverage(_rotation(stints), WHOLE).gaps(WHOLE)
    assert gaps == (Interval(ZERO + TURN * HOUR, ZERO + 3 * TURN * HOUR),)


def test_stints_overlap_only_when_an_instant_is_in_both() -> None:
    assert not _stint("ann", 0, 5).overlaps(_stint("ann", 5, None))
    assert _stint("ann", 0, 6).overlaps(_stint("ann", 5, None))
    assert Stint("ann").overlaps(Stint("ann"))


@given(circles(), st.integers(0, SPAN), st.integers(1, SPAN))
def test_a_version_ends_when_it_ends_whoever_joins_or_leaves_later(
    stints: tuple[Stint, ...], since: int, length: int
) -> None:
    edges = Interval(ZERO + since * HOUR, ZERO + (since + length) * HOUR)
    version = replace(_rotation(stints), until=edges.end)
    assert all(turn.end <= edges.end for turn in turns(version, WHOLE))
    assert coverage(version, edges) == coverage(_rotation(stints), edges)
