"""On a shift-based schedule, too, taking back in PagerDuty what had been imported brings back who was there before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sync.core.model import Mode
from tests.support.engine_house import EngineWorld
from tests.support.shift_world import (
    custom_shifts,
    human_override,
    human_shift,
    keep,
    on_call,
    plan_of,
    rotate,
    shift_ids,
    shift_overrides,
    shift_world,
)

ALICE = [(24.0, 48.0, "UALICE")]


@pytest.fixture
async def house() -> AsyncIterator[EngineWorld]:
    async with shift_world(mode=Mode.BIDIRECTIONAL) as made:
        await made.assign("UALICE", 24, 48)
        await made.reconcile()
        yield made


def take_back_override(house: EngineWorld, user: str) -> None:
    """Somebody deletes the overrides by a person."""
    plan = plan_of(house)
    there = house.pd_users[user]
    keep(house, replace(plan, overrides=tuple(o for o in plan.overrides if o.overriding != there)))


def give(house: EngineWorld, shift: str, user: str) -> None:
    """Somebody changes whose a custom shift is."""
    plan = plan_of(house)
    changed = (replace(s, user_id=house.pd_users[user]) if s.id == shift else s for s in plan.custom_shifts)
    keep(house, replace(plan, custom_shifts=tuple(changed)))


def joined(rows: list[tuple[float, float, str | None]]) -> list[tuple[float, float, str | None]]:
    whole: list[tuple[float, float, str | None]] = []
    for start, end, user in rows:
        if whole and whole[-1][1:] == (start, user):
            whole[-1] = (whole[-1][0], end, user)
        else:
            whole.append((start, end, user))
    return whole


async def both(house: EngineWorld) -> tuple[object, object]:
    return joined(await house.local()), joined(list(on_call(house, 24, 48)))


async def test_an_override_on_our_shift_is_imported_without_touching_the_shift(house: EngineWorld) -> None:
    (shift,) = shift_ids(house)
    human_override(house, shift, "UALICE", "UBOB", 30, 34)
    before = house.writes()
    await house.reconcile()
    assert await house.local() == [(24, 30, "UALICE"), (30, 34, "UBOB"), (34, 48, "UALICE")]
    assert (house.writes(), custom_shifts(house)) == (before, ALICE)
    requests = len(house.world.log)
    await house.reconcile()
    assert len(house.world.log) == requests + 1


async def test_taken_back_it_is_alices_again_on_both_sides(house: EngineWorld) -> None:
    (shift,) = shift_ids(house)
    human_override(house, shift, "UALICE", "UBOB", 30, 34)
    await house.reconcile()
    take_back_override(house, "UBOB")
    assert joined(list(on_call(house, 24, 48))) == ALICE
    before = house.writes()
    await house.reconcile()
    assert await both(house) == (ALICE, ALICE)
    assert house.writes() == before


async def test_a_running_one_gives_back_the_rest(house: EngineWorld) -> None:
    (shift,) = shift_ids(house)
    house.pass_hours(31)
    human_override(house, shift, "UALICE", "UBOB", 32, 40)
    await house.reconcile()
    house.pass_hours(3)
    await house.reconcile()
    take_back_override(house, "UBOB")
    await house.reconcile()
    assert joined(await house.local()) == [(24, 32, "UALICE"), (32, 34, "UBOB"), (34, 48, "UALICE")]
    assert joined(list(on_call(house, 34, 48)))[-1][1:] == (48, "UALICE")


async def test_what_is_changed_here_beside_an_edit_leaves_it_in_place(house: EngineWorld) -> None:
    (shift,) = shift_ids(house)
    human_override(house, shift, "UALICE", "UBOB", 30, 34)
    await house.reconcile()
    await house.assign("UCAROL", 40, 44)
    await house.reconcile()
    after = [(24, 40, "UALICE"), (40, 44, "UCAROL"), (44, 48, "UALICE")]
    take_back_override(house, "UBOB")
    assert joined(list(on_call(house, 24, 48))) == after
    await house.reconcile()
    assert await both(house) == (after, after)


async def test_a_shift_given_away_and_given_back_there(house: EngineWorld) -> None:
    (shift,) = shift_ids(house)
    give(house, shift, "UBOB")
    await house.reconcile()
    assert await house.local() == [(24, 48, "UBOB")]
    give(house, shift, "UALICE")
    await house.reconcile()
    assert await both(house) == (ALICE, ALICE)


async def test_a_shift_that_somebody_elses_took_the_place_of_comes_back_when_that_goes(house: EngineWorld) -> None:
    (shift,) = shift_ids(house)
    account = house.world.account
    account.delete_custom_shift(house.external_id, shift)
    other = human_shift(house, "UBOB", 24, 48)
    await house.reconcile()
    assert await house.local() == [(24, 48, "UBOB")]
    house.pass_hours(0.1)
    account.delete_custom_shift(house.external_id, other.id)
    await house.reconcile()
    assert await both(house) == (ALICE, ALICE)


async def test_an_override_over_ours_on_a_rotation_is_taken_back() -> None:
    async with shift_world(mode=Mode.BIDIRECTIONAL) as house:
        rotate(house, "RDAY", "UCAROL", -24, 24)
        await house.assign("UALICE", 24, 48)
        await house.reconcile()
        assert shift_overrides(house) == ALICE
        human_override(house, "RDAY", "UCAROL", "UBOB", 30, 34)
        before = house.writes()
        await house.reconcile()
        assert [user for _, _, user in await house.local()] == ["UALICE", "UBOB", "UALICE"]
        assert house.writes() == before
        take_back_override(house, "UBOB")
        assert joined(list(on_call(house, 24, 48))) == ALICE
        await house.reconcile()
        assert await both(house) == (ALICE, ALICE)


async def test_a_shift_removed_there_and_made_again_there_is_imported(house: EngineWorld) -> None:
    (shift,) = shift_ids(house)
    house.world.account.delete_custom_shift(house.external_id, shift)
    await house.reconcile()
    assert await house.local() == [(24, 48, None)]
    human_shift(house, "UALICE", 24, 48)
    await house.reconcile()
    assert await both(house) == (ALICE, ALICE)
