"""After something confirmed changed: the destinations that have to show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.kit.house import House
from storage.unit import Unit


async def confirmed(tx: Unit, role_ids: Iterable[int], *, by_admin: bool) -> Sequence[int]:
    """Note that confirmed shifts of these roles changed; returns the destinations to export to.

    A destination that was linked waits for an admin before the first thing is written. The first assignment that an
    admin confirms is that word.
    """
    chosen = await tx.destinations.mark_dirty(role_ids)
    if by_admin:
        await tx.destinations.unpause_unexported(chosen)
    return chosen


def export_soon(house: House, destination_ids: Iterable[int]) -> None:
    """To be called after the commit: a job that is lost costs time, nothing else."""
    for destination in destination_ids:
        house.jobs.defer("reconcile", destination)
