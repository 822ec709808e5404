"""When rotations end, and when somebody leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from oncall.changes import changed
from oncall.order import Stint
from oncall.rotations import Backup, Rotation, ended
from services.drafting import belonging, holds
from storage.tables import Schedule
from storage.unit import Unit


def ended_versions(versions: Sequence[Rotation], at: datetime) -> tuple[Rotation, ...]:
    """The versions of a rotation that ends at ``at``; one that never began keeps a moment, so that it is remembered."""
    kept = tuple(ended(version, at) for version in versions if version.begin < at)
    return kept or (ended(versions[0], versions[0].begin),)


async def leave_rotations(tx: Unit, schedule: Schedule, user: str, now: datetime) -> list[str]:
    """Take somebody out of every rotation from now on; the names of those. One without anybody else ends."""
    left: list[str] = []
    for versions in await tx.rotations.of_schedule(schedule.id):
        latest = versions[-1]
        staying = [name for name in belonging(latest, now) if name != user]
        if not holds(versions, now) or len(staying) == len(belonging(latest, now)):
            continue
        left.append(latest.name)
        after = changed(versions, _without(latest, staying), now) if staying else ended_versions(versions, now)
        await tx.rotations.save(schedule.id, after, now)
    return left


def _without(latest: Rotation, staying: Sequence[str]) -> Rotation:
    """The same rotation for those who stay. Nobody backs themselves up, so the last one has no backup."""
    people, backup = len(staying), latest.backup
    if backup is not None and people == 1:
        backup = None
    elif backup is not None and backup.offset % people == 0:
        backup = Backup(backup.role_id, 1)
    return replace(latest, members=tuple(Stint(user) for user in staying), backup=backup)
