"""Random rotations: hypothesis strategies for all of what a person can fill in."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from oncall.pace import Counts
from oncall.rotations import Rotation, Unit, members
from oncall.timeline import Interval
from oncall.windows import EVERY_DAY, WORKING_DAYS, Daily, Weekly

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana", "UTC")
PEOPLE = ("ann", "bob", "cat", "dan", "eve")


def wall(*parts: int) -> datetime:
    """What a wall clock shows: year, month, day, hour, minute."""
    return datetime(*parts)  # noqa: DTZ001


zones = st.sampled_from(ZONES)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
days = st.one_of(st.sampled_from([EVERY_DAY, WORKING_DAYS]), st.frozensets(st.integers(0, 6), min_size=1, max_size=6))
weekdays = st.integers(0, 6)
coverages = st.one_of(
    st.builds(Daily, times, times, days),
    st.builds(lambda of_day, chosen: Daily(of_day, of_day, chosen), times, days),
    st.builds(Weekly, weekdays, times, weekdays, times),
).filter(lambda coverage: not coverage.always)
crews = st.integers(1, len(PEOPLE)).map(lambda size: members(*PEOPLE[:size]))
handoffs = st.builds(
    lambda day, of_day: datetime.combine(wall(2024, 11, 1) + timedelta(days=day), of_day), st.integers(0, 60), times
)
paces = st.one_of(
    st.tuples(st.just(Unit.HOURS), st.integers(1, 50)),
    st.tuples(st.just(Unit.DAYS), st.integers(1, 10)),
    st.tuples(st.just(Unit.WEEKS), st.integers(1, 4)),
)
months = st.tuples(st.just(Unit.MONTHS), st.integers(1, 13))


@st.composite
def rotations(
    draw: st.DrawFn, zone: st.SearchStrategy[str] = zones, pace: st.SearchStrategy[tuple[Unit, int]] | None = None
) -> Rotation:
    unit, every = draw(pace or st.one_of(paces, months))
    return Rotation(
        role_id=1,
        zone=draw(zone),
        first_handoff=draw(handoffs),
        members=draw(crews),
        every=every,
        unit=unit,
        coverage=draw(st.one_of(st.none(), coverages)),
        counts=draw(st.sampled_from(Counts)),
    )


def year(number: int) -> Interval:
    return Interval(datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC))
