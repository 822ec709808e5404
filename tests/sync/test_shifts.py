"""A shift-based schedule without rotations: one custom shift per confirmed shift, changed in place."""

from collections.abc import AsyncIterator

import pytest

from sandbox.pagerduty import Fault
from sandbox.pagerduty.v3.upgrade import upgrade
from sync.core.model import Mode, Status
from tests.support.engine_house import EngineWorld, engine_world
from tests.support.shift_world import (
    custom_shifts,
    human_override,
    human_shift,
    on_call,
    people_at,
    plan_of,
    shift_ids,
    shift_overrides,
    shift_world,
)


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    async with shift_world() as made:
        yield made


def calls(house: EngineWorld, method: str) -> int:
    return house.world.count(method)


async def test_each_confirmed_shift_is_one_custom_shift(house: EngineWorld) -> None:
    await house.assign("UALICE", 1, 25)
    await house.assign("UBOB", 25, 49)
    await house.assign("UBOB", 49, 73)

    report = await house.reconcile()

    assert custom_shifts(house) == [(1, 25, "UALICE"), (25, 49, "UBOB"), (49, 73, "UBOB")]
    assert (report.status, report.created) == (Status.OK, 3)


async def test_an_unchanged_refresh_costs_one_request(house: EngineWorld) -> None:
    await house.assign("UALICE", 1, 25)
    await house.reconcile()
    before = len(house.world.log)

    await house.reconcile()

    assert len(house.world.log) == before + 1


async def test_a_reassigned_shift_is_changed_in_place(house: EngineWorld) -> None:
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    ids = shift_ids(house)
    await house.assign("UBOB", 5, 25)

    report = await house.reconcile()

    assert custom_shifts(house) == [(5, 25, "UBOB")]
    assert shift_ids(house) == ids
    assert (report.created, report.changed, report.removed) == (0, 1, 0)


async def test_a_swap_of_two_shifts_changes_both_in_place(house: EngineWorld) -> None:
    await house.assign("UALICE", 5, 25)
    await house.assign("UBOB", 25, 45)
    await house.reconcile()
    ids = shift_ids(house)
    await house.assign("UBOB", 5, 25)
    await house.assign("UALICE", 25, 45)

    await house.reconcile()

    assert custom_shifts(house) == [(5, 25, "UBOB"), (25, 45, "UALICE")]
    assert shift_ids(house) == ids


async def test_a_shift_that_gets_longer_or_shorter_keeps_its_id(house: EngineWorld) -> None:
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    ids = shift_ids(house)
    await house.assign("UALICE", 3, 30)
    await house.reconcile()
    assert (custom_shifts(house), shift_ids(house)) == ([(3, 30, "UALICE")], ids)
    await house.unassign(20, 30)

    await house.reconcile()

    assert (custom_shifts(house), shift_ids(house)) == ([(3, 20, "UALICE")], ids)


async def test_of_a_running_shift_only_the_end_changes_and_the_other_person_gets_a_new_one(house: EngineWorld) -> None:
    await house.assign("UALICE", 0, 24)
    await house.reconcile()
    house.pass_hours(6)
    await house.assign("UBOB", 12, 24)
    await house.reconcile()
    assert custom_shifts(house) == [(0, 12, "UALICE"), (12, 24, "UBOB")]
    await house.assign("UCAROL", 6, 12)

    await house.reconcile()

    assert on_call(house, 0, 24) == [(0, 6, "UALICE"), (6, 12, "UCAROL"), (12, 24, "UBOB")]
    assert all(set(e.body["custom_shift"]) == {"end_time"} for e in house.world.requests("PUT"))


async def test_a_running_shift_that_gets_longer_is_stretched(house: EngineWorld) -> None:
    await house.assign("UALICE", 0, 24)
    await house.reconcile()
    house.pass_hours(6)
    await house.assign("UALICE", 0, 30)

    await house.reconcile()

    assert custom_shifts(house) == [(0, 30, "UALICE")]
    assert len(plan_of(house).custom_shifts) == 1


async def test_a_withdrawn_shift_is_deleted(house: EngineWorld) -> None:
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    await house.unassign(5, 25)

    await house.reconcile()

    assert custom_shifts(house) == []


async def test_a_shift_that_somebody_deleted_is_made_again(house: EngineWorld) -> None:
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    house.world.account.delete_custom_shift(house.external_id, next(iter(shift_ids(house))))

    await house.reconcile()

    assert custom_shifts(house) == [(5, 25, "UALICE")]


async def test_somebody_added_beside_the_assigned_person_is_taken_off_again_and_that_is_told(
    house: EngineWorld,
) -> None:
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    human_shift(house, "UCAROL", 10, 15)

    await house.reconcile()

    assert on_call(house, 0, 48) == [(5, 25, "UALICE")]
    assert len(await house.outbox("override_removed")) == 1


async def test_a_foreign_shift_larger_than_ours_is_covered_by_an_override_for_our_part(house: EngineWorld) -> None:
    human_shift(house, "UCAROL", 0, 48)
    await house.assign("UALICE", 5, 25)

    await house.reconcile()

    assert on_call(house, 0, 48) == [(0, 5, "UCAROL"), (5, 25, "UALICE"), (25, 48, "UCAROL")]
    assert custom_shifts(house) == [(0, 48, "UCAROL")]
    await house.unassign(5, 25)
    await house.reconcile()
    assert on_call(house, 0, 48) == [(0, 48, "UCAROL")]
    assert shift_overrides(house) == []


async def test_an_override_that_somebody_put_on_our_shift_is_removed(house: EngineWorld) -> None:
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    human_override(house, next(iter(shift_ids(house))), "UALICE", "UCAROL", 10, 15)
    assert people_at(house, 12) == {"UCAROL"}

    await house.reconcile()

    assert on_call(house, 0, 48) == [(5, 25, "UALICE")]
    assert len(plan_of(house).custom_shifts) == 1


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.COMMIT_THEN_500, Fault.DROP_BEFORE, Fault.HTTP_502])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_lost_reply_never_puts_two_people_on_call(house: EngineWorld, fault: Fault, method: str) -> None:
    await house.assign("UALICE", 5, 25)
    await house.assign("UBOB", 25, 45)
    await house.assign("UCAROL", 45, 65)
    await house.reconcile()
    await house.assign("UBOB", 5, 25)
    await house.unassign(25, 45)
    await house.assign("UALICE", 65, 85)
    house.world.faults.next(fault, method, times=4 if method == "PUT" else 1)

    await house.reconcile()
    house.pass_hours(0.1)
    await house.reconcile()

    assert custom_shifts(house) == [(5, 25, "UBOB"), (45, 65, "UCAROL"), (65, 85, "UALICE")]


async def test_a_lagging_list_makes_nobody_twice_on_call(house: EngineWorld) -> None:
    house.world.switches.change(read_lag_seconds=5)
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    await house.assign("UBOB", 5, 15)

    for _ in range(3):
        await house.reconcile()
        house.pass_hours(0.1)
    report = await house.reconcile()

    assert custom_shifts(house) == [(5, 15, "UBOB"), (15, 25, "UALICE")]
    assert report.status is Status.OK


async def test_one_person_whom_pagerduty_lost_holds_back_only_their_own_shifts(house: EngineWorld) -> None:
    await house.assign("UALICE", 5, 25)
    await house.reconcile()
    house.world.account.deactivate_user(house.pd_users["UBOB"])
    await house.assign("UBOB", 25, 45)
    async with house.database.transaction() as tx:
        users = {user.user_id: user for user in await tx.connections.users(1)}
        tx.session.expunge_all()
        users["UALICE"].user_id, users["UALICE"].external_id = "UBOB", house.pd_users["UBOB"]
        await tx.connections.keep_users([users["UALICE"]])

    report = await house.reconcile()

    assert custom_shifts(house) == [(5, 25, "UALICE")]
    assert report.status is Status.ERROR


async def test_bidirectional_imports_who_was_put_in_somebody_elses_place() -> None:
    async with shift_world(mode=Mode.BIDIRECTIONAL) as house:
        await house.assign("UALICE", 5, 25)
        await house.reconcile()
        human_override(house, next(iter(shift_ids(house))), "UALICE", "UCAROL", 10, 15)

        await house.reconcile()

        assert await house.local() == [(5, 10, "UALICE"), (10, 15, "UCAROL"), (15, 25, "UALICE")]
        assert on_call(house, 0, 48) == [(5, 10, "UALICE"), (10, 15, "UCAROL"), (15, 25, "UALICE")]


async def test_bidirectional_holds_what_several_people_do_at_once_and_says_so() -> None:
    async with shift_world(mode=Mode.BIDIRECTIONAL) as house:
        await house.assign("UALICE", 5, 25)
        await house.reconcile()
        human_shift(house, "UCAROL", 10, 15)

        report = await house.reconcile()

        assert people_at(house, 12) == {"UALICE", "UCAROL"}
        assert await house.local() == [(5, 25, "UALICE")]
        assert "Several people" in report.reason


async def test_manual_export_waits_and_then_changes_in_place() -> None:
    async with shift_world(mode=Mode.MANUAL_EXPORT) as house:
        await house.assign("UALICE", 5, 25)
        assert (await house.reconcile()).waiting == 1
        assert custom_shifts(house) == []
        await house.approve()

        await house.reconcile()

        assert custom_shifts(house) == [(5, 25, "UALICE")]


async def test_an_upgraded_schedule_is_written_under_its_new_kind_at_once() -> None:
    async with engine_world(layers=True) as house:
        await house.assign("UALICE", 5, 25)
        await house.assign("UBOB", 25, 45)
        await house.reconcile()
        upgrade(house.world.account, house.world.account.schedules[house.external_id])
        await house.assign("UALICE", 25, 35)

        report = await house.reconcile()

        assert report.status is Status.OK
        ours = [row for row in on_call(house, 5, 45) if row[2] != "UCAROL"]
        assert ours == [(5, 25, "UALICE"), (25, 35, "UALICE"), (35, 45, "UBOB")]
        assert not any(row[2] == "UCAROL" for row in on_call(house, 5, 45))
        assert await house.outbox("override_removed") == []


async def test_an_upgraded_empty_schedule_keeps_its_shifts_without_a_write() -> None:
    async with engine_world() as house:
        await house.assign("UALICE", 5, 25)
        await house.reconcile()
        upgrade(house.world.account, house.world.account.schedules[house.external_id])
        before = house.writes()

        report = await house.reconcile()

        assert report.status is Status.OK
        assert house.writes() == before
        assert custom_shifts(house) == [(5, 25, "UALICE")]
        await house.unassign(5, 25)
        await house.reconcile()
        assert custom_shifts(house) == []
        assert await house.outbox("override_removed") == []
