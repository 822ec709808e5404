"""Reads all that dealing a schedule's shifts goes by, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from oncall.fairness.arrangement import Arrangement
from oncall.fairness.history import REMEMBERED
from oncall.fairness.situation import Elsewhere, Situation
from oncall.timeline import Interval
from services.availability.public_holidays import holidays_of
from services.availability.wishes import wishes_of
from services.people.deactivated import gone_among
from storage.tables import Schedule
from storage.unit import Unit

BEYOND = timedelta(days=7)
"""A batch reaches so far beyond the horizon: then the next one is a week away, and has several shifts to balance."""
LONGEST_SHIFT = timedelta(days=35)


def horizon_of(schedule: Schedule, now: datetime) -> datetime:
    return now + timedelta(days=schedule.horizon_days)


async def situation_of(
    tx: Unit,
    schedule: Schedule,
    now: datetime,
    versions: Mapping[int, tuple[Arrangement, ...]] | None = None,
    until: datetime | None = None,
) -> Situation:
    """The schedule at ``now``; as it would be with other ``versions`` where these are given. ``until`` is how far ahead
    shifts are dealt, if further than the horizon."""
    versions = versions if versions is not None else await tx.fairness.versions(schedule.id)
    users = {user for found in versions.values() for version in found for user in version.users}
    ahead = max(horizon_of(schedule, now) + BEYOND, until or now) + LONGEST_SHIFT
    live = await tx.schedules.roles(schedule.id)
    free = await holidays_of(tx, schedule.workspace_id, users, Interval(now - REMEMBERED, ahead))
    return Situation(
        now=now,
        roles={role.id: role.name for role in (*live, *await tx.schedules.all_roles(schedule.id))},
        versions=versions,
        shifts=tuple(await tx.shifts.of_schedule(schedule.id, now - REMEMBERED)),
        elsewhere=tuple(sorted(await _elsewhere(tx, schedule, users, now))),
        wishes=tuple(await wishes_of(tx, schedule.workspace_id, users, Interval(now, ahead))),
        holidays={user: frozenset[date](one.day for one in found) for user, found in free.items()},
        unfit=frozenset(await unfit_among(tx, schedule, users)),
    )


async def unfit_among(tx: Unit, schedule: Schedule, users: Collection[str]) -> set[str]:
    """Those who can't be put on call here: not assignable, left, or deactivated in Slack."""
    assignable = {m.user_id for m in await tx.schedules.members(schedule.id) if m.assignable}
    return set(users) - assignable | await gone_among(tx, schedule.workspace_id, users)


async def _elsewhere(tx: Unit, schedule: Schedule, users: Collection[str], now: datetime) -> list[Elsewhere]:
    """What these people have in other schedules of the workspace from now on, confirmed or proposed."""
    found = [(i, s) for i, s in await tx.shifts.anywhere(users, now) if i != schedule.id]
    others = {row.id: row for row in await tx.schedules.some({number for number, _shift in found})}
    versions = await tx.fairness.of_schedules(others)
    return [
        Elsewhere(
            s.start, s.end, s.user or "", others[i].name, _allows(versions.get(i, {}).get(s.role_id, ()), s.start)
        )
        for i, s in found
        if others[i].archived_at is None and others[i].workspace_id == schedule.workspace_id
    ]


def _allows(versions: Collection[Arrangement], at: datetime) -> bool:
    holding = (v for v in versions if v.since <= at and (v.until is None or at < v.until))
    return any(version.allows_double for version in holding)
