"""An override that reaches beyond our own time is covered, not removed, and that is told like a removal, once."""

from __future__ import annotations

from pathlib import Path

from tests.sync.house import engine_world


async def test_an_override_that_begins_before_our_shift_is_told_of_once(tmp_path: Path) -> None:
    async with engine_world(tmp_path) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        edit = world.human_override("UBOB", 23, 28)
        await world.reconcile()
        assert world.shows(23, 48) == [(23, 24, "UBOB"), (24, 48, "UALICE")]
        (told,) = await world.outbox("override_removed")
        assert (told["remote_id"], told["covered"], told["external_user"]) == (edit, True, world.pd_users["UBOB"])
        await world.reconcile()
        assert len(await world.outbox("override_removed")) == 1


async def test_one_that_lies_wholly_on_our_time_is_removed_and_told_as_such(tmp_path: Path) -> None:
    async with engine_world(tmp_path) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        world.human_override("UBOB", 25, 28)
        await world.reconcile()
        (told,) = await world.outbox("override_removed")
        assert "covered" not in told


async def test_one_for_the_same_person_is_not_covered(tmp_path: Path) -> None:
    async with engine_world(tmp_path) as world:
        world.human_override("UALICE", 23, 28)
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        assert await world.outbox("override_removed") == []
