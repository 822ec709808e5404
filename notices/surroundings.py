"""What has to be known around a switch to tell of it, for many schedules at once: read once, asked many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from notices.oncall_change import Caller, Transition
from notices.switches import Step, Switch, outlook
from oncall.shifts import ShiftSource
from oncall.timeline import Segment, Timeline
from storage.repositories.duties import Coverage, Duty, Link
from storage.tables import Person, Role, Schedule, Team
from storage.unit import Unit

Timelines = dict[int, Timeline]
OfRole = TypeVar("OfRole", Coverage, Link, Duty)
REACH = timedelta(days=15)
BY_HAND = (ShiftSource.PERSON, ShiftSource.IMPORT)


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
    """Schedules with their roles, people, rotations, destinations, and their shifts from now on."""

    schedules: Mapping[int, tuple[Schedule, Team]]
    roles: Mapping[int, list[Role]]
    people: Mapping[tuple[int, str], Person]
    coverages: Mapping[int, list[Coverage]]
    links: Mapping[int, list[Link]]
    duties: Mapping[int, list[Duty]]
    timelines: Mapping[int, Timelines]

    @classmethod
    async def read(
        cls, tx: Unit, schedule_ids: Iterable[int], now: datetime, since: datetime | None = None
    ) -> Surroundings:
        """As of ``now``; shifts from ``since`` on, where that is earlier."""
        wanted = sorted(set(schedule_ids))
        schedules = await tx.duties.schedules(wanted)
        roles = await tx.duties.roles(wanted)
        duties = await _coming(tx, roles, min(since or now, now), now)
        return cls(
            schedules=schedules,
            roles=roles,
            people=await tx.duties.people(schedule.workspace_id for schedule, _ in schedules.values()),
            coverages=_by_role(await tx.duties.coverages(wanted)),
            links=_by_role(await tx.duties.links(wanted)),
            duties=_by_role(duties),
            timelines=timelines(duties),
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
        }

    def transitions(self, schedule_id: int, switch: Switch) -> list[Transition]:
        """The same for webhooks."""
        schedule, team = self.schedules[schedule_id]
        return [
            Transition(
                schedule_id=schedule.public_id,
                schedule=schedule.name,
                team_id=team.public_id,
                team=team.name,
                before=step.before,
                after=step.after,
                at=step.at,
                overridden=self._overridden(step),
                layer=self._layer(schedule_id, step),
                time_zone=schedule.time_zone,
                policies=_policies(self.links.get(step.role_id, ())),
            )
            for step in switch.steps
        ]

    def _overridden(self, step: Step) -> bool:
        """Whether a person's hand put those on call there who start."""
        starting = {user for user in step.after if user not in step.before}
        return any(
            duty.source in BY_HAND
            for duty in self.duties.get(step.role_id, ())
            if duty.user in starting and duty.start <= step.at < duty.end
        )

    def _layer(self, schedule_id: int, step: Step) -> str:
        for coverage in self.coverages.get(step.role_id, ()):
            begun = coverage.since is None or coverage.since <= step.at
            if begun and (coverage.until is None or step.at < coverage.until):
                return coverage.name
        return self.role_name(schedule_id, step.role_id)

    def callers(self, workspace_id: int) -> dict[str, Caller]:
        return {
            user: Caller(person.name, person.real_name)
            for (workspace, user), person in self.people.items()
            if workspace == workspace_id
        }


async def _coming(tx: Unit, roles: Mapping[int, list[Role]], since: datetime, now: datetime) -> list[Duty]:
    """Shifts from ``since`` on: a while ahead, and all of a schedule where that does not tell how a role goes on."""
    seen_until = now + REACH
    near = await tx.duties.onwards(roles, since, seen_until)
    rosters = timelines(near)
    unclear = {
        schedule
        for schedule, own in roles.items()
        if not all(_changes(rosters.get(schedule, {}).get(role.id, Timeline()), now, seen_until) for role in own)
    }
    if not unclear:
        return near
    whole = await tx.duties.onwards(unclear, since)
    return [duty for duty in near if duty.schedule_id not in unclear] + whole


def _changes(timeline: Timeline, after: datetime, before: datetime) -> bool:
    return any(after < at < before for at in timeline.handoffs())


def _policies(links: Iterable[Link]) -> list[Any]:
    """Every escalation policy once."""
    found = {str(policy.get("ep_id")): policy for link in links for policy in link.policies}
    return list(found.values())


def _by_role(rows: Iterable[OfRole]) -> dict[int, list[OfRole]]:
    found: dict[int, list[OfRole]] = {}
    for row in rows:
        found.setdefault(row.role_id, []).append(row)
    return found
