"""Searching time zones by what people type."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.kit.blocks import options
from handlers.schedules.zone_search import choice, search

WINTER = datetime(2026, 1, 15, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("New_York", "America/New_York"),
        ("york america", "America/New_York"),
        ("europe/lon", "Europe/London"),
        ("utc", "UTC"),
        ("+5:45", "Asia/Kathmandu"),
        ("UTC+05:45", "Asia/Kathmandu"),
        ("−9:30", "Pacific/Marquesas"),
    ],
)
def test_a_zone_is_found(typed: str, first: str) -> None:
    assert search(typed, WINTER)[0].value == first


def test_offsets_are_those_of_the_moment() -> None:
    assert choice("Europe/Berlin", WINTER).text == "Europe/Berlin (UTC+01:00)"
    assert choice("Europe/Berlin", SUMMER).text == "Europe/Berlin (UTC+02:00)"
    assert "Europe/Berlin" in [found.value for found in search("+2 europe", SUMMER)]
    assert "Europe/Berlin" not in [found.value for found in search("+2 europe", WINTER)]


def test_nothing_is_found_for_nonsense_and_at_most_a_hundred_for_nothing() -> None:
    assert search("atlantis", WINTER) == []
    assert len(options(search("", WINTER))) == 100


def test_an_old_name_can_still_be_shown() -> None:
    assert choice("US/Pacific", WINTER).text == "US/Pacific (UTC−08:00)"


@pytest.mark.parametrize(
    ("query", "zone"),
    [
        ("PST", "America/Los_Angeles"),
        ("cest", "Europe/Berlin"),
        ("Japan", "Asia/Tokyo"),
        ("uk", "Europe/London"),
    ],
)
def test_abbreviations_and_countries_are_found(query: str, zone: str) -> None:
    assert zone in [choice.value for choice in search(query, WINTER)]


def test_a_country_comes_before_names_that_only_begin_like_it() -> None:
    assert search("india", WINTER)[0].value == "Asia/Kolkata"
