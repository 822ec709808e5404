"""Random histories on a layer-based schedule that Baton made: changed rotations, edits on both sides, faults, crashes.

Whatever happened: once things calm down, everybody assigned is on call there, nobody is where an admin left nobody by a
layer of ours, beyond the assigned time the layers say the rotation, and at no moment between two requests was a covered
stretch without anybody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from oncall.rotations import Rotation, ended
from oncall.timeline import Interval
from sync.core.model import Status
from tests.support.engine_house import START, EngineWorld
from tests.support.histories import calm_down, histories, reconcile_watched, trouble
from tests.support.layer_world import (
    by_the_pattern,
    confirm_pattern,
    layer_world,
    rendered,
    rotate,
)
from tests.sync.steps.test_layering import TEAM, random_rotation

LONGEST = 96
BEYOND = Interval(START + timedelta(hours=LONGEST + 24), START + timedelta(days=40))


def hour_now(house: EngineWorld) -> float:
    return (house.now - house.at(0)).total_seconds() / 3600


def slots_ahead(house: EngineWorld) -> range:
    """Half hours that are still ahead."""
    return range(int(hour_now(house) * 2) + 1, LONGEST * 2)


def people(house: EngineWorld) -> dict[int, set[str]]:
    rows = house.shows(hour_now(house), LONGEST)
    return {slot: {user for start, end, user in rows if start <= slot / 2 + 0.25 < end} for slot in slots_ahead(house)}


async def assigned(house: EngineWorld) -> dict[int, str | None]:
    """Who has each half hour here; None where somebody was taken off on purpose."""
    rows = await house.local()
    return {slot: user for slot in slots_ahead(house) for start, end, user in rows if start <= slot / 2 + 0.25 < end}


async def change_here(house: EngineWorld, random: Random, versions: list[Rotation]) -> None:
    start = random.randrange(int(hour_now(house)), LONGEST - 2)
    end = min(LONGEST, start + random.choice([2, 6, 12, 24]))
    match random.choice(["assign", "assign", "unassign", "rotation"]):
        case "assign":
            await house.assign(random.choice(TEAM), start, end)
        case "unassign":
            await house.unassign(start, end)
        case _:
            turn = house.at(start)
            if versions[-1].since is None or versions[-1].since < turn:
                versions[-1] = ended(versions[-1], turn)
                versions.append(random_rotation(house, random, versions[0].id, turn))
                await rotate(house, *versions)


def change_there(house: EngineWorld, random: Random) -> None:
    start = random.randrange(int(hour_now(house)) + 1, LONGEST - 2)
    if (there := house.listed()) and random.random() < 0.5:
        house.human_delete(random.choice(there).id)
    else:
        house.human_override(random.choice(TEAM), start, min(LONGEST, start + random.choice([2, 6])))


async def strangers(house: EngineWorld) -> list[tuple[float, float, str]]:
    """Overrides that are in no ledger."""
    async with house.database.read() as tx:
        ledger = {item.remote_id for item in await tx.journal.ledger(1, house.external_id, START)}
    names = {number: user for user, number in house.pd_users.items()}
    return [
        ((one.start - START).total_seconds() / 3600, (one.end - START).total_seconds() / 3600, names[one.user_id])
        for one in house.listed()
        if one.id not in ledger
    ]


@histories(16)
async def test_layers_and_overrides_end_up_showing_what_is_assigned(seed: int) -> None:
    random = Random(seed)
    async with layer_world() as house:
        first = random_rotation(house, random, None, None)
        versions = [replace(first, id=await rotate(house, first))]
        await confirm_pattern(house, house.at(LONGEST))
        await house.reconcile()
        for _ in range(6):
            await change_here(house, random, versions)
            if random.random() < 0.5:
                change_there(house, random)
            if random.random() < 0.5:
                trouble(house, random)
            before = people(house)
            covered = {slot for slot, user in (await assigned(house)).items() if user and before.get(slot)}
            await reconcile_watched(house, random, lambda: people(house), covered)
            house.pass_hours(random.choice([0, 0.1, 1, 5]))
        await calm_down(house)

        assert (await house.status())[0] is Status.OK
        there, here = people(house), await assigned(house)
        foreign = await strangers(house)
        assert {slot: there[slot] for slot, user in here.items() if user} == {
            slot: {user} for slot, user in here.items() if user
        }
        for slot in (slot for slot, user in here.items() if user is None):
            assert there[slot] <= {user for start, end, user in foreign if start <= slot / 2 + 0.25 < end}
        assert rendered(house, BEYOND) == await by_the_pattern(house, house.role_id, BEYOND)
        writes = house.writes()
        await house.reconcile()
        assert house.writes() == writes
