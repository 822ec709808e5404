"""People whom PagerDuty doesn't know: added where the connection allows it, and otherwise named with what to do."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.rotations import members
from sandbox.pagerduty import Fault
from storage.tables import ExternalUser
from sync.core.model import Mode, Status
from tests.support.engine_house import START, EngineWorld, engine_world
from tests.support.layer_world import layer_world, layers, rotate
from tests.support.shift_world import on_call, shift_world
from tests.sync.steps.test_layering import weekly


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    async with engine_world() as made:
        yield made


async def allow(house: EngineWorld, author: str = "alice@example.com") -> None:
    async with house.database.transaction() as tx:
        row = await tx.connections.get(1)
        assert row is not None
        row.create_users, row.from_email, row.user_role = True, author, "limited_user"
        person = await tx.people.get(1, "UZOE")
        assert person is not None
        person.time_zone = "Europe/Lisbon"


def zoe(house: EngineWorld) -> str | None:
    found = house.world.account.user_by_email("zoe@example.com")
    return found.id if found else None


async def test_nobody_is_added_unless_the_connection_allows_it(house: EngineWorld) -> None:
    await house.assign("UZOE", 1, 25)

    report = await house.reconcile()

    assert zoe(house) is None
    assert "PagerDuty knows nobody with the e-mail address of Zoe" in report.reason


async def test_whoever_is_missing_is_added_with_name_address_zone_and_role(house: EngineWorld) -> None:
    await allow(house)
    await house.assign("UZOE", 1, 25)

    report = await house.reconcile()

    added = house.world.account.users[zoe(house) or ""]
    assert (added.name, added.email, added.time_zone, added.role) == (
        "Zoe",
        "zoe@example.com",
        "Europe/Lisbon",
        "limited_user",
    )
    assert report.status is Status.OK
    assert [row[:2] for row in house.overrides()] == [(1, 25)]


async def test_whom_an_admin_matched_is_not_given_to_somebody_else_by_e_mail(house: EngineWorld) -> None:
    found = house.world.account.add_user("Zoe of old", "zoe@example.com")
    async with house.database.transaction() as tx:
        await tx.connections.keep_users(
            [ExternalUser(connection_id=1, external_id=found.id, user_id="UALICE", name=found.name, seen_at=START)]
        )
    await house.assign("UZOE", 1, 25)

    report = await house.reconcile()

    assert house.overrides() == []
    assert "Zoe of old in PagerDuty has the e-mail address of Zoe and is the match of Alice" in report.reason
    async with house.database.read() as tx:
        assert [u.user_id for u in await tx.connections.users(1) if u.external_id == found.id] == ["UALICE"]


async def test_a_person_is_known_by_id_even_after_their_address_changed(house: EngineWorld) -> None:
    await allow(house)
    await house.assign("UZOE", 1, 25)
    await house.reconcile()
    known = house.world.account.users[zoe(house) or ""]
    house.world.account.users[known.id] = replace(known, email="zoe.new@example.com")
    await house.assign("UZOE", 25, 49)

    await house.reconcile()

    assert len(house.overrides()) == 2
    assert house.world.count("POST", "/users") == 1


async def test_an_address_counts_whatever_its_case(house: EngineWorld) -> None:
    await allow(house)
    house.world.account.add_user("Zoe", "ZOE@Example.com")
    await house.assign("UZOE", 1, 25)

    await house.reconcile()

    assert house.world.count("POST", "/users") == 0
    assert len(house.overrides()) == 1


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.DROP_BEFORE])
async def test_a_lost_reply_adds_nobody_twice(house: EngineWorld, fault: Fault) -> None:
    await allow(house)
    await house.assign("UZOE", 1, 25)
    house.world.faults.next(fault, "POST", "/users")

    await house.reconcile()
    house.pass_hours(0.1)
    report = await house.reconcile()

    assert [user.name for user in house.world.account.users.values()].count("Zoe") == 1
    assert report.status is Status.OK


async def test_no_licence_holds_back_only_that_persons_shifts_and_says_what_to_do(house: EngineWorld) -> None:
    await allow(house)
    house.world.switches.change(out_of_licenses=True)
    await house.assign("UZOE", 1, 25)
    await house.assign("UBOB", 25, 49)

    report = await house.reconcile()

    assert house.overrides() == [(25, 49, "UBOB")]
    assert report.status is Status.ERROR
    assert "no licence is left for the role “limited_user”" in report.reason


async def test_an_author_who_is_nobody_there_is_named(house: EngineWorld) -> None:
    await allow(house, author="ghost@example.com")
    await house.assign("UZOE", 1, 25)

    assert "“ghost@example.com” is nobody in the account" in (await house.reconcile()).reason


@pytest.mark.parametrize("paused", [True, False])
async def test_nobody_is_added_while_nothing_may_be_written(paused: bool) -> None:
    async with engine_world(mode=Mode.MANUAL_EXPORT) as house:
        await allow(house)
        await house.configure(mode=Mode.AUTHORITATIVE if paused else Mode.MANUAL_EXPORT, paused=paused)
        await house.assign("UZOE", 1, 25)

        await house.reconcile()

        assert zoe(house) is None


async def test_a_new_member_of_a_rotation_is_added_before_their_first_shift() -> None:
    async with layer_world() as house:
        await allow(house)
        await rotate(house, weekly(house, members=members("UALICE", "UBOB", "UZOE")))

        await house.reconcile()

        (layer,) = layers(house)
        assert layer.user_ids[-1] == zoe(house)


async def test_a_member_of_a_rotation_who_can_not_be_added_is_a_warning() -> None:
    async with layer_world() as house:
        await allow(house)
        house.world.switches.change(out_of_licenses=True)
        await rotate(house, weekly(house, members=members("UALICE", "UZOE"), since=START + timedelta(days=60)))
        await house.assign("UBOB", 1, 25)

        report = await house.reconcile()

        assert report.status is Status.WARNING
        assert "no licence is left" in report.reason


async def come_back(house: EngineWorld, user: str, address: str) -> str:
    """Somebody deletes a person in PagerDuty and adds them again, as nobody else."""
    account = house.world.account
    del account.users[house.pd_users[user]]
    house.pd_users[user] = account.add_user(user.title(), address).id
    return house.pd_users[user]


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_a_person_who_was_deleted_and_added_again_is_found_by_address(kind: str) -> None:
    world = shift_world if kind == "v3" else engine_world
    async with world() as house:
        await house.assign("UBOB", 1, 25)
        await house.reconcile()
        await come_back(house, "UBOB", "bob@example.com")
        await house.assign("UBOB", 30, 40)

        report = await house.reconcile()

        assert report.status is Status.OK
        shown = on_call(house, 29, 41) if kind == "v3" else house.shows(29, 41)
        assert shown == [(30, 40, "UBOB")]


async def test_a_person_who_was_deleted_there_is_named_and_nothing_else_suffers(house: EngineWorld) -> None:
    await house.assign("UBOB", 1, 25)
    await house.reconcile()
    del house.world.account.users[house.pd_users["UBOB"]]
    await house.assign("UBOB", 30, 40)
    await house.assign("UCAROL", 40, 50)

    report = await house.reconcile()

    assert "PagerDuty knows nobody with the e-mail address of Bob" in report.reason
    assert "User not found" not in report.reason
    assert (40, 50, "UCAROL") in house.overrides()


async def test_somebody_in_a_layer_who_was_deleted_and_added_again_is_found() -> None:
    async with layer_world() as house:
        await house.assign("UBOB", 1, 25)
        await house.reconcile()
        number = await come_back(house, "UBOB", "bob@example.com")
        await rotate(house, weekly(house, members=members("UALICE", "UBOB")))

        report = await house.reconcile()

        (layer,) = layers(house)
        assert number in layer.user_ids
        assert report.status is Status.OK
