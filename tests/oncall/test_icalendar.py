"""An independent oracle: the rotation written as iCalendar and expanded by ``recurring_ical_events``.

Times stay clear of the hours that happen twice or never, because iCalendar has other rules for those; the clock
changes themselves are in every window that is compared.
"""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.calendars import expand, of_rotation, parse
from oncall.rotations import Rotation, Unit, coverage, members
from oncall.windows import Daily
from tests.oncall.patterns import days, wall, year
from tests.support.soaking import examples

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "UTC")
HOURS = (6, 8, 12, 24, 36, 48)

calm_times = st.builds(time, st.integers(4, 22), st.sampled_from([0, 15, 30, 45]))
calm_coverages = st.builds(Daily, calm_times, calm_times, days).filter(lambda daily: daily.opens != daily.closes)
calm_handoffs = st.builds(
    lambda day, hour, minute: wall(2025, 12, day, hour, minute),
    st.integers(1, 31),
    st.sampled_from([4, 5]),
    st.sampled_from([0, 15, 30, 45]),
)
paces = st.one_of(
    st.tuples(st.just(Unit.HOURS), st.sampled_from(HOURS)),
    st.tuples(st.just(Unit.DAYS), st.integers(1, 5)),
    st.tuples(st.just(Unit.WEEKS), st.integers(1, 3)),
)


@st.composite
def calm_rotations(draw: st.DrawFn) -> Rotation:
    unit, every = draw(paces)
    return Rotation(
        role_id=1,
        zone=draw(st.sampled_from(ZONES)),
        first_handoff=draw(calm_handoffs),
        members=members(*"abcd"[: draw(st.integers(1, 4))]),
        every=every,
        unit=unit,
        coverage=draw(st.one_of(st.none(), calm_coverages)),
    )


@given(calm_rotations(), st.sampled_from([2026, 2028, 2030]))
@settings(max_examples=examples(80), deadline=None)
def test_a_rotation_is_the_same_as_its_icalendar_at_every_instant_of_a_year(rotation: Rotation, number: int) -> None:
    assert coverage(rotation, year(number)) == expand(parse(of_rotation(rotation)), year(number))


@pytest.mark.parametrize("zone", ZONES)
def test_a_night_shift_over_clock_changes_is_the_same_as_its_icalendar(zone: str) -> None:
    nights = Rotation(1, zone, wall(2026, 1, 1, 12), members("a", "b", "c"), 3, Unit.DAYS, Daily(time(20), time(6)))
    assert coverage(nights, year(2026)) == expand(parse(of_rotation(nights)), year(2026))
