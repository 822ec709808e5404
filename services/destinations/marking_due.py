"""After something confirmed changed: the destinations that have to show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
