"""An admin may stop exports for a while."""

from __future__ import annotations

import pytest

from services.destinations import configuring as destinations
from services.kit.errors import NotAllowed, NotFound
from services.shifts import confirming
from storage.repositories.destinations import LeaseLost
from sync.steps.confirm import LEASE
from tests.support.service_world import Desk


async def test_only_admins_pause(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await destinations.pause_destination(desk.house, desk.bob, desk.world.destination_id, paused=True)

    with pytest.raises(NotFound):
        await destinations.pause_destination(desk.house, desk.alice, 99, paused=True)


async def test_confirming_does_not_end_a_pause_that_an_admin_asked_for(desk: Desk) -> None:
    paused = await destinations.pause_destination(desk.house, desk.alice, desk.world.destination_id, paused=True)
    await desk.rotate()
    await confirming.confirm(desk.house, desk.alice, desk.id)

    await desk.world.reconcile()

    assert paused.paused
    assert (await desk.world.status())[0] == "paused"
    assert desk.world.writes() == 0


async def test_a_worker_at_work_writes_nothing_more(desk: Desk) -> None:
    here = desk.world
    async with here.database.transaction() as tx:
        fence = await tx.destinations.take_lease(here.destination_id, "worker", desk.now, LEASE)
    assert fence is not None

    await destinations.pause_destination(desk.house, desk.alice, here.destination_id, paused=True)

    with pytest.raises(LeaseLost):
        async with here.database.transaction() as tx:
            await tx.destinations.check_fence(here.destination_id, fence, desk.now + LEASE)


async def test_pausing_and_resuming_twice_are_one_line_each_in_the_history(desk: Desk) -> None:
    for paused in (True, True, False, False):
        await destinations.pause_destination(desk.house, desk.alice, desk.world.destination_id, paused=paused)

    done = [summary.split()[0] for actor, summary in await desk.audit() if actor == "UALICE"]
    assert done[-2:] == ["paused", "resumed"]
    assert (done.count("paused"), done.count("resumed")) == (1, 1)
