"""Names of time zones as PagerDuty gives them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.pagerduty.zones import FRIENDLY
from sync.destinations.pagerduty.zones import iana

DAYS = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(0, 800, 5)]


@pytest.mark.parametrize("name", FRIENDLY)
def test_every_friendly_name_is_a_zone_with_the_same_rules(name: str) -> None:
    ours, theirs = ZoneInfo(iana(name)), ZoneInfo(FRIENDLY[name])

    assert [at.astimezone(ours).utcoffset() for at in DAYS] == [at.astimezone(theirs).utcoffset() for at in DAYS]


def test_names_by_iana_and_those_that_nobody_knows_stay_as_they_are() -> None:
    assert [iana(name) for name in ("Europe/Berlin", "UTC", "Etc/UTC", "Moon/Tranquility")] == [
        "Europe/Berlin",
        "UTC",
        "Etc/UTC",
        "Moon/Tranquility",
    ]
