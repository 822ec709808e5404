"""A schedule that Baton made: the rotation is a layer, what differs from it is overrides."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

import pytest

from oncall.civil import first_instant
from oncall.order import Stint
from oncall.rotations import Backup, Counts, Rotation, Unit, ended, members
from oncall.timeline import Interval
from oncall.windows import WORKING_DAYS, Daily, Weekly
from sandbox.pagerduty import Fault
from sandbox.pagerduty.switches import OmittedLayers
from sandbox.pagerduty.v3.upgrade import upgrade
from sync.core.model import Mode, Status
from tests.support.engine_house import START, EngineWorld
from tests.support.histories import histories
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

TEAM = ("UALICE", "UBOB", "UCAROL")
MONTH = Interval(START, START + timedelta(days=30))
AUTUMN = Interval(START + timedelta(days=200), START + timedelta(days=330))


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    async with layer_world() as made:
        yield made


def weekly(house: EngineWorld, **more: object) -> Rotation:
    first = datetime.fromisoformat("2026-03-02T09:00")
    return replace(Rotation(house.role_id, ZONE, first, members(*TEAM), name="Weekly"), **more)  # type: ignore[arg-type]


async def test_the_pattern_is_one_layer_and_needs_no_override(house: EngineWorld) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)

    report = await house.reconcile()

    assert [layer.name for layer in layers(house)] == ["Weekly"]
    assert house.overrides() == []
    assert rendered(house, YEAR) == await by_the_pattern(house, house.role_id, YEAR)
    assert report.status is Status.OK


async def test_an_unchanged_refresh_costs_one_request(house: EngineWorld) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    before = len(house.world.log)

    await house.reconcile()

    assert len(house.world.log) == before + 1


async def test_what_people_change_is_an_override_over_the_layer(house: EngineWorld) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    await house.assign("UCAROL", 24, 48)

    await house.reconcile()

    assert house.overrides() == [(24, 48, "UCAROL")]
    assert rendered(house, MONTH) == await local(house, MONTH)


async def test_a_changed_rotation_ends_its_layer_and_begins_another_on_top(house: EngineWorld) -> None:
    before = weekly(house)
    number = await rotate(house, before)
    await confirm_pattern(house, START + timedelta(days=14))
    await house.reconcile()
    turn = START + timedelta(days=21)
    after = replace(weekly(house, unit=Unit.DAYS, members=members(*reversed(TEAM))), id=number, since=turn)
    await rotate(house, ended(replace(before, id=number), turn), after)

    await house.reconcile()

    first, second = layers(house)
    assert (first.end, second.start, second.turn_seconds) == (turn, turn, 86_400)
    assert rendered(house, YEAR) == await by_the_pattern(house, house.role_id, YEAR)
    assert house.overrides() == []


async def test_confirmed_shifts_are_pinned_before_the_layer_beneath_them_changes(house: EngineWorld) -> None:
    number = await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    await rotate(house, replace(weekly(house, members=members("UBOB", "UCAROL", "UALICE")), id=number))
    log = len(house.world.log)

    await house.reconcile()

    writes = [entry.method for entry in house.world.log[log:] if entry.method != "GET"]
    assert writes == ["POST", "PUT"]
    assert rendered(house, MONTH) == await local(house, MONTH)
    assert rendered(house, AUTUMN) == await by_the_pattern(house, house.role_id, AUTUMN)


async def test_an_ended_rotation_ends_its_layer(house: EngineWorld) -> None:
    number = await rotate(house, weekly(house))
    await house.reconcile()
    await rotate(house, ended(replace(weekly(house), id=number), house.now))

    await house.reconcile()

    assert layers(house) == []
    assert not rendered(house, MONTH)


async def test_backups_are_layers_of_the_schedule_of_their_own_role(house: EngineWorld) -> None:
    await house.configure(secondary=True)
    async with house.database.read() as tx:
        second = (await tx.schedules.roles(house.schedule_id))[1].id
    await rotate(house, weekly(house, backup=Backup(second, 2)))
    await confirm_pattern(house, MONTH.end, second)

    await house.reconcile()

    assert rendered(house, YEAR) == await by_the_pattern(house, second, YEAR)
    assert house.overrides() == []


async def test_working_hours_are_weekly_restrictions(house: EngineWorld) -> None:
    await rotate(house, weekly(house, coverage=Daily(time(9), time(17), WORKING_DAYS)))
    await confirm_pattern(house, MONTH.end)

    await house.reconcile()

    (layer,) = layers(house)
    assert [one.weekday for one in layer.restrictions] == [1, 2, 3, 4, 5]
    assert rendered(house, YEAR) == await by_the_pattern(house, house.role_id, YEAR)


async def test_somebody_who_joins_later_begins_a_layer(house: EngineWorld) -> None:
    joins = first_instant(datetime.fromisoformat("2026-04-06T09:00"), ZONE)
    await rotate(house, weekly(house, members=(Stint("UALICE"), Stint("UBOB"), Stint("UCAROL", since=joins))))

    await house.reconcile()

    assert [len(layer.user_ids) for layer in layers(house)] == [2, 3]
    assert rendered(house, YEAR) == await by_the_pattern(house, house.role_id, YEAR)


async def test_a_layer_that_somebody_puts_on_top_is_covered_where_shifts_are_confirmed(house: EngineWorld) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    account, plan = house.world.account, house.world.account.schedules[house.external_id].plan
    on_top = replace(plan.layers[-1], id="PFOREIGN", user_ids=(house.pd_users["UCAROL"],))
    account.schedules[house.external_id].record(house.now, replace(plan, layers=(*plan.layers, on_top)))

    await house.reconcile()

    assert rendered(house, MONTH) == await local(house, MONTH)
    assert "PFOREIGN" in {layer.id for layer in layers(house)}


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.COMMIT_THEN_500, Fault.HTTP_502])
async def test_a_lost_reply_never_makes_a_layer_twice(house: EngineWorld, fault: Fault) -> None:
    await rotate(house, weekly(house))
    house.world.faults.next(fault, "PUT")

    await house.reconcile()
    house.pass_hours(0.1)
    await house.reconcile()

    assert [layer.name for layer in layers(house)] == ["Weekly"]
    assert rendered(house, AUTUMN) == await by_the_pattern(house, house.role_id, AUTUMN)


@pytest.mark.parametrize("omitted", OmittedLayers)
async def test_other_layers_stay_as_they_are_whatever_an_omission_means(
    house: EngineWorld, omitted: OmittedLayers
) -> None:
    house.world.switches.change(omitted_layers=omitted)
    number = await rotate(house, weekly(house))
    await house.reconcile()
    for days in (5, 12, 19):
        house.pass_hours(24)
        turn = START + timedelta(days=days)
        async with house.database.read() as tx:
            versions = await tx.rotations.versions(number)
        newest = replace(versions[-1], members=versions[-1].members[1:] + versions[-1].members[:1], since=turn)
        await rotate(house, *versions[:-1], ended(versions[-1], turn), newest)
        await house.reconcile()

    ahead = Interval(house.now, YEAR.end)
    assert rendered(house, ahead) == await by_the_pattern(house, house.role_id, ahead)


async def test_in_manual_export_layers_wait_for_the_word_of_an_admin() -> None:
    async with layer_world(mode=Mode.MANUAL_EXPORT) as house:
        await rotate(house, weekly(house))
        await confirm_pattern(house, MONTH.end)
        await house.reconcile()
        assert layers(house) == []
        await house.approve()

        await house.reconcile()

        assert [layer.name for layer in layers(house)] == ["Weekly"]
        assert rendered(house, MONTH) == await local(house, MONTH)


def random_rotation(house: EngineWorld, random: Random, number: int | None, since: datetime | None) -> Rotation:
    hour, minute = random.choice([(2, 30), (9, 0), (17, 0), (0, 0), (2, 0)])
    windows = [None, None, Daily(time(9), time(17)), Daily(time(22), time(6)), Daily(time(8), time(18), WORKING_DAYS)]
    unit = random.choice([Unit.HOURS, Unit.DAYS, Unit.WEEKS])
    return Rotation(
        house.role_id,
        ZONE,
        datetime.fromisoformat(f"2026-02-{random.randint(1, 28):02}T{hour:02}:{minute:02}"),
        members(*random.sample(TEAM, random.randint(1, 3))),
        every=random.choice([8, 12, 24]) if unit is Unit.HOURS else random.randint(1, 3),
        unit=unit,
        coverage=random.choice([*windows, Daily(time(1, 30), time(2, 30))]),
        name="Random",
        id=number,
        since=since,
    )


@histories(16)
async def test_pagerduty_shows_batons_timeline_instant_by_instant_for_a_year(seed: int) -> None:
    """With changes of the rotation, people's changes, and both clock changes; overrides say only what layers can't."""
    random = Random(seed)
    async with layer_world() as house:
        first = random_rotation(house, random, None, None)
        number = await rotate(house, first)
        changed = START + timedelta(days=random.randint(20, 300), hours=random.randint(0, 23))
        second = random_rotation(house, random, number, changed)
        await rotate(house, ended(replace(first, id=number), changed), second)
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
        assert about_clocks <= 6
        assert layers(house)


async def test_a_schedule_that_is_upgraded_goes_on_under_its_new_kind(house: EngineWorld) -> None:
    await rotate(house, weekly(house))
    await confirm_pattern(house, MONTH.end)
    await house.assign("UCAROL", 24, 48)
    await house.reconcile()
    upgrade(house.world.account, house.world.account.schedules[house.external_id])
    await house.assign("UCAROL", 72, 96)

    report = await house.reconcile()

    assert report.status is Status.OK
    assert rendered(house, MONTH) == await local(house, MONTH)
    assert await house.outbox("override_removed") == []


async def test_a_rotation_that_changes_after_the_upgrade_still_shows_what_is_assigned(house: EngineWorld) -> None:
    before = weekly(house)
    number = await rotate(house, before)
    await confirm_pattern(house, MONTH.end)
    await house.reconcile()
    upgrade(house.world.account, house.world.account.schedules[house.external_id])
    await house.reconcile()
    turn = START + timedelta(days=5)
    after = replace(weekly(house, unit=Unit.DAYS, members=members(*reversed(TEAM))), id=number, since=turn)
    await rotate(house, ended(replace(before, id=number), turn), after)
    for day in range(5, 9):
        await house.assign(TEAM[day % 3], day * 24, day * 24 + 24)

    report = await house.reconcile()

    assert report.status is Status.OK
    assert rendered(house, MONTH) == await local(house, MONTH)


@pytest.mark.parametrize(
    "options",
    [
        {"coverage": Daily(time(0), time(0), frozenset({5, 6}))},
        {"coverage": Weekly(4, time(17), 0, time(9))},
        {"unit": Unit.MONTHS, "coverage": Weekly(4, time(17), 0, time(9))},
        {"unit": Unit.DAYS, "coverage": Daily(time(9), time(17), WORKING_DAYS), "counts": Counts.COVERED},
        {"unit": Unit.MONTHS},
    ],
    ids=["whole weekends", "friday to monday", "months of weekends", "covered days", "months"],
)
async def test_spans_of_days_months_and_covered_turns_mean_the_same_instants_in_pagerduty(
    options: dict[str, object],
) -> None:
    async with layer_world() as house:
        await rotate(house, replace(weekly(house), **options))  # type: ignore[arg-type]
        await confirm_pattern(house, MONTH.end)
        await house.reconcile()

        assert rendered(house, MONTH) == await local(house, MONTH)
        assert bool(layers(house)) == (options.get("unit") is not Unit.MONTHS)
