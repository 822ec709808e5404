"""Random histories with a calendar, in the three modes, on Radicale and on Xandikos by turns: people change shifts here
and events there, replies are lost, the process dies between two requests, time goes by.

Whatever happened: once things calm down, everybody assigned is on call in the calendar alone, no event of ours is
there twice, what is no shift is as it was, and another refresh asks once and writes nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random
from typing import Any

import httpx
import pytest

from sync.core.model import Mode, Status
from tests.adapters.contract import Doing, Loss
from tests.caldav.support import CHANGE
from tests.support.calendar_servers import CalendarServer
from tests.support.calendar_world import CalendarWorld, calendar_world
from tests.support.histories import LEASE_HOURS, Crashed, histories

USERS = ("UALICE", "UBOB", "UCAROL")
LONGEST = 72
THEIRS = ("made by hand", "Several people are on call in the calendar at once")
"""Why an event that people made may be in the way; then it is theirs to change."""
ACTS = (Doing.READ, Doing.CREATE, Doing.DELETE, CHANGE)


async def change_here(world: CalendarWorld, random: Random) -> None:
    start = random.randrange(int(world.hour_now), LONGEST - 2)
    end = min(LONGEST, start + random.choice([2, 6, 12, 24]))
    if random.random() < 0.25:
        await world.house.unassign(start, end)
    else:
        await world.house.assign(random.choice(USERS), start, end)


def change_there(world: CalendarWorld, random: Random) -> None:
    """Somebody moves, stretches, reassigns, deletes or adds an event that has not begun."""
    ahead = [(name, row) for name, row in world.rows().items() if row[0] > world.hour_now and row[1] <= LONGEST]
    start = random.randrange(int(world.hour_now) + 1, LONGEST - 6)
    if not ahead or random.random() < 0.2:
        world.add(random.choice(USERS), start, start + random.choice([2, 6]))
        return
    name, (begin, end, user) = random.choice(ahead)
    before, length = world.span(begin, end), end - begin
    match random.choice(["move", "stretch", "reassign", "delete"]):
        case "move":
            world.calendar.edit(name, *zip(before, world.span(start, start + length), strict=True))
        case "stretch":
            world.calendar.edit(name, (before[1], world.span(begin, end + 2)[1]))
        case "reassign":
            other = random.choice(USERS)
            world.reassign(name, user, other)
        case _:
            world.calendar.delete(name)


def trouble(world: CalendarWorld, random: Random) -> None:
    act = random.choice(ACTS)
    times = random.choice([1, 1, 2, 4])
    losses: list[Loss | httpx.Response] = [random.choice(list(Loss)) for _ in range(times)]
    world.line.troubles[act] = deque(losses)


async def reconcile_dying(world: CalendarWorld, random: Random) -> None:
    """A refresh that may end before any of its requests, or when one was carried out and nobody heard of it."""
    left = random.randrange(9) if random.random() < 0.3 else None

    def die(_: httpx.Request) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left < 0:
                raise Crashed

    if random.random() < 0.5:
        world.line.before = die
    else:
        world.line.after = die
    others = asyncio.all_tasks()
    try:
        await world.house.reconcile()
    except Crashed:
        await end(asyncio.all_tasks() - others)
        world.begin_anew()
        world.house.pass_hours(LEASE_HOURS)
    finally:
        world.line.before = world.line.after = lambda request: None


async def end(tasks: set[asyncio.Task[Any]]) -> None:
    """What else the process was about ends with it."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def calm_down(world: CalendarWorld) -> None:
    world.line.troubles.clear()
    for _ in range(4):
        world.house.pass_hours(0.1)
        await world.house.reconcile()
        await world.house.approve()


@histories(16, in_suite=2)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.timeout(300)
async def test_both_sides_agree_again_after_whatever_happened(
    request: pytest.FixtureRequest, mode: Mode, seed: int
) -> None:
    random = Random(seed)
    server: CalendarServer = request.getfixturevalue("xandikos_server" if seed % 2 else "radicale_server")
    async with calendar_world(server, mode=mode) as world:
        private = world.add("UBOB", 1, LONGEST, title="Holiday")
        text = world.calendar.text(private)
        for _ in range(6):
            await change_here(world, random)
            if random.random() < 0.6:
                change_there(world, random)
            if random.random() < 0.5:
                trouble(world, random)
            await reconcile_dying(world, random)
            await world.house.approve()
            world.house.pass_hours(random.choice([0, 0.1, 1, 5]))
        await calm_down(world)

        status, reason = await world.house.status()
        assert status is not Status.ERROR or any(words in reason for words in THEIRS), reason
        assert world.calendar.text(private) == text
        there, local = world.people(), await world.assigned()
        beyond = world.beyond(local)
        if mode is Mode.BIDIRECTIONAL:  # two people at once are theirs to part
            beyond |= {slot for slot in world.by_hand() if len(set(there.get(slot, ()))) > 1}
        assert {slot: set(there[slot]) for slot in local if slot not in beyond} == {
            slot: {user} for slot, user in local.items() if slot not in beyond
        }
        ours = [row for name, row in world.rows().items() if name.startswith("baton-")]
        assert len(ours) == len(set(ours))
        world.line.asked.clear()
        await world.house.reconcile()
        assert world.line.asked.keys() == {Doing.READ}, "it wrote again"
        assert world.line.asked[Doing.READ] == 1 or status is not Status.OK
