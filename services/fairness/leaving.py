"""When somebody leaves a schedule: they are no member of its fair roles from the next shift on, the others share it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from oncall.fairness.arrangement import holding, next_start, superseded
from storage.tables import Schedule
from storage.unit import Unit


async def leave_fair_roles(tx: Unit, schedule: Schedule, user: str, now: datetime) -> list[str]:
    """Take somebody out of every role that is filled fairly; the names of those. One without anybody else ends."""
    names = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    left: list[str] = []
    for role_id, versions in (await tx.fairness.versions(schedule.id)).items():
        known = holding(versions, now)
        if known is None or user not in known.users:
            continue
        at = max(known.since, next_start(known, now))
        others = replace(known, since=at, members=tuple(one for one in known.members if one.user != user))
        later = [replace(v, members=tuple(m for m in v.members if m.user != user)) for v in versions if v.since > at]
        kept = superseded(versions, at)
        until = later[0].since if later else known.until
        new = [replace(others, until=until), *later] if others.members else []
        await tx.fairness.save(schedule.id, role_id, [*kept, *(one for one in new if one.members)], now)
        left.append(names.get(role_id, ""))
    return left
