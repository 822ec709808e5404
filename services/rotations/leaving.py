"""When rotations end, and when somebody leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from oncall.plans import left
from oncall.rotations import Rotation, ended
from services.rotations.drafting import belonging, holds
from storage.tables import Schedule
from storage.unit import Unit


def ended_versions(versions: Sequence[Rotation], at: datetime) -> tuple[Rotation, ...]:
    """The versions of a rotation that ends at ``at``; one that never began keeps a moment, so that it is remembered."""
    kept = tuple(ended(version, at) for version in versions if version.begin < at)
    return kept or (ended(versions[0], versions[0].begin),)


async def leave_rotations(tx: Unit, schedule: Schedule, user: str, now: datetime) -> list[str]:
    """Take somebody out of every rotation from now on; the names of those. One without anybody else ends.

    What is planned for the others stays.
    """
    names: list[str] = []
    for versions in await tx.rotations.of_schedule(schedule.id):
        if not holds(versions, now) or user not in belonging(versions, now):
            continue
        names.append(versions[-1].name)
        await tx.rotations.save(schedule.id, left(versions, user, now) or ended_versions(versions, now), now)
    return names
