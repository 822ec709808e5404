"""What is made in PagerDuty for a sync is all that was wanted, or nothing, and people are added as an admin says."""

from __future__ import annotations

from itertools import pairwise

import pytest

from oncall.rotations import Backup
from sandbox.pagerduty import Fault
from sandbox.pagerduty.v3.upgrade import upgrade
from services.connections.opening import Unreachable
from services.destinations.configuring import pause_destination
from services.kit.errors import FieldErrors, Refusal
from services.pagerduty.changing import change_sync
from services.pagerduty.making_schedules import LONGEST_NAME, beside
from services.pagerduty.stopping import Ending, stop_sync, stopping
from services.pagerduty.updates import SyncDraft, merge_sync, sync_of
from storage.tables import Connection
from sync.core.model import Status
from sync.ports import LAYERED, SHIFTED
from tests.services.pagerduty.test_updates import ADMIN, Office, another_schedule, office

__all__ = ["office"]


def names(office: Office) -> list[str]:
    return sorted(one.name for one in office.world.world.account.schedules.values())


async def connection(office: Office) -> Connection:
    async with office.house.database.read() as tx:
        found = await tx.connections.get(1)
    assert found is not None
    return found


async def with_backups(office: Office, schedule_id: int, opens: int | None = None) -> None:
    async with office.house.database.read() as tx:
        second = (await tx.schedules.roles(schedule_id))[1].id
    await office.rotate(schedule_id, 0, opens, backup=Backup(second))


async def test_where_the_second_schedule_can_not_be_made_the_first_one_is_taken_back(office: Office) -> None:
    await with_backups(office, office.world.schedule_id)
    before = names(office)
    office.world.world.faults.next(Fault.HTTP_502, "POST", "/schedules", skip=1, times=9)

    with pytest.raises(Unreachable, match="Try again in a moment"):
        await office.start()

    assert names(office) == before
    assert (await sync_of(office.house, ADMIN, office.world.schedule_id)).made == ()


async def test_what_can_not_be_taken_back_is_named(office: Office) -> None:
    await with_backups(office, office.world.schedule_id)
    office.world.world.faults.next(Fault.HTTP_502, "POST", "/schedules", skip=1, times=9)
    office.world.world.faults.next(Fault.HTTP_502, "DELETE", times=9)

    with pytest.raises(Unreachable, match=r"“Payments on call” had been made and could not be deleted again"):
        await office.start()


@pytest.mark.parametrize("name", ["Payments", "PAYMENTS"])
async def test_a_name_that_is_taken_is_refused_on_its_field_and_nothing_is_made(office: Office, name: str) -> None:
    before = names(office)

    with pytest.raises(FieldErrors) as raised:
        await office.start(name=name)

    assert "Choose another name" in raised.value.fields["name"]
    assert names(office) == before


async def test_a_name_that_is_taken_is_refused_when_renaming(office: Office) -> None:
    await office.start()

    with pytest.raises(FieldErrors, match="has a schedule “Payments” already"):
        await change_sync(office.house, ADMIN, SyncDraft(office.world.schedule_id, name="Payments"))


async def test_what_pagerduty_says_against_a_name_is_told_on_its_field(office: Office) -> None:
    with pytest.raises(FieldErrors) as raised:
        await office.start(name="x" * 300, kind=SHIFTED)

    assert raised.value.fields.keys() == {"name"}


def test_a_long_name_leaves_room_for_the_role_beside_it() -> None:
    assert beside("Payments", "Secondary") == "Payments (Secondary)"
    assert beside("x" * 255, "Secondary").endswith("x (Secondary)")
    assert len(beside("x" * 255, "Secondary")) == LONGEST_NAME


async def test_a_key_that_works_no_more_is_told_on_the_connection(office: Office) -> None:
    for token in list(office.world.world.account.keys):
        office.world.world.account.revoke_key(token)

    with pytest.raises(FieldErrors) as raised:
        await office.start()

    assert raised.value.fields.keys() == {"connection_id"}


@pytest.mark.parametrize("kind", [LAYERED, SHIFTED])
async def test_merging_makes_a_schedule_for_backups_that_the_other_has_none_for(office: Office, kind: str) -> None:
    nights = await another_schedule(office)
    await with_backups(office, office.world.schedule_id, opens=9)
    await office.rotate(nights, 0, opens=21)
    (other,) = await office.start(schedule_id=nights, name="Nights", kind=kind)

    merged = await merge_sync(office.house, ADMIN, office.world.schedule_id, other.id)
    await office.settle()

    assert [(one.role, one.external_name) for one in merged] == [
        ("Primary", "Nights"),
        ("Secondary", "Nights (Secondary)"),
    ]
    assert merged[0].external_id == other.external_id
    assert (await office.row(merged[1].id)).external_kind == kind
    (shared, own) = await stopping(office.house, ADMIN, office.world.schedule_id)
    assert (shared.shared, own.shared) == (("Nights",), ())


async def test_what_is_synced_already_is_not_merged_as_well(office: Office) -> None:
    nights = await another_schedule(office)
    await office.rotate(office.world.schedule_id, 0, opens=9)
    await office.rotate(nights, 0, opens=21)
    (mine,) = await office.start()
    await office.start(schedule_id=nights, name="Nights")

    with pytest.raises(Refusal, match="synced to PagerDuty already"):
        await merge_sync(office.house, ADMIN, nights, mine.id)


async def test_nothing_is_merged_with_itself(office: Office) -> None:
    (mine,) = await office.start()
    await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.LEAVE)

    with pytest.raises(FieldErrors, match="Choose a rotation"):
        await merge_sync(office.house, ADMIN, office.world.schedule_id, mine.id)


async def test_shifts_of_merged_rotations_stand_in_one_schedule_without_two_people_at_once(office: Office) -> None:
    nights = await another_schedule(office)
    await office.rotate(office.world.schedule_id, 0, opens=9)
    await office.rotate(nights, 0, opens=21)
    (first,) = await office.start(kind=SHIFTED)
    (merged,) = await merge_sync(office.house, ADMIN, nights, first.id)
    await office.settle()
    await pause_destination(office.house, ADMIN, merged.id, paused=False)
    await office.world.assign("UALICE", 0, 72)
    async with office.house.database.read() as tx:
        role = (await tx.schedules.roles(nights))[0].id
    await office.world.assign_role(role, "UCAROL", 0, 72)

    for destination in (first.id, merged.id, first.id):
        await office.world.engine.reconcile(destination)

    rows = office.on_call(first.external_id)
    assert {who for _, _, who in rows} == {"UALICE", "UCAROL"}
    assert all(one[1] <= other[0] for one, other in pairwise(rows))


async def test_in_whose_name_people_are_added_must_be_somebody_of_the_account(office: Office) -> None:
    with pytest.raises(FieldErrors) as raised:
        await office.start(author="ghost@example.com")

    assert "nobody with the e-mail address “ghost@example.com”" in raised.value.fields["author"]
    assert not (await connection(office)).create_users


async def test_people_are_added_with_the_role_that_was_chosen(office: Office) -> None:
    await office.world.assign("UZOE", 1, 25)

    await office.start(author="alice@example.com", role="limited_user")

    zoe = office.world.world.account.user_by_email("zoe@example.com")
    assert zoe is not None
    assert zoe.role == "limited_user"


async def test_adding_people_can_be_left_as_it_is_and_can_be_stopped(office: Office) -> None:
    await office.start(author="alice@example.com", role="observer")

    await change_sync(office.house, ADMIN, SyncDraft(office.world.schedule_id))
    kept = await connection(office)
    await change_sync(office.house, ADMIN, SyncDraft(office.world.schedule_id, author=""))
    stopped = await connection(office)

    assert (kept.create_users, kept.from_email, kept.user_role) == (True, "alice@example.com", "observer")
    assert not stopped.create_users


async def test_layers_can_be_set_up_before_any_member_is_in_the_account(office: Office) -> None:
    account = office.world.world.account
    author = account.add_user("Ops", "ops@example.com")
    for user in [one for one in account.users if one != author.id]:
        del account.users[user]
    with pytest.raises(FieldErrors, match="Nobody of this schedule is in that PagerDuty account"):
        await office.start(kind=LAYERED)

    (made,) = await office.start(kind=LAYERED, author="ops@example.com")

    assert made.external_id in account.schedules


async def test_stopping_says_who_a_layer_has_on_call_right_now(office: Office) -> None:
    await office.rotate(office.world.schedule_id, 0)
    (made,) = await office.start(kind=LAYERED)
    await office.world.engine.reconcile(made.id)

    (outlook,) = await stopping(office.house, ADMIN, office.world.schedule_id)

    (_, _, user), *_ = office.on_call(made.external_id)
    assert (outlook.on_call, outlook.by_layer) == (f"<@{user}>", True)


async def test_whoever_is_on_call_by_an_item_stays_when_baton_leaves(office: Office) -> None:
    await office.world.assign("UALICE", -1, 25)
    (made,) = await office.start(kind=LAYERED)
    await office.world.engine.reconcile(made.id)
    (outlook,) = await stopping(office.house, ADMIN, office.world.schedule_id)

    await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.CLEAR)

    assert (outlook.on_call, outlook.by_layer) == ("<@UALICE>", False)
    assert [row[2] for row in office.on_call(made.external_id)] == ["UALICE"]


async def test_whoever_shared_a_schedule_has_it_alone_after_the_other_has_stopped(office: Office) -> None:
    nights = await another_schedule(office)
    await office.rotate(office.world.schedule_id, 0, opens=9)
    await office.rotate(nights, 0, opens=21)
    (first,) = await office.start(kind=LAYERED)
    await merge_sync(office.house, ADMIN, nights, first.id)
    await office.settle()

    await stop_sync(office.house, ADMIN, nights, Ending.CLEAR)

    await office.settle()
    await office.world.engine.reconcile(first.id)
    assert {row[2] for row in office.on_call(first.external_id)} == {"UALICE", "UBOB"}
    assert Status((await office.row(first.id)).status) is not Status.ERROR
    assert (await connection(office)).secret


@pytest.mark.parametrize("kind", [LAYERED, SHIFTED])
@pytest.mark.parametrize("ending", [Ending.CLEAR, Ending.DELETE])
async def test_a_schedule_that_is_gone_there_can_still_be_stopped(office: Office, kind: str, ending: Ending) -> None:
    await office.world.assign("UALICE", 30, 40)
    (made,) = await office.start(kind=kind)
    office.world.world.account.remove_schedule(made.external_id)

    (done,) = await stop_sync(office.house, ADMIN, office.world.schedule_id, ending)

    assert "is not in PagerDuty any more" in done
    assert (await connection(office)).secret == ""


async def test_with_a_dead_key_updates_can_be_stopped_and_the_schedule_left(office: Office) -> None:
    await office.start()
    for token in list(office.world.world.account.keys):
        office.world.world.account.revoke_key(token)
    with pytest.raises(Unreachable, match="does not accept the key"):
        await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.DELETE)

    await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.LEAVE)

    assert (await connection(office)).secret == ""


async def test_a_schedule_that_others_write_to_is_not_deleted(office: Office) -> None:
    nights = await another_schedule(office)
    await office.rotate(office.world.schedule_id, 0, opens=9)
    await office.rotate(nights, 0, opens=21)
    (first,) = await office.start()
    await merge_sync(office.house, ADMIN, nights, first.id)

    with pytest.raises(Refusal, match="Another schedule writes to"):
        await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.DELETE)

    assert first.external_id in office.world.world.account.schedules


async def test_open_incidents_keep_a_schedule_from_being_deleted_in_pagerdutys_own_words(office: Office) -> None:
    await office.start(kind=LAYERED)
    office.world.world.switches.change(open_incidents=True)

    with pytest.raises(Unreachable, match="open incidents"):
        await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.DELETE)

    assert (await sync_of(office.house, ADMIN, office.world.schedule_id)).made


async def test_what_was_upgraded_a_moment_ago_is_looked_at_before_anything_is_taken_out(office: Office) -> None:
    await office.world.assign("UALICE", 30, 40)
    (made,) = await office.start(kind=LAYERED)
    account = office.world.world.account
    upgrade(account, account.schedules[made.external_id])
    with pytest.raises(Refusal, match="was upgraded in PagerDuty just now"):
        await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.CLEAR)
    await office.world.engine.reconcile(made.id)

    await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.CLEAR)

    assert office.on_call(made.external_id) == []
