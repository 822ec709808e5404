"""Times as people type them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.kit.durations import duration, split_off


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2h", 120),
        ("90 min", 90),
        ("for 2 hours", 120),
        ("1 hour 30 minutes", 90),
        ("1h30m", 90),
        ("1 h and 15 m", 75),
        ("1,5 hours", 90),
        ("1 Day", 1440),
        ("", None),
        ("0h", None),
        ("2", None),
        ("soon", None),
        ("2 weeks", None),
        ("400 days", None),
        ("-2h", None),
    ],
)
def test_a_duration_is_read_or_refused(text: str, minutes: int | None) -> None:
    assert duration(text) == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Payments for 2 hours", ("Payments", "2 hours")),
        ("payments 30m", ("payments", "30m")),
        ("for 1h 30m", ("", "1h 30m")),
        ("Payments", ("Payments", "")),
        ("Team 24h", ("Team", "24h")),
        ("", ("", "")),
        ("Level 2", ("Level 2", "")),
    ],
)
def test_a_duration_after_a_name_is_split_off(text: str, parts: tuple[str, str]) -> None:
    assert split_off(text) == parts
