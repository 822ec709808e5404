"""What has to be known around a switch to tell of it, for many schedules at once: read once, asked many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from notices.noticing.switches import Step, Switch, outlook
from oncall.timeline import Segment, Timeline
from storage.repositories.duties import Duty
from storage.tables import Role, Schedule, Team
from storage.unit import Unit

Timelines = dict[int, Timeline]
NEAR, TWO_WEEKS = timedelta(days=2), timedelta(days=15)
REACHES = (NEAR, TWO_WEEKS, None)
"""How far ahead shifts are read until every role's next change is among them; None is to the end."""


def timelines(duties: Iterable[Duty]) -> dict[int, Timelines]:
    """Who is on call, by schedule and role."""
    pieces: dict[int, dict[int, list[Segment]]] = {}
    for duty in duties:
        roles = pieces.setdefault(duty.schedule_id, {})
        roles.setdefault(duty.role_id, []).append(Segment(duty.start, duty.end, (duty.user,)))
    return {
        schedule: {role: Timeline.union(segments) for role, segments in roles.items()}
        for schedule, roles in pieces.items()
    }


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Schedules with their roles, and their shifts from now on."""

    schedules: Mapping[int, tuple[Schedule, Team]]
    roles: Mapping[int, list[Role]]
    timelines: Mapping[int, Timelines]
    fallbacks: Mapping[int, str] = field(default_factory=dict[int, str])
    """Who stands in while nobody is on call, by role."""

    @classmethod
    async def read(
        cls,
        tx: Unit,
        schedule_ids: Iterable[int],
        now: datetime,
        *,
        since: datetime | None = None,
        least: timedelta = NEAR,
    ) -> Surroundings:
        """As of ``now``: shifts from ``since`` on, where that is earlier, and at least those of the time ahead."""
        wanted = sorted(set(schedule_ids))
        roles = await tx.duties.roles(wanted)
        rosters = await _coming(tx, roles, min(since or now, now), now, least)
        return cls(
            schedules=await tx.duties.schedules(wanted),
            roles=roles,
            timelines=rosters,
            fallbacks=await tx.presence.fallbacks(wanted),
        )

    def workspace(self, schedule_id: int) -> int:
        return self.schedules[schedule_id][0].workspace_id

    def role_name(self, schedule_id: int, role_id: int) -> str:
        return next((role.name for role in self.roles.get(schedule_id, ()) if role.id == role_id), "")

    def timeline(self, schedule_id: int, role_id: int) -> Timeline:
        return self.timelines.get(schedule_id, {}).get(role_id, Timeline())

    def facts(self, schedule_id: int, switch: Switch) -> dict[str, Any]:
        """The facts of a notice ``on_call_switch``."""
        known = {role.id for role in self.roles.get(schedule_id, ())}
        return {
            "at": switch.at.isoformat(),
            "late": switch.late,
            "roles": [self._role(schedule_id, step) for step in switch.steps if step.role_id in known],
            "backup": [
                {
                    "role_id": role.id,
                    "role": role.name,
                    "users": list(self.timeline(schedule_id, role.id).at(switch.at)),
                }
                for role in self.roles.get(schedule_id, ())
            ],
        }

    def _role(self, schedule_id: int, step: Step) -> dict[str, Any]:
        coming = outlook(self.timeline(schedule_id, step.role_id), step.at)
        return {
            "role_id": step.role_id,
            "role": self.role_name(schedule_id, step.role_id),
            "at": step.at.isoformat(),
            "before": list(step.before),
            "after": list(step.after),
            "until": coming.until.isoformat() if coming.until else None,
            "next": list(coming.following),
            "fallback": None if step.after else self.fallbacks.get(step.role_id),
        }


async def _coming(
    tx: Unit, roles: Mapping[int, list[Role]], since: datetime, now: datetime, least: timedelta
) -> dict[int, Timelines]:
    """Shifts from ``since`` on: a while ahead, and further where that does not tell how each role goes on."""
    found: dict[int, Timelines] = {}
    unclear = set(roles)
    for reach in (reach for reach in REACHES if reach is None or reach >= least):
        until = now + reach if reach else None
        rosters = timelines(await tx.duties.onwards(unclear, since, until))
        found |= rosters
        if until is not None:
            unclear = {s for s in unclear if not _clear(rosters.get(s, {}), roles[s], now, until)}
        if not unclear:
            break
    return found


def _clear(rosters: Timelines, roles: Iterable[Role], now: datetime, until: datetime) -> bool:
    return all(_changes(rosters.get(role.id, Timeline()), now, until) for role in roles)


def _changes(timeline: Timeline, after: datetime, before: datetime) -> bool:
    return any(after < at < before for at in timeline.handoffs())
