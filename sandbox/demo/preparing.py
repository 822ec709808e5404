"""What a step of the tour needs to have been done by somebody else."""

from __future__ import annotations

from sandbox.client import Workspace
from sandbox.demo.acting import Actor, Nobody, Unexpected
from sandbox.demo.team import MOBILE, REAL_NAMES, SETUP_CHANNEL

TAKER = "carol"
TAKE = "Take over a shift"


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
