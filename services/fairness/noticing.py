"""Having schedules looked at again because of what happened to a person."""

from __future__ import annotations

from datetime import datetime

from storage.unit import Unit


async def look_again(tx: Unit, workspace_id: int, user: str, now: datetime) -> None:
    """Somebody's time has changed: what is dealt to them may not stay, and what is open may be theirs."""
    mine = [number for number, _member in await tx.schedules.parts_of(workspace_id, user)]
    if mine:
        await tx.fairness.look_at(mine, now)
