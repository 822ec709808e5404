"""Trouble is told per cause: a new one in an old trouble is news, the same one is not, and recovery is told once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from sandbox.pagerduty import Fault
from storage.notices import NoticeKind
from storage.tables import Destination, OutboxItem, Person
from sync.core.model import Mode, Status
from tests.support.engine_house import START, EngineWorld, engine_world


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        yield w


async def employ(world: EngineWorld, user: str, name: str) -> None:
    """Somebody whom PagerDuty doesn't know joins the workspace."""
    async with world.database.transaction() as tx:
        person = Person(
            workspace_id=1, user_id=user, name=name, real_name=name, email=f"{user}@x.example", seen_at=START
        )
        await tx.people.keep([person])


async def told(world: EngineWorld) -> list[dict[str, Any]]:
    async with world.database.read() as tx:
        rows = await tx.session.scalars(
            select(OutboxItem).where(OutboxItem.kind == NoticeKind.DESTINATION).order_by(OutboxItem.id)
        )
        return [row.payload for row in rows]


async def look(world: EngineWorld, hours: float = 0.5) -> Status:
    world.pass_hours(hours)
    return (await world.reconcile()).status


async def test_another_person_whom_pagerduty_does_not_know_is_news(world: EngineWorld) -> None:
    await world.assign("UZOE", 48, 56)
    await look(world)
    await look(world)
    assert len(await told(world)) == 1

    await employ(world, "UNORA", "Nora Berg")
    await world.assign("UNORA", 3, 11)
    assert await look(world) is Status.ERROR

    first, second = await told(world)
    assert (first["further"], second["further"]) == (False, True)
    assert "Nora Berg" in second["reason"]
    await look(world)
    assert len(await told(world)) == 2


async def test_a_sooner_shift_of_the_same_person_is_news_and_time_that_passes_is_not(world: EngineWorld) -> None:
    await world.assign("UZOE", 48, 56)
    await look(world)
    await look(world, 40)
    assert len(await told(world)) == 1

    await world.assign("UZOE", 42, 46)
    await look(world)

    assert len(await told(world)) == 2


async def test_an_error_that_was_far_ahead_is_news_when_it_is_near(world: EngineWorld) -> None:
    await world.assign("UZOE", 100, 108)
    assert await look(world) is Status.WARNING
    assert await look(world, 40) is Status.ERROR
    await look(world)
    assert [one["status"] for one in await told(world)] == ["warning", "error"]


async def test_a_key_that_may_only_read_and_then_is_revoked_are_two_more_causes(world: EngineWorld) -> None:
    await world.assign("UZOE", 48, 56)
    await look(world)
    [key] = world.world.account.keys
    world.world.account.keys[key] = replace(world.world.account.keys[key], read_only=True)
    await world.assign("UALICE", 60, 70)
    await look(world)
    assert len(await told(world)) == 2
    world.world.account.revoke_key(key)
    await look(world)
    await look(world)

    reasons = [one["reason"] for one in await told(world)]
    assert len(set(reasons)) == len(reasons) == 3


async def test_a_failed_look_forgets_nothing_that_was_told(world: EngineWorld) -> None:
    await world.assign("UZOE", 48, 56)
    await look(world)
    world.world.faults.next(Fault.HTTP_502, times=99)
    await look(world)
    world.world.faults.clear()
    await look(world)

    assert len(await told(world)) == 2, "the person, and that PagerDuty was out of reach"


async def test_recovery_is_told_once(world: EngineWorld) -> None:
    await world.assign("UZOE", 48, 56)
    await look(world)
    await world.assign("UALICE", 48, 56)
    await look(world)
    await look(world)

    assert [one["status"] for one in await told(world)] == ["error", "ok"]
    async with world.database.read() as tx:
        row = await tx.destinations.get(world.destination_id)
        assert isinstance(row, Destination)
        assert row.told_causes == {}


async def test_the_same_trouble_after_a_recovery_is_news_again(world: EngineWorld) -> None:
    for user in ("UZOE", "UALICE", "UZOE"):
        await world.assign(user, 48, 56)
        await look(world)
    assert [one["status"] for one in await told(world)] == ["error", "ok", "error"]


async def test_a_stranger_there_is_told_by_the_card_that_asks_to_match_and_not_twice(world: EngineWorld) -> None:
    await world.configure(mode=Mode.BIDIRECTIONAL)
    await world.assign("UALICE", 24, 32)
    await look(world)
    erin = world.world.account.add_user("Erin Elsewhere", "erin@elsewhere.example").id
    world.world.account.create_override(world.external_id, erin, world.at(24), world.at(32))
    await look(world)

    assert await told(world) == []
    async with world.database.read() as tx:
        asked = await tx.session.scalars(select(OutboxItem).where(OutboxItem.kind == NoticeKind.UNMAPPED))
        assert len(list(asked)) == 1
