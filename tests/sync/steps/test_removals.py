"""What is told about overrides that Baton takes away: others' once and with the facts, its own never."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.pagerduty import Fault
from storage.tables import Destination
from sync.core.model import Mode
from tests.support.engine_house import START, EngineWorld, engine_world


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world() as w:
        yield w


async def told(world: EngineWorld) -> list[str]:
    return [facts["remote_id"] for facts in await world.outbox("override_removed")]


async def test_it_says_whose_when_where_and_what_took_its_place(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 36)
    await world.assign("UBOB", 36, 48)
    await world.reconcile()
    override = world.human_override("UCAROL", 30, 42)
    await world.reconcile()
    (facts,) = await world.outbox("override_removed")
    assert facts["remote_id"] == override
    assert facts["external_user"] == world.pd_users["UCAROL"]
    assert (facts["start"], facts["end"]) == (world.at(30).isoformat(), world.at(42).isoformat())
    assert facts["external_schedule"] == "Payments"
    assert facts["external_url"].startswith("http")
    replaced = [(part["start"], part["end"], part["user"]) for part in facts["replaced_by"]]
    assert replaced == [
        (world.at(30).isoformat(), world.at(36).isoformat(), world.pd_users["UALICE"]),
        (world.at(36).isoformat(), world.at(42).isoformat(), world.pd_users["UBOB"]),
    ]
    assert "override.removed" in await world.audited()


def made_by(world: EngineWorld, author: str) -> None:
    """Carol is put on call by somebody."""
    world.human_override("UCAROL", 30, 42, by=author)


@pytest.mark.parametrize(("author", "available", "named"), [("UBOB", True, "Bob"), ("UBOB", False, ""), ("", True, "")])
async def test_it_says_who_had_made_it_where_pagerduty_does(
    world: EngineWorld, author: str, available: bool, named: str
) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    made_by(world, author)
    world.world.switches.change(audit_available=available)
    await world.reconcile()
    (facts,) = await world.outbox("override_removed")
    assert facts["made_by"] == named


async def test_who_made_it_in_this_very_second_is_known_too(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.pass_hours(0.5 / 3600)
    made_by(world, "UBOB")
    await world.reconcile()
    (facts,) = await world.outbox("override_removed")
    assert facts["made_by"] == "Bob"


async def test_dying_right_after_a_removal_it_is_still_known_who_had_made_it(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    made_by(world, "UBOB")

    async def killed(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("sync.steps.execute.confirm_removed", killed)
    with pytest.raises(RuntimeError):
        await world.engine.reconcile(world.destination_id)
    monkeypatch.undo()
    await world.reconcile()
    (facts,) = await world.outbox("override_removed")
    assert facts["made_by"] == "Bob"


async def test_a_running_one_that_is_cut_short_counts_as_removed(world: EngineWorld) -> None:
    await world.assign("UALICE", 1, 25)
    await world.reconcile()
    world.pass_hours(5)
    override = world.human_override("UCAROL", 5, 20)
    world.pass_hours(1)
    await world.reconcile()
    assert world.shows(1, 25) == [(1, 5, "UALICE"), (5, 6, "UCAROL"), (6, 25, "UALICE")]
    assert await told(world) == [override]
    await world.reconcile()
    assert await told(world) == [override]


async def test_it_is_told_only_once_it_is_gone(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    override = world.human_override("UCAROL", 24, 48)
    world.world.faults.next(Fault.HTTP_500, method="DELETE", times=50)
    await world.reconcile()
    assert await told(world) == []
    world.world.faults.rules.clear()
    await world.reconcile()
    assert await told(world) == [override]


@pytest.mark.parametrize("before", [True, False], ids=["before the call", "after the call"])
async def test_dying_in_the_middle_of_a_removal_it_is_told_once_all_the_same(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    override = world.human_override("UCAROL", 24, 48)

    async def killed(*_: object) -> None:
        raise RuntimeError("killed")

    board = "sync.destinations.pagerduty.overrides.OverrideBoard.delete"
    monkeypatch.setattr(board if before else "sync.steps.execute.confirm_removed", killed)
    with pytest.raises(RuntimeError):
        await world.engine.reconcile(world.destination_id)
    monkeypatch.undo()
    assert await told(world) == []
    for _ in range(2):
        world.pass_hours(0.1)
        await world.reconcile()
    assert await told(world) == [override]
    assert world.overrides() == [(24, 48, "UALICE")]


@pytest.mark.parametrize("mode", [Mode.AUTHORITATIVE, Mode.BIDIRECTIONAL])
async def test_our_own_are_taken_away_without_a_word(world: EngineWorld, mode: Mode) -> None:
    await world.configure(mode=mode)
    await world.assign("UALICE", 24, 72)
    await world.reconcile()
    await world.assign("UBOB", 30, 36)
    await world.reconcile()
    await world.unassign(40, 50)
    await world.reconcile()
    assert world.world.count("DELETE") >= 2
    assert await told(world) == []


async def test_what_another_destination_made_is_recognised_also_when_that_one_is_gone(world: EngineWorld) -> None:
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    await world.remove_destination(world.destination_id)
    async with world.database.transaction() as tx:
        role = (await tx.schedules.roles(world.schedule_id))[1]
        other = await tx.destinations.add(
            Destination(
                schedule_id=world.schedule_id,
                role_id=role.id,
                connection_id=1,
                external_id=world.external_id,
                external_kind="v2",
                external_name="Payments",
                mode="authoritative",
                status="pending",
                refresh_due_at=START,
                created_at=START,
            )
        )
    await world.assign_secondary("UBOB", 24, 48)
    await world.engine.reconcile(other.id)
    assert world.shows(24, 48) == [(24, 48, "UBOB")]
    assert await told(world) == []
