"""Rotations read out of the layers of an external schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from oncall.rotations import Unit
from oncall.timeline import Segment, Timeline
from sync.core.layers import Layer, Restriction
from sync.core.rotations_from_layers import patterns

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
ZONE = "Europe/Berlin"
START = datetime(2025, 12, 1, 8, tzinfo=UTC)  # Monday 09:00 in Berlin, in winter
MONDAY = datetime.fromisoformat("2026-03-02T09:00")
DAY, WEEK = 86_400, 604_800


def layer(turn: int = WEEK, *restrictions: Restriction, users: tuple[str, ...] = ("ann", "bob", "cem")) -> Layer:
    return Layer("Layer 1", START, None, START, turn, users, restrictions, "L1")


def test_a_weekly_layer_is_a_rotation_that_begins_with_the_running_turn() -> None:
    (found,), unsaid = patterns([layer()], ZONE, NOW, {})

    assert unsaid == ()
    assert (found.every, found.unit) == (1, Unit.WEEKS)
    assert found.first_handoff == MONDAY
    assert found.members == ("bob", "cem", "ann"), "the fourteenth week is the second one's"


@pytest.mark.parametrize(
    ("turn", "every", "unit"), [(12 * 3600, 12, Unit.HOURS), (2 * DAY, 2, Unit.DAYS), (2 * WEEK, 2, Unit.WEEKS)]
)
def test_turns_are_hours_days_or_weeks(turn: int, every: int, unit: Unit) -> None:
    (found,), _ = patterns([layer(turn)], ZONE, NOW, {})

    assert (found.every, found.unit) == (every, unit)


def test_restrictions_are_daily_hours_and_weekdays() -> None:
    weekdays = [Restriction("09:00:00", 8 * 3600, day) for day in range(1, 6)]

    (daily,), _ = patterns([layer(WEEK, Restriction("20:00:00", 12 * 3600))], ZONE, NOW, {})
    (working,), _ = patterns([layer(WEEK, *weekdays)], ZONE, NOW, {})

    assert (daily.opens, daily.closes, len(daily.days)) == (time(20), time(8), 7)
    assert (working.opens, working.closes, working.days) == (time(9), time(17), frozenset(range(5)))


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (layer(5400), "no whole hours"),
        (layer(users=("ann", "bob", "ann")), "several places"),
        (layer(users=("ann", "eve")), "Eve Else is nobody in Slack"),
        (layer(WEEK, Restriction("17:00:00", 64 * 3600, 5)), "whole days"),
        (layer(WEEK, Restriction("09:00:00", 3600), Restriction("15:00:00", 3600)), "several stretches"),
        (layer(WEEK, Restriction("09:00:00", 3600, 1), Restriction("15:00:00", 3600, 2)), "differ by weekday"),
        (replace(layer(), end=NOW + timedelta(days=9)), "has an end"),
        (replace(layer(), start=NOW + timedelta(days=9)), "begins later"),
    ],
)
def test_what_no_rotation_says_is_named_with_the_reason(odd: Layer, why: str) -> None:
    said, (unsaid,) = patterns([odd], ZONE, NOW, {"eve": "Eve Else"})

    assert said == ()
    assert why in unsaid.why


def test_layers_that_share_the_day_are_rotations_each_and_a_hidden_one_is_none() -> None:
    def shows(user: str, *hours: tuple[int, int]) -> Timeline:
        return Timeline.of(
            Segment(NOW + timedelta(hours=start), NOW + timedelta(hours=end), (user,)) for start, end in hours
        )

    day = replace(
        layer(WEEK, Restriction("08:00:00", 12 * 3600), users=("ann",)), name="Day", shows=shows("ann", (0, 12))
    )
    night = replace(layer(WEEK, Restriction("20:00:00", 12 * 3600), users=("bob",)), name="Night")
    night = replace(night, shows=shows("bob", (12, 24)))
    below = replace(layer(users=("cem",)), name="Old", shows=shows("cem", (0, 24)))
    partly = replace(layer(users=("cem",)), name="Part", shows=shows("cem", (0, 30)))

    said, unsaid = patterns([below, night, day], ZONE, NOW, {})
    assert ([one.name for one in said], unsaid) == (["Day", "Night"], ())
    said, (part,) = patterns([partly, night, day], ZONE, NOW, {})
    assert [one.name for one in said] == ["Day", "Night"]
    assert (part.name, part.why) == ("Part", "other layers hide a part of it")


def test_a_layer_that_is_over_says_nothing() -> None:
    assert patterns([replace(layer(), end=NOW)], ZONE, NOW, {}) == ((), ())
