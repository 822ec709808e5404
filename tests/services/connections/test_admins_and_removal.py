"""A connection's admins, and what goes and is told when it is removed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.connections import admins_and_removal, credentials
from services.kit.errors import FieldErrors, NotAllowed, NotFound
from storage.notices import NoticeKind
from storage.tables import OutboxItem
from tests.support.service_world import Desk


async def admin_of_it(desk: Desk, *users: str) -> None:
    async with desk.house.database.transaction() as tx:
        await tx.connections.set_admins(1, list(users))


async def test_whoever_is_named_administers_it_and_hears_of_it_and_others_do_not(desk: Desk) -> None:
    await admin_of_it(desk, "UALICE")
    with pytest.raises(NotAllowed, match="UALICE"):
        await admins_and_removal.name_admins(desk.house, desk.bob, 1, ["UBOB"])

    await admins_and_removal.name_admins(desk.house, desk.alice, 1, ["UALICE", "UBOB"])

    assert await admins_and_removal.named_admins(desk.house, desk.bob, 1) == ["UALICE", "UBOB"]
    async with desk.house.database.read() as tx:
        told = await tx.session.scalars(
            select(OutboxItem.target).where(OutboxItem.kind == NoticeKind.CONNECTION_ADMINS)
        )
        assert list(told) == ["UBOB"]


async def test_nobody_whom_baton_does_not_know_is_named(desk: Desk) -> None:
    await admin_of_it(desk, "UALICE")
    with pytest.raises(FieldErrors) as refused:
        await admins_and_removal.name_admins(desk.house, desk.alice, 1, ["UALICE", "UNOBODY"])
    assert list(refused.value.fields) == ["admins"]
    assert await admins_and_removal.named_admins(desk.house, desk.alice, 1) == ["UALICE"]


async def test_a_removed_one_has_no_key_and_no_destinations_and_its_overrides_stay(desk: Desk) -> None:
    await admin_of_it(desk, "UBOB")
    await desk.world.assign("UALICE", 24, 48)
    await desk.world.reconcile()
    there = desk.world.overrides()
    assert there == [(24, 48, "UALICE")]

    gone = await admins_and_removal.remove_connection(desk.house, desk.bob, 1)

    assert [(one.schedule_id, one.role) for one in gone.uses] == [(desk.id, "Primary")]
    assert desk.world.overrides() == there
    async with desk.house.database.read() as tx:
        assert await tx.destinations.of_connection(1) == []
    with pytest.raises(NotFound):
        await credentials.get_connection(desk.house, desk.bob, 1)
    assert any("removed" in summary for actor, summary in await desk.audit() if actor == "UBOB")
