"""Nights, weekends and holidays are measured by the clocks of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from oncall.fairness.hours import measured

BERLIN = "Europe/Berlin"
FRIDAY_NINE = datetime(2026, 12, 4, 8, tzinfo=UTC)


def test_a_day_shift_from_nine_to_nine_has_one_night() -> None:
    assert measured(FRIDAY_NINE, FRIDAY_NINE + timedelta(days=1), BERLIN, {}).night == 8 * 60


def test_a_weekend_is_two_days_from_midnight_to_midnight() -> None:
    assert measured(FRIDAY_NINE, FRIDAY_NINE + timedelta(days=3), BERLIN, {}).weekend == 48 * 60


def test_a_holiday_counts_for_the_regions_that_have_it() -> None:
    christmas = datetime(2026, 12, 24, 8, tzinfo=UTC)
    free = {"DE": {date(2026, 12, 25), date(2026, 12, 26)}, "GB": {date(2026, 12, 25)}, "US": set[date]()}
    found = measured(christmas, christmas + timedelta(days=2), BERLIN, free)
    assert found.holidays == (("DE", (24 + 9) * 60), ("GB", 24 * 60))


def test_the_night_of_a_clock_change_has_the_hours_that_it_has() -> None:
    spring = datetime(2026, 3, 28, 8, tzinfo=UTC)
    found = measured(spring, spring + timedelta(hours=23), BERLIN, {})
    assert (found.night, found.weekend) == (7 * 60, (15 + 9 - 1) * 60)


def test_a_moment_has_nothing() -> None:
    assert measured(FRIDAY_NINE, FRIDAY_NINE, BERLIN, {"DE": {date(2026, 12, 4)}}).holidays == ()
