"""Random histories on shift-based schedules, with edits on both sides, rotations, faults, crashes and time going by.

Whatever happened: once things calm down, everybody assigned is on call there alone, what is not ours is as it was, and
at no moment between two requests was a covered stretch without anybody.
"""

from random import Random

from sync.core.model import Status
from tests.support.engine_house import EngineWorld
from tests.support.histories import calm_down, histories, reconcile_watched, trouble
from tests.support.shift_world import (
    human_override,
    human_shift,
    on_call,
    plan_of,
    rotate,
    shift_world,
)

USERS = ("UALICE", "UBOB", "UCAROL")
LONGEST = 72


def hour_now(house: EngineWorld) -> float:
    return (house.now - house.at(0)).total_seconds() / 3600


def people(house: EngineWorld) -> dict[int, set[str]]:
    """Who is on call in each half hour that is still ahead, by its middle."""
    rows = on_call(house, hour_now(house), LONGEST)
    slots = range(int(hour_now(house) * 2) + 1, LONGEST * 2)
    return {slot: {user for a, b, user in rows if a <= slot / 2 + 0.25 < b} for slot in slots}


async def assigned(house: EngineWorld) -> dict[int, str]:
    rows = [(a, b, user) for a, b, user in await house.local() if user]
    slots = range(int(hour_now(house) * 2) + 1, LONGEST * 2)
    return {slot: user for slot in slots for a, b, user in rows if a <= slot / 2 + 0.25 < b}


async def change_here(house: EngineWorld, random: Random) -> None:
    start = random.randrange(int(hour_now(house)), LONGEST - 2)
    end = min(LONGEST, start + random.choice([2, 6, 12, 24]))
    if random.random() < 0.25:
        await house.unassign(start, end)
    else:
        await house.assign(random.choice(USERS), start, end)


def change_there(house: EngineWorld, random: Random) -> None:
    start = random.randrange(int(hour_now(house)) + 1, LONGEST - 2)
    end = min(LONGEST, start + random.choice([2, 6, 12]))
    ahead = [one for one in plan_of(house).custom_shifts if one.start > house.now]
    match random.choice(["add", "delete", "override"]):
        case "delete" if ahead:
            house.world.account.delete_custom_shift(house.external_id, random.choice(ahead).id)
        case "override" if ahead:
            shift = random.choice(ahead)
            was = next(slack for slack, pd in house.pd_users.items() if pd == shift.user_id)
            human_override(house, shift.id, was, random.choice(USERS), start, end)
        case _:
            human_shift(house, random.choice(USERS), start, end)


async def history(house: EngineWorld, random: Random) -> None:
    for _ in range(6):
        await change_here(house, random)
        if random.random() < 0.5:
            change_there(house, random)
        if random.random() < 0.5:
            trouble(house, random)
        before = people(house)
        covered = {slot for slot in await assigned(house) if before.get(slot)}
        await reconcile_watched(house, random, lambda: people(house), covered)
        house.pass_hours(random.choice([0, 0.1, 1, 5]))
    await calm_down(house)
    assert (await house.status())[0] is not Status.ERROR


@histories(12)
async def test_everybody_assigned_ends_up_on_call_alone(seed: int) -> None:
    random = Random(seed)
    async with shift_world() as house:
        await history(house, random)

        there = people(house)
        assert {slot: there[slot] for slot in await assigned(house)} == {
            slot: {user} for slot, user in (await assigned(house)).items()
        }
        writes = house.writes()
        await house.reconcile()
        assert house.writes() == writes


@histories(12)
async def test_rotations_are_replaced_only_where_somebody_is_assigned(seed: int) -> None:
    random = Random(1000 + seed)
    async with shift_world() as house:
        rotate(house, "RDAY", "UCAROL", -24, 12)
        rotate(house, "RLATE", "UBOB", -16, 8)
        await house.reconcile()
        await history(house, random)
        if random.random() < 0.5:
            rotate(house, "RDAY", "UALICE", -24, 12)
            await calm_down(house)

        there, local = people(house), await assigned(house)
        assert {slot: there[slot] for slot in local} == {slot: {user} for slot, user in local.items()}
        shown = {"RDAY", "RLATE"} & {rotation.id for rotation in plan_of(house).rotations}
        assert shown == {"RDAY", "RLATE"}
