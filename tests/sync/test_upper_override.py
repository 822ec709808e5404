"""Bidirectional: a person deletes an override of ours that lay above another one of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.pagerduty import Fault
from sync.core.model import Mode, Status
from tests.support.engine_house import EngineWorld, engine_world
from tests.sync.test_edit_after_export import right_after


@pytest.fixture
async def world() -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=Mode.BIDIRECTIONAL) as w:
        yield w


async def two_of_ours(world: EngineWorld) -> None:
    """Alice's override is kept whole beneath Bob's, which somebody made; above its end lies ours for Carol."""
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 24, 36)
    await world.reconcile()
    await world.assign("UCAROL", 36, 42)
    world.pass_hours(0.1)
    await world.reconcile()
    assert world.shows(24, 48) == [(24, 36, "UBOB"), (36, 42, "UCAROL"), (42, 48, "UALICE")]
    assert [one for one in world.overrides() if one[2] == "UALICE"] == [(24, 48, "UALICE")]


def upper(world: EngineWorld) -> str:
    return world.listed()[-1].id


async def test_whoever_shows_by_what_lies_beneath_is_imported(world: EngineWorld) -> None:
    await two_of_ours(world)
    world.human_delete(upper(world))
    before = world.writes()

    report = await world.reconcile()

    assert await world.local() == [(24, 36, "UBOB"), (36, 42, "UALICE"), (42, 48, "UALICE")]
    assert (report.imported, report.status, world.writes()) == (1, Status.OK, before)
    (*_, told) = await world.outbox("shift_changed")
    assert [(c["before"], c["after"]) for c in told["changes"]] == [("UCAROL", "UALICE")]
    report = await world.reconcile()
    assert (report.imported, report.differences, world.writes()) == (0, 0, before)


async def test_it_is_imported_too_where_the_process_dies_between_seeing_and_importing(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_of_ours(world)
    world.human_delete(upper(world))
    with monkeypatch.context() as patched:
        patched.setattr("sync.run.import_changes", dies)
        with pytest.raises(Died):
            await world.reconcile()
    world.pass_hours(1)

    await world.reconcile()

    assert await world.local() == [(24, 36, "UBOB"), (36, 42, "UALICE"), (42, 48, "UALICE")]


class Died(Exception):
    """Stands for a process that is killed."""


async def dies(*_arguments: object) -> int:
    raise Died


async def test_in_authoritative_mode_it_is_exported_again(world: EngineWorld) -> None:
    await two_of_ours(world)
    await world.configure(mode=Mode.AUTHORITATIVE)
    await world.reconcile()
    world.human_delete(next(one.id for one in world.listed() if world.pd_users["UCAROL"] == one.user_id))

    await world.reconcile()

    assert (36, 42, "UCAROL") in world.shows(24, 48)
    assert (36, 42, "UCAROL") in await world.local()


async def test_what_was_deleted_before_it_was_ever_seen_to_show_is_exported_again(world: EngineWorld) -> None:
    """Nobody can tell then whether our write came to nothing or somebody took it back."""
    await world.assign("UALICE", 24, 48)
    await world.reconcile()
    world.human_override("UBOB", 24, 36)
    await world.reconcile()
    await world.assign("UCAROL", 36, 42)
    with right_after("confirm_created", lambda: world.human_delete(world.listed()[-1].id)):
        await world.reconcile()
    world.pass_hours(0.1)

    await world.reconcile()

    assert (36, 42, "UCAROL") in await world.local()
    assert (36, 42, "UCAROL") in world.shows(24, 48)


async def test_what_baton_takes_away_itself_is_no_edit(world: EngineWorld) -> None:
    await two_of_ours(world)
    await world.assign("UALICE", 36, 42)
    await world.reconcile()
    await world.assign("UCAROL", 36, 42)
    await world.reconcile()
    assert (36, 42, "UCAROL") in await world.local()
    assert (36, 42, "UCAROL") in world.shows(24, 48)


async def test_a_layer_that_names_the_same_person_does_not_show_what_was_deleted_at_once() -> None:
    """Carol is on call by a layer in a part of her override's time, at looks that never showed the override."""
    async with engine_world(mode=Mode.BIDIRECTIONAL, layers=True) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        await world.assign("UCAROL", 24, 60)
        with right_after("confirm_created", lambda: world.world.faults.next(Fault.HTTP_500, times=20)):
            await world.reconcile()
        world.world.faults.clear()
        world.human_delete(world.listed()[-1].id)
        await world.reconcile()
        world.pass_hours(0.1)

        await world.reconcile()

        assert await world.local() == [(24, 60, "UCAROL")]
        assert world.shows(24, 60) == [(24, 60, "UCAROL")]
