"""What admins hear of fair roles: shifts that stay open, and people who went away over shifts of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from oncall.fairness.situation import Situation
from oncall.shifts import Shift, ShiftState
from storage.notices import NoticeKind
from storage.tables import Schedule
from storage.unit import Unit


async def tell_open(tx: Unit, schedule: Schedule, found: Sequence[dict[str, Any]], now: datetime) -> None:
    """Shifts that nobody can have, each with why; told once as long as it stays so."""
    key = f"{schedule.id}:{found[0]['role']}:{found[0]['start']}:{now.isoformat()}"
    await tx.outbox.tell(schedule, NoticeKind.LEFT_OPEN, key, {"shifts": list(found)}, now)


async def tell_absent(tx: Unit, schedule: Schedule, situation: Situation, now: datetime) -> None:
    """Confirmed shifts of fair roles whose person can't be on call then: an admin may re-plan."""
    found = {f"{shift.id}.{shift.revision}": shift for shift in absent(situation)}
    new = await tx.fairness.new_to_tell(schedule.id, found)
    if new:
        key = f"{schedule.id}:{':'.join(new[:4])}:{now.isoformat()}"
        await tx.outbox.tell(
            schedule, NoticeKind.ABSENT, key, {"shifts": _facts(situation, [found[n] for n in new])}, now
        )


def absent(situation: Situation) -> list[Shift]:
    """Those ahead or running, soonest first."""
    fair = {role for role, versions in situation.versions.items() if versions}
    ahead = (s for s in situation.shifts if s.end > situation.now and s.role_id in fair)
    return [s for s in ahead if s.state is ShiftState.CONFIRMED and s.user and situation.away(s.user, s.interval)]


def _facts(situation: Situation, shifts: Sequence[Shift]) -> list[dict[str, Any]]:
    return [
        {
            "role": situation.roles[shift.role_id],
            "user": shift.user,
            "start": shift.start.isoformat(),
            "end": shift.end.isoformat(),
        }
        for shift in sorted(shifts, key=lambda one: (one.start, one.role_id))
    ]
