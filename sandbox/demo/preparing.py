"""Making the demo ready: the team has set itself up, and each step of the tour has what it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sandbox.client import Workspace
from sandbox.demo.acting import Actor, Audience, Nobody, Unexpected
from sandbox.demo.seeding import Seeding
from sandbox.demo.stage import Stage
from sandbox.demo.team import MOBILE, PAYMENTS, REAL_NAMES, SETUP_CHANNEL
from sandbox.demo.tour import Tour

CONNECT_SECONDS = 60
TAKER = "carol"
TAKE = "Take over a shift"


@asynccontextmanager
async def ready(stage: Stage, audience: Audience) -> AsyncIterator[Tour]:
    """The tour, with everything that comes before it done in front of ``audience``; it watches until the block ends."""
    await stage.workspace.connected(timeout=CONNECT_SECONDS)
    audience.good("the bot is connected by Socket Mode")
    seeding = Seeding(stage.workspace, await stage.control.add_key(), stage.clock.now, audience)
    stage.receiver.secret = await seeding.run(stage.receiver.url)
    for made in (PAYMENTS, f"{PAYMENTS} (Secondary)"):
        schedule = stage.evidence.schedule(made)
        assert schedule is not None, "Baton made it in PagerDuty"
        await stage.control.add_escalation_policy(f"{made} on call", [schedule.id])
    tour = Tour(stage.evidence, lambda: take_a_shift(stage.workspace))
    await tour.begin()
    watching = asyncio.create_task(tour.watch())
    try:
        yield tour
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def take_a_shift(workspace: Workspace) -> str:
    """A member of Mobile takes over the next shift of somebody else's in Slack; returns their real name."""
    taker = Actor(workspace.person(TAKER), f"#{SETUP_CHANNEL}", Nobody())
    await taker.leaves()
    form = await taker.opens(f"/oncall take {MOBILE}", TAKE)
    offered = form.options("Shift")
    if not offered:
        raise Unexpected(f"there is no shift of {MOBILE} to take over")
    await taker.fills({"Shift": offered[1 if len(offered) > 1 else 0]}, shown=False)
    await taker.sends_all_the_same()
    return REAL_NAMES[TAKER]
