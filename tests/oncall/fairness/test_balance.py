"""Everybody's part of a role against their fair share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.fairness.balance import Line, Served, Sharer, Standing, hours_under, lines

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def days(*who: str, start: int = -4) -> list[Served]:
    """A shift of a day each, the first one ``start`` days from now."""
    return [Served(NOW + (start + n) * DAY, NOW + (start + n + 1) * DAY, user) for n, user in enumerate(who)]


def one(_shift: Served, _user: str) -> float:
    return 1.0


def test_everybody_is_held_against_an_equal_share_of_what_was_and_what_is_ahead() -> None:
    found = lines(days("ann", "ann", "ann", "bob", "bob", "bob"), [Sharer("ann"), Sharer("bob")], NOW, one)

    assert found["ann"] == Line(done=3, ahead=0, target=3, due=2.5)
    assert (found["bob"].done, found["bob"].ahead, found["bob"].difference) == (2, 1, 0)


def test_half_a_share_is_half_as_much() -> None:
    found = lines(days("ann", "ann", "bob"), [Sharer("ann"), Sharer("bob", 50)], NOW, one)

    assert [line.target for line in found.values()] == pytest.approx([2, 1])


def test_who_joins_late_has_no_part_of_what_was_before() -> None:
    joined = NOW - 2 * DAY
    found = lines(days("ann", "ann", "ann", "bob"), [Sharer("ann"), Sharer("bob", since=joined)], NOW, one)

    assert (found["ann"].target, found["bob"].target) == (3, 1)
    assert [line.standing() for line in found.values()] == [Standing.BALANCED] * 2


def test_what_somebody_did_who_has_left_is_nobodys_debt() -> None:
    found = lines(days("gone", "gone", "ann", "bob"), [Sharer("ann"), Sharer("bob")], NOW, one)

    assert [line.difference for line in found.values()] == [0, 0]


def test_a_cover_counts_for_who_really_did_it() -> None:
    under = hours_under(days("ann", "ann", "ann", "bob"), [Sharer("ann"), Sharer("bob")], NOW)

    assert under == {"ann": -DAY, "bob": DAY}


@pytest.mark.parametrize(
    ("line", "standing"),
    [
        (Line(done=3, target=2), Standing.BALANCED),
        (Line(done=1, target=3), Standing.SLIGHTLY),
        (Line(done=6, ahead=1, target=3, due=3), Standing.FAR),
        (Line(done=6, ahead=0, target=3.5, due=2), Standing.IMPROVING),
        (Line(done=0, ahead=2, target=5, due=4), Standing.IMPROVING),
    ],
)
def test_how_far_off_somebody_is_has_a_word(line: Line, standing: Standing) -> None:
    assert line.standing() is standing
    doubled = Line(line.done * 24, line.ahead * 24, line.target * 24, line.due * 24)
    assert doubled.standing(unit=24) is standing


@given(
    st.lists(st.sampled_from(["ann", "bob", "cat", "gone"]), max_size=30),
    st.lists(st.tuples(st.integers(1, 100), st.none() | st.integers(-8, 4)), min_size=3, max_size=3),
)
def test_targets_add_up_to_what_the_members_have_where_somebody_was_there(
    who: list[str], members: list[tuple[int, int | None]]
) -> None:
    sharers = [
        Sharer(user, share, None if since is None else NOW + since * DAY)
        for user, (share, since) in zip(("ann", "bob", "cat"), members, strict=True)
    ]
    shifts = days(*who)
    there = [s for s in shifts if s.user != "gone" and any(m.since is None or m.since <= s.start for m in sharers)]
    found = lines(shifts, sharers, NOW, one)

    assert sum(line.target for line in found.values()) == pytest.approx(len(there))
    assert sum(line.done + line.ahead for line in found.values()) == len([s for s in shifts if s.user != "gone"])
