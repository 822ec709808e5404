"""PagerDuty has zone rules of its own: of another release than ours, its clocks in Vancouver are an hour off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.rotations import Rotation, Unit, members
from oncall.timeline import Interval
from oncall.windows import Daily
from sandbox.pagerduty.zones import use_files, written, zone_named
from services.schedules import horizon
from services.schedules.creating import ConfirmMode
from sync.core.model import Status
from tests.support.engine_house import EngineWorld, engine_world
from tests.support.layer_world import (
    confirm_pattern,
    layer_world,
    layers,
    local,
    rendered,
    rotate,
)
from tests.support.zonerules import NEW, OLD, folder_of, switch_to, zone_rules

VANCOUVER = "America/Vancouver"
DAYS = 14
HOUR = timedelta(hours=1)
NOVEMBER = 258 * 24
"""Hours until Sunday, 15 November 2026."""


@pytest.fixture(autouse=True)
def rules() -> Iterator[None]:
    with zone_rules(NEW):
        yield
    use_files("")


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    """A schedule of layers that Baton made, in Vancouver, in November."""
    async with layer_world(zone=VANCOUVER) as made:
        made.pass_hours(NOVEMBER)
        yield made


def there(house: EngineWorld, version: str) -> None:
    """PagerDuty works with this release."""
    house.world.switches.change(zone_files=str(folder_of(version)))


async def office_hours(house: EngineWorld, *, confirmed: bool = True) -> Interval:
    first = datetime.fromisoformat("2026-11-16T00:00")
    hours = Daily(time(9), time(17))
    team = members("UALICE", "UBOB")
    await rotate(house, Rotation(house.role_id, VANCOUVER, first, team, unit=Unit.DAYS, coverage=hours, name="Office"))
    window = Interval(house.now, house.now + timedelta(days=DAYS))
    if confirmed:
        await confirm_pattern(house, window.end)
    return window


async def test_with_the_same_rules_the_layer_says_it_all(house: EngineWorld) -> None:
    there(house, NEW)
    window = await office_hours(house)
    report = await house.reconcile()
    assert (report.status, report.reason) == (Status.OK, "All confirmed shifts are exported.")
    assert (len(layers(house)), house.overrides()) == (1, [])
    assert rendered(house, window) == await local(house, window)


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (NEW, OLD, "are at UTC−08:00 there and at UTC−07:00 here"),
        (OLD, NEW, "are at UTC−07:00 there and at UTC−08:00 here"),
    ],
)
async def test_layers_that_go_by_other_rules_are_put_right_and_the_status_says_why(
    house: EngineWorld, ours: str, theirs: str, said: str
) -> None:
    switch_to(ours)
    there(house, theirs)
    window = await office_hours(house)

    report = await house.reconcile()

    for segment in (await local(house, window)).segments:
        on_call = rendered(house, Interval(segment.start, segment.end))
        assert on_call == (await local(house, Interval(segment.start, segment.end)))
    assert report.status is Status.WARNING
    assert f"time zone rules differ from Baton's ({ours})" in report.reason
    assert f"clocks in America/Vancouver {said}" in report.reason
    assert "overrides keep the right people on call, every day" in report.reason
    (told,) = await house.outbox("destination")
    assert told["reason"] == report.reason


async def test_admins_are_told_once_of_other_rules_and_nothing_is_written_again(house: EngineWorld) -> None:
    there(house, OLD)
    await office_hours(house)
    await house.reconcile()
    await house.reconcile()
    before = sorted(house.overrides())
    writes = house.world.count("POST") + house.world.count("PUT") + house.world.count("DELETE")

    report = await house.reconcile()

    assert report.status is Status.WARNING
    assert sorted(house.overrides()) == before
    assert house.world.count("POST") + house.world.count("PUT") + house.world.count("DELETE") == writes
    assert len(await house.outbox("destination")) == 1


async def test_once_pagerduty_follows_all_is_well(house: EngineWorld) -> None:
    there(house, OLD)
    window = await office_hours(house)
    await house.reconcile()
    assert house.overrides()
    there(house, NEW)
    await house.reconcile()
    report = await house.reconcile()
    assert (report.status, report.reason) == (Status.OK, "All confirmed shifts are exported.")
    assert rendered(house, window) == await local(house, window)


async def test_when_both_sides_learn_new_rules_layers_follow_without_a_single_override(house: EngineWorld) -> None:
    switch_to(OLD)
    there(house, OLD)
    async with house.database.transaction() as tx:
        schedule = await tx.schedules.get(house.schedule_id)
        assert schedule is not None
        schedule.confirm_mode, schedule.time_zone = ConfirmMode.AUTOMATICALLY, VANCOUVER
    window = await office_hours(house, confirmed=False)
    await horizon.extend(house.house, house.schedule_id)
    await house.reconcile()
    before = await local(house, window)
    assert before
    assert rendered(house, window) == before

    switch_to(NEW)
    there(house, NEW)
    await horizon.extend(house.house, house.schedule_id)
    report = await house.reconcile()

    after = await local(house, window)
    assert [(s.start, s.users) for s in after.segments] == [(s.start - HOUR, s.users) for s in before.segments]
    assert rendered(house, window) == after
    assert (report.status, house.overrides()) == (Status.OK, [])


async def test_overrides_are_instants_so_other_rules_are_only_mentioned() -> None:
    async with engine_world() as house:
        house.world.account.schedules[house.external_id].time_zone = VANCOUVER
        house.pass_hours(NOVEMBER)
        there(house, OLD)
        await house.assign("UALICE", NOVEMBER + 24, NOVEMBER + 32)

        report = await house.reconcile()

        assert report.status is Status.OK
        assert report.reason.startswith("All confirmed shifts are exported. PagerDuty's time zone rules differ")
        assert "People are on call at the same instants" in report.reason
        assert house.overrides() == [(NOVEMBER + 24, NOVEMBER + 32, "UALICE")]


async def test_the_sandbox_shows_times_by_its_own_rules() -> None:
    nine = datetime(2027, 1, 15, 9, tzinfo=ZoneInfo(VANCOUVER))
    assert nine.utcoffset() == timedelta(hours=-7)
    use_files(str(folder_of(OLD)))
    assert written(nine, zone_named(VANCOUVER)) == "2027-01-15T08:00:00-08:00"
