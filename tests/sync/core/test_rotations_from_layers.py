"""Rotations read out of the layers of an external schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from oncall.rotations import Unit
from oncall.windows import Daily, Weekly
from sync.core.layers import Layer, Restriction
from sync.core.patterns import Unsaid
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

    assert (daily.hours.opens, daily.hours.closes, len(daily.hours.days)) == (time(20), time(8), 7)
    assert (working.hours.opens, working.hours.closes, working.hours.days) == (time(9), time(17), frozenset(range(5)))


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (layer(5400), "no whole hours"),
        (layer(users=("ann", "bob", "ann")), "several places"),
        (layer(users=("ann", "eve")), "Eve Else is nobody in Slack"),
    ],
)
def test_what_no_rotation_says_is_named_with_the_reason(odd: Layer, why: str) -> None:
    said, (unsaid,) = patterns([odd], ZONE, NOW, {"eve": "Eve Else"})

    assert said == ()
    assert why in unsaid.why


def test_a_weekend_whole_days_and_several_stretches_are_hours() -> None:
    (weekend,), _ = patterns([layer(WEEK, Restriction("17:00:00", 64 * 3600, 5))], ZONE, NOW, {})
    whole = [Restriction("00:00:00", DAY, day) for day in (3, 7)]
    (days,), _ = patterns([layer(WEEK, *whole)], ZONE, NOW, {})
    twice = layer(WEEK, Restriction("09:00:00", 3600), Restriction("15:00:00", 3600))
    (morning, afternoon), _ = patterns([twice], ZONE, NOW, {})

    assert weekend.hours.coverage == Weekly(4, time(17), 0, time(9))
    assert days.hours.coverage == Daily(time(0), time(0), frozenset({2, 6}))
    assert [one.hours.coverage for one in (morning, afternoon)] == [
        Daily(time(9), time(10)),
        Daily(time(15), time(16)),
    ]
    assert (morning.name, afternoon.name) == ("Layer 1 (1)", "Layer 1 (2)")


def test_a_layer_that_begins_later_takes_effect_then() -> None:
    begin = NOW + timedelta(days=9)

    (found,), unsaid = patterns([replace(layer(), start=begin)], ZONE, NOW, {})

    assert (found.since, unsaid) == (begin, ())
    assert found.first_handoff == MONDAY + timedelta(days=7), "the turn that runs then"


def test_what_lies_above_is_taken_out_of_the_hours_of_what_lies_beneath() -> None:
    office = [Restriction("09:00:00", 8 * 3600, day) for day in range(1, 6)]
    above = replace(layer(WEEK, *office, users=("ann",)), name="Office")

    (top, nights, weekend), unsaid = patterns([replace(layer(), name="Rest"), above], ZONE, NOW, {})

    assert unsaid == ()
    assert top.hours.coverage == Daily(time(9), time(17), frozenset(range(5)))
    assert nights.hours.coverage == Daily(time(17), time(9), frozenset(range(4)))
    assert weekend.hours.coverage == Weekly(4, time(17), 0, time(9))
    assert nights.members == weekend.members == ("bob", "cem", "ann")


def test_what_is_hidden_altogether_is_named_with_what_hides_it_and_before_that_it_ends() -> None:
    below, above = replace(layer(), name="Old"), replace(layer(), name="New")
    later = replace(above, start=NOW + timedelta(days=9))

    said, unsaid = patterns([below, above], ZONE, NOW, {})
    assert ([one.name for one in said], unsaid) == (["New"], (Unsaid("Old", "New hides all of it"),))
    said, unsaid = patterns([below, later], ZONE, NOW, {})
    assert unsaid == ()
    told = [(one.name, one.since, one.until) for one in said]
    assert told == [("New", later.start, None), ("Old", None, later.start)]


def test_a_layer_that_is_over_says_nothing() -> None:
    assert patterns([replace(layer(), end=NOW)], ZONE, NOW, {}) == ((), ())


def test_a_layer_that_another_hides_for_a_time_goes_on_after_it() -> None:
    begins, ends = NOW + timedelta(days=9), NOW + timedelta(days=30)
    below, above = replace(layer(), name="Old"), replace(layer(), name="New", start=begins, end=ends)

    said, unsaid = patterns([below, above], ZONE, NOW, {})

    assert unsaid == ()
    assert [(one.name, one.since, one.until) for one in said] == [
        ("New", begins, ends),
        ("Old (1)", None, begins),
        ("Old (2)", ends, None),
    ]


def test_a_layer_above_that_is_over_before_one_begins_hides_nothing_of_it() -> None:
    change = NOW + timedelta(days=9)
    following, running_out = replace(layer(), name="New", start=change), replace(layer(), name="Old", end=change)

    said, unsaid = patterns([following, running_out], ZONE, NOW, {})

    assert unsaid == ()
    assert [(one.name, one.since, one.until) for one in said] == [("Old", None, change), ("New", change, None)]
