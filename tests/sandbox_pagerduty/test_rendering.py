"""Turns, restrictions and clock changes, and the sweep against an oracle that looks at every moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.pagerduty.rendering import Rules, Span, instant_of, merged, render, topmost
from sandbox.pagerduty.values import Layer, LayerPlan, Override, Restriction, RestrictionKind
from tests.support.soaking import examples

BASE = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVERY = Rules()


def wall(year: int, month: int, day: int) -> datetime:
    """Midnight as the clocks on the wall show it, in no zone yet."""
    return datetime.combine(date(year, month, day), time())


# zone, day on which clocks go forward, day on which they go back, and the jump
CHANGES = [
    ("America/New_York", wall(2026, 3, 8), wall(2026, 11, 1), timedelta(hours=1)),
    ("Europe/Berlin", wall(2026, 3, 29), wall(2026, 10, 25), timedelta(hours=1)),
    ("Australia/Lord_Howe", wall(2026, 10, 4), wall(2026, 4, 5), timedelta(minutes=30)),
]


def _layer(zone: str, start: datetime, hours: int = 24, users: tuple[str, ...] = ("A", "B"), **more) -> Layer:
    begin = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return Layer("L", "Layer 1", begin, None, begin, hours * 3600, users, **more)


def _final(layer: Layer, zone: str, days: int, rules: Rules = EVERY):
    window = Span(layer.start, layer.start + days * DAY)
    return render(LayerPlan((layer,)), ZoneInfo(zone), window, rules).final


@pytest.mark.parametrize(("zone", "forward", "back", "jump"), CHANGES)
def test_handoffs_keep_their_hour_across_both_clock_changes(zone, forward, back, jump):
    for change, expected in ((forward, DAY - jump), (back, DAY + jump)):
        layer = _layer(zone, change - DAY + 9 * HOUR)
        turns = _final(layer, zone, 3)[:3]
        assert [one.start.astimezone(ZoneInfo(zone)).time() for one in turns] == [time(9)] * 3
        assert turns[0].end - turns[0].start == expected
        assert [one.user_id for one in turns] == ["A", "B", "A"]


@pytest.mark.parametrize(("zone", "forward", "back", "jump"), CHANGES)
def test_plain_seconds_drift_across_a_clock_change_when_switched_on(zone, forward, back, jump):
    layer = _layer(zone, forward - DAY + 9 * HOUR)
    turns = _final(layer, zone, 3, Rules(wall_clock_turns=False))
    assert all(one.end - one.start == DAY for one in turns)
    drifted = (datetime.combine(forward, time(9)) + jump).time()
    assert turns[1].start.astimezone(ZoneInfo(zone)).time() == drifted


@pytest.mark.parametrize(("zone", "forward", "back", "jump"), CHANGES)
def test_a_handoff_at_a_wall_time_that_is_skipped_happens_as_the_clocks_jump(zone, forward, back, jump):
    skipped = forward + 2 * HOUR + jump / 2
    instant = instant_of(skipped, ZoneInfo(zone))
    assert instant == instant_of(forward + 2 * HOUR + jump, ZoneInfo(zone))
    assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == forward + 2 * HOUR + jump


@pytest.mark.parametrize(("zone", "forward", "back", "jump"), CHANGES)
def test_a_wall_time_that_comes_twice_means_the_first(zone, forward, back, jump):
    doubled = back + 2 * HOUR - jump / 2
    if zone == "Europe/Berlin":
        doubled += HOUR
    first = instant_of(doubled, ZoneInfo(zone))
    again = (first + jump).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert again == doubled


@pytest.mark.parametrize(("zone", "forward", "back", "jump"), CHANGES)
def test_a_night_restriction_lasts_by_the_wall_clock(zone, forward, back, jump):
    night = Restriction(RestrictionKind.DAILY, time(22), 9 * 3600)
    for change, length in ((forward, 9 * HOUR - jump), (back, 9 * HOUR + jump)):
        layer = _layer(zone, change - DAY, hours=7 * 24, users=("A",), restrictions=(night,))
        shown = _final(layer, zone, 3)
        lengths = [one.end - one.start for one in shown]
        assert lengths.count(length) == 1
        assert {one.end.astimezone(ZoneInfo(zone)).time() for one in shown[:3]} == {time(7)}


def test_a_daily_restriction_may_cross_midnight():
    night = Restriction(RestrictionKind.DAILY, time(20), 12 * 3600)
    layer = _layer("Etc/UTC", wall(2026, 3, 2), users=("A", "B"), restrictions=(night,))
    spans = [(one.start.hour, one.end.hour, one.user_id) for one in _final(layer, "Etc/UTC", 2)]
    assert spans == [(0, 8, "A"), (20, 0, "A"), (0, 8, "B"), (20, 0, "B")]


def test_a_weekly_restriction_may_cross_the_end_of_the_week():
    weekend = Restriction(RestrictionKind.WEEKLY, time(18), 2 * 86_400 + 14 * 3600, weekday=5)
    layer = _layer("Etc/UTC", wall(2026, 3, 2), hours=168, users=("A",), restrictions=(weekend,))
    shown = _final(layer, "Etc/UTC", 14)
    assert [(one.start, one.end) for one in shown] == [
        (BASE, BASE + 8 * HOUR),
        (BASE + 4 * DAY + 18 * HOUR, BASE + 7 * DAY + 8 * HOUR),
        (BASE + 11 * DAY + 18 * HOUR, BASE + 14 * DAY),
    ]


def test_restrictions_that_overlap_count_once():
    both = (
        Restriction(RestrictionKind.DAILY, time(8), 4 * 3600),
        Restriction(RestrictionKind.DAILY, time(10), 4 * 3600),
    )
    layer = _layer("Etc/UTC", wall(2026, 3, 2), users=("A",), restrictions=both)
    assert [(one.start.hour, one.end.hour) for one in _final(layer, "Etc/UTC", 1)] == [(8, 14)]


def test_a_layer_that_starts_before_its_virtual_start_counts_backwards():
    layer = replace(_layer("Etc/UTC", wall(2026, 3, 4)), start=BASE)
    assert [one.user_id for one in _final(layer, "Etc/UTC", 3)] == ["A", "B", "A"]


def test_a_turn_that_falls_into_the_skipped_hour_is_left_out():
    layer = _layer("America/New_York", wall(2026, 3, 8), hours=1)
    shown = _final(layer, "America/New_York", 1)
    assert [(one.user_id, one.end - one.start) for one in shown[:3]] == [("A", HOUR), ("B", 2 * HOUR), ("A", HOUR)]
    assert all(left.end == right.start for left, right in pairwise(shown))


ZONES = st.sampled_from(["Etc/UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
STEP = 10  # minutes between the moments at which the oracle looks; everything generated falls on them


@st.composite
def plans(draw):
    """A plan of up to three layers with restrictions and six overrides around any of the year's clock changes."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + draw(st.integers(0, 360)) * DAY
    layers = tuple(_drawn_layer(draw, place, start) for place in range(draw(st.integers(0, 3))))
    overrides = tuple(_drawn_override(draw, number, start) for number in range(draw(st.integers(0, 6))))
    return start, LayerPlan(layers, overrides)


def _drawn_layer(draw, place: int, start: datetime) -> Layer:
    begin = start + draw(st.integers(-3, 2)) * DAY + draw(st.integers(0, 23)) * HOUR
    virtual = begin + draw(st.integers(-10, 3)) * DAY
    end = draw(st.sampled_from([None, begin + DAY, begin + 3 * DAY]))
    cuts = tuple(_drawn_restriction(draw) for _ in range(draw(st.integers(0, 2))))
    users = tuple(draw(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=3)))
    return Layer(f"L{place}", "x", begin, end, virtual, draw(st.sampled_from([6, 12, 24, 168])) * 3600, users, cuts)


def _drawn_restriction(draw) -> Restriction:
    weekday = draw(st.sampled_from([None, 1, 4, 7]))
    hours = draw(st.integers(1, 23 if weekday is None else 100))
    kind = RestrictionKind.DAILY if weekday is None else RestrictionKind.WEEKLY
    return Restriction(kind, time(draw(st.integers(0, 23))), hours * 3600, weekday)


def _drawn_override(draw, number: int, start: datetime) -> Override:
    begin = start + draw(st.integers(-60, 400)) * timedelta(minutes=STEP)
    return Override(
        f"Q{number}", number, begin, begin + draw(st.integers(1, 300)) * timedelta(minutes=STEP), "XYZ"[number % 3]
    )


def _who(plan: LayerPlan, zone: ZoneInfo, moment: datetime) -> str | None:
    """The oracle: asks each override and each layer, highest first, about one moment."""
    for override in reversed(plan.overrides):
        if override.start <= moment < override.end:
            return override.user_id
    for layer in reversed(plan.layers):
        if layer.start <= moment and (layer.end is None or moment < layer.end) and _allowed(layer, zone, moment):
            return layer.user_ids[_turn_number(layer, zone, moment) % len(layer.user_ids)]
    return None


def _turn_number(layer: Layer, zone: ZoneInfo, moment: datetime) -> int:
    """The last turn whose start is not after the moment, by trying those around it."""
    base = layer.virtual_start.astimezone(zone).replace(tzinfo=None)
    length = timedelta(seconds=layer.turn_seconds)
    guess = (moment.astimezone(zone).replace(tzinfo=None) - base) // length
    return max(number for number in range(guess - 2, guess + 3) if instant_of(base + number * length, zone) <= moment)


def _allowed(layer: Layer, zone: ZoneInfo, moment: datetime) -> bool:
    if not layer.restrictions:
        return True
    today = moment.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(-1, 9)]
    return any(_opens(one, day, zone, moment) for one in layer.restrictions for day in days)


def _opens(restriction: Restriction, day, zone: ZoneInfo, moment: datetime) -> bool:
    if restriction.weekday is not None and restriction.weekday != day.isoweekday():
        return False
    wall = datetime.combine(day, restriction.start)
    end = instant_of(wall + timedelta(seconds=restriction.duration_seconds), zone)
    return instant_of(wall, zone) <= moment < end


@settings(max_examples=examples(150), deadline=None)
@given(plans(), ZONES, st.booleans())
def test_the_final_schedule_is_at_every_moment_what_the_oracle_says(made, zone, overflow):
    start, plan = made
    window = Span(start, start + 2 * DAY)
    final = render(plan, ZoneInfo(zone), window, EVERY, overflow).final
    assert all(left.end <= right.start for left, right in pairwise(final))
    assert all(one.start < one.end for one in final)
    moment = window.start
    while moment < window.end:
        shown = [one.user_id for one in final if one.start <= moment < one.end]
        expected = _who(plan, ZoneInfo(zone), moment)
        assert shown == ([] if expected is None else [expected]), moment
        moment += timedelta(minutes=STEP)


@settings(max_examples=examples(60), deadline=None)
@given(plans(), ZONES)
def test_a_window_shows_the_same_as_its_halves_put_together(made, zone):
    start, plan = made
    middle, end = start + 31 * HOUR, start + 3 * DAY
    halves = [render(plan, ZoneInfo(zone), Span(*ends), EVERY).final for ends in ((start, middle), (middle, end))]
    whole = render(plan, ZoneInfo(zone), Span(start, end), EVERY).final
    assert _facts(merged([*halves[0], *halves[1]])) == _facts(whole)


def _facts(shown):
    return [(one.start, one.end, one.user_id) for one in shown]


def test_claims_that_lie_beneath_others_come_back_where_those_end():
    plan = LayerPlan(
        overrides=(
            Override("Q1", 1, BASE, BASE + 6 * HOUR, "A"),
            Override("Q2", 2, BASE + HOUR, BASE + 2 * HOUR, "B"),
            Override("Q3", 3, BASE + 3 * HOUR, BASE + 4 * HOUR, "C"),
        )
    )
    shown = render(plan, ZoneInfo("UTC"), Span(BASE, BASE + DAY), EVERY).final
    assert "".join(one.user_id for one in shown) == "ABACA"
    assert topmost([]) == []
