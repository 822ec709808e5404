"""A schedule that Baton made in one zone, and a rotation in another: PagerDuty shows the rotation's instants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

import pytest

from oncall.pace import Counts
from oncall.rotations import Rotation, Unit, members
from oncall.timeline import Interval
from oncall.windows import WORKING_DAYS, Daily, Weekly
from sandbox.pagerduty.values import Layer, Restriction, RestrictionKind
from sync.bulk import BulkRefresh
from sync.core.model import Mode, Status
from tests.support.engine_house import START, EngineWorld
from tests.support.histories import histories, reconcile_watched
from tests.support.layer_world import (
    YEAR,
    ZONE,
    by_the_pattern,
    confirm_pattern,
    layer_world,
    layers,
    local,
    rendered,
    rotate,
)
from tests.sync.core.test_layer_clocks import ZONES
from tests.sync.steps.test_layering import TEAM, random_rotation

MONDAY = datetime.fromisoformat("2026-03-02T00:00")
MONTH = Interval(START, START + timedelta(days=30))
BEYOND = Interval(START + timedelta(days=40), YEAR.end)


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    async with layer_world() as made:
        yield made


def from_nine(house: EngineWorld, zone: str, closes: int = 17) -> Rotation:
    first = datetime.fromisoformat("2026-03-02T09:00")
    return Rotation(
        house.role_id, zone, first, members(*TEAM), 1, Unit.DAYS, Daily(time(9), time(closes)), name="Office"
    )


async def test_hours_of_new_york_are_those_hours_in_a_schedule_of_berlin_all_year(house: EngineWorld) -> None:
    await rotate(house, from_nine(house, "America/New_York"))
    await confirm_pattern(house, MONTH.end)

    report = await house.reconcile()

    assert (report.status, report.differences, house.overrides()) == (Status.OK, 0, [])
    assert rendered(house, YEAR) == await by_the_pattern(house, house.role_id, YEAR)
    assert [one.restrictions[0].start.hour for one in layers(house)] == [15, 14, 15, 14, 15, 14, 15]
    log = len(house.world.log)
    await house.reconcile()
    assert len(house.world.log) == log + 1


async def test_layers_go_on_as_years_pass_and_stay_few(house: EngineWorld) -> None:
    await rotate(house, from_nine(house, "America/New_York"))
    await house.reconcile()
    puts = 0
    for _ in range(20):
        house.pass_hours(24 * 37)
        writes = house.writes()
        report = await house.reconcile()
        puts += house.writes() - writes
        ahead = Interval(house.now, house.now + timedelta(days=390))
        assert rendered(house, ahead) == await by_the_pattern(house, house.role_id, ahead)
        assert (report.created, report.removed) == (0, 0)
        assert len(layers(house)) <= 7

    kept = house.world.account.schedules[house.external_id].plan.layers
    assert puts <= 9
    assert len(kept) <= 7 + 4 * 2


async def wrong_layer(house: EngineWorld) -> Layer:
    """What an older Baton wrote: the rotation's hours, on the clock of the schedule."""
    account = house.world.account
    schedule = account.schedules[house.external_id]
    nine = Restriction(RestrictionKind.DAILY, time(9), 8 * 3600, None)
    users = tuple(house.pd_users[one] for one in TEAM)
    first = datetime.fromisoformat("2026-03-02T09:00-05:00")
    old = Layer("POLD", "Office", START, None, first, 86_400, users, (nine,))
    schedule.record(house.now, replace(schedule.plan, layers=(*schedule.plan.layers, old)))
    async with house.database.transaction() as tx:
        await tx.journal.keep_layers(house.destination_id, ["POLD"])
    house.pass_hours(1)
    return old


async def test_wrong_layers_of_an_older_version_are_mended_and_nobody_is_off_call_meanwhile(house: EngineWorld) -> None:
    await rotate(house, from_nine(house, "America/New_York"))
    await confirm_pattern(house, MONTH.end)
    await wrong_layer(house)
    month = Interval(house.now, MONTH.end)
    wanted = await local(house, month)
    before = shown_hours(house)
    covered = {slot for slot, at in enumerate(hours(MONTH)) if wanted.at(at) and before[slot]}
    assert covered

    await reconcile_watched(house, Random(1), lambda: shown_hours(house), covered, crashes=0)

    assert rendered(house, month) == wanted
    assert rendered(house, BEYOND) == await by_the_pattern(house, house.role_id, BEYOND)
    assert "POLD" not in {layer.id for layer in layers(house)}
    assert (await house.reconcile()).differences == 0


async def test_a_refresh_that_mends_wrong_layers_says_that_it_found_them(house: EngineWorld) -> None:
    await rotate(house, from_nine(house, "America/New_York"))
    await wrong_layer(house)

    report = await house.reconcile()

    assert report.differences
    assert report.layers
    assert (await house.reconcile()).layers is False


async def test_a_zone_that_somebody_changes_in_pagerduty_is_followed(house: EngineWorld) -> None:
    await rotate(house, from_nine(house, ZONE))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()

    for zone in ("Asia/Kathmandu", "Eastern Time (US & Canada)", "Australia/Lord_Howe", ZONE):
        house.world.account.schedules[house.external_id].time_zone = zone
        assert rendered(house, MONTH) != await local(house, MONTH)
        await house.reconcile()

        assert rendered(house, MONTH) == await local(house, MONTH)
        assert rendered(house, BEYOND) == await by_the_pattern(house, house.role_id, BEYOND)


async def test_a_zone_that_baton_does_not_know_leaves_layers_alone_and_overrides_do_their_work(
    house: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rotate(house, from_nine(house, ZONE))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    monkeypatch.setattr("sync.destinations.pagerduty.account.iana", lambda _: "Moon/Tranquility")
    await house.assign("UCAROL", 24, 30)

    report = await house.reconcile()

    assert report.status is Status.WARNING
    assert "“Moon/Tranquility”" in report.reason
    assert rendered(house, MONTH) == await local(house, MONTH)


async def test_what_a_layer_of_batons_covers_beyond_the_rotation_is_a_difference_until_it_is_gone() -> None:
    async with layer_world(mode=Mode.MANUAL_EXPORT) as house:
        await rotate(house, from_nine(house, "America/New_York"))
        await confirm_pattern(house, MONTH.end)
        await wrong_layer(house)

        report = await house.reconcile()

        assert report.differences > 0
        assert report.status is Status.PENDING
        await house.approve()
        await house.reconcile()
        ahead = Interval(house.now, MONTH.end)
        assert rendered(house, ahead) == await local(house, ahead)
        assert (await house.reconcile()).differences == 0


async def test_a_schedule_at_rest_is_worked_out_anew_once_a_day(house: EngineWorld) -> None:
    """Otherwise the layers of one that nobody touches for a year would come to their end."""
    await rotate(house, from_nine(house, "America/New_York"))
    await confirm_pattern(house, MONTH.end)
    await house.add_destinations(3)
    every = await house.due()
    for one in every:
        await house.engine.reconcile(one)
    bulk = BulkRefresh(house.engine)
    house.pass_hours(1)
    await house.make_due(every)
    assert house.destination_id not in await bulk.run(1)

    house.pass_hours(24)
    await house.make_due(every)

    assert house.destination_id in await bulk.run(1)


@histories(16)
async def test_pagerduty_shows_batons_timeline_whatever_the_two_clocks_are(seed: int) -> None:
    """Layers and overrides together, instant by instant for a year; nobody is on call where nobody is to be."""
    random = Random(seed)
    async with layer_world() as house:
        zone, other = random.sample(ZONES, 2)
        house.world.account.schedules[house.external_id].time_zone = other
        rotation = replace(random_rotation(house, random, None, None), zone=zone)
        await rotate(house, rotation)
        await confirm_pattern(house, YEAR.end)
        await house.reconcile()
        about_clocks = len(house.overrides())
        for _ in range(3):
            start = random.randrange(10, 8000)
            await house.assign(random.choice(TEAM), start, start + random.choice([3, 30]))
            start = random.randrange(10, 8000)
            await house.unassign(start, start + random.choice([3, 30]))
        await house.reconcile()

        assert rendered(house, YEAR) == await local(house, YEAR)
        assert about_clocks <= 8
        writes = house.writes()
        assert (await house.reconcile()).differences == 0
        assert house.writes() == writes


def hours(within: Interval) -> list[datetime]:
    """The middle of every hour."""
    count = int((within.end - within.start) / timedelta(hours=1))
    return [within.start + timedelta(hours=number, minutes=30) for number in range(count)]


def shown_hours(house: EngineWorld) -> dict[int, set[str]]:
    there = rendered(house, MONTH)
    return {slot: set(there.at(at)) for slot, at in enumerate(hours(MONTH))}


async def test_the_layer_that_pagerduty_wants_at_first_becomes_the_first_real_one(house: EngineWorld) -> None:
    await rotate(house, from_nine(house, ZONE))

    await house.reconcile()

    kept = house.world.account.schedules[house.external_id].plan.layers
    assert [layer.name for layer in kept] == ["Office"]


async def test_where_several_write_there_nobody_takes_what_another_may_be_taking(house: EngineWorld) -> None:
    """Set up and merged in the same moment, both see the empty layer."""
    await rotate(house, from_nine(house, ZONE))
    await house.add_destinations(1)
    async with house.database.transaction() as tx:
        row = await tx.destinations.get(house.destination_id + 1)
        assert row is not None
        row.external_id, row.made = house.external_id, True
        night = replace(from_nine(house, ZONE), role_id=row.role_id, coverage=Daily(time(21), time(5)))
        await tx.rotations.save(row.schedule_id, [night], house.now)

    await house.engine.reconcile(house.destination_id + 1)
    await house.reconcile()

    kept = house.world.account.schedules[house.external_id].plan.layers
    assert [layer.name for layer in kept] == ["Empty", "Office", "Office"]
    assert house.destination_id + 1 in await house.due()


KINDS = {
    "months": {"unit": Unit.MONTHS, "first_handoff": datetime.fromisoformat("2026-01-31T09:00")},
    "weekends": {"coverage": Weekly(4, time(17), 0, time(9)), "unit": Unit.WEEKS},
    "whole days": {"coverage": Daily(time(0), time(0), WORKING_DAYS), "first_handoff": MONDAY, "unit": Unit.WEEKS},
    "covered days": {"coverage": Daily(time(9), time(17), WORKING_DAYS), "counts": Counts.COVERED},
    "odd hours": {"coverage": Daily(time(9), time(17)), "counts": Counts.COVERED, "unit": Unit.HOURS, "every": 5},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("zone", [ZONE, "America/New_York", "Asia/Kathmandu"])
async def test_every_kind_of_rotation_shows_in_pagerduty_by_layers_or_overrides(
    house: EngineWorld, kind: str, zone: str
) -> None:
    rotation = replace(from_nine(house, zone), **KINDS[kind])  # type: ignore[arg-type]
    await rotate(house, rotation)
    await confirm_pattern(house, MONTH.end)

    report = await house.reconcile()

    assert report.status is Status.OK
    assert rendered(house, MONTH) == await local(house, MONTH)
    if kind in ("months", "odd hours"):
        assert layers(house) == []
    else:
        assert house.overrides() == []
        assert rendered(house, YEAR) == await by_the_pattern(house, house.role_id, YEAR)
    writes = house.writes()
    assert (await house.reconcile()).differences == 0
    assert house.writes() == writes
