"""Layers on another clock than the rotation's: the sandbox's PagerDuty shows the same instants as the rotation.

What the layers of a rotation show is rendered by the sandbox, which has its own reading of zones and clock changes, and
compared with the rotation's timeline instant by instant: around the year's clock changes of both zones, for as far as
layers go.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oncall.pace import Counts
from oncall.roles import pattern
from oncall.rotations import Backup, Rotation, Unit, members
from oncall.timeline import Interval, Segment, Timeline, cells
from oncall.windows import WORKING_DAYS, Coverage, Daily, Weekly
from sandbox.pagerduty.ids import Ids
from sandbox.pagerduty.layers import read_layers
from sandbox.pagerduty.rendering import Rules, Span, render
from sandbox.pagerduty.values import LayerPlan
from sync.core.layer_clocks import lasting, leads
from sync.core.layer_rendering import shown
from sync.core.layers import Layer
from sync.core.rotation_layers import REACH, layers_of
from sync.destinations.pagerduty.layer_shapes import asked
from tests.support.soaking import examples

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "America/Santiago",
    "Pacific/Kiritimati",
)
TEAM = ("PANN", "PBOB", "PCAT")
KNOWN = {user: user for user in TEAM}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
MONDAY = datetime.fromisoformat("2026-01-05T09:00")


def by_layers(layers: Sequence[Layer], zone: str, within: Interval) -> Timeline:
    """The final schedule that the sandbox renders from these layers."""
    plan = LayerPlan(tuple(read_layers([asked(one) for one in layers], ZoneInfo(zone), Ids(), TEAM)), ())
    entries = render(plan, ZoneInfo(zone), Span(within.start, within.end), Rules()).final
    return Timeline.of(Segment(one.start, one.end, (one.user_id,)) for one in entries)


def clock_changes(zone: str, within: Interval) -> list[datetime]:
    """To the hour; no zone changes its clocks twice in a week."""
    rules, last, week = ZoneInfo(zone), (within.end - within.start) // HOUR - 1, WEEK // HOUR

    def offset(hour: int) -> timedelta | None:
        return (within.start + hour * HOUR).astimezone(rules).utcoffset()

    found: list[int] = []
    for first in range(0, last, week):
        hours, before = range(first, min(first + week, last) + 1), offset(first)
        if offset(hours[-1]) != before:
            found.append(first + bisect_left(hours, True, key=lambda hour: offset(hour) != before))
    return [within.start + hour * HOUR for hour in found]


def differences(one: Timeline, other: Timeline) -> list[tuple[datetime, datetime, tuple[str, ...], tuple[str, ...]]]:
    return [(start, end, a, b) for start, end, a, b in cells(one, other) if a != b]


DAYS = st.sampled_from([frozenset(range(7)), WORKING_DAYS, frozenset({5, 6}), frozenset({0, 3}), frozenset({6})])
PERIODS = [(8, Unit.HOURS), (12, Unit.HOURS), (1, Unit.DAYS), (3, Unit.DAYS), (1, Unit.WEEKS), (2, Unit.WEEKS)]
CHANGES = {zone: clock_changes(zone, Interval(NOW, NOW + 2 * REACH)) for zone in ZONES}


@st.composite
def times(draw: st.DrawFn, zone: str, other: str) -> datetime:
    """A wall time in ``zone``, often one close to where clocks in it or in the other one change."""
    minutes = timedelta(minutes=30 * draw(st.integers(-5, 5)))
    changes = [*CHANGES[zone], *CHANGES[other]]
    if changes and draw(st.integers(0, 3)):
        near = draw(st.sampled_from(changes)) + minutes
        return near.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return MONDAY + timedelta(minutes=15 * draw(st.integers(0, 30_000)))


def coverages(opens: datetime, closes: datetime) -> st.SearchStrategy[Coverage | None]:
    """Around the clock, hours, whole days, and one stretch a week."""
    return st.one_of(
        st.none(),
        DAYS.map(lambda days: Daily(opens.time(), closes.time(), days)),
        DAYS.map(lambda days: Daily(opens.time(), opens.time(), days)),
        st.just(Weekly(opens.weekday(), opens.time(), closes.weekday(), closes.time())),
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Rotation, str]:
    """A rotation, and the zone of an external schedule."""
    zone, other = draw(st.sampled_from(ZONES)), draw(st.sampled_from(ZONES))
    every, unit = draw(st.sampled_from(PERIODS))
    team = draw(st.permutations(TEAM))[: draw(st.integers(1, 3))]
    opens, closes, handoff = (draw(times(zone, other)) for _ in range(3))
    hours = draw(coverages(opens, closes))
    first = handoff - 2 * WEEK * (draw(st.integers(60, 70)))
    counts = draw(st.sampled_from(Counts))
    return Rotation(1, zone, first, members(*team), every, unit, hours, name="Any", counts=counts), other


def around(rotation: Rotation, zone: str, now: datetime) -> list[Interval]:
    """A stretch around every clock change of either zone, for as far as layers go."""
    ahead = Interval(now, now + REACH - 4 * DAY)
    changes = {*clock_changes(zone, ahead), *clock_changes(rotation.zone, ahead)}
    return [Interval(max(now, at - 3 * DAY), at + 3 * DAY) for at in sorted(changes)]


AROUND_BUT_FOR_HALF_AN_HOUR = Rotation(
    1,
    "America/St_Johns",
    datetime.fromisoformat("2023-09-18T09:00"),
    members("PANN"),
    8,
    Unit.HOURS,
    Daily(time(1, 30), time(1)),
    name="Any",
    counts=Counts.CALENDAR,
)
"""In the night in which an hour happens twice nothing of it is left open, which layers can't say."""

BETWEEN_TWO_CHANGES_OF_A_DAY = replace(
    AROUND_BUT_FOR_HALF_AN_HOUR, zone="Australia/Sydney", coverage=Daily(time(8, 15), time(8))
)
"""Clocks in Santiago are set back 11 hours after those in Sydney, and it is 08:00 in Sydney close to neither change."""


A_WEEK_BUT_FOR_HALF_AN_HOUR = replace(
    AROUND_BUT_FOR_HALF_AN_HOUR, zone="Pacific/Auckland", coverage=Weekly(6, time(2, 30), 6, time(2))
)
"""The same by the week: the half hour is in the hour that happens twice in Auckland."""


@settings(max_examples=examples(60), deadline=None)
@example((AROUND_BUT_FOR_HALF_AN_HOUR, "UTC"), 0)
@example((A_WEEK_BUT_FOR_HALF_AN_HOUR, "UTC"), 0)
@example((BETWEEN_TWO_CHANGES_OF_A_DAY, "America/Santiago"), 0)
@given(pairs(), st.integers(0, 700))
def test_layers_mean_the_instants_of_the_rotation_around_every_clock_change(
    pair: tuple[Rotation, str], days: int
) -> None:
    """Nobody is on call beyond the rotation; what else differs is in the night of a clock change, for overrides."""
    rotation, zone = pair
    now = NOW + days * DAY
    layers = layers_of([rotation], 1, KNOWN, zone, now)
    assert layers or not rotation.is_steady
    for stretch in (around(rotation, zone, now) or [Interval(now, now + 30 * DAY)]) if layers else ():
        truth = pattern([rotation], 1, stretch)
        there = by_layers(layers, zone, stretch)
        changes = {*clock_changes(zone, stretch), *clock_changes(rotation.zone, stretch)}
        differing = differences(truth, there)
        assert not [one for one in differing if not one[2]], "on call by a layer although nobody is to be"
        assert all(any(abs(one[0] - change) <= timedelta(hours=3) for change in changes) for one in differing)
        assert sum((end - start for start, end, _, _ in differing), timedelta()) <= timedelta(hours=4)


@settings(max_examples=examples(60), deadline=None)
@given(pairs(), st.integers(0, 700))
def test_what_is_expected_of_layers_is_what_the_sandbox_shows(pair: tuple[Rotation, str], days: int) -> None:
    rotation, zone = pair
    now = NOW + days * DAY
    layers = layers_of([rotation], 1, KNOWN, zone, now)
    for stretch in around(rotation, zone, now)[:3]:
        expected = Timeline.union(s for one in layers for s in shown(one, zone, stretch).segments)
        assert expected == by_layers(layers, zone, stretch)


@settings(max_examples=examples(60), deadline=None)
@given(pairs(), st.integers(0, 700))
def test_there_are_few_layers_and_the_same_ones_tomorrow(pair: tuple[Rotation, str], days: int) -> None:
    rotation, zone = pair
    now = NOW + days * DAY
    layers = layers_of([rotation], 1, KNOWN, zone, now)
    distances = lasting(leads(rotation.zone, zone, Interval(now, now + REACH)))
    cut_out = 2 * len(distances)
    assert len(layers) <= len(distances) + (cut_out if rotation.coverage else 0)
    tomorrow = layers_of([rotation], 1, KNOWN, zone, now + DAY)
    again = [
        one for one in tomorrow if any(one.says_the_same(other) and _meets(one, other, now + DAY) for other in layers)
    ]
    assert len(again) >= len(tomorrow) - 2


def _meets(one: Layer, other: Layer, now: datetime) -> bool:
    return one.start == other.start or max(one.start, other.start) <= now


def nine_to_five(zone: str, days: frozenset[int] = frozenset(range(7))) -> Rotation:
    return Rotation(1, zone, MONDAY, members(*TEAM), coverage=Daily(time(9), time(17), days))


def said(layer: Layer) -> list[tuple[str, int | None]]:
    return [(one.opens, one.weekday) for one in layer.restrictions]


def test_new_york_hours_on_a_schedule_in_utc_are_one_layer_for_each_half_of_the_year() -> None:
    layers = layers_of([nine_to_five("America/New_York")], 1, KNOWN, "UTC", NOW)

    assert [said(one) for one in layers] == [[("14:00:00", None)], [("13:00:00", None)], [("14:00:00", None)]]
    spring, autumn = datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)
    assert [(one.start, one.end) for one in layers[1:]] == [(spring, autumn), (autumn, None)]


def test_one_clock_or_two_that_keep_their_distance_need_one_layer() -> None:
    for zone, other in (("Europe/Berlin", "Europe/Berlin"), ("Europe/Berlin", "Europe/London"), ("Asia/Tokyo", "UTC")):
        assert len(layers_of([nine_to_five(zone)], 1, KNOWN, other, NOW)) == 1
    night = layers_of([nine_to_five("America/Chicago")], 1, KNOWN, "America/New_York", NOW)
    assert [said(one) for one in night] == [[("10:00:00", None)]]


def test_hours_that_fall_on_another_weekday_there_are_restricted_to_that() -> None:
    (layer,) = layers_of([nine_to_five("Asia/Tokyo", WORKING_DAYS)], 1, KNOWN, "Pacific/Honolulu", NOW)

    assert said(layer) == [("14:00:00", 1), ("14:00:00", 2), ("14:00:00", 3), ("14:00:00", 4), ("14:00:00", 7)]
    stretch = Interval(NOW, NOW + 60 * DAY)
    assert by_layers([layer], "Pacific/Honolulu", stretch) == pattern(
        [nine_to_five("Asia/Tokyo", WORKING_DAYS)], 1, stretch
    )


@pytest.mark.parametrize(
    ("zone", "other"), [("Europe/Berlin", "America/New_York"), ("America/New_York", "Europe/Berlin")]
)
def test_the_weeks_in_which_only_one_clock_has_changed(zone: str, other: str) -> None:
    rotation = replace(nine_to_five(zone), backup=Backup(2))
    year = Interval(NOW, NOW + REACH - DAY)

    for role in (1, 2):
        layers = layers_of([rotation], role, KNOWN, other, NOW)
        assert len(layers) == 5
        assert by_layers(layers, other, year) == pattern([rotation], role, year)


def test_handoffs_move_with_the_rotations_clock() -> None:
    weekly = Rotation(1, "Europe/Berlin", MONDAY, members(*TEAM))
    year = Interval(NOW, NOW + REACH - DAY)

    assert by_layers(layers_of([weekly], 1, KNOWN, "UTC", NOW), "UTC", year) == pattern([weekly], 1, year)


@pytest.mark.parametrize("opens", [time(10), time(10, 30), time(10, 15)])
def test_what_begins_in_the_hour_that_happens_twice_there_begins_once(opens: time) -> None:
    """It is 02:30 in Berlin, for the second time, when it is 10:30 in Tokyo."""
    first = datetime.combine(MONDAY, opens)
    daily = replace(nine_to_five("Asia/Tokyo"), first_handoff=first, unit=Unit.DAYS)
    year = Interval(NOW, NOW + REACH - DAY)

    for rotation in (replace(daily, coverage=Daily(opens, time(18))), replace(daily, coverage=None)):
        layers = layers_of([rotation], 1, KNOWN, "Europe/Berlin", NOW)
        assert len(layers) == 3
        assert by_layers(layers, "Europe/Berlin", year) == pattern([rotation], 1, year)


EVERY_COVERED_DAY = {
    "working days": (Daily(time(9), time(17), WORKING_DAYS), (1, Unit.DAYS)),
    "two working days": (Daily(time(22), time(6), WORKING_DAYS), (2, Unit.DAYS)),
    "half days": (Daily(time(8), time(20)), (6, Unit.HOURS)),
    "as long as the hours": (Daily(time(8), time(20), frozenset({0, 2})), (12, Unit.HOURS)),
    "weekends": (Daily(time(0), time(0), frozenset({5, 6})), (1, Unit.DAYS)),
}


@pytest.mark.parametrize("which", EVERY_COVERED_DAY)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_turns_counted_over_covered_time_are_layers_with_people_several_times_in_the_row(
    which: str, zone: str, count: int
) -> None:
    coverage, (every, unit) = EVERY_COVERED_DAY[which]
    first = datetime.combine(MONDAY, coverage.opens)
    rotation = Rotation(1, zone, first, members(*TEAM[:count]), every, unit, coverage, counts=Counts.COVERED)
    year = Interval(NOW, NOW + REACH - DAY)

    for other, most in ((zone, 1), ("Europe/Berlin", 5)):
        layers = layers_of([rotation], 1, KNOWN, other, NOW)
        assert 1 <= len(layers) <= most
        assert by_layers(layers, other, year) == pattern([rotation], 1, year)


def test_turns_that_no_row_can_say_are_no_layers() -> None:
    hours = Daily(time(9), time(17), WORKING_DAYS)
    months = replace(nine_to_five("Asia/Tokyo"), unit=Unit.MONTHS)
    odd = replace(months, unit=Unit.HOURS, every=7, coverage=hours, counts=Counts.COVERED)

    for rotation in (months, odd):
        assert layers_of([rotation], 1, KNOWN, "Europe/Berlin", NOW) == ()
