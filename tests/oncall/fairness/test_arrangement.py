"""Versions of how a role is filled fairly: what they want filled, and how they follow each other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from oncall.fairness.arrangement import (
    Arrangement,
    FairMember,
    holding,
    joined,
    newest,
    superseded,
    wanted,
)
from oncall.fairness.patterns import Days, Pattern, Who
from oncall.fairness.problem import Rule, Weight
from oncall.timeline import Interval

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAILY = Arrangement(
    role_id=1,
    zone="UTC",
    patterns=(Pattern(Days.DAILY, time(9)),),
    members=(FairMember("UA", 50, MONDAY), FairMember("UB")),
    since=MONDAY,
)


def test_what_is_stored_is_read_back() -> None:
    full = replace(
        DAILY,
        patterns=(Pattern(Days.WEEKENDS, time(0), Who.MEMBER, "UA"), Pattern(Days.MONDAY, time(23, 45), Who.NOBODY)),
        weights={**DAILY.weights, Rule.UNSOCIAL: Weight.HIGH},
        apart_days=3,
        grouped=True,
        rest_hours=11,
        most_hours=60,
        in_days=14,
        allows_double=True,
    )

    assert Arrangement.of(json.loads(json.dumps(full.facts())), role_id=1, since=MONDAY) == full


def test_what_is_for_nobody_is_not_wanted() -> None:
    office = replace(DAILY, patterns=(*DAILY.patterns, Pattern(Days.DAILY, time(17), Who.NOBODY)))

    found = wanted([office], Interval(MONDAY, MONDAY + DAY))

    assert [(one.start, one.end - one.start) for one in found] == [(MONDAY, timedelta(hours=8))]


def test_a_shift_is_cut_where_its_version_begins_and_ends() -> None:
    short = replace(DAILY, since=MONDAY + DAY / 2, until=MONDAY + 2 * DAY + DAY / 4)

    found = wanted([short], Interval(MONDAY, MONDAY + 7 * DAY))

    assert [(one.end - one.start) / DAY for one in found] == [0.5, 1, 0.25]


def test_the_next_version_takes_over_from_its_instant_and_what_never_began_goes() -> None:
    planned = replace(DAILY, since=MONDAY + 9 * DAY)
    now = replace(DAILY, until=planned.since)

    assert superseded([now, planned], MONDAY + 3 * DAY) == [replace(DAILY, until=MONDAY + 3 * DAY)]
    assert holding([now, planned], MONDAY + DAY) == now
    assert holding([now, planned], MONDAY + 10 * DAY) == planned
    assert newest([now, planned], MONDAY + DAY) == planned
    assert newest([now], MONDAY + 10 * DAY) is None


def test_who_was_there_before_keeps_their_day_and_who_is_new_joins_now() -> None:
    found = joined([FairMember("UA", 80), FairMember("UC")], DAILY.members, MONDAY + DAY)

    assert found == (FairMember("UA", 80, MONDAY), FairMember("UC", 100, MONDAY + DAY))
